/** A worker that builds one graph and is thrown away, with the memory that it took. */
import { startCore } from "./core.js";
import type { GraphRequest } from "./graphs.js";
import { serve } from "./serve.js";

serve(async ({ rows, runs, compiled }: GraphRequest) => {
  const core = await startCore(compiled);
  const graph = core.buildGraph(rows, runs);
  return { answer: graph, transfer: [graph.buffer as ArrayBuffer] };
});
