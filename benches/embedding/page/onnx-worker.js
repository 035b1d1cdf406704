// The rival's side: onnxruntime-web on one thread, fed as transformers.js does it: its tokenizer, batches padded to
// their longest text, mean pooling over the tokens that are no padding, unit length. Files come from Cache Storage.

import { Tokenizer } from "/rivals/@huggingface/tokenizers/dist/tokenizers.min.mjs";
import * as ort from "/rivals/onnxruntime-web/dist/ort.wasm.min.mjs";
import { serve } from "./embedder.js";

const MAX_TOKENS = 256;

let tokenizer;
let session;

async function cached(name) {
  const cache = await caches.open("rival");
  const url = `/rival-model/${name}`;
  if (!(await cache.match(url))) await cache.add(url);
  return cache.match(url);
}

async function open({ graph }) {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = "/rivals/onnxruntime-web/dist/";
  const [definition, config, model] = await Promise.all([
    cached("tokenizer.json").then((response) => response.json()),
    cached("tokenizer_config.json").then((response) => response.json()),
    cached(graph).then((response) => response.arrayBuffer()),
  ]);
  tokenizer = new Tokenizer(definition, config);
  session = await ort.InferenceSession.create(new Uint8Array(model), { executionProviders: ["wasm"] });
  return {};
}

/** Token ids with the special tokens, cut at the model's limit. */
function encode(text) {
  const { ids } = tokenizer.encode(text);
  return ids.length <= MAX_TOKENS ? ids : [...ids.slice(0, MAX_TOKENS - 1), ids.at(-1)];
}

async function run(encoded) {
  const length = Math.max(...encoded.map((ids) => ids.length));
  const shape = [encoded.length, length];
  const ids = new BigInt64Array(encoded.length * length);
  const mask = new BigInt64Array(encoded.length * length);
  for (const [row, tokens] of encoded.entries()) {
    for (const [at, id] of tokens.entries()) {
      ids[row * length + at] = BigInt(id);
      mask[row * length + at] = 1n;
    }
  }
  const { last_hidden_state: states } = await session.run({
    input_ids: new ort.Tensor("int64", ids, shape),
    attention_mask: new ort.Tensor("int64", mask, shape),
    token_type_ids: new ort.Tensor("int64", new BigInt64Array(ids.length), shape),
  });
  const width = states.dims[2];
  return encoded.map((tokens, row) =>
    pool(states.data.subarray(row * length * width, (row * length + tokens.length) * width), width),
  );
}

/** The mean of rows of `width` values, of unit length. */
function pool(states, width) {
  const vector = new Float32Array(width);
  for (let at = 0; at < states.length; at += width) {
    for (let column = 0; column < width; column++) vector[column] += states[at + column];
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

serve({
  open,
  async embed(text) {
    const ids = encode(text);
    const [vector] = await run([ids]);
    return { vector, tokens: ids.length };
  },
  async embedBulk(texts, batchSize) {
    const encoded = texts.map((text, index) => ({ ids: encode(text), index }));
    encoded.sort((a, b) => b.ids.length - a.ids.length);
    const vectors = [];
    for (let at = 0; at < encoded.length; at += batchSize) {
      const batch = encoded.slice(at, at + batchSize);
      const embedded = await run(batch.map(({ ids }) => ids));
      for (const [row, { index }] of batch.entries()) vectors[index] = embedded[row];
    }
    return vectors;
  },
});
