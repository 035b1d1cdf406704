/** A worker of the pool: it holds the model and embeds one batch after the other. */

import { IbidError } from "../error.js";
import type { EmbedBatch, PooledModel } from "../protocol.js";
import type { WasmEmbedder } from "../wasm/ibid_simd128.js";
import { loadPooled } from "./pooled.js";
import { type Reply, serve } from "./serve.js";

let embedder: WasmEmbedder | undefined;

async function open(model: PooledModel): Promise<Reply> {
  const { core, files } = await loadPooled(model);
  embedder = new core.WasmEmbedder(files);
  return { answer: undefined };
}

async function embed({ texts, parts: partsOfTexts, role }: EmbedBatch): Promise<Reply> {
  if (embedder === undefined) {
    throw new IbidError("internal", "the model is asked for before it is loaded");
  }
  const embedded = await embedder.embed(texts, partsOfTexts, role);
  const { vectors, parts, tokens, truncated } = embedded;
  const transfer = [vectors.buffer, parts.buffer, tokens.buffer, truncated.buffer] as ArrayBuffer[];
  return { answer: embedded, transfer };
}

// The core throws plain objects. Anything else is a trap, or a model that cannot be loaded: the worker is of no use.
serve(
  (request: PooledModel | EmbedBatch) => ("texts" in request ? embed(request) : open(request)),
  (thrown) => embedder === undefined || thrown instanceof Error,
);
