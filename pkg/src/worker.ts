/** The worker that holds one open collection: it answers the page's calls with the Rust core. */
import { type Core, loadCore } from "./core.js";
import { IbidError, toErrorMessage } from "./error.js";
import { loadModel } from "./model-files.js";
import { WorkerPool } from "./pool.js";
import type { Call, FromWorker, Methods, OpenSettings, ToWorker } from "./protocol.js";
import type { Progress, Task, WasmCollection } from "./wasm/ibid_simd128.js";

declare const self: DedicatedWorkerGlobalScope;

type Handlers = {
  [M in keyof Methods]: (task: Task, ...args: Parameters<Methods[M]>) => Promise<ReturnType<Methods[M]>>;
};

let loaded: Core | undefined;
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
    const core = await load(wasmUrl);
    await core.deleteCollection(name);
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

async function load(wasmUrl: string | undefined): Promise<Core> {
  ({ core: loaded } = await loadCore(wasmUrl));
  return loaded;
}

async function open(task: Task, settings: OpenSettings) {
  const { name, modelUrl, wasmUrl } = settings;
  const core = await load(wasmUrl);
  const limit = core.workerLimit(settings.core, navigator.hardwareConcurrency ?? 0);
  const onProgress = (progress: Progress) => task.onProgress(progress);
  const model = await loadModel(modelUrl, core, onProgress, task.signal, wasmUrl);
  const pool = new WorkerPool(limit, { url: modelUrl, manifest: model.manifest, wasmUrl });
  opened = await core.WasmCollection.open(name, model, settings.core, pool);
  return opened.info();
}

async function answer(call: Call): Promise<void> {
  const { id } = call;
  const controller = new AbortController();
  running.set(id, controller);
  let endWait = () => {};
  const aborted = new Promise<void>((resolve) => {
    endWait = resolve;
  });
  controller.signal.addEventListener("abort", endWait);
  const task: Task = {
    signal: controller.signal,
    aborted: () => aborted,
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
    endWait(); // frees what the core keeps for each wait
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
  const panic = loaded?.lastPanic();
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
