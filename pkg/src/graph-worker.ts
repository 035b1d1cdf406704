/** A worker that builds one graph and is thrown away, with the memory that it took. */
import { type Core, loadCore } from "./core.js";
import { toErrorMessage } from "./error.js";
import type { GraphReply, GraphRequest } from "./graphs.js";

declare const self: DedicatedWorkerGlobalScope;

async function answer({ rows, runs, wasmUrl }: GraphRequest): Promise<GraphReply> {
  let core: Core | undefined;
  try {
    ({ core } = await loadCore(wasmUrl));
    return { graph: core.buildGraph(rows, runs) };
  } catch (thrown) {
    const { code, message } = toErrorMessage(thrown);
    return { error: { code, message: core?.lastPanic() ?? message } };
  }
}

self.addEventListener("message", async ({ data }: MessageEvent<GraphRequest>) => {
  const reply = await answer(data);
  self.postMessage(reply, "graph" in reply ? [reply.graph.buffer as ArrayBuffer] : []);
});
