/** A worker that holds the cross-encoder and scores one share of passages after the other. */

import { IbidError } from "../error.js";
import type { PooledModel, ScoreRequest } from "../protocol.js";
import type { WasmScorer } from "../wasm/ibid_simd128.js";
import { loadPooled } from "./pooled.js";
import { type Reply, serve } from "./serve.js";
import { unattended } from "./task.js";

let scorer: WasmScorer | undefined;

async function open(model: PooledModel): Promise<Reply> {
  const { core, files } = await loadPooled(model);
  scorer = new core.WasmScorer(files);
  return { answer: undefined };
}

async function score({ query, passages }: ScoreRequest): Promise<Reply> {
  const loaded = scorer;
  if (loaded === undefined) {
    throw new IbidError("internal", "the model is asked for before it is loaded");
  }
  const scores = await unattended((task) => loaded.score(query, passages, task));
  return { answer: scores, transfer: [scores.buffer as ArrayBuffer] };
}

// The core throws plain objects. Anything else is a trap, or a model that cannot be loaded: the worker is of no use.
serve(
  (request: PooledModel | ScoreRequest) => ("passages" in request ? score(request) : open(request)),
  (thrown) => scorer === undefined || thrown instanceof Error,
);
