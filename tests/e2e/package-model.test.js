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

/** A collection that no failure has touched: it opens, and finds by words and by meaning. */
async function recall() {
  const collection = await ibid.openCollection("papers");
  const hits = await collection.search("Where do birds breed?");
  await collection.close();
  return hits.map(({ chunk, dense }) => [chunk.text, typeof dense]);
}

scenario(
  "a model folder that is absent or damaged is a typed error that names the file",
  async ({ visit, errors }) => {
    const page = await visit();
    await page.evaluate(remember, REMEMBERED);
    for (const [folder, { code, message }] of Object.entries(FOLDERS)) {
      const opened = await page.evaluate(
        (model) => outcome(() => ibid.openCollection("papers", { model })),
        `/other-models/${folder}`,
      );
      assert.equal(opened.code, code, `${folder}: ${opened.message}`);
      assert.match(opened.message, message, folder);
    }
    assert.deepEqual(await page.evaluate(recall), [[REMEMBERED, "number"]]);
    const expected = errors.splice(0);
    assert.ok(
      expected.every((error) => /404/.test(error)),
      expected.join("\n"),
    );
  },
);

scenario("a collection does not open with another model than it was built with", async ({ visit }) => {
  const folder = join(work, "with-prefix");
  mkdirSync(folder);
  for (const name of ["tokenizer.json", "weights.safetensors"])
    copyFileSync(join(MODEL, name), join(folder, name));
  const task = { embedding: { ...manifest.task.embedding, query_prefix: "query: " } };
  writeFileSync(join(folder, "model.json"), JSON.stringify({ ...manifest, task }));

  const page = await visit();
  await page.evaluate(remember, REMEMBERED);
  const model = { model: "/other-models/with-prefix/" };
  const opened = await page.evaluate(
    (options) => outcome(() => ibid.openCollection("papers", options)),
    model,
  );
  assert.equal(opened.code, "model-mismatch", opened.message);
  assert.deepEqual(await page.evaluate(recall), [[REMEMBERED, "number"]]);

  const documents = await page.evaluate(async (options) => {
    await ibid.deleteCollection("papers");
    return (await ibid.openCollection("papers", options)).list();
  }, model);
  assert.deepEqual(documents, []);
});

scenario("a server that is not there is a typed error", async ({ visit, errors, requests }) => {
  const page = await visit();
  const opened = await page.evaluate(() =>
    outcome(() => ibid.openCollection("papers", { model: "http://127.0.0.1:1/" })),
  );
  assert.equal(opened.code, "model-unreachable", opened.message);
  assert.match(opened.message, /http:\/\/127\.0\.0\.1:1\/model\.json/);
  // Both were asked for here.
  errors.length = 0;
  const elsewhere = requests.filter((url) => url === "http://127.0.0.1:1/model.json");
  assert.ok(elsewhere.length > 1, "it is tried again");
  requests.splice(0, requests.length, ...requests.filter((url) => !elsewhere.includes(url)));
});

scenario("opening reports the bytes of the model, and can be aborted meanwhile", async ({ visit }) => {
  const page = await visit();
  const { progress, aborted, early, databases } = await page.evaluate(async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    const aborted = await outcome(() =>
      ibid.openCollection("papers", { signal: controller.signal, onProgress }),
    );
    const early = await outcome(() => ibid.openCollection("papers", { signal: AbortSignal.abort() }));
    const databases = (await indexedDB.databases()).length;
    const progress = [];
    await ibid.openCollection("papers", { onProgress: (step) => progress.push(step) });
    return { progress, aborted, early, databases };
  });
  assert.equal(aborted.code, "aborted");
  assert.equal(early.code, "aborted");
  assert.equal(databases, 0);
  const total = manifest.files["tokenizer.json"].bytes + manifest.files["weights.safetensors"].bytes;
  assert.ok(progress.length > 2);
  for (const [at, step] of progress.entries()) {
    assert.equal(step.phase, "model");
    assert.equal(step.total, total);
    assert.ok(at === 0 || step.done > progress[at - 1].done);
  }
  assert.equal(progress.at(-1).done, total);
});
