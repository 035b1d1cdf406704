/** A worker of the pool: it holds the model and embeds one batch after the other. */
import { type Core, loadCore } from "./core.js";
import { toErrorMessage } from "./error.js";
import { loadKept } from "./model-files.js";
import type { FromEmbeddingWorker, ToEmbeddingWorker } from "./protocol.js";
import type { WasmEmbedder } from "./wasm/ibid_simd128.js";

declare const self: DedicatedWorkerGlobalScope;

let core: Core | undefined;
let embedder: WasmEmbedder | undefined;

async function receive(message: ToEmbeddingWorker): Promise<void> {
  try {
    if ("model" in message) {
      const { url, manifest, wasmUrl } = message.model;
      ({ core } = await loadCore(wasmUrl));
      embedder = new core.WasmEmbedder(await loadKept(url, core, manifest));
      post({ ready: true });
    } else if (embedder !== undefined) {
      const embedded = await embedder.embed(message.texts, message.role);
      const { vectors, tokens, truncated } = embedded;
      post({ embedded }, [vectors.buffer, tokens.buffer, truncated.buffer] as ArrayBuffer[]);
    }
  } catch (thrown) {
    // The core throws plain objects; anything else is a trap, after which its memory cannot be trusted.
    if (embedder === undefined || thrown instanceof Error) {
      fail(thrown);
    } else {
      post({ error: toErrorMessage(thrown) });
    }
  }
}

function post(message: FromEmbeddingWorker, transfer: Transferable[] = []): void {
  self.postMessage(message, transfer);
}

function fail(thrown: unknown): void {
  const message = core?.lastPanic() ?? toErrorMessage(thrown).message;
  post({ fatal: { code: "internal", message } });
}

self.addEventListener("error", (event) => fail(event.error ?? event.message));
self.addEventListener("unhandledrejection", (event) => fail(event.reason));
self.addEventListener("message", ({ data }: MessageEvent<ToEmbeddingWorker>) => void receive(data));
