// The side of the index benchmarks that runs in the page: one contestant in a worker of its own, whose memory can be
// told apart, and the whole way that users go through the package.

import { Contestant } from "/page/contestant.js";
import { workerBytes } from "/page/memory.js";
import { openCollection } from "/pkg/index.js";
import { packageTimes } from "./package.js";

let contestant;

/** Starts the worker of the page's one contestant. */
async function open(settings) {
  contestant = await Contestant.open({ script: "worker.js", settings });
}

/** Calls a method of the contestant's worker; rejects when it takes longer than `limit` seconds. */
async function call(limit, method, ...args) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${limit} s`)), limit * 1000);
  });
  try {
    return await Promise.race([contestant.call(method, ...args), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Bytes that the contestant's worker holds, of any kind. */
async function memory() {
  return (await contestant.call("wasmBytes")) + (await workerBytes());
}

/** The embeddings of texts, one after the other, as bytes in base64: numbers in JSON would be four times as long. */
async function embed(texts, role) {
  const collection = await openCollection("embedding");
  const embeddings = await collection.embed(texts, role);
  await collection.close();
  const bytes = await new Blob(embeddings.map(({ vector }) => vector)).bytes();
  return bytes.toBase64();
}

globalThis.benchmarks = { open, call, memory, embed, packageTimes };
