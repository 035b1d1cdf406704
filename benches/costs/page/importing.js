// An import in one tab while a second tab is opened.

import { deleteCollection } from "/pkg/index.js";
import { openWatched } from "./collections.js";

const NAME = "costs importing";

/** How often a tab looks whether everything is embedded, in milliseconds. */
const PERIOD = 200;

let watched;
let adding;

/** Begins to add documents; resolves when embedding them has begun. */
export async function beginImport({ documents }) {
  await deleteCollection(NAME);
  watched = await openWatched(NAME);
  await watched.collection.loadModel?.();
  const { promise: begun, resolve } = Promise.withResolvers();
  const onProgress = ({ phase, done }) => phase === "embedding" && done > 0 && resolve();
  adding = watched.collection.addMany(documents, { onProgress });
  await Promise.race([begun, adding]);
}

/** Opens the same collection in another tab. */
export async function openDuringImport() {
  watched = await openWatched(NAME);
  await watched.collection.loadModel?.();
}

/** Waits until nothing is left to embed, in whichever tab; resolves to what this tab's embedding workers were given. */
export async function endImport() {
  await adding;
  for (;;) {
    const { backlog, chunks } = await watched.collection.info();
    if (backlog === 0) return { chunks, passages: (await watched.observe()).passages };
    await new Promise((resolve) => setTimeout(resolve, PERIOD));
  }
}

/** Lets go of the collection; `last` deletes it. */
export async function leaveImport({ last }) {
  await (last ? watched.collection.destroy() : watched.collection.close());
}
