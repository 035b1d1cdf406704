/** The worker that holds one open collection: it answers the page's calls with the Rust core. */
import { IbidError, toErrorMessage } from "./error.js";
import { fetchModel } from "./model-files.js";
import type { Call, FromWorker, Methods, OpenSettings, ToWorker } from "./protocol.js";
import init, { deleteCollection, lastPanic, type Progress, type Task, WasmCollection } from "./wasm/ibid.js";

declare const self: DedicatedWorkerGlobalScope;

type Handlers = {
  [M in keyof Methods]: (task: Task, ...args: Parameters<Methods[M]>) => Promise<ReturnType<Methods[M]>>;
};

let loaded = false;
let opened: WasmCollection | undefined;
const running = new Map<number, AbortController>();

const handlers: Handlers = {
  open,
  add: (task, documents) => collection().add(documents, task),
  remove: (_, ids) => collection().remove(ids),
  get: (_, id) => collection().get(id),
  list: () => collection().list(),
  info: () => collection().info(),
  search: (task, query, options) => unlessAborted(task, collection().search(query, options)),
  prompt: (task, query, options) => unlessAborted(task, collection().prompt(query, options)),
  embed: (task, texts, role) => collection().embed(texts, role, task),
  embedBacklog: (task) => collection().embedBacklog(task),
  destroy: () => collection().destroy(),
  async deleteCollection(_, name, wasmUrl) {
    await loadWasm(wasmUrl);
    await deleteCollection(name);
  },
};

/** The result of a call that only reads, which therefore is as good as not made when it is aborted before it ends. */
async function unlessAborted<T>(task: Task, reading: Promise<T>): Promise<T> {
  const result = await reading;
  if (task.signal.aborted) {
    throw new IbidError("aborted", "the caller aborted the operation");
  }
  return result;
}

function collection(): WasmCollection {
  if (opened === undefined) {
    throw new IbidError("closed", "the collection is not open");
  }
  return opened;
}

async function loadWasm(url: string | undefined): Promise<void> {
  // The literal address lets bundlers find the binary and emit it once.
  const wasmUrl = url ?? new URL("./wasm/ibid_bg.wasm", import.meta.url);
  try {
    await init({ module_or_path: wasmUrl });
    loaded = true;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new IbidError("internal", `the WebAssembly module ${wasmUrl} could not be loaded: ${why}`, {
      cause,
    });
  }
}

async function open(task: Task, settings: OpenSettings) {
  await loadWasm(settings.wasmUrl);
  const model = await fetchModel(settings.modelUrl, (progress) => task.onProgress(progress));
  opened = await WasmCollection.open(settings.name, model, settings.core);
  return opened.info();
}

async function answer(call: Call): Promise<void> {
  const { id } = call;
  const controller = new AbortController();
  running.set(id, controller);
  const task: Task = {
    signal: controller.signal,
    onProgress: (progress: Progress) => post({ id, progress }),
    pause: nextTurn,
  };
  try {
    const handler = handlers[call.method] as (task: Task, ...args: unknown[]) => Promise<unknown>;
    post({ id, result: await handler(task, ...call.args) });
  } catch (thrown) {
    if (thrown instanceof WebAssembly.RuntimeError) {
      fail(thrown);
    } else {
      post({ id, error: toErrorMessage(thrown) });
    }
  } finally {
    running.delete(id);
  }
}

/** Resolves after messages that are waiting have been received; `setTimeout` would add 4 ms each time. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

function post(message: FromWorker): void {
  self.postMessage(message);
}

/** Reports a trapped instance: its memory cannot be trusted, so the page must give this worker up. */
function fail(thrown: unknown): void {
  const panic = loaded ? lastPanic() : undefined;
  post({ fatal: { code: "internal", message: panic ?? toErrorMessage(thrown).message } });
}

self.addEventListener("error", (event) => fail(event.error ?? event.message));
self.addEventListener("unhandledrejection", (event) => fail(event.reason));
self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if ("abort" in data) {
    running.get(data.id)?.abort();
  } else {
    void answer(data);
  }
});
