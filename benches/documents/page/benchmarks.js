// The page's side of the benchmarks of documents: contestants in workers of their own.

import { Contestant } from "/page/contestant.js";
import { workerBytes } from "/page/memory.js";
import { rotated } from "/page/rounds.js";

const open = async ({ adapter, settings }, addresses) => {
  const contestant = await Contestant.open({ script: "/worker.js", settings: { adapter, settings } });
  await contestant.call("load", addresses);
  return contestant;
};

/**
 * Lets contestants read the files in turns; the first round is not counted.
 * @returns {Promise<Record<string, { times: number[], characters: number }>>}
 */
async function compare({ contestants, addresses, rounds }) {
  const names = Object.keys(contestants);
  const opened = {};
  for (const name of names) opened[name] = await open(contestants[name], addresses);
  const results = Object.fromEntries(names.map((name) => [name, { times: [] }]));
  for (let round = -1; round < rounds; round++) {
    for (const name of rotated(names, round + names.length)) {
      const { ms, characters } = await opened[name].call("read");
      results[name].characters = characters;
      if (round >= 0) results[name].times.push(ms);
    }
  }
  for (const name of names) opened[name].end();
  return results;
}

let one;

/** Opens one contestant with its files. */
async function prepare({ contestant, addresses }) {
  one = await open(contestant, addresses);
}

/** Lets it read them once. */
async function readOnce() {
  await one.call("read");
}

/** What it holds afterwards: JavaScript of the worker once garbage was collected, and WebAssembly. */
async function held() {
  return { javascript: await workerBytes(), wasm: await one.call("wasmBytes") };
}

globalThis.benchmarks = { compare, prepare, readOnce, held };
