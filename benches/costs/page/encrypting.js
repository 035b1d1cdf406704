// What encryption costs: the same collection plain and encrypted, by the WebCrypto of this browser.

import { time } from "/page/contestant.js";
import { rotated } from "/page/rounds.js";
import { deleteCollection, openCollection } from "/pkg/index.js";
import { hitsOf, openWithModel } from "./collections.js";

/** What a collection is opened with. A passphrase would add the same to every opening, whatever the size: see `openByPassphrase`. */
const SECRETS = {
  plain: () => ({}),
  encrypted: async () => ({ key: await callerKey() }),
};

const PASSPHRASE = "correct horse battery staple";

/** The same key in every page, since what it opens is kept. */
function callerKey() {
  const bytes = new Uint8Array(32).fill(7);
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** Copies a plain collection to an encrypted one, by a file. */
export async function copyEncrypted({ from, to }) {
  const plain = await openCollection(from);
  const file = await plain.export();
  await plain.close();
  await deleteCollection(to);
  const encrypted = await openCollection(to, await SECRETS.encrypted());
  await encrypted.import(file);
  await encrypted.addKey({ passphrase: PASSPHRASE });
  const { chunks } = await encrypted.info();
  await encrypted.close();
  return { chunks };
}

async function firstHits(collection, query, options) {
  const hits = hitsOf(await collection.search(query, options));
  if (hits.length === 0) throw new Error(`nothing is found for ${JSON.stringify(query)}`);
}

/**
 * Opens a collection and searches it.
 * @param {{ name: string, form: "plain" | "encrypted", queries: string[], k: number }} settings
 * @returns {Promise<{ open: number, first: number, search: number[] }>} milliseconds: until it is open and says what it
 * holds, until the first lexical hits, and of each hybrid search
 */
export async function openAndSearch({ name, form, queries, k }) {
  const options = await SECRETS[form]();
  const start = performance.now();
  const collection = await openCollection(name, options);
  await collection.info();
  const open = performance.now() - start;
  await firstHits(collection, queries[0], { mode: "lexical" });
  const first = performance.now() - start;
  await collection.loadModel?.();
  // The first reads vectors, which is a part of opening and not of searching.
  await firstHits(collection, queries[0], { k });
  const search = [];
  for (const query of queries.slice(1)) search.push(await time(() => firstHits(collection, query, { k })));
  await collection.close();
  return { open, first, search };
}

/** Milliseconds until a collection that a passphrase opens says what it holds. */
export async function openByPassphrase({ name }) {
  let collection;
  const milliseconds = await time(async () => {
    collection = await openCollection(name, { passphrase: PASSPHRASE });
    await collection.info();
  });
  await collection.close();
  return milliseconds;
}

/** Milliseconds until documents are found by their words, which is one commit; their vectors are waited for, too. */
async function commitTime(collection, documents) {
  const { promise, resolve } = Promise.withResolvers();
  const start = performance.now();
  const onProgress = ({ phase, done, total }) =>
    phase === "searchable" && done === total && resolve(performance.now() - start);
  await collection.addMany(documents, { onProgress });
  return promise;
}

/**
 * Commits so many times to a new plain and a new encrypted collection, in turns.
 * @returns milliseconds by form, in the order of commits
 */
export async function commit({ commits }) {
  const times = { plain: [], encrypted: [] };
  const collections = {};
  for (const form of Object.keys(times)) {
    const name = `costs committing ${form}`;
    await deleteCollection(name);
    collections[form] = await openWithModel(name, await SECRETS[form]());
  }
  for (const [turn, documents] of commits.entries()) {
    for (const form of rotated(Object.keys(times), turn)) {
      times[form].push(await commitTime(collections[form], documents));
    }
  }
  for (const collection of Object.values(collections)) await collection.destroy();
  return times;
}

let file;

/** Milliseconds to write a collection into a file, and its bytes. It is kept for `importFile`. */
export async function exportFile({ name, form }) {
  const collection = await openCollection(name, await SECRETS[form]());
  await collection.info();
  const milliseconds = await time(async () => {
    file = await collection.export();
  });
  await collection.close();
  return { milliseconds, bytes: file.size };
}

/** Milliseconds to read the file of `exportFile` into a new collection, which is deleted afterwards. */
export async function importFile({ form }) {
  const name = `costs importing ${form}`;
  await deleteCollection(name);
  const collection = await openCollection(name, await SECRETS[form]());
  const milliseconds = await time(() => collection.import(file));
  await collection.destroy();
  return milliseconds;
}
