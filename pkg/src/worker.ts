/** The worker that holds one open collection: it answers the page's calls with the Rust core. */
import { type Core, loadCore } from "./core.js";
import { IbidError, toErrorMessage } from "./error.js";
import { SpareWorker } from "./graphs.js";
import { loadModel } from "./model-files.js";
import { WorkerPool } from "./pool.js";
import type {
  Call,
  FromWorker,
  Methods,
  OpenSettings,
  PageScores,
  ScorerPlace,
  ToWorker,
} from "./protocol.js";
import type { PassageScorer, Progress, Task, WasmCollection, WasmScorer } from "./wasm/ibid_simd128.js";

declare const self: DedicatedWorkerGlobalScope;

type Handlers = {
  [M in keyof Methods]: (task: CallTask, ...args: Parameters<Methods[M]>) => Promise<ReturnType<Methods[M]>>;
};

let loaded: Core | undefined;
let opened: WasmCollection | undefined;
let settings: OpenSettings | undefined;
let loadingReranker: Promise<WasmScorer> | undefined;
const running = new Map<number, AbortController>();
const maintenance = { running: false, due: false };
/** What waits for the scores of a call's scorer on the page. */
const scoring = new Map<number, (scored: PageScores) => void>();

/** The task of one call. */
interface CallTask extends Task {
  readonly id: number;
}

const handlers: Handlers = {
  open,
  add: (task, documents) => thenMaintain(collection().add(documents, task)),
  remove: (_, ids) => thenMaintain(collection().remove(ids)),
  get: (_, id) => collection().get(id),
  list: () => collection().list(),
  info: () => collection().info(),
  search: async (task, query, options, place) =>
    unlessAborted(task, collection().search(query, options, await scorer(place, task), task)),
  prompt: async (task, query, options, place) =>
    unlessAborted(task, collection().prompt(query, options, await scorer(place, task), task)),
  embed: (task, texts, role) => collection().embed(texts, role, task),
  embedBacklog: (task) => thenMaintain(collection().embedBacklog(task)),
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

/** The second stage of a search. */
async function scorer(place: ScorerPlace | undefined, task: CallTask): Promise<PassageScorer | undefined> {
  if (place === "page") {
    return { score: (query, passages) => scoreOnPage(task.id, query, passages) };
  }
  if (place === "model") {
    const model = await Promise.race([reranker(task), aborted(task)]);
    return { score: (query, passages) => model.score(query, passages, task) };
  }
  return undefined;
}

function scoreOnPage(id: number, query: string, passages: string[]): Promise<ArrayLike<number>> {
  return new Promise((resolve, reject) => {
    scoring.set(id, (scored) => ("scores" in scored ? resolve(scored.scores) : reject(scored.error)));
    post({ id, score: { query, passages } });
  });
}

/** Rejects when the caller aborts the call; what the call waited for goes on for the next one. */
async function aborted(task: Task): Promise<never> {
  await task.aborted();
  throw new IbidError("aborted", "the caller aborted the operation");
}

/** The cross-encoder, loaded with the first search that asks for it. */
function reranker(task: Task): Promise<WasmScorer> {
  loadingReranker ??= loadReranker(task).catch((error) => {
    loadingReranker = undefined; // the next search may have a connection
    throw error;
  });
  return loadingReranker;
}

async function loadReranker(task: Task): Promise<WasmScorer> {
  const { rerankerUrl, wasmUrl } = settings ?? {};
  if (loaded === undefined || rerankerUrl === undefined) {
    const message =
      "options.rerank: there is neither a scorer nor a cross-encoder; open the collection with the option reranker";
    throw new IbidError("invalid-argument", message);
  }
  const onProgress = (progress: Progress) => task.onProgress(progress);
  return new loaded.WasmScorer(await loadModel(rerankerUrl, loaded, onProgress, undefined, wasmUrl));
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

async function open(task: Task, asked: OpenSettings) {
  const { name, modelUrl, wasmUrl } = asked;
  settings = asked;
  const core = await load(wasmUrl);
  const limit = core.workerLimit(asked.core, navigator.hardwareConcurrency ?? 0);
  const onProgress = (progress: Progress) => task.onProgress(progress);
  const model = await loadModel(modelUrl, core, onProgress, task.signal, wasmUrl);
  const pool = new WorkerPool(limit, { url: modelUrl, manifest: model.manifest, wasmUrl });
  opened = await core.WasmCollection.open(name, model, asked.core, pool);
  void maintain();
  return opened.info();
}

async function answer(call: Call): Promise<void> {
  const { id } = call;
  const controller = new AbortController();
  running.set(id, controller);
  const { task, end } = startTask(controller.signal, (progress) => post({ id, progress }));
  try {
    const handler = handlers[call.method] as (task: CallTask, ...args: unknown[]) => Promise<unknown>;
    post({ id, result: await handler({ ...task, id }, ...call.args) });
  } catch (thrown) {
    if (thrown instanceof WebAssembly.RuntimeError) {
      fail(thrown);
    } else {
      post({ id, error: toErrorMessage(thrown) });
    }
  } finally {
    running.delete(id);
    scoring.delete(id);
    end();
  }
}

/** A task, and the function that frees what the core keeps for each wait for its abort. */
function startTask(signal: AbortSignal, onProgress: Task["onProgress"]): { task: Task; end: () => void } {
  let end = () => {};
  const aborted = new Promise<void>((resolve) => {
    end = resolve;
  });
  signal.addEventListener("abort", end);
  const now = () => performance.now();
  return { task: { signal, aborted: () => aborted, onProgress, now, pause: nextTurn }, end };
}

/** Lets the core see to the collection once something was written; what there is to do is decided there. */
async function thenMaintain<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } finally {
    void maintain();
  }
}

/** Runs in the background: whoever calls it while it runs makes it run once more. */
async function maintain(): Promise<void> {
  maintenance.due = true;
  if (maintenance.running) {
    return;
  }
  maintenance.running = true;
  while (maintenance.due) {
    maintenance.due = false;
    await maintainOnce();
  }
  maintenance.running = false;
}

async function maintainOnce(): Promise<void> {
  const { task, end } = startTask(new AbortController().signal, () => {});
  try {
    await opened?.maintain(new SpareWorker(settings?.wasmUrl), task);
  } catch (thrown) {
    // Nobody waits for it, and it is tried again: a full disk, say, is reported to the next call that writes.
    if (thrown instanceof WebAssembly.RuntimeError) {
      fail(thrown);
    }
  } finally {
    end();
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
  } else if ("scored" in data) {
    scoring.get(data.id)?.(data.scored);
  } else {
    void answer(data);
  }
});
