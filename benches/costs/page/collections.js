// Opening collections as users do, and telling what their workers did.

import { workerBytes } from "/page/memory.js";
import { openCollection } from "/pkg/index.js";

/** An open collection whose model is loaded, for benchmarks that are not about loading it. */
export async function openWithModel(name, options) {
  const collection = await openCollection(name, options);
  await collection.loadModel?.();
  return collection;
}

/** The hits that a search resolves to. */
export const hitsOf = (found) => found.hits ?? found;

/**
 * Opens a collection with a worker that is watched. `observe` resolves to what `watch/observer.js` saw, `memory` to the
 * bytes of any kind that the worker holds, without those of workers that it started.
 */
export async function openWatched(name, options = {}) {
  const id = `?${crypto.randomUUID()}`;
  const channel = new BroadcastChannel(id);
  const observe = () =>
    new Promise((resolve) => {
      channel.onmessage = ({ data }) => resolve(data);
      channel.postMessage("what did you see?");
    });
  const collection = await openCollection(name, { ...options, workerUrl: `watch/worker.js${id}` });
  return {
    collection,
    observe,
    memory: async () => (await observe()).wasmBytes + (await workerBytes((url) => url.endsWith(id))),
  };
}
