// The whole work of the package in steps, each in a page of its own: what one step leaves in IndexedDB the next one finds.

import { IbidError, listCollections, openCollection } from "/pkg/index.js";
import { documents, QUESTIONS } from "./documents.js";

const SETTINGS = { model: "all-minilm-l6-v2", modelsUrl: "/models/" };
const PASSPHRASE = "correct horse battery staple";

/** What a reader sees: for each question the hits with their scores, and whether these are what the texts hold at their spans. */
async function seen(collection) {
  const results = [];
  for (const { query, filter } of QUESTIONS) {
    const { hits } = await collection.search(query, { k: 3, ...(filter && { filter }) });
    const found = [];
    for (const { document, chunk, score } of hits) {
      const { text } = await collection.get(document);
      const isExact = text.slice(chunk.start, chunk.end) === chunk.text;
      found.push({ document, text: chunk.text, score, isExact });
    }
    results.push(found);
  }
  return results;
}

/** The code of the error that a call fails with. */
async function codeOf(call) {
  try {
    await call();
  } catch (error) {
    if (error instanceof IbidError) return error.code;
    throw error;
  }
  return "none";
}

/** Adds documents of four formats, searches, builds a prompt and has an answer verified. */
export async function work() {
  const collection = await openCollection("papers", { ...SETTINGS, workers: 1 });
  await collection.loadModel();
  await collection.addMany(await documents());
  const prompt = await collection.prompt("within how many days does the landlord repair the roof?", {
    budget: 1000,
  });
  const number = prompt.citations.find(({ quote }) => quote.includes("roof"))?.number;
  const answer = [
    `The landlord repairs the roof within thirty days of a written notice [${number}].`,
    `The landlord repairs the roof within ninety days of a written notice [${number}].`,
  ].join(" ");
  const { sentences } = await collection.verify(answer, { prompt });
  const damaged = await collection.check();
  const { backlog, documents: count, build, buildFallback, kernels, workers } = await collection.info();
  const pages = await collection.get("report");
  const results = await seen(collection);
  await collection.close();
  return {
    results,
    cited: prompt.citations.map(({ document }) => document),
    verdicts: sentences.map(({ verdict }) => verdict),
    pages: pages.text,
    damaged,
    backlog,
    count,
    core: { build, buildFallback, kernels, workers },
  };
}

/** The same collection in another page; then it goes through a file into another one, which is deleted again. */
export async function again() {
  const collection = await openCollection("papers", SETTINGS);
  await collection.loadModel();
  const file = await collection.export();
  const copy = await openCollection("copy", SETTINGS);
  await copy.loadModel();
  const { added } = await copy.import(file);
  const cut = await codeOf(() => copy.import(file.slice(0, file.size - 9), { replace: true }));
  const results = { here: await seen(collection), copy: await seen(copy) };
  await copy.destroy();
  await collection.close();
  return { ...results, added, cut };
}

/** An encrypted collection: who is let in, and what is found then. */
export async function sealed() {
  const open = (secret) => openCollection("sealed", { ...SETTINGS, ...secret });
  const collection = await open({ passphrase: PASSPHRASE });
  await collection.loadModel();
  await collection.addMany(await documents());
  const before = await seen(collection);
  await collection.close();
  const without = await codeOf(() => open({}));
  const wrong = await codeOf(() => open({ passphrase: "incorrect horse" }));
  const reopened = await open({ passphrase: PASSPHRASE });
  await reopened.loadModel();
  const after = await seen(reopened);
  await reopened.destroy();
  return { before, without, wrong, after };
}

/** The names of collections where the creation of one was aborted, of which WebKit leaves a database of no version. */
export async function listed() {
  const request = indexedDB.open("ibid/aborted", 1);
  await new Promise((resolve) => {
    request.onupgradeneeded = () => request.transaction.abort();
    request.onerror = resolve;
  });
  return listCollections();
}

/** Waits until another tab adds a document; `isListening` says from when on. */
export async function listen() {
  const collection = await openCollection("papers", SETTINGS);
  const arrived = new Promise((resolve) =>
    collection.on("change", async ({ documents }) => (await collection.has("swans")) && resolve(documents)),
  );
  globalThis.isListening = true;
  const documents = await arrived;
  const { hits } = await collection.search("when do the swans moult?", { mode: "lexical" });
  await collection.close();
  return { documents, first: hits[0].document };
}

/** Adds a document that another tab waits for. */
export async function speak() {
  const collection = await openCollection("papers", SETTINGS);
  await collection.add({ id: "swans", content: "The swans moult in July." });
  await collection.close();
}
