// The two builds of the Rust core: what the shipped binaries hold, which one a browser gets, and what becomes of one
// that computes wrong numbers.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fromRoot, packageSite } from "./package-site.js";
import { OPCODES, replaceInstruction, simdInstructions } from "./wasm-reader.js";

const RELAXED = "ibid_relaxed_bg.wasm";
const SIMD128 = "ibid_simd128_bg.wasm";
const DOCUMENTS = "ibid_documents_bg.wasm";
const binary = (name) => readFileSync(fromRoot(`pkg/dist/wasm/${name}`));

const relaxedOf = (opcodes) => opcodes.filter((opcode) => opcode >= OPCODES.firstRelaxed);
const opcodesOf = (name) => [...simdInstructions(binary(name))].map(({ opcode }) => opcode);

test("the relaxed binary holds relaxed dot products, and those in pairs that LLVM would make such of if it could", () => {
  const opcodes = opcodesOf(RELAXED);
  assert.ok(opcodes.includes(OPCODES.relaxedDot));
  assert.ok(opcodes.includes(OPCODES.relaxedPairs));
});

test("the baseline binary holds SIMD, and nothing relaxed", () => {
  const opcodes = opcodesOf(SIMD128);
  assert.ok(opcodes.includes(OPCODES.i32x4Dot));
  assert.deepEqual(relaxedOf(opcodes), []);
});

test("the package holds three binaries of its own", () => {
  const files = readdirSync(fromRoot("pkg/dist"), { recursive: true });
  const binaries = files.filter((file) => file.endsWith(".wasm") && !file.startsWith("pdfjs/"));
  assert.deepEqual(binaries.sort(), [`wasm/${DOCUMENTS}`, `wasm/${RELAXED}`, `wasm/${SIMD128}`]);
});

test("the binaries do not tell where they were built", () => {
  for (const name of [RELAXED, SIMD128, DOCUMENTS]) {
    assert.ok(binary(name).includes("/src/"), `${name} names no source file at all`);
    for (const folder of [homedir(), fromRoot("src")]) {
      assert.ok(!binary(name).includes(folder), `${name} names ${folder}`);
    }
  }
});

// Binaries that are valid and wrong: each dot product is another instruction that takes and returns the same types.
const brokenRelaxed = () => replaceInstruction(binary(RELAXED), OPCODES.relaxedDot, OPCODES.relaxedMadd);
const brokenPairs = () => replaceInstruction(binary(RELAXED), OPCODES.relaxedPairs, OPCODES.i16x8Add);
const brokenSimd128 = () => replaceInstruction(binary(SIMD128), OPCODES.i32x4Dot, OPCODES.i32x4Mul);

const folder = mkdtempSync(join(tmpdir(), "ibid-builds-"));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, RELAXED), brokenRelaxed());
writeFileSync(join(folder, SIMD128), brokenSimd128());
writeFileSync(join(folder, "pairs.wasm"), brokenPairs());
// A worker in a browser without relaxed SIMD: the probe does not validate.
writeFileSync(join(folder, "refuse-probe.js"), "WebAssembly.validate = () => false;");
writeFileSync(join(folder, "worker.js"), 'import "./refuse-probe.js";\nimport "/pkg/workers/worker.js";\n');

const scenario = packageSite({ "/broken": folder });

const { rows } = JSON.parse(readFileSync(fromRoot("tests/fixtures/minilm-reference.json"), "utf8"));
const references = rows.slice(0, 3);

/** Opens a collection; returns which build it runs on, and the vectors of the reference texts. */
async function openAndEmbed(page, options = {}) {
  return page.evaluate(
    async ({ options, texts }) => {
      const collection = await ibid.openCollection("builds", options);
      const embeddings = await collection.embed(texts);
      const { build, buildFallback, kernels } = await collection.info();
      return { build, buildFallback, kernels, vectors: embeddings.map(({ vector }) => [...vector]) };
    },
    { options, texts: references.map(({ text }) => text) },
  );
}

function assertVectorsAreRight(vectors) {
  for (const [at, { text, embedding }] of references.entries()) {
    const cosine = embedding.reduce((sum, value, index) => sum + value * vectors[at][index], 0);
    assert.ok(cosine > 0.97, `${JSON.stringify(text.slice(0, 40))}: ${cosine}`);
  }
}

/** Has requests for a binary answered with a broken one. */
async function breakBinary(context, name, file = name) {
  const broken = { path: join(folder, file), contentType: "application/wasm" };
  await context.route(`**/pkg/wasm/${name}`, (route) => route.fulfill(broken));
}

scenario("a browser with relaxed SIMD gets the build that needs it, and only that one", async (visitor) => {
  const { build, buildFallback, kernels, vectors } = await openAndEmbed(await visitor.visit());
  assert.equal(build, "relaxed-simd");
  assert.equal(buildFallback, undefined);
  for (const name of [kernels.layers, kernels.vectors]) assert.match(name, /^relaxed-(dot|pairs)$/);
  assertVectorsAreRight(vectors);
  assert.deepEqual(
    visitor.requests.filter((url) => url.endsWith(".wasm")).map((url) => url.split("/").at(-1)),
    [RELAXED],
  );
});

scenario("kernels that were chosen once are used again, whatever is faster then", async (visitor) => {
  const page = await visitor.visit();
  await openAndEmbed(page);
  const keep = (name) =>
    page.evaluate(async (name) => {
      const cache = await caches.open("ibid-models-v1");
      const key = (await cache.keys()).find(({ url }) => new URL(url).pathname === "/ibid/kernels");
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(name));
      const hash = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      await cache.put(key, new Response(name, { headers: { "ibid-sha256": hash } }));
    }, name);
  const names = ["relaxed-dot", "relaxed-pairs"];
  for (const [layers, products] of [names, names.toReversed()]) {
    await keep(`${layers} ${products}`);
    const { kernels, vectors } = await openAndEmbed(await visitor.visit());
    assert.deepEqual(kernels, { layers, vectors: products });
    assertVectorsAreRight(vectors);
  }
  for (const unknown of ["abacus", "abacus relaxed-dot", "relaxed-dot abacus", ""]) {
    await keep(unknown);
    const { kernels } = await openAndEmbed(await visitor.visit());
    for (const name of Object.values(kernels)) assert.ok(names.includes(name), `${unknown}: ${name}`);
  }
});

scenario("where products in pairs are wrong the dot product is used", async (visitor) => {
  await breakBinary(visitor.context, RELAXED, "pairs.wasm");
  const { build, kernels, vectors } = await openAndEmbed(await visitor.visit());
  assert.equal(build, "relaxed-simd");
  assert.deepEqual(kernels, { layers: "relaxed-dot", vectors: "relaxed-dot" });
  assertVectorsAreRight(vectors);
});

scenario("where relaxed dot products are wrong the SIMD build takes over and says why", async (visitor) => {
  await breakBinary(visitor.context, RELAXED);
  const { build, buildFallback, vectors } = await openAndEmbed(await visitor.visit());
  assert.equal(build, "simd128");
  assert.match(buildFallback, /relaxed-dot/);
  assertVectorsAreRight(vectors);
});

scenario("where both are wrong the portable kernels take over and say why", async (visitor) => {
  const page = await visitor.visit();
  const { build, buildFallback, vectors } = await openAndEmbed(page, { wasmUrl: "/broken" });
  assert.equal(build, "portable");
  assert.match(buildFallback, /relaxed-dot.*simd128/);
  assertVectorsAreRight(vectors);
});

scenario("a relaxed binary that is not there is a reason to fall back, too", async (visitor) => {
  await visitor.context.route(`**/${RELAXED}`, (route) => route.fulfill({ status: 404 }));
  const { build, buildFallback } = await openAndEmbed(await visitor.visit());
  assert.equal(build, "simd128");
  assert.match(buildFallback, /ibid_relaxed_bg\.wasm could not be loaded.*404/);
  visitor.errors.splice(0); // the browser logs the status
});

scenario("a browser without relaxed SIMD gets the SIMD build, which is no fallback", async (visitor) => {
  const page = await visitor.visit();
  const { build, buildFallback, vectors } = await openAndEmbed(page, { workerUrl: "/broken/worker.js" });
  assert.equal(build, "simd128");
  assert.equal(buildFallback, undefined);
  assertVectorsAreRight(vectors);
  assert.deepEqual(
    visitor.requests.filter((url) => url.includes(RELAXED)),
    [],
  );
});
