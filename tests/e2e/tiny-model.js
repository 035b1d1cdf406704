// The tiny encoder of the fixtures as a model folder: it embeds in moments what takes the default model minutes.

import { readFileSync } from "node:fs";
import init, { quantizeModel } from "../../pkg/dist/wasm/ibid_simd128.js";
import { ModelFolder } from "./model-folder.js";
import { fromRoot, packageSite } from "./package-site.js";

const read = (file) => readFileSync(fromRoot(`tests/fixtures/tiny-cls-encoder/${file}`));

await init({ module_or_path: readFileSync(fromRoot("pkg/dist/wasm/ibid_simd128_bg.wasm")) });
const { manifest, tokenizer, weights } = quantizeModel(
  {
    config: read("config.json"),
    tokenizer: read("tokenizer.json"),
    weights: read("model.safetensors"),
    pooling: Buffer.from(JSON.stringify({ pooling_mode_cls_token: true })),
  },
  "tiny-cls-encoder",
);

/** Its `model.json`. It takes 64 tokens; nearly every letter is one. */
export const TINY_MANIFEST = JSON.parse(new TextDecoder().decode(manifest));

/** The files that it lists. */
export const TINY_FILES = {
  "tokenizer.json": Buffer.from(tokenizer),
  "weights.safetensors": Buffer.from(weights),
};

/** The manifest of another model with the same files, which begins each query with a prefix. */
export function withPrefix(prefix) {
  const task = { embedding: { ...TINY_MANIFEST.task.embedding, query_prefix: prefix } };
  return { ...TINY_MANIFEST, task };
}

/**
 * The package's site with the tiny model in the folder `/tiny/`.
 * @param {Record<string, string>} [mounts] further folders
 * @param {Parameters<typeof packageSite>[1]} [handle] see `openSite`
 * @param {string[]} [flags] of the browser
 */
export function tinySite(mounts = {}, handle = () => false, flags = []) {
  const folder = new ModelFolder("/tiny/").writeModel(TINY_MANIFEST, TINY_FILES);
  return packageSite(
    mounts,
    (request, response) => folder.handle(request, response) || handle(request, response),
    flags,
  );
}
