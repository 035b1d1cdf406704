// The side of the benchmarks that runs in the page: it starts contestants, lets them run in turns and passes on what
// they measured. Every function here returns raw numbers, round by round.

import { Contestant, time } from "/page/contestant.js";
import { rotated } from "/page/rounds.js";
import { openCollection } from "/pkg/index.js";

async function openAll(contestants) {
  const opened = {};
  for (const [name, contestant] of Object.entries(contestants)) {
    opened[name] = await Contestant.open(contestant);
  }
  return opened;
}

/**
 * The latency of one text by length in tokens: `texts[length]` are embedded one by one in each round.
 * @returns `times[length][name][round]` in milliseconds, and what the contestants say of themselves
 */
async function single({ contestants, texts, rounds }) {
  const opened = await openAll(contestants);
  const times = {};
  // The first round warms up.
  for (let round = -1; round < rounds; round++) {
    for (const [length, some] of Object.entries(texts)) {
      for (const name of rotated(Object.keys(opened), round + 1)) {
        const { milliseconds, embeddings } = await opened[name].call("embedEach", some);
        const counts = embeddings.map(({ tokens }) => tokens);
        if (counts.some((tokens) => tokens !== Number(length))) {
          throw new Error(`${name} sees ${counts} tokens instead of ${length}`);
        }
        if (round < 0) continue;
        times[length] ??= {};
        times[length][name] ??= [];
        times[length][name].push(milliseconds);
      }
    }
  }
  const facts = Object.fromEntries(Object.entries(opened).map(([name, { facts }]) => [name, facts]));
  for (const contestant of Object.values(opened)) contestant.end();
  return { times, facts };
}

/**
 * The most products of small integers that a processor makes in a second, by build.
 * @returns `peaks[build][round]`
 */
async function peak({ builds, rounds }) {
  const contestants = builds.map((build) => [build, { script: "peak-worker.js", settings: { build } }]);
  const opened = await openAll(Object.fromEntries(contestants));
  const peaks = Object.fromEntries(builds.map((build) => [build, []]));
  for (let round = 0; round < rounds; round++) {
    for (const build of rotated(builds, round)) peaks[build].push(await opened[build].call("peak"));
  }
  for (const contestant of Object.values(opened)) contestant.end();
  return peaks;
}

/**
 * Texts split into tokens by each tokenizer.
 * @returns `times[name][round]` in milliseconds, and how many tokens all of them see
 */
async function tokenizing({ names, texts, rounds }) {
  const script = "tokenizer-worker.js";
  const opened = await openAll(
    Object.fromEntries(names.map((name) => [name, { script, settings: { name } }])),
  );
  const [times, found] = [{}, new Set()];
  let tokens;
  // The first round warms up.
  for (let round = -1; round < rounds; round++) {
    for (const name of rotated(names, round + 1)) {
      const answer = await opened[name].call("encodeAll", texts);
      tokens = answer.tokens;
      found.add(answer.hash);
      if (found.size > 1) throw new Error(`${name} sees other tokens`);
      if (round < 0) continue;
      times[name] ??= [];
      times[name].push(answer.milliseconds);
    }
  }
  for (const contestant of Object.values(opened)) contestant.end();
  return { times, tokens };
}

/**
 * All passages at once, end to end as the page sees it.
 * @returns `times[name][round]` in milliseconds
 */
async function bulk({ rival, workers, batchSizes, passages, rounds }) {
  const runs = {};
  for (const count of workers) {
    const collection = await openCollection(`bulk-${count}`, { workers: count });
    runs[`ibid ${count}`] = {
      // Workers end when they have nothing to do for a while: they are started before the clock.
      prepare: () => collection.embed(passages.slice(0, 64)),
      run: () => collection.embed(passages),
      end: () => collection.destroy(),
    };
  }
  if (rival) {
    const contestant = await Contestant.open(rival);
    for (const size of batchSizes) {
      runs[`onnx ${size}`] = {
        prepare: () => contestant.call("embedBulk", passages.slice(0, size), size),
        run: () => contestant.call("embedBulk", passages, size),
        end: () => contestant.end(),
      };
    }
  }
  const times = {};
  for (let round = 0; round < rounds; round++) {
    for (const name of rotated(Object.keys(runs), round)) {
      await runs[name].prepare();
      times[name] ??= [];
      times[name].push(await time(runs[name].run));
    }
  }
  for (const { end } of Object.values(runs)) await end();
  return times;
}

/**
 * From the start of a worker to the first embedding, with everything in the browser's caches.
 * @returns `times[name][round]` in milliseconds
 */
async function firstQuery({ contestants, query, rounds }) {
  const times = {};
  // The first round fills the caches.
  for (let round = -1; round < rounds; round++) {
    for (const name of rotated(Object.keys(contestants), round + 1)) {
      let contestant;
      const milliseconds = await time(async () => {
        contestant = await Contestant.open(contestants[name]);
        await contestant.call("embed", query);
      });
      contestant.end();
      if (round < 0) continue;
      times[name] ??= [];
      times[name].push(milliseconds);
    }
  }
  return times;
}

/** The vectors of texts from one contestant. */
async function vectors({ contestant, texts }) {
  const opened = await Contestant.open(contestant);
  const { embeddings } = await opened.call("embedEach", texts);
  opened.end();
  return embeddings.map(({ vector }) => [...vector]);
}

/** The memory of a fresh instance after it embedded texts, in bytes. */
async function memory({ contestant, texts }) {
  const opened = await Contestant.open(contestant);
  await opened.call("embedEach", texts);
  const bytes = await opened.call("memory");
  opened.end();
  return bytes;
}

globalThis.benchmarks = { single, peak, tokenizing, bulk, firstQuery, vectors, memory };
