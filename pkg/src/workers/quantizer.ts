/** Quantising a model in a worker of its own, whose memory is free again afterwards. */
import { IbidError } from "../error.js";
import type { SourceFiles } from "../model/source.js";
import type { ModelFiles } from "../wasm/ibid_simd128.js";
import { nameOf, Peer } from "./peer.js";
import { starter } from "./start.js";

/** What the worker is asked. */
export interface QuantizeRequest {
  files: SourceFiles;
  /** Stands for the model's name and for where it comes from. */
  name: string;
  wasmUrl: string | undefined;
}

/**
 * Quantises a source folder. The weights move away from the caller.
 *
 * @throws IbidError what is wrong with the files; `internal` where the worker fails; `aborted`
 */
export async function quantize(
  request: QuantizeRequest,
  signal: AbortSignal | undefined,
): Promise<ModelFiles> {
  signal?.throwIfAborted();
  const peer = new Peer<QuantizeRequest>(
    starter(
      // Bundlers recognise a worker by exactly this expression.
      () =>
        new Worker(new URL("./quantize-worker.js", import.meta.url), {
          type: "module",
          name: "ibid-quantize",
        }),
      "quantize-worker.js",
      { type: "module", name: "ibid-quantize" },
    ),
    nameOf("quantize-worker.js"),
  );
  const abort = () =>
    peer.end({ code: "aborted", message: "the caller aborted the operation", cause: signal?.reason });
  signal?.addEventListener("abort", abort, { once: true });
  try {
    // The slowest processors take minutes for the largest models, and whoever waits can abort: there is no limit.
    return await peer.request<ModelFiles>(request, { transfer: [request.files.weights.buffer] }).answer;
  } catch (error) {
    if (error instanceof IbidError && error.code === "internal") {
      const message = `the model ${request.name} could not be quantised: ${error.message}`;
      throw new IbidError("internal", message, { cause: error });
    }
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
    peer.end({ code: "closed", message: "the worker is not needed any more" });
  }
}
