/** A worker that builds one graph and is thrown away, with the memory that it took. */
import { loadCore } from "./core.js";
import type { GraphRequest } from "./graphs.js";
import { serve } from "./serve.js";

serve(async ({ rows, runs, wasmUrl }: GraphRequest) => {
  const { core } = await loadCore(wasmUrl);
  const graph = core.buildGraph(rows, runs);
  return { answer: graph, transfer: [graph.buffer as ArrayBuffer] };
});
