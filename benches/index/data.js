// What the index benchmarks search: real embeddings, made once by the package and kept, and vectors made of them.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { openPages, root } from "../harness.js";
import { readCorpus } from "./corpus.js";
import { VectorSource } from "./vectors.js";

/** The model's. */
export const DIMENSIONS = 384;

/** As many are embedded, however few are asked. */
export const QUERIES = 300;

/** So many texts are embedded by one call, after which there is a sign of life. */
const BATCH = 1000;

/** Reads `file`, which `make` makes the bytes of where it is missing; never leaves half of it behind. */
export async function keep(file, make) {
  if (!existsSync(file)) {
    writeFileSync(`${file}.partial`, await make());
    renameSync(`${file}.partial`, file);
  }
  return readFileSync(file);
}

const asFloats = (bytes) =>
  new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));

const asBytes = (floats) => Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength);

async function embed(browser, texts, role) {
  const mounts = { "/pkg": root("pkg/dist"), "/models": root("models") };
  const pages = await openPages(browser, root("benches/index/page"), mounts);
  const page = await pages.open();
  const vectors = [];
  for (let at = 0; at < texts.length; at += BATCH) {
    console.error(`==> bench: embedding ${role} ${at} of ${texts.length}, once`);
    vectors.push(Buffer.from(await page.call("embed", texts.slice(at, at + BATCH), role), "base64"));
  }
  await page.close();
  pages.close();
  return Buffer.concat(vectors);
}

/**
 * The corpus with its embeddings, kept in `folder` by the hash of model and texts.
 * @param {{ browser: import("playwright-core").Browser, folder: string, collections: string }} options
 */
export async function loadData({ browser, folder, collections }) {
  const corpus = readCorpus(collections, root("www/samples"), QUERIES);
  const { source, documents, passages, queries } = corpus;
  const model = readFileSync(root("models/all-minilm-l6-v2/model.json"));
  const hash = createHash("sha256")
    .update(model)
    .update(JSON.stringify([passages, queries]));
  const own = `${folder}/${hash.digest("hex").slice(0, 16)}`;
  mkdirSync(own, { recursive: true });
  await keep(`${own}/passages.json`, () => JSON.stringify(passages));
  await keep(`${own}/queries.json`, () => JSON.stringify(queries));
  const embedded = ({ title, text }) => `${title}\n${text}`.trim();
  const real = asFloats(
    await keep(`${own}/passages.f32`, () => embed(browser, passages.map(embedded), "passage")),
  );
  const queryVectors = asFloats(await keep(`${own}/queries.f32`, () => embed(browser, queries, "query")));
  return {
    folder: own,
    source,
    documents,
    passages,
    queries: queries.map((text, at) => ({
      text,
      vector: queryVectors.subarray(at * DIMENSIONS, (at + 1) * DIMENSIONS),
    })),
    real,
    /** `count` vectors one after the other; pages read them as `vectors-count.f32`. */
    async vectors(count) {
      const file = `${own}/vectors-${count}.f32`;
      return asFloats(await keep(file, () => asBytes(new VectorSource(real, DIMENSIONS).take(count))));
    },
  };
}
