/** A worker that quantises one model and is thrown away, with the memory that it took. */
import { loadCore } from "./core.js";
import type { QuantizeRequest } from "./quantizer.js";
import { serve } from "./serve.js";

serve(async ({ files, name, wasmUrl }: QuantizeRequest) => {
  const { core } = await loadCore(wasmUrl);
  const model = core.quantizeModel(files, name);
  const transfer = Object.values<Uint8Array>({ ...model }).map(({ buffer }) => buffer as ArrayBuffer);
  return { answer: model, transfer };
});
