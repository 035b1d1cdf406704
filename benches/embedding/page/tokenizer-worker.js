// One tokenizer: ours or the library's, each compiled as the package is, or the one that transformers.js has.

import { answer } from "/page/worker.js";

/** Ways to open each of them, with the content of a tokenizer.json. */
const OPEN = {
  own: async (json) => new (await core()).OwnTokenizer(json),
  library: async (json) => new (await core()).LibraryTokenizer(json),
  async javascript(json) {
    const { Tokenizer } = await import("/rivals/@huggingface/tokenizers/dist/tokenizers.min.mjs");
    const tokenizer = new Tokenizer(JSON.parse(new TextDecoder().decode(json)), {});
    return { encode: (text) => tokenizer.encode(text).ids };
  },
};

async function core() {
  const module = await import("/core/index_simd128.js");
  await module.default({ module_or_path: "/core/index_simd128_bg.wasm" });
  return module;
}

let tokenizer;

answer({
  async open({ name }) {
    const response = await fetch("/models/all-minilm-l6-v2/tokenizer.json");
    tokenizer = await OPEN[name](new Uint8Array(await response.arrayBuffer()));
  },

  /** Splits all texts: the time in milliseconds, how many tokens there are, and a hash of them. */
  encodeAll(texts) {
    const start = performance.now();
    const all = texts.map((text) => tokenizer.encode(text));
    const milliseconds = performance.now() - start;
    let [tokens, hash] = [0, 0];
    for (const ids of all) {
      tokens += ids.length;
      for (const id of ids) hash = (Math.imul(hash, 31) + Number(id)) | 0;
    }
    return { milliseconds, tokens, hash };
  },
});
