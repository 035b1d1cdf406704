// A worker that holds one contestant, so that its memory can be told apart. It reads vectors and texts from the server,
// and times each search by itself.

import { wasmBytes } from "/page/wasm-memory.js";
import { answer } from "/page/worker.js";

/** How many hits are asked for. */
const K = 10;

const read = async (file) => {
  const response = await fetch(`/data/${file}`);
  if (!response.ok) throw new Error(`${file}: ${response.status}`);
  return response;
};

/** The rows of a file of f32, as views of one buffer. */
async function readRows(file, dimensions) {
  const values = new Float32Array(await (await read(file)).arrayBuffer());
  return Array.from({ length: values.length / dimensions }, (_, row) =>
    values.subarray(row * dimensions, (row + 1) * dimensions),
  );
}

async function readQueries(dimensions) {
  const vectors = await readRows("queries.f32", dimensions);
  const texts = await (await read("queries.json")).json();
  return texts.map((text, at) => ({ text, vector: vectors[at] }));
}

async function loadAdapter(name, settings) {
  const module = await import(`./contestants/${name}.js`);
  await module.load?.(settings);
  return module;
}

let queries;
let adapter;
let adapterSettings;
let contestant;

answer({
  /** `adapter` names a file of `contestants/`. */
  async open({ adapter: name, settings, dimensions }) {
    adapterSettings = settings;
    [queries, adapter] = await Promise.all([readQueries(dimensions), loadAdapter(name, settings)]);
  },

  /**
   * Builds the index over the vectors and passages of these files; either may be missing.
   * @returns the time in milliseconds
   */
  async build({ vectors: file, passages: texts, dimensions }) {
    const vectors = file && (await readRows(file, dimensions));
    const passages = texts && (await (await read(texts)).json());
    const start = performance.now();
    contestant = await adapter.build({ vectors, passages, dimensions }, adapterSettings);
    return performance.now() - start;
  },

  /**
   * Asks queries by number until all are asked or `limit` milliseconds are over, at least one.
   * @returns for each that was asked the time in milliseconds and the rows that were found
   */
  async search({ asked, knob, limit }) {
    const answers = [];
    const end = performance.now() + limit;
    for (const query of asked) {
      const start = performance.now();
      const rows = await contestant.search(queries[query], K, knob);
      answers.push({ query, milliseconds: performance.now() - start, rows });
      if (performance.now() > end) break;
    }
    return answers;
  },

  /** Lets the contestant keep its index in IndexedDB, in its own way. */
  save: () => contestant.save(),

  /**
   * The time in milliseconds from reading what was kept of an index of so many rows until the first query has its hits.
   */
  async restore({ rows, dimensions, knob }) {
    const start = performance.now();
    contestant = await adapter.restore({ rows, dimensions }, adapterSettings);
    const found = await contestant.search(queries[0], K, knob);
    const milliseconds = performance.now() - start;
    if (!found.every((row) => row < rows)) throw new Error(`${found} are no rows of ${rows}`);
    return milliseconds;
  },

  wasmBytes,

  /** Bytes of what the contestant keeps to load the index again. */
  bytes: () => contestant.bytes(),

  /** Numbers of a contestant's own about its index. */
  facts: () => contestant.facts?.(),
});
