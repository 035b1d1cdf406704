// One very large document. The driver watches how much the page's process takes meanwhile.

import { deleteCollection } from "/pkg/index.js";
import { hitsOf, openWithModel } from "./collections.js";

const NAME = "costs large document";

let collection;
let file;

/** Opens a collection that has been searched once, with the model in its own worker only, and takes the file at hand. */
export async function prepareLarge({ url }) {
  await deleteCollection(NAME);
  collection = await openWithModel(NAME, { workers: 0 });
  await collection.add({ id: "small", content: "A document for the first search." });
  await collection.search("first search");
  // Its bytes stay outside of this process until somebody reads them.
  file = await (await fetch(url)).blob();
}

/** Adds the file, and gives up embedding it once a search by words finds it; `query` must be found in it. */
export async function addLarge({ query, k }) {
  const embedding = new AbortController();
  const { promise: searchable, resolve } = Promise.withResolvers();
  const added = collection.add(
    { id: "large", content: file },
    {
      signal: embedding.signal,
      onProgress: ({ phase }) => phase === "searchable" && resolve(),
    },
  );
  await Promise.race([searchable, added]);
  const hits = hitsOf(await collection.search(query, { k, mode: "lexical" }));
  if (hits[0]?.document !== "large") throw new Error("the large document is not found by its words");
  embedding.abort();
  await added.catch((error) => {
    if (error.code !== "aborted") throw error;
  });
  const { chunks } = await collection.info();
  await collection.destroy();
  return { chunks };
}
