// What things cost users of the package that the other groups leave out: adding documents one by one, opening what is
// stored, memory, what a search reads, large documents, two tabs, and encryption. See benches/README.md.

import { collections, ISOLATED, openPages, reason, root, versionOf } from "../harness.js";
import { DIMENSIONS, keep, loadData } from "../index/data.js";
import { rotated } from "../page/rounds.js";
import { RIVALS } from "./contestants.js";
import { endlessPassages, manyPassages, nextText, shortDocuments } from "./page/texts.js";
import { watchPeak } from "./processes.js";
import { openProfile, PORT } from "./profile.js";

export const SECTIONS = ["adding", "opening", "large", "huge", "reading", "document", "tabs", "encryption"];

const K = 8;

/** What is measured where nothing else is asked for. */
const DEFAULTS = { rounds: 5, queries: 100 };

/** A round of `adding` takes minutes. */
const ADDING_ROUNDS = 3;

const SIZES = {
  /** Documents that are added, and how many of them are the few. */
  adding: 4000,
  few: 500,
  /** Chunks of stored collections. */
  opening: 10_000,
  large: 100_000,
  huge: 500_000,
  /** Documents of `READING_LENGTH`. */
  reading: 50,
  /** Bytes of the large document: the most that the package takes. */
  document: 64 * 2 ** 20,
  /** Documents of the import. */
  tabs: 2000,
  /** Commits of one document, and documents of the large commits. */
  commits: 40,
  committed: 200,
};

/** A collection as it is and encrypted. */
const FORMS = ["plain", "encrypted"];

/** With `--quick` all sizes are divided by it: to see whether everything runs. */
const QUICK = 20;

/** Words of the documents that are added or imported. */
const SHORT_WORDS = 20;

/** Lengths of the documents of stored collections in UTF-16 code units. */
const ARTICLE_LENGTH = 10_000;
const READING_LENGTH = 1e6;

const { IBID_BENCH_DATA, IBID_BENCH_PROFILES, IBID_RIVALS } = process.env;

/** Makes the stored collection `name` unless the profile has it; resolves to its documents and chunks. */
async function makeCollection({ pages, profile }, name, settings) {
  const make = async () => {
    console.error(`==> bench: making the collection ${name}, once`);
    return JSON.stringify(await pages.run("make", { name, dimensions: DIMENSIONS, ...settings }));
  };
  return JSON.parse(await keep(`${profile}/made ${name}.json`, make));
}

/** The stored collection of at least so many chunks. */
async function collectionOfSize(bench, chunks) {
  const name = `costs ${chunks}`;
  return { name, ...(await makeCollection(bench, name, { length: ARTICLE_LENGTH, chunks })) };
}

function measureAdding({ data, pages, sizes, rounds }) {
  const documents = shortDocuments(data.passages, sizes.adding, SHORT_WORDS);
  return pages.run("adding", { documents, few: sizes.few, rounds: Math.min(rounds, ADDING_ROUNDS) });
}

/** Lets each rival build and keep its index of so many passages; `able` are those that can restore it. */
async function keepRivals({ data, pages }, rows) {
  await data.vectors(rows);
  const files = { vectors: `vectors-${rows}.f32`, passages: `passages-${rows}.json` };
  await keep(`${data.folder}/${files.passages}`, () => JSON.stringify(manyPassages(data.passages, rows)));
  const [able, unable] = [{}, {}];
  for (const [name, rival] of Object.entries(RIVALS)) {
    console.error(`==> bench: ${name} builds`);
    const settings = { ...rival, dimensions: DIMENSIONS, rows };
    const restore = () => pages.run("restoreRival", settings);
    try {
      await pages.run("keepRival", { ...settings, files });
      await restore();
      able[name] = restore;
    } catch (error) {
      unable[name] = reason(error);
    }
  }
  return { able, unable };
}

async function measureOpening(bench) {
  const rows = bench.sizes.opening;
  const { name, ...made } = await collectionOfSize(bench, rows);
  const { able, unable } = await keepRivals(bench, rows);
  const query = bench.queries[0];
  const contestants = { ...able };
  for (const mode of ["lexical", "hybrid"]) {
    contestants[`ibid, ${mode}`] = () => bench.pages.run("openToHit", { name, query, mode });
    await contestants[`ibid, ${mode}`](); // fills the caches, as the rivals have done
  }
  const times = Object.fromEntries(Object.keys(contestants).map((contestant) => [contestant, []]));
  for (let round = 0; round < bench.rounds; round++) {
    for (const contestant of rotated(Object.keys(contestants), round)) {
      times[contestant].push(await contestants[contestant]());
    }
  }
  return { rows, ...made, times, unable };
}

/** Visits of a stored collection, each in a page of its own. */
async function measureVisits(bench, size) {
  const { name, ...made } = await collectionOfSize(bench, size);
  const visits = [];
  for (let round = 0; round < bench.rounds; round++) {
    visits.push(await bench.pages.run("visit", { name, queries: bench.queries, k: K }));
  }
  return { ...made, visits };
}

async function measureReading(bench) {
  const name = `costs ${bench.sizes.reading} long documents`;
  const made = await makeCollection(bench, name, { length: READING_LENGTH, documents: bench.sizes.reading });
  const read = [];
  for (const query of bench.queries.slice(0, bench.rounds)) {
    read.push(await bench.pages.run("bytesOfFirstSearch", { name, query, k: K }));
  }
  return { ...made, length: READING_LENGTH, read };
}

async function measureDocument({ data, pages, profile, sizes, rounds, queries }) {
  const name = `document-${sizes.document}.txt`;
  await keep(`${data.folder}/${name}`, () => {
    const text = Buffer.from(nextText(endlessPassages(data.passages), sizes.document));
    return Buffer.from(
      text
        .subarray(0, sizes.document)
        .toString()
        .replace(/\uFFFD$/, ""),
    );
  });
  const growth = [];
  let added;
  for (let round = 0; round < rounds; round++) {
    const page = await pages.open();
    await page.call("prepareLarge", { url: `/data/${name}` });
    const peak = watchPeak(profile);
    added = await page.call("addLarge", { query: queries[0], k: K });
    growth.push(peak());
    await page.close();
  }
  return { bytes: sizes.document, ...added, growth };
}

async function measureTabs({ data, pages, sizes }) {
  const documents = shortDocuments(data.passages, sizes.tabs, SHORT_WORDS);
  const [first, second] = [await pages.open(), await pages.open()];
  await first.call("beginImport", { documents });
  await second.call("openDuringImport");
  const ends = await Promise.all([first, second].map((tab) => tab.call("endImport")));
  await second.call("leaveImport", { last: false });
  await first.call("leaveImport", { last: true });
  const given = ends.map(({ passages }) => passages);
  return {
    passages: ends[0].chunks,
    given: given.map((passages) => passages.length),
    different: new Set(given.flat()).size,
  };
}

/** The stored collection of so many chunks in both forms. */
async function bothForms(bench, size) {
  const { name: plain, chunks } = await collectionOfSize(bench, size);
  const encrypted = `${plain}, encrypted`;
  await keep(`${bench.profile}/made ${encrypted}.json`, async () => {
    console.error(`==> bench: making the collection ${encrypted}, once`);
    return JSON.stringify(await bench.pages.run("copyEncrypted", { from: plain, to: encrypted }));
  });
  return { chunks, names: { plain, encrypted } };
}

/** Runs `measure` for both forms in turns, and resolves to what it did by form. */
async function inTurns(rounds, measure) {
  const results = Object.fromEntries(FORMS.map((form) => [form, []]));
  for (let round = 0; round < rounds; round++) {
    for (const form of rotated(FORMS, round)) results[form].push(await measure(form));
  }
  return results;
}

/** Writing a collection into a file and reading that, each with the bytes by which the page's process grows. */
async function measureFile({ pages, profile }, names, form) {
  const page = await pages.open();
  let peak = watchPeak(profile);
  const written = await page.call("exportFile", { name: names[form], form });
  const exported = { ...written, growth: peak() };
  peak = watchPeak(profile);
  const imported = { milliseconds: await page.call("importFile", { form }), growth: peak() };
  await page.close();
  return { exported, imported };
}

async function measureEncryption(bench) {
  const { pages, rounds, queries, sizes, data } = bench;
  const visits = [];
  for (const size of [sizes.opening, sizes.large]) {
    const { chunks, names } = await bothForms(bench, size);
    const visit = (form) => pages.run("openAndSearch", { name: names[form], form, queries, k: K });
    await inTurns(1, visit); // fills the caches
    visits.push({ chunks, visits: await inTurns(rounds, visit) });
  }
  const { chunks, names } = await bothForms(bench, sizes.opening);
  const passphrase = [];
  for (let round = 0; round < rounds; round++) {
    passphrase.push(await pages.run("openByPassphrase", { name: names.encrypted }));
  }
  const commits = {};
  for (const [documents, count] of [
    [1, sizes.commits],
    [sizes.committed, rounds],
  ]) {
    const all = shortDocuments(data.passages, documents * count, SHORT_WORDS);
    const each = Array.from({ length: count }, (_, at) => all.slice(at * documents, (at + 1) * documents));
    commits[documents] = await pages.run("commit", { commits: each });
  }
  const files = await inTurns(rounds, (form) => measureFile(bench, names, form));
  return { chunks, visits, passphrase, commits, files };
}

const MEASUREMENTS = {
  adding: measureAdding,
  opening: measureOpening,
  large: (bench) => measureVisits(bench, bench.sizes.large),
  huge: (bench) => measureVisits(bench, bench.sizes.huge),
  reading: measureReading,
  document: measureDocument,
  tabs: measureTabs,
  encryption: measureEncryption,
};

/** The results by section; one that fails says why, and the others go on. */
async function measureSections(sections, bench) {
  const results = {};
  for (const section of sections) {
    console.error(`==> bench: ${section}`);
    try {
      results[section] = await MEASUREMENTS[section](bench);
    } catch (error) {
      console.error(error);
      results[section] = { failed: reason(error) };
    }
  }
  return results;
}

const divided = (sizes) =>
  Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, Math.ceil(size / QUICK)]));

/** Measures the sections that were asked for. */
export async function measure({ sections, browser, quick, rounds, queries }) {
  const settings = {
    rounds: rounds ?? (quick ? 1 : DEFAULTS.rounds),
    queries: queries ?? DEFAULTS.queries,
    sizes: quick ? divided(SIZES) : SIZES,
  };
  const data = await loadData({ browser, folder: IBID_BENCH_DATA, collections });
  const core = root("benches/index/wasm/index_relaxed_bg.wasm");
  const sources = [core, `${data.folder}/passages.f32`];
  const { context, folder } = await openProfile(IBID_BENCH_PROFILES, sources);
  const mounts = {
    "/core": root("benches/index/wasm"),
    "/data": data.folder,
    "/index": root("benches/index"),
    "/models": root("models"),
    "/pkg": root("pkg/dist"),
    "/rivals": IBID_RIVALS,
  };
  const pages = await openPages(context, root("benches/costs/page"), mounts, ISOLATED, PORT);
  try {
    if (new URL(pages.address).port !== String(PORT)) throw new Error(`port ${PORT} is taken`);
    const texts = data.queries.slice(0, settings.queries).map(({ text }) => text);
    const bench = { data, pages, profile: folder, ...settings, queries: texts };
    return {
      ...settings,
      k: K,
      quick,
      shortWords: SHORT_WORDS,
      rivals: ["@orama/orama", "edgevec", "hnswlib-wasm"].map(versionOf),
      source: data.source,
      ...(await measureSections(sections, bench)),
    };
  } finally {
    await context.close();
    pages.close();
  }
}
