// Models that are pinned by their fingerprint: no other is taken, wherever it comes from.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { modelFingerprint } from "../../pkg/dist/wasm/ibid_simd128.js";
import { ModelFolder } from "./model-folder.js";
import { fromRoot, packageSite } from "./package-site.js";
import { until } from "./support.js";
import { TINY_FILES, TINY_MANIFEST, withPrefix } from "./tiny-model.js";

/** The folder of the test that runs. */
let folder = new ModelFolder("/folder/");
const site = packageSite({}, (request, response) => folder.handle(request, response));

/** Declares a test that begins with the tiny model on the server. */
function scenario(name, run) {
  site(name, async (visitor, server) => {
    folder = new ModelFolder("/folder/").writeModel(TINY_MANIFEST, TINY_FILES);
    try {
      await run(visitor, server);
    } finally {
      folder.cut();
    }
  });
}

/** The model that a folder has, and another one that is not much different. */
const OWN = fingerprintOf(TINY_MANIFEST);
const OTHER_MANIFEST = withPrefix("question: ");
const OTHER = fingerprintOf(OTHER_MANIFEST);

function fingerprintOf(manifest) {
  const written = new ModelFolder("/any/").writeModel(manifest, TINY_FILES);
  return modelFingerprint(written.read("model.json"), TINY_FILES["tokenizer.json"]);
}

/**
 * Opens a collection with a model of the folder, waits for it, and leaves it in the globals of the page.
 * @returns what became of loading, and the state of the model
 */
const open = (page, fingerprint, name = "papers") =>
  page.evaluate(
    async ([fingerprint, name]) => {
      await globalThis.collection?.close();
      const model = fingerprint ? { url: "/folder", fingerprint } : "/folder";
      globalThis.collection = await ibid.openCollection(name, { model });
      const loaded = await outcome(() => collection.loadModel());
      return { ...loaded, model: (await collection.info()).model };
    },
    [fingerprint, name],
  );

/** All that is kept of models: the address, the headers and the bytes of each entry. */
const keptContent = (page) =>
  page.evaluate(async () => {
    const cache = await caches.open("ibid-models-v1");
    const entries = (await cache.keys()).map(async (request) => {
      const response = await cache.match(request);
      const bytes = new Uint8Array(await response.arrayBuffer());
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      return [request.url, ...response.headers, ...hash].join(" ");
    });
    return (await Promise.all(entries)).sort();
  });

const findByMeaning = (page) =>
  page.evaluate(async () => (await collection.search("bird", { mode: "dense" })).hits.length);

/** Waits until the server's model is the current one of the folder. */
const waitForCurrent = (page, fingerprint) =>
  until(async () => {
    const current = await page.evaluate(async () => {
      const cache = await caches.open("ibid-models-v1");
      return (await cache.match("/folder/model.json?ibid=current")).json();
    });
    return current.fingerprint === fingerprint;
  });

function expectNetworkErrors(errors) {
  const others = errors.splice(0).filter((error) => !/Failed to load resource|net::ERR_/.test(error));
  assert.deepEqual(others, []);
}

scenario("a pinned model that is kept is used, and the server is not asked", async ({ visit }) => {
  const page = await visit();
  assert.equal((await open(page, OWN.toUpperCase())).model.fingerprint, OWN);
  await page.evaluate(() => collection.add({ id: "heron", content: "The heron nests by the river." }));
  folder.asked();
  for (const manifest of [TINY_MANIFEST, OTHER_MANIFEST]) {
    folder.writeModel(manifest, TINY_FILES);
    await page.reload();
    const { model } = await open(page, OWN);
    assert.deepEqual([model.state, model.fingerprint], ["ready", OWN]);
    assert.equal(await findByMeaning(page), 1);
    assert.deepEqual(folder.asked(), []);
  }
  assert.equal((await page.evaluate(() => collection.info())).newerModel, undefined);
});

scenario("another model on the server is refused before it is downloaded", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(async () => {
    const collection = await openReady("papers", { model: "/folder/" });
    await collection.add({ id: "heron", content: "The heron nests by the river." });
    await collection.close();
  });
  // Where it has a tokenizer of its own, that is downloaded as well, since the fingerprint is made of it.
  const tokenizer = JSON.parse(TINY_FILES["tokenizer.json"]);
  const files = {
    ...TINY_FILES,
    "tokenizer.json": Buffer.from(JSON.stringify({ ...tokenizer, padding: null })),
  };
  const weights = Buffer.from(TINY_FILES["weights.safetensors"]);
  weights[weights.length - 4] ^= 1;
  const before = await keptContent(page);
  for (const [written, asked] of [
    [TINY_FILES, []],
    [{ ...files, "weights.safetensors": weights }, ["GET tokenizer.json"]],
  ]) {
    folder.writeModel(TINY_MANIFEST, written);
    folder.asked();
    const refused = await open(page, OTHER);
    assert.equal(refused.code, "model-mismatch", refused.message);
    const found = modelFingerprint(folder.read("model.json"), written["tokenizer.json"]);
    assert.match(refused.message, new RegExp(`http:.*/folder/ .*expected .*${OTHER}.*found .*${found}`));
    assert.deepEqual(refused.model, {
      state: "failed",
      error: { code: refused.code, message: refused.message },
    });
    // Opening asks, and so does waiting for the model after it has failed.
    assert.deepEqual([...new Set(folder.asked())], ["GET model.json", ...asked]);
    assert.deepEqual(await keptContent(page), before);
    const { hits, model } = await page.evaluate(() => collection.search("heron"));
    assert.deepEqual([hits.length, model], [1, "failed"]);
  }
  folder.writeModel(OTHER_MANIFEST, TINY_FILES);
  await page.evaluate(() => collection.loadModel());
  assert.equal((await page.evaluate(() => collection.info())).model.fingerprint, OTHER);
});

scenario("a kept model does not stand in for the pinned one", async ({ visit, errors }) => {
  const page = await visit();
  await open(page);
  folder.fail("model.json", ...Array(20).fill({ status: 502 }));
  const before = await keptContent(page);
  const refused = await open(page, OTHER);
  assert.equal(refused.code, "model-file-missing", refused.message);
  assert.deepEqual(await keptContent(page), before);
  expectNetworkErrors(errors);
});

scenario("what was noted of a kept model is not relied on", async ({ visit }) => {
  const page = await visit();
  await open(page);
  await page.evaluate(async (fingerprint) => {
    const cache = await caches.open("ibid-models-v1");
    const address = "/folder/model.json?ibid=current";
    const current = { ...(await (await cache.match(address)).json()), fingerprint };
    const bytes = new TextEncoder().encode(JSON.stringify(current));
    const hash = Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join("");
    await cache.put(address, new Response(bytes, { headers: { "ibid-sha256": hash } }));
  }, OTHER);
  const before = await keptContent(page);
  const refused = await open(page, OTHER, "notes");
  assert.equal(refused.code, "model-mismatch", refused.message);
  assert.match(refused.message, new RegExp(`found fingerprint ${OWN}`));
  assert.deepEqual(await keptContent(page), before);
});

scenario("without Cache Storage a model can be pinned, too", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(() => Object.defineProperty(globalThis, "caches", { value: undefined }));
  const load = (pinned) =>
    page.evaluate((pinned) => outcome(() => loadFolder("/folder/", { pinned })), pinned);
  assert.deepEqual((await load(OWN)).result.checked, { server: "unasked" });
  assert.equal((await load(OTHER)).code, "model-mismatch");
});

scenario("a collection changes to its pinned model when it is told to", async ({ visit }) => {
  const page = await visit();
  await open(page, OWN);
  await page.evaluate(() => collection.add({ id: "heron", content: "The heron nests by the river." }));
  folder.writeModel(OTHER_MANIFEST, TINY_FILES);
  const { model } = await open(page, OTHER);
  assert.deepEqual([model.state, model.stored, model.fingerprint], ["mismatch", OWN, OTHER]);
  await page.evaluate(() => collection.reindex());
  const after = (await page.evaluate(() => collection.info())).model;
  assert.deepEqual([after.state, after.fingerprint], ["ready", OTHER]);
  assert.equal(await findByMeaning(page), 1);
});

scenario("a pinned model stays until the collection is opened without", async ({ visit }) => {
  const page = await visit();
  // Vectors of one model, and another one pinned.
  await open(page, OWN);
  await page.evaluate(() => collection.add({ id: "heron", content: "The heron nests by the river." }));
  folder.writeModel(OTHER_MANIFEST, TINY_FILES);
  await open(page, OTHER);
  const third = withPrefix("third: ");
  folder.writeModel(third, TINY_FILES);
  await open(page, undefined, "notes");
  await waitForCurrent(page, fingerprintOf(third));
  await page.evaluate(() => collection.destroy()); // it began with the model that was kept
  folder.asked();
  assert.equal((await open(page, OTHER)).model.fingerprint, OTHER);
  assert.deepEqual(folder.asked(), []);

  assert.equal((await open(page)).model.fingerprint, OWN);
  const refused = await open(page, OTHER);
  assert.equal(refused.code, "model-mismatch", "it is not needed any more");
});

/** Writes a fixture in the layout of Hugging Face; `change` makes another model of it. */
function writeSource(name, change = {}) {
  const read = (file) => readFileSync(fromRoot(`tests/fixtures/${name}/${file}`));
  folder = new ModelFolder("/folder/");
  for (const file of readdirSync(fromRoot(`tests/fixtures/${name}`))) {
    if (file !== "expected.json") folder.write(file, read(file));
  }
  folder.write("config.json", JSON.stringify({ ...JSON.parse(read("config.json")), ...change }));
  folder.write("1_Pooling/config.json", JSON.stringify({ pooling_mode_cls_token: true }));
}

scenario(
  "a Hugging Face folder of another model is refused, and nothing of it is kept",
  async ({ visit }) => {
    writeSource("tiny-cls-encoder");
    const page = await visit();
    const entries = (all) => all.filter((entry) => entry.includes("/folder/"));
    const refused = await open(page, OTHER);
    assert.equal(refused.code, "model-mismatch", refused.message);
    assert.deepEqual(entries(await keptContent(page)), []);
    const [, found] = /found fingerprint ([0-9a-f]{64})$/.exec(refused.message);
    assert.equal((await open(page, found)).model.fingerprint, found);
    assert.equal(entries(await keptContent(page)).length, 4);
  },
);

/** What becomes of a search with the cross-encoder of the folder. */
const rerank = (page, name, fingerprint) =>
  page.evaluate(
    async ([name, fingerprint]) => {
      const reranker = fingerprint ? { url: "/folder/", fingerprint } : "/folder/";
      const collection = await ibid.openCollection(name, { reranker });
      await collection.add({ id: "heron", content: "The heron nests by the river." });
      const found = await outcome(
        async () => (await collection.search("heron", { rerank: true })).hits.length,
      );
      await collection.close();
      return found;
    },
    [name, fingerprint],
  );

scenario("a cross-encoder is pinned like a model", async ({ visit, errors }) => {
  writeSource("tiny-cross-encoder");
  const page = await visit();
  const refused = await rerank(page, "papers", OWN);
  assert.equal(refused.code, "model-mismatch", refused.message);
  const [, fingerprint] = /found fingerprint ([0-9a-f]{64})$/.exec(refused.message);
  assert.deepEqual(await rerank(page, "papers", fingerprint), { result: 1 });

  writeSource("tiny-cross-encoder", { layer_norm_eps: 1e-6 });
  assert.equal((await rerank(page, "notes", OWN)).code, "model-mismatch");
  await page.evaluate(() => loadFolder("/folder/", { newest: true })); // what was before is dropped, if it may be
  folder.asked();
  assert.deepEqual(await rerank(page, "papers", fingerprint), { result: 1 });
  assert.deepEqual(folder.asked(), []);
  expectNetworkErrors(errors);
});

scenario("what cannot be a pin is refused by the name of the field", async ({ visit }) => {
  const page = await visit();
  const url = "/folder/";
  for (const [options, message] of [
    [{ model: { url } }, "options.model.fingerprint: expected 64 hexadecimal digits, found undefined"],
    [{ model: { url, fingerprint: OWN.slice(1) } }, /^options\.model\.fingerprint: .* found "[0-9a-f]{63}"$/],
    [{ model: { url, fingerprint: `${OWN}0` } }, /^options\.model\.fingerprint: /],
    [{ model: { url, fingerprint: OWN.replace(/.$/, "g") } }, /^options\.model\.fingerprint: /],
    [
      { model: { url, fingerprint: 7 } },
      "options.model.fingerprint: expected 64 hexadecimal digits, found number",
    ],
    [{ model: { fingerprint: OWN } }, "options.model.url: expected a name or an address, found undefined"],
    [{ model: { url: "http://[", fingerprint: OWN } }, 'options.model.url: "http://[" is not an address'],
    [
      { model: 7 },
      "options.model: expected a name, an address, or an object with url and fingerprint, found number",
    ],
    [
      { model: null },
      "options.model: expected a name, an address, or an object with url and fingerprint, found null",
    ],
    [
      { reranker: { url, fingerprint: "" } },
      'options.reranker.fingerprint: expected 64 hexadecimal digits, found ""',
    ],
    [
      { reranker: { url: null, fingerprint: OWN } },
      "options.reranker.url: expected a name or an address, found null",
    ],
  ]) {
    const refused = await page.evaluate(
      (options) => outcome(() => ibid.openCollection("papers", options)),
      options,
    );
    assert.equal(refused.code, "invalid-argument", JSON.stringify(options));
    if (typeof message === "string") assert.equal(refused.message, message);
    else assert.match(refused.message, message);
  }
  assert.deepEqual(folder.asked(), []);
  const opened = await page.evaluate(async (fingerprint) => {
    const url = new URL("/folder/", location.href);
    const collection = await openReady("papers", { model: { url, fingerprint } });
    return (await collection.info()).model.fingerprint;
  }, OWN);
  assert.equal(opened, OWN);
});
