/** The worker that holds one open collection: it answers the page's calls with the Rust core. */

import { sentPolicies } from "../egress.js";
import { IbidError } from "../error.js";
import { releaseModel } from "../model/kept.js";
import type {
  Call,
  CallNote,
  CollectionEvent,
  Methods,
  OpenSettings,
  PageNote,
  PageNumbers,
  ScorerPlace,
} from "../protocol.js";
import { lengthOfAll } from "../space.js";
import type {
  CollectionSecret,
  CoreEvent,
  PassageScorer,
  Task,
  TextCounter,
  WasmCollection,
} from "../wasm/ibid_simd128.js";
import { type Core, type LoadedCore, loadCore } from "./core.js";
import { Events } from "./events.js";
import { BlobSink, BlobSource } from "./files.js";
import { SpareWorker } from "./graphs.js";
import { CollectionModel } from "./model.js";
import { withRoom } from "./quota.js";
import { Reranker } from "./reranker.js";
import { type Exchange, fail, isTrap, type Reply, serve } from "./serve.js";
import { startTask, unattended } from "./task.js";
import { Verifiers } from "./verifiers.js";

type Handlers = {
  [M in keyof Methods]: (task: CallTask, ...args: Parameters<Methods[M]>) => Promise<ReturnType<Methods[M]>>;
};

/** A collection that is open, or being opened. */
interface Opened {
  settings: OpenSettings;
  loaded: Promise<LoadedCore>;
  core: Promise<Core>;
  graphs: Promise<SpareWorker>;
  collection: Promise<WasmCollection>;
  model: Promise<CollectionModel>;
  events: Events;
}

let opened: Opened | undefined;
const verifiers = new Verifiers();
let loadingReranker: Promise<Reranker> | undefined;

/** The task of one call. */
interface CallTask extends Task {
  /** Has the call's scorer on the page score passages. */
  score(query: string, passages: string[]): Promise<ArrayLike<number>>;
  /** Has the call's counter on the page count the tokens of texts. */
  count(texts: string[]): Promise<ArrayLike<number>>;
  /** Tells the call what happens to the collection. */
  tell(event: CollectionEvent): void;
}

const handlers: Handlers = {
  open,
  loadModel: async (task) => {
    await untilAborted(
      task,
      (await it().model).load((progress) => task.onProgress(progress)),
    );
    void inBackground(afterModel);
  },
  prepareOffline: async (task) => {
    const { model, graphs, settings } = it();
    const isReady = Promise.all([
      model.then((model) => model.prepare((progress) => task.onProgress(progress))),
      graphs.then((graphs) => graphs.prepare()),
      settings.reranker && reranker(task).then((reranker) => reranker.prepare()),
    ]);
    await untilAborted(task, isReady);
  },
  watch: (task) => {
    it().events.watch((event) => task.tell(event));
    return new Promise(() => {}); // it ends with the collection
  },
  policies: () => sentPolicies(globalThis.location.href),
  add: async (task, documents, options) =>
    thenMaintain(withRoom((await collection()).add(documents, options, task), lengthOfAll(documents))),
  embedDocuments: async (task, ids) => {
    const left = await thenMaintain(withRoom((await collection()).embedDocuments(ids, task)));
    void embedBacklog(); // what an earlier call left that failed or was aborted
    return left;
  },
  remove: async (_, ids) => thenMaintain((await collection()).remove(ids)),
  removeWhere: async (_, filter) => thenMaintain((await collection()).removeWhere(filter)),
  get: async (_, id, range) => (await collection()).get(id, range),
  locate: async (_, id, range) => (await collection()).locate(id, range),
  count: async (_, filter) => (await collection()).count(filter),
  has: async (_, id) => has(await collection(), id),
  list: async (_, offset, limit) => {
    const documents = await (await collection()).list();
    return documents.slice(offset, limit === undefined ? undefined : offset + limit);
  },
  info: async () => {
    const newerModel = (await it().model).newer;
    return { ...(await (await collection()).info()), ...(newerModel !== undefined && { newerModel }) };
  },
  search: async (task, query, options, place) => {
    const searching = (await collection()).search(query, options, await scorer(place, task), task);
    const result = await unlessAborted(task, searching);
    afterSearch(`${result.generation} ${options.mode}`);
    return result;
  },
  searchMany: async (task, queries, options, place) => {
    const searching = (await collection()).searchMany(queries, options, await scorer(place, task), task);
    const results = await unlessAborted(task, searching);
    const last = results.at(-1);
    if (last !== undefined) {
      afterSearch(`${last.generation} ${options.mode}`);
    }
    return results;
  },
  suggest: async (_, text, options) => (await collection()).suggest(text, options),
  prompt: async (task, query, options, place, isCounted) => {
    const second = await scorer(place, task);
    return unlessAborted(
      task,
      (await collection()).prompt(query, options, second, counter(isCounted, task), task),
    );
  },
  promptOf: async (task, result, options, isCounted) =>
    unlessAborted(task, (await collection()).promptOf(result, options, counter(isCounted, task), task)),
  answer: async (task, question, options, place) =>
    unlessAborted(task, (await collection()).answer(question, options, await scorer(place, task), task)),
  verify: async (task, answer, sources) =>
    unlessAborted(task, (await collection()).verify(answer, sources, task)),
  openVerifier: async (_, sources) => verifiers.open((await it().core).WasmVerifier, sources),
  pushAnswer: async (_, verifier, text) => verifiers.get(verifier).push(text),
  draftAnswer: async (_, verifier) => verifiers.get(verifier).draft(),
  finishAnswer: async (_, verifier) => verifiers.finish(verifier),
  evaluate: async (task, questions, options) =>
    unlessAborted(task, (await collection()).evaluate(questions, options, lateScorer("model", task), task)),
  record: async (_, account) => (await collection()).record(account),
  recordNumbers: async () => (await collection()).recordNumbers(),
  recordLines: async (_, from, to) => (await collection()).recordLines(from, to),
  deleteRecords: async (_, numbers) => (await collection()).deleteRecords(numbers),
  clearTrail: async () => (await collection()).clearTrail(),
  checkTrail: async (task) => unlessAborted(task, (await collection()).checkTrail(task)),
  replay: async (task, number, place) =>
    unlessAborted(task, (await collection()).replay(number, lateScorer(place, task), task)),
  embed: async (task, texts, role) => (await collection()).embed(texts, role, task),
  export: async (task, secret) => {
    const sink = new BlobSink();
    await (await collection()).exportTo(sink, secret, task);
    return sink.blob();
  },
  import: async (task, file, options, secret) => {
    const importing = (await collection()).importFrom(new BlobSource(file), options, secret, task);
    const report = await thenMaintain(withRoom(importing));
    void afterImport();
    return report;
  },
  check: async (task) => thenMaintain((await collection()).check(task)),
  reindex: (task) => thenMaintain(reindex(task)),
  changeKey: async (_, to) => (await collection()).changeKey(to),
  addKey: async (_, secret) => (await collection()).addKey(secret),
  removeKey: async (_, id) => (await collection()).removeKey(id),
  encrypt: async (task, secret) => thenMaintain(withRoom((await collection()).encrypt(secret, task))),
  decrypt: async (task) => thenMaintain(withRoom((await collection()).decrypt(task))),
  async destroy() {
    await (await collection()).destroy();
    await releaseModel(await it().core, it().settings.owner);
  },
  async deleteCollection(_, name, wasmUrl) {
    const { core } = await loadCore(wasmUrl);
    await core.deleteCollection(name);
    await releaseModel(core, name);
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

/** Whether there is a document of this id, from the tables alone unless its text is damaged. */
async function has(collection: WasmCollection, id: string): Promise<boolean> {
  try {
    return (await collection.get(id, { start: 0, end: 0 })) !== undefined;
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== "store-corrupt") {
      throw thrown;
    }
    return (await collection.list()).some((document) => document.id === id);
  }
}

let searched = "";

/** The first search of a generation reads it, and may have found damage, which upkeep makes good. */
function afterSearch(what: string): void {
  if (what !== searched) {
    searched = what;
    void maintain();
  }
}

/** What counts the tokens of a prompt, if it is not the embedding model. */
function counter(isCounted: boolean, task: CallTask): TextCounter | undefined {
  return isCounted ? { count: task.count } : undefined;
}

/** The second stage of a search. */
async function scorer(place: ScorerPlace | undefined, task: CallTask): Promise<PassageScorer | undefined> {
  if (place === "page") {
    return { score: task.score };
  }
  if (place === "model") {
    const model = await untilAborted(task, reranker(task));
    return model.during(task);
  }
  return undefined;
}

/** The same where it is not known yet whether there is one: a cross-encoder is loaded when it is first asked. */
function lateScorer(place: ScorerPlace, task: CallTask): PassageScorer {
  return {
    score: async (query, passages) => {
      const second = await scorer(place, task);
      return second === undefined ? [] : second.score(query, passages);
    },
  };
}

/** Rejects when the caller aborts the call; what the call waited for goes on for the next one. */
function untilAborted<T>(task: Task, work: Promise<T>): Promise<T> {
  const aborted = task.aborted().then(() => {
    throw new IbidError("aborted", "the caller aborted the operation");
  });
  aborted.catch(() => {}); // the work may have ended long before
  return Promise.race([work, aborted]);
}

/** The cross-encoder, loaded with the first search that asks for it. */
function reranker(task: Task): Promise<Reranker> {
  loadingReranker ??= loadReranker(task).catch((error) => {
    loadingReranker = undefined; // the next search may have a connection
    throw error;
  });
  return loadingReranker;
}

async function loadReranker(task: Task): Promise<Reranker> {
  const { settings, loaded } = it();
  return Reranker.load(await loaded, settings, (progress) => task.onProgress(progress));
}

function it(): Opened {
  if (opened === undefined) {
    throw new IbidError("closed", "the collection is not open");
  }
  return opened;
}

function collection(): Promise<WasmCollection> {
  return it().collection;
}

/** Opens the store; the model comes beside it, when `loadModel` is called. The secret is passed on and not kept. */
async function open(_: Task, settings: OpenSettings, secret: CollectionSecret | undefined) {
  const loaded = loadCore(settings.wasmUrl);
  const core = loaded.then(({ core }) => core);
  const graphs = loaded.then(({ compiled }) => new SpareWorker(compiled));
  const events = new Events(settings.owner, () => void look());
  const collection = core.then((core) => {
    core.workerLimit(settings.core, 0); // refuses a wrong number now
    const watcher = (event: CoreEvent) => {
      events.take(event);
      if ("problem" in event && event.problem.activity === "repairing") {
        void embedBacklog(); // vectors that were damaged are in there again
      }
    };
    return core.WasmCollection.open(settings.name, settings.core, watcher, secret);
  });
  const onUse = (fingerprint: string) => events.useModel(fingerprint);
  const model = loaded.then((loaded) => new CollectionModel(loaded, settings, collection, onUse));
  for (const part of [model, graphs]) {
    part.catch(() => {}); // the collection says what is wrong
  }
  opened = { settings, loaded, core, graphs, collection, model, events };
  const opening = await collection;
  if (!settings.withModel) {
    opening.modelDeferred();
  }
  void maintain();
  return { generation: opening.openedAt, isMemory: opening.isMemory };
}

/** Looks what another tab has committed; the core then tells. It may have changed the model of the stored vectors. */
async function look(): Promise<void> {
  await inBackground(async () => {
    await (await collection()).list();
    const { model, reindexing } = await (await collection()).info();
    if (model.state === "mismatch" && reindexing === undefined) {
      await (await it().model).reload();
    }
  });
}

/** The vectors that came may be of another model than the one that is here, and chunks without one wait. */
async function afterImport(): Promise<void> {
  await look();
  await embedBacklog();
}

/** What waits for the model: the backlog, and a change of models that was interrupted. */
async function afterModel(task: Task): Promise<void> {
  const { reindexing } = await (await collection()).info();
  await (reindexing === undefined ? embedBacklog() : reindex(task));
}

async function reindex(task: Task): Promise<void> {
  const model = await it().model;
  await untilAborted(
    task,
    model.loadNewest((progress) => task.onProgress(progress)),
  );
  await (await collection()).reindex(task);
  await model.keep();
}

async function answer({ method, args }: Call, exchange: Exchange<PageNote>): Promise<Reply> {
  const controller = new AbortController();
  const say = (note: CallNote) => exchange.note(note);
  const scores = new Answers();
  const counts = new Answers();
  const score = (query: string, passages: string[]) => {
    say({ score: { query, passages } });
    return scores.next();
  };
  const count = (texts: string[]) => {
    say({ count: texts });
    return counts.next();
  };
  const tell = (event: CollectionEvent) => say({ event });
  exchange.onNote = (note) => {
    if ("abort" in note) {
      controller.abort();
    } else if ("scored" in note) {
      scores.receive(note.scored);
    } else {
      counts.receive(note.counted);
    }
  };
  const { task, end } = startTask(controller.signal, (progress) => say({ progress }));
  try {
    const handler = handlers[method] as (task: CallTask, ...args: unknown[]) => Promise<unknown>;
    return { answer: await handler({ ...task, score, count, tell }, ...args) };
  } finally {
    end();
  }
}

/** What the page answers, one question at a time. */
class Answers {
  #receive = (_: PageNumbers) => {};

  next(): Promise<ArrayLike<number>> {
    return new Promise((resolve, reject) => {
      this.#receive = (answer) => ("numbers" in answer ? resolve(answer.numbers) : reject(answer.error));
    });
  }

  receive(answer: PageNumbers): void {
    this.#receive(answer);
  }
}

/** Lets the core see to the collection once something was written; what there is to do is decided there. */
async function thenMaintain<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } finally {
    void maintain();
  }
}

const maintain = repeatable(async (task) => {
  await (await collection()).maintain(await it().graphs, task);
});
const embedBacklog = repeatable(async (task) => (await collection()).embedBacklog(task));

/** Work that runs once at a time: whoever asks for it while it runs makes it run once more. */
function repeatable(work: (task: Task) => Promise<void>): () => Promise<void> {
  const state = { running: false, due: false };
  return async () => {
    state.due = true;
    if (state.running) {
      return;
    }
    state.running = true;
    while (state.due) {
      state.due = false;
      await inBackground(work);
    }
    state.running = false;
  };
}

/** Nobody waits for it: what goes wrong is told as a problem, and reported to the next call that meets it. */
async function inBackground(work: (task: Task) => Promise<void>): Promise<void> {
  try {
    await unattended(work);
  } catch (thrown) {
    if (isTrap(thrown)) {
      fail(thrown);
    }
  }
}

serve(answer);
