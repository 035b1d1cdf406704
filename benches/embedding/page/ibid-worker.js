// Our side: the embedder that each worker of the pool has.

import { loadModel } from "/pkg/model/files.js";
import { loadCore } from "/pkg/workers/core.js";
import { settleKernels } from "/pkg/workers/kernels.js";
import { serve } from "./embedder.js";

const { instantiateStreaming } = WebAssembly;
let memory;
// The package does not show its memory, and need not.
WebAssembly.instantiateStreaming = async (...args) => {
  const source = await instantiateStreaming(...args);
  memory = source.instance.exports.memory;
  return source;
};

/** The one text has no parts that are embedded by themselves. */
const NO_PARTS = new Uint32Array([0]);

let embedder;

serve({
  async open({ build }) {
    const { core, compiled: _, ...facts } = await loadCore(undefined, build);
    const { files } = await loadModel(new URL("/models/all-minilm-l6-v2/", location.href).href, core);
    const kernels = await settleKernels(core);
    embedder = new core.WasmEmbedder(files);
    return { ...facts, kernels };
  },
  async embed(text) {
    const { vectors, tokens } = await embedder.embed([text], NO_PARTS, "passage");
    return { vector: vectors, tokens: tokens[0] };
  },
  memory: () => memory.buffer.byteLength,
});
