// What users wait for: searches by text through the package, and a document they just added.

import { time } from "/page/contestant.js";
import { openCollection } from "/pkg/index.js";

/** No text has it, and no stemmer changes it. */
const WORD = "quetzalzyx";

/** Milliseconds from calling `add` until a search finds the document by a word that only it has. */
async function waitUntilFound(collection, document, word) {
  const embedding = new AbortController();
  const start = performance.now();
  const added = collection.add(document, { signal: embedding.signal }).catch((error) => {
    if (error.code !== "aborted") throw error;
  });
  for (;;) {
    const { hits } = await collection.search(word, { k: 1, mode: "lexical" });
    if (hits[0]?.document === document.id) break;
  }
  const milliseconds = performance.now() - start;
  embedding.abort();
  await added;
  return milliseconds;
}

/**
 * Fills a collection with documents, searches it by text in hybrid mode, which embeds the query, and adds a long
 * document `rounds` times, each time with a word of its own.
 * @returns {Promise<{ chunks: number, search: number[], found: number[] }>} milliseconds of each search, and until each
 * long document was found by its word
 */
export async function packageTimes({ documents, queries, k, longText, rounds }) {
  const collection = await openCollection("documents");
  await collection.addMany(documents.map(({ id, title, text }) => ({ id, title, content: text })));
  const { chunks } = await collection.info();
  const search = [];
  for (const query of queries) search.push(await time(() => collection.search(query, { k })));
  const found = [];
  for (let round = 0; round < rounds; round++) {
    const [id, word] = [`long ${round}`, WORD + "abcdefghij".at(round)];
    found.push(await waitUntilFound(collection, { id, content: `${longText} ${word}` }, word));
    await collection.remove(id);
  }
  await collection.destroy();
  return { chunks, search, found };
}
