// Compares the index with those of others in one Chromium: search by meaning at several sizes, by words, filtered; what
// is stored; and what users of the package wait for. See benches/README.md.

import { collections, ISOLATED, openPages, root, versionOf } from "../harness.js";
import { compete } from "./contest.js";
import { FILTERED, SELECTIVITIES, VECTORS, WORDS } from "./contestants.js";
import { DIMENSIONS, loadData, QUERIES } from "./data.js";
import { exactThresholds, PERTURBED_COSINE, recall } from "./vectors.js";

export const SECTIONS = ["vectors", "filter", "words", "package"];

const K = 10;

/** What is measured where nothing else is asked for. */
const DEFAULTS = { rounds: 6, sizes: [10_000, 100_000], queries: QUERIES, buildLimit: 300 };

/** The package embeds these documents first, some minutes for all of a collection. */
const PACKAGE_DOCUMENTS = 2000;

/** 50 pages of 500 words. */
const LONG_DOCUMENT_WORDS = 25_000;

const LONG_DOCUMENT_ROUNDS = 5;

const RIVALS = [
  "hnswlib-wasm",
  "edgevec",
  "voy-search",
  "@orama/orama",
  "client-vector-search",
  "minisearch",
];

const { IBID_RIVALS, IBID_BENCH_DATA } = process.env;

/** Recall and times of each knob by round, in place of the rows that were found. */
function judge(entries, data, vectors) {
  const queries = data.queries.map(({ vector }) => vector);
  const judges = new Map();
  const judgeOf = (every = 1) => {
    if (!judges.has(every)) {
      const isEligible = (row) => row % every === 0;
      const thresholds = exactThresholds(vectors, queries, K, isEligible);
      judges.set(every, ({ query, rows }) =>
        recall(vectors, queries[query], rows, thresholds[query], isEligible),
      );
    }
    return judges.get(every);
  };
  for (const knob of entries.flatMap(({ knobs }) => knobs ?? [])) {
    const recalls = knob.answers.flat().map(judgeOf(knob.every));
    knob.recall = recalls.reduce((sum, value) => sum + value, 0) / recalls.length;
  }
  entries.filter(({ knobs }) => knobs).forEach(compareWithScan);
  return withTimes(entries);
}

/** Gives each filtered knob the share that it finds of what a scan finds under the same filter. */
function compareWithScan(entry) {
  const rowsOf = ({ answers }) => new Map(answers.flat().map(({ query, rows }) => [query, rows]));
  const scans = new Map(
    entry.knobs.filter(({ by }) => by === "scan").map((knob) => [knob.every, rowsOf(knob)]),
  );
  for (const knob of entry.knobs.filter(({ by, every }) => by !== "scan" && scans.has(every))) {
    const shares = [...rowsOf(knob)].flatMap(([query, rows]) => {
      const expected = scans.get(knob.every).get(query) ?? [];
      return expected.map((row) => (rows.includes(row) ? 1 : 0));
    });
    knob.foundOfScan = shares.reduce((sum, found) => sum + found, 0) / shares.length;
  }
}

/** The entries with the times of each knob, by round, instead of its answers. */
const withTimes = (entries) =>
  entries.map(({ knobs, ...entry }) => ({
    ...entry,
    knobs: knobs?.map(({ answers, ...knob }) => ({
      ...knob,
      times: answers.map((round) => round.map(({ milliseconds }) => milliseconds)),
    })),
  }));

/** The words of documents, as one text of this length. */
function joinDocuments(documents, words) {
  const all = documents.flatMap(({ text }) => text.split(/\s+/));
  return Array.from({ length: words }, (_, at) => all[at % all.length]).join(" ");
}

async function measurePackage(pages, { documents, queries }) {
  const some = documents.slice(0, PACKAGE_DOCUMENTS);
  const rest = documents.slice(PACKAGE_DOCUMENTS);
  console.error(`==> bench: ${some.length} documents through the package`);
  return pages.run("packageTimes", {
    documents: some,
    queries: queries.map(({ text }) => text),
    k: K,
    longText: joinDocuments(rest.length > 0 ? rest : some, LONG_DOCUMENT_WORDS),
    rounds: LONG_DOCUMENT_ROUNDS,
  });
}

/** Of the contestants those that were asked for, all where nobody was named. */
const chosen = (contestants, names) =>
  Object.fromEntries(Object.entries(contestants).filter(([name]) => names?.includes(name) ?? true));

async function measureSections(
  sections,
  pages,
  data,
  { queries: count, contestants: names, sizes, ...settings },
) {
  const queries = Math.min(count, data.queries.length);
  const contest = (contestants, files) =>
    compete({ pages, contestants: chosen(contestants, names), files, queries, ...settings });
  const contestOf = async (contestants, size) => {
    const vectors = await data.vectors(size);
    return judge(await contest(contestants, { vectors: `vectors-${size}.f32` }), data, vectors);
  };
  const results = {};
  if (sections.includes("vectors")) {
    results.vectors = {};
    for (const size of sizes) {
      console.error(`==> bench: ${size} vectors`);
      results.vectors[size] = await contestOf(VECTORS, size);
    }
  }
  if (sections.includes("filter")) {
    const size = sizes.at(-1);
    console.error(`==> bench: filters on ${size} vectors`);
    results.filter = { size, entries: await contestOf(FILTERED, size) };
  }
  if (sections.includes("words")) {
    console.error("==> bench: words");
    const files = { vectors: "passages.f32", passages: "passages.json" };
    results.words = withTimes(await contest(WORDS, files));
  }
  if (sections.includes("package")) results.package = await measurePackage(pages, data);
  return results;
}

/** Measures the sections that were asked for. */
export async function measure({ sections, browser, ...asked }) {
  const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  const settings = { ...DEFAULTS, ...given };
  const data = await loadData({ browser, folder: IBID_BENCH_DATA, collections });
  const mounts = {
    "/core": root("benches/index/wasm"),
    "/data": data.folder,
    "/models": root("models"),
    "/pkg": root("pkg/dist"),
    "/rivals": IBID_RIVALS,
  };
  const pages = await openPages(browser, root("benches/index/page"), mounts, ISOLATED);
  try {
    return {
      ...settings,
      k: K,
      dimensions: DIMENSIONS,
      perturbedCosine: PERTURBED_COSINE,
      selectivities: SELECTIVITIES,
      rivals: RIVALS.map(versionOf),
      source: data.source,
      passages: data.passages.length,
      ...(await measureSections(sections, pages, data, settings)),
    };
  } finally {
    pages.close();
  }
}
