/** A worker that quantises one model and is thrown away, with the memory that it took. */
import { type Core, loadCore } from "./core.js";
import { toErrorMessage } from "./error.js";
import type { QuantizeReply, QuantizeRequest } from "./model-source.js";

declare const self: DedicatedWorkerGlobalScope;

async function answer({ files, name, wasmUrl }: QuantizeRequest): Promise<QuantizeReply> {
  let core: Core | undefined;
  try {
    ({ core } = await loadCore(wasmUrl));
    return { model: core.quantizeModel(files, name) };
  } catch (thrown) {
    if (thrown instanceof WebAssembly.RuntimeError) {
      const why = core?.lastPanic() ?? thrown.message;
      return { error: { code: "internal", message: `the model ${name} could not be quantised: ${why}` } };
    }
    return { error: toErrorMessage(thrown) };
  }
}

self.addEventListener("message", async ({ data }: MessageEvent<QuantizeRequest>) => {
  const reply = await answer(data);
  self.postMessage(
    reply,
    "model" in reply ? Object.values<Uint8Array>({ ...reply.model }).map((file) => file.buffer) : [],
  );
});
