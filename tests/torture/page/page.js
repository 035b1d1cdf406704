// What a tortured page does: it asks the test for one operation after the other, and says how each went. The test has the
// function `next` put into the page, so that it knows what was acknowledged whatever becomes of page and browser.

import * as ibid from "/pkg/index.js";

/** How long work in the background may take until it counts as hanging, in milliseconds. */
const PATIENCE = 120_000;

/** The workers that the page started: those of its collections. */
const workers = [];
const RealWorker = globalThis.Worker;
globalThis.Worker = class extends RealWorker {
  constructor(...args) {
    super(...args);
    workers.push(this);
  }
};

let collection;

/** Where the page was asked for it, the database fails when the test says so. */
const workerUrl = new URLSearchParams(location.search).has("faulty") ? "faulty-worker.js" : undefined;

/** What a secret that is none of the collection's is refused with. */
const REFUSED = new Set(["locked", "wrong-key", "not-encrypted"]);

/** Opens the collection with the first passphrase that does (`null` for none), waits for its model, and returns it. */
async function open([passphrase, ...others]) {
  const options = {
    model: "/tiny/",
    trail: true,
    workers: 1,
    ...(workerUrl !== undefined && { workerUrl }),
    ...(passphrase !== null && { passphrase }),
  };
  try {
    collection = await ibid.openCollection("papers", options);
  } catch (error) {
    if (others.length === 0 || !REFUSED.has(error.code)) throw error;
    return open(others);
  }
  await collection.loadModel();
  return passphrase;
}

/** Ends the workers without a word to anybody: what is under way never answers. */
function terminateWorkers() {
  for (const worker of workers) worker.terminate();
}

/** The promise that a document is durable and found by its words; its vectors may be long in coming. */
function searchable(document) {
  return new Promise((resolve, reject) => {
    const onProgress = ({ phase }) => phase === "searchable" && resolve();
    collection.add(document, { onProgress }).then(resolve, reject);
  });
}

/** Adds many, and throws where one was refused: all of them are good. */
async function addMany(documents, options) {
  const outcomes = await collection.addMany(documents, options);
  for (const { status, error } of outcomes) if (status === "failed") throw error;
}

/** Adds documents by a call each, and throws where one failed, once all are over. */
async function burst(documents) {
  const outcomes = await Promise.allSettled(documents.map((document) => collection.add(document)));
  for (const { status, reason } of outcomes) if (status === "rejected") throw reason;
}

/** Removes documents, and brings them back out of a file in which they are. */
async function merge(ids) {
  const file = await collection.export();
  await collection.remove(ids);
  await collection.import(file, { merge: true });
}

/** What the operations of `operations.js` do; their results are what is acknowledged. */
const PERFORM = {
  add: ({ documents }) => collection.add(documents[0]).then(() => {}),
  replace: ({ documents }) => collection.add(documents[0]).then(() => {}),
  searchable: ({ documents }) => searchable(documents[0]),
  addMany: ({ documents }) => addMany(documents),
  atomic: ({ documents }) => addMany(documents, { atomic: true }),
  burst: ({ documents }) => burst(documents),
  remove: ({ ids }) => collection.remove(ids),
  removeWhere: ({ group }) => collection.removeWhere({ group }),
  record: async ({ question }) => (await collection.answer(question)).record,
  reindex: () => collection.reindex(),
  upkeep: ({ milliseconds }) => idle(milliseconds),
  restore: async () => {
    await collection.import(await collection.export(), { replace: true });
  },
  merge: ({ ids }) => merge(ids),
  encrypt: ({ passphrase }) => collection.encrypt({ passphrase }),
  changeKey: ({ passphrase }) => collection.changeKey({ to: { passphrase } }),
  decrypt: () => collection.decrypt(),
};

/** Performs one operation. */
const perform = (operation) => PERFORM[operation.kind](operation);

/** What performing an operation came to: its result, or the error as text. */
async function attempt(operation) {
  try {
    return { result: await perform(operation) };
  } catch (error) {
    return { error: `${error.code}: ${error.message}` };
  }
}

/** Performs what the test says, until it has nothing more. */
async function work(lane) {
  let done;
  for (;;) {
    const operation = await globalThis.next(lane, done);
    if (!operation) return;
    done = await attempt(operation);
  }
}

/** Asks the database of the worker for something: to fail, or not to. Resolves to what has failed since it was last asked to. */
function askDatabase(request) {
  const channel = new BroadcastChannel("faults");
  return new Promise((resolve) => {
    channel.onmessage = ({ data }) => {
      channel.close();
      resolve(data.answer);
    };
    channel.postMessage(request);
  });
}

const isIdle = ({ backlog, activities, reindexing }) =>
  backlog === 0 && activities.length === 0 && reindexing === undefined;

/** Waits until nothing is done in the background, but not for longer than so; returns the facts of the collection. */
async function idle(milliseconds) {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const info = await collection.info();
    if (isIdle(info) || performance.now() > deadline) return info;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What is stored: documents as they are listed and read, records of the trail, and what is damaged. */
async function stored() {
  const documents = [];
  for (const { id, metadata } of await collection.list()) {
    documents.push({ id, text: (await collection.get(id))?.text, version: metadata.version });
  }
  const { records, broken } = await collection.trail.check();
  const [last] = await collection.trail.list({ limit: 1 });
  return { documents, damaged: await collection.check(), records, broken, question: last?.question };
}

/** For each word, the documents and texts of the chunks that have it. */
async function found(words) {
  const results = await collection.searchMany(words, { mode: "lexical", k: 100, duplicates: true });
  return results.map(({ hits }) => hits.map(({ document, chunk }) => ({ id: document, text: chunk.text })));
}

/** Whether the backlog drains, and how many chunks are found by meaning afterwards. */
async function drained() {
  const info = await idle(PATIENCE);
  const { backlog, setAside, reindexing, problem, chunks, model, segments } = info;
  const { hits } = await collection.search("river", { mode: "dense", k: 100_000, duplicates: true });
  const { fingerprint } = model;
  const isDone = isIdle(info) && setAside === 0;
  return {
    isDone,
    backlog,
    setAside,
    reindexing,
    problem,
    chunks,
    vectors: hits.length,
    fingerprint,
    segments,
  };
}

/** Performs an operation, and what follows it in the background, with a fault in it; resolves to what came of it. */
async function performFaulty(operation, fault, milliseconds) {
  await askDatabase({ arm: fault });
  const { error } = await attempt(operation);
  if (error === undefined) await idle(milliseconds).catch(() => {}); // it may be what meets the fault
  return { error, failed: await askDatabase({ disarm: true }) };
}

Object.assign(globalThis, { open, terminateWorkers, perform, performFaulty, work, stored, found, drained });
globalThis.isReady = true;
