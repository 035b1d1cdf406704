// Adding many small documents: one by one without waiting, and all at once.

import { rotated } from "/page/rounds.js";
import { deleteCollection } from "/pkg/index.js";
import { hitsOf, openWithModel } from "./collections.js";

const NAME = "costs adding";

/** The calls that add documents in some way; each is told what it takes. */
const WAYS = {
  each: (collection, documents, options) => documents.map((document) => collection.add(document, options())),
  together: (collection, documents, options) => [collection.addMany(documents, options())],
};

/** Fails for any error but that of an abort. */
const unlessAborted = (call) =>
  call.catch((error) => {
    if (error.code !== "aborted") throw error;
  });

/**
 * Adds documents to a new collection until all are found by their words; embedding them is then given up. `watch` is
 * called with the collection once all calls are made and has until then.
 * @returns the time in milliseconds, and what `watch` returned
 */
async function addUntilSearchable(documents, way, watch) {
  await deleteCollection(NAME);
  const collection = await openWithModel(NAME);
  const embedding = new AbortController();
  const whenSearchable = [];
  /** What one call takes: its part of the wait ends with its last report of being searchable. */
  const options = () => {
    const { promise, resolve } = Promise.withResolvers();
    whenSearchable.push(promise);
    const onProgress = ({ phase, done, total }) => phase === "searchable" && done === total && resolve();
    return { signal: embedding.signal, onProgress };
  };
  const start = performance.now();
  const calls = WAYS[way](collection, documents, options).map(unlessAborted);
  const searchable = Promise.all(whenSearchable);
  const failed = Promise.all(calls).then(() => searchable); // a call that fails never becomes searchable
  const watched = watch?.(collection, searchable);
  await Promise.race([searchable, failed]);
  const milliseconds = performance.now() - start;
  embedding.abort();
  await Promise.all(calls);
  await expectFound(collection, documents.at(-1));
  await collection.destroy();
  return { milliseconds, watched: await watched };
}

async function expectFound(collection, { id, content }) {
  const found = hitsOf(await collection.search(content, { mode: "lexical", k: 3 }));
  if (!found.some(({ document }) => document === id)) throw new Error(`${id} is not found by its words`);
}

/** The most segments that the collection had at any moment until `end`. */
async function mostSegments(collection, end) {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  end.then(over, over);
  let most = 0;
  while (!isOver) most = Math.max(most, (await collection.info()).segments);
  return most;
}

/**
 * Adds all documents one by one and all at once, and the first `few` one by one, in turns; then all one by one once more
 * while segments are counted, which takes time of its own.
 * @returns milliseconds by round of `each`, `together` and `few`; the most `segments`
 */
export async function adding({ documents, few, rounds }) {
  const runs = {
    each: () => addUntilSearchable(documents, "each"),
    together: () => addUntilSearchable(documents, "together"),
    few: () => addUntilSearchable(documents.slice(0, few), "each"),
  };
  const times = { each: [], together: [], few: [] };
  for (let round = 0; round < rounds; round++) {
    for (const name of rotated(Object.keys(runs), round)) times[name].push((await runs[name]()).milliseconds);
  }
  const { watched: segments } = await addUntilSearchable(documents, "each", mostSegments);
  return { documents: documents.length, few, times, segments };
}
