// The model folder as the package meets it on real servers: absent, damaged, replaced, slow.

import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { digest } from "./model-folder.js";
import { fromRoot, packageSite } from "./package-site.js";

const MODEL = fromRoot("models/all-minilm-l6-v2");
const work = mkdtempSync(join(tmpdir(), "ibid-models-"));
after(() => rmSync(work, { recursive: true }));

const scenario = packageSite({ "/other-models": work });

/** What single-page servers answer for whatever they do not have. */
const HTML = "<!doctype html><title>Not found</title>";

const manifest = JSON.parse(readFileSync(join(MODEL, "model.json"), "utf8"));
const tokenizer = readFileSync(join(MODEL, "tokenizer.json"));
/** `content` with one bit turned. */
function damaged(content) {
  const copy = Buffer.from(content);
  copy[copy.length >> 1] ^= 1;
  return copy;
}

const weights = Buffer.from("weights of eight".slice(0, 8));
const files = { "tokenizer.json": digest(tokenizer), "weights.safetensors": digest(weights) };
const small = JSON.stringify({ ...manifest, files });

/** Folders by name: their files, and the error that they cause. */
const FOLDERS = {
  absent: { files: {}, code: "model-file-missing", message: /absent\/model\.json .*404/ },
  "without-weights": {
    files: { "model.json": small, "tokenizer.json": tokenizer },
    code: "model-file-missing",
    message: /without-weights\/weights\.safetensors .*404/,
  },
  "page-for-manifest": {
    files: { "model.json": HTML },
    code: "model-file-html",
    message: /http:.*page-for-manifest\/model\.json/,
  },
  "page-for-tokenizer": {
    files: { "model.json": small, "tokenizer.json": HTML, "weights.safetensors": weights },
    code: "model-file-html",
    message: /http:.*page-for-tokenizer\/tokenizer\.json/,
  },
  "page-for-weights": {
    files: { "model.json": small, "tokenizer.json": tokenizer, "weights.safetensors": HTML },
    code: "model-file-html",
    message: /http:.*page-for-weights\/weights\.safetensors/,
  },
  "long-weights": {
    files: {
      "model.json": small,
      "tokenizer.json": tokenizer,
      "weights.safetensors": Buffer.concat([weights, weights]),
    },
    code: "model-file-corrupt",
    message: /http:.*long-weights\/weights\.safetensors.*8 bytes.*16 bytes/,
  },
  "truncated-weights": {
    files: {
      "model.json": small,
      "tokenizer.json": tokenizer,
      "weights.safetensors": weights.subarray(0, 5),
    },
    code: "model-file-truncated",
    message: /http:.*truncated-weights\/weights\.safetensors.*8 bytes.*5 bytes/,
  },
  "damaged-weights": {
    files: { "model.json": small, "tokenizer.json": tokenizer, "weights.safetensors": damaged(weights) },
    code: "model-file-corrupt",
    message: new RegExp(`http:.*damaged-weights/weights\\.safetensors.*${digest(weights).sha256}`),
  },
  "damaged-tokenizer": {
    files: { "model.json": small, "tokenizer.json": damaged(tokenizer), "weights.safetensors": weights },
    code: "model-file-corrupt",
    message: /tokenizer\.json.*sha256/,
  },
  "no-safetensors": {
    files: { "model.json": small, "tokenizer.json": tokenizer, "weights.safetensors": weights },
    code: "model-invalid",
    message: /weights\.safetensors/,
  },
  "later-format": {
    files: { "model.json": JSON.stringify({ ...manifest, format: 99 }) },
    code: "model-unsupported",
    message: /format/,
  },
  "absurd-size": {
    files: {
      "model.json": small.replace(`"bytes":${weights.length}`, '"bytes":9007199254740991'),
      "tokenizer.json": tokenizer,
      "weights.safetensors": weights,
    },
    code: "model-file-truncated",
    message: /weights\.safetensors.*9007199254740991 bytes.*8 bytes/,
  },
};

for (const [folder, { files }] of Object.entries(FOLDERS)) {
  mkdirSync(join(work, folder));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(work, folder, name), content);
}

const REMEMBERED = "The heron nests by the river.";

async function remember(text) {
  const collection = await ibid.openCollection("papers");
  await collection.add({ id: "heron", content: text });
  await collection.close();
}

/** A collection that no failure has touched: its model loads, and it finds by words and by meaning. */
async function recall() {
  const collection = await openReady("papers");
  const { hits } = await collection.search("Where do birds breed?");
  await collection.close();
  return hits.map(({ chunk, dense }) => [chunk.text, typeof dense]);
}

scenario(
  "a model folder that is absent or damaged is a typed error that names the file",
  async ({ visit, errors }) => {
    const page = await visit();
    await page.evaluate(remember, REMEMBERED);
    for (const [folder, { code, message }] of Object.entries(FOLDERS)) {
      const { loaded, state, found } = await page.evaluate(async (model) => {
        const collection = await ibid.openCollection("papers", { model });
        const loaded = await outcome(() => collection.loadModel());
        const { model: state } = await collection.info();
        const { hits } = await collection.search("heron");
        await collection.close();
        return { loaded, state, found: hits.map(({ chunk }) => chunk.text) };
      }, `/other-models/${folder}`);
      assert.equal(loaded.code, code, `${folder}: ${loaded.message}`);
      assert.match(loaded.message, message, folder);
      assert.deepEqual(state, { state: "failed", error: loaded }, folder);
      assert.deepEqual(found, [REMEMBERED], "what needs no model works");
    }
    assert.deepEqual(await page.evaluate(recall), [[REMEMBERED, "number"]]);
    const expected = errors.splice(0);
    assert.ok(
      expected.every((error) => /404/.test(error)),
      expected.join("\n"),
    );
  },
);

/** Writes a folder with another model: the same files, and a recipe with a prefix for queries. */
function writeOtherModel(name) {
  const folder = join(work, name);
  mkdirSync(folder);
  for (const file of ["tokenizer.json", "weights.safetensors"])
    copyFileSync(join(MODEL, file), join(folder, file));
  const task = { embedding: { ...manifest.task.embedding, query_prefix: "query: " } };
  writeFileSync(join(folder, "model.json"), JSON.stringify({ ...manifest, task }));
}

scenario("with another model than it was built with a collection is searched by words", async ({ visit }) => {
  writeOtherModel("with-prefix");
  const page = await visit();
  await page.evaluate(remember, REMEMBERED);
  const model = { model: "/other-models/with-prefix/" };
  const found = await page.evaluate(async (options) => {
    const collection = await openReady("papers", options);
    const { model } = await collection.info();
    const search = async (mode) => {
      const { hits, model, unembedded } = await collection.search("Where does the heron nest?", { mode });
      return { texts: hits.map(({ chunk, dense }) => [chunk.text, typeof dense]), model, unembedded };
    };
    const results = { lexical: await search("lexical"), hybrid: await search("hybrid") };
    const dense = await outcome(() => collection.search("heron", { mode: "dense" }));
    await collection.close();
    return { model, results, dense };
  }, model);
  assert.equal(found.model.state, "mismatch");
  assert.match(found.model.stored, /^[0-9a-f]{64}$/);
  assert.notEqual(found.model.stored, found.model.fingerprint);
  const byWords = { texts: [[REMEMBERED, "undefined"]], model: "mismatch", unembedded: 0 };
  assert.deepEqual(found.results, { lexical: byWords, hybrid: byWords });
  assert.equal(found.dense.code, "model-mismatch", found.dense.message);
  assert.deepEqual(await page.evaluate(recall), [[REMEMBERED, "number"]]);

  const state = await page.evaluate(async (options) => {
    await ibid.deleteCollection("papers");
    const { model, documents } = await (await openReady("papers", options)).info();
    return [model.state, documents];
  }, model);
  assert.deepEqual(state, ["ready", 0]);
});

scenario("a server that is not there is a typed error", async ({ visit, errors, requests }) => {
  const page = await visit();
  const loaded = await page.evaluate(() =>
    outcome(() => openReady("papers", { model: "http://127.0.0.1:1/" })),
  );
  assert.equal(loaded.code, "model-unreachable", loaded.message);
  assert.match(loaded.message, /http:\/\/127\.0\.0\.1:1\/model\.json/);
  // Both were asked for here.
  errors.length = 0;
  const elsewhere = requests.filter((url) => url === "http://127.0.0.1:1/model.json");
  assert.ok(elsewhere.length > 1, "it is tried again");
  requests.splice(0, requests.length, ...requests.filter((url) => !elsewhere.includes(url)));
});

scenario("opening can be aborted, and leaves nothing", async ({ visit }) => {
  const page = await visit();
  const outcomes = await page.evaluate(async () => {
    const early = await outcome(() => ibid.openCollection("papers", { signal: AbortSignal.abort() }));
    const controller = new AbortController();
    const opening = outcome(() => ibid.openCollection("papers", { signal: controller.signal }));
    controller.abort();
    const { code } = await opening;
    return [early.code, code, (await indexedDB.databases()).length];
  });
  assert.deepEqual(outcomes, ["aborted", "aborted", 0]);
});

scenario(
  "loading reports the bytes of the model, and goes on when one who waits aborts",
  async ({ visit }) => {
    const page = await visit();
    const { progress, aborted, state } = await page.evaluate(async () => {
      const progress = [];
      const collection = await ibid.openCollection("papers", { onProgress: (step) => progress.push(step) });
      const controller = new AbortController();
      const onProgress = () => controller.abort();
      const aborted = await outcome(() => collection.loadModel({ signal: controller.signal, onProgress }));
      await collection.loadModel();
      return { progress, aborted, state: (await collection.info()).model.state };
    });
    assert.deepEqual([aborted.code, state], ["aborted", "ready"]);
    const total = manifest.files["tokenizer.json"].bytes + manifest.files["weights.safetensors"].bytes;
    assert.ok(progress.length > 2);
    for (const [at, step] of progress.entries()) {
      assert.equal(step.phase, "model");
      assert.equal(step.total, total);
      assert.ok(at === 0 || step.done > progress[at - 1].done);
    }
    assert.equal(progress.at(-1).done, total);
  },
);

scenario(
  "chunks that cannot be are refused, and those that the model cannot take when it is loaded",
  async ({ visit }) => {
    const page = await visit();
    for (const [options, message] of [
      [{ chunking: { max: 31 } }, /31.*32/],
      [{ chunking: { max: 257 } }, /257.*256/],
      [{ chunking: { target: 65, max: 64 } }, /65.*64/],
      [{ chunking: { target: 96, overlap: 49 } }, /49.*48/],
    ]) {
      const loaded = await page.evaluate((options) => outcome(() => openReady("papers", options)), options);
      assert.equal(loaded.code, "invalid-argument", JSON.stringify(options));
      assert.match(loaded.message, message);
    }
  },
);
