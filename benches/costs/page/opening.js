// Opening a stored collection: the wait for the first hit, searches, what the worker holds and what it reads.

import { Contestant, time } from "/page/contestant.js";
import { deleteCollection, openCollection } from "/pkg/index.js";
import { hitsOf, openWatched } from "./collections.js";

/** Makes a stored collection in a worker that ends with it. What an interrupted run left of it goes first. */
export async function make(settings) {
  await deleteCollection(settings.name);
  const maker = await Contestant.open({ script: "maker.js", settings: {} });
  const made = await maker.call("make", settings);
  maker.end();
  return made;
}

async function searchForHits(collection, query, options) {
  const hits = hitsOf(await collection.search(query, options));
  if (hits.length === 0) throw new Error(`nothing is found for ${JSON.stringify(query)}`);
  return hits;
}

/** Milliseconds from opening a stored collection, which starts a worker, until a search has hits. */
export async function openToHit({ name, query, mode }) {
  let collection;
  const whole = await time(async () => {
    collection = await openCollection(name);
    // A search by meaning before the model is there would find by words only.
    if (mode === "hybrid") await collection.loadModel?.();
    await searchForHits(collection, query, { mode });
  });
  await collection.close();
  return { whole };
}

/** Starts the worker of a rival, with its library loaded. */
const openRival = (settings) => Contestant.open({ script: "/index/page/worker.js", settings });

/** Lets a rival build and keep its index; `files` as for the worker of the index benchmarks. */
export async function keepRival({ adapter, settings, dimensions, files }) {
  const rival = await openRival({ adapter, settings, dimensions });
  await rival.call("build", { ...files, dimensions });
  await rival.call("save");
  rival.end();
}

/**
 * Milliseconds from starting a worker until a rival has read in it what it kept of an index and found the first hits.
 * @returns also those of `reading`, for which its library was there
 */
export async function restoreRival({ adapter, settings, dimensions, rows, knob }) {
  let rival;
  let reading;
  const whole = await time(async () => {
    rival = await openRival({ adapter, settings, dimensions });
    reading = await rival.call("restore", { rows, dimensions, knob });
  });
  rival.end();
  return { whole, reading };
}

/**
 * One visit to a stored collection: the wait for the first lexical hits, one search in hybrid mode for each query, and
 * the worker's memory after them.
 * @returns {Promise<{ chunks: number, segments: number, graphs: number, first: number, search: number[], memory: number }>}
 * milliseconds and bytes
 */
export async function visit({ name, queries, k }) {
  let watched;
  const first = await time(async () => {
    watched = await openWatched(name);
    await searchForHits(watched.collection, queries[0], { mode: "lexical" });
  });
  const { collection } = watched;
  await collection.loadModel?.();
  const search = [];
  for (const query of queries) search.push(await time(() => searchForHits(collection, query, { k })));
  const memory = await watched.memory();
  const { chunks, segments, graphs } = await collection.info();
  await collection.close();
  return { chunks, segments, graphs, first, search, memory };
}

/** Bytes by kind of part that a search in hybrid mode reads which is the first after opening. */
export async function bytesOfFirstSearch({ name, query, k }) {
  const { collection, observe } = await openWatched(name);
  await collection.loadModel?.();
  const { bytesRead: before } = await observe();
  await searchForHits(collection, query, { k });
  const { bytesRead: after } = await observe();
  await collection.close();
  const parts = Object.entries(after);
  return Object.fromEntries(parts.map(([part, bytes]) => [part, bytes - (before[part] ?? 0)]));
}
