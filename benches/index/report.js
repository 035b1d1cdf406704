// The results of the index benchmarks as tables, and what they are held to.

import { atLeast, atMost, median, megabytes, quantile, table, targetTable } from "../report.js";
import { OURS, VECTORS } from "./contestants.js";

/** What the issue asks of a rival for its speed to count, whatever ours finds. */
const DECENT_RECALL = 0.95;

/** Recalls that differ by less are equal: over 300 queries it is little more than a standard error. */
const EQUAL_RECALL = 0.002;

const PERCENTILES = [0.5, 0.95, 0.99];

const isOurs = (name) => name.startsWith("ibid ");

const milliseconds = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(1));

/** The percentiles over all queries of a knob. */
const percentiles = ({ times }) => PERCENTILES.map((share) => milliseconds(quantile(times.flat(), share)));

const nameOf = ({ name }, { label }) => [name, label].filter(Boolean).join(", ");

const asked = ({ times }) => times.flat().length;

/** A contestant's rows of a table: one for each knob, or one that says why there is none. */
function rowsOf(entry, columns) {
  const { name, build, bytes, bytesFailed, memory, failed, knobs } = entry;
  if (failed !== undefined) return [[name, failed, ...columns.map(() => "-"), "-", "-"]];
  const kept = bytes === undefined ? `fails: ${bytesFailed}` : megabytes(bytes);
  return knobs.map((knob, at) => [
    nameOf(entry, knob),
    at === 0 ? `${(build / 1000).toFixed(1)} s` : "",
    ...columns.map((column) => column(knob)),
    ...(at === 0 ? [kept, megabytes(memory)] : ["", ""]),
  ]);
}

const percentileColumns = PERCENTILES.map((_, at) => (knob) => percentiles(knob)[at]);
const percentileHeads = PERCENTILES.map((share) => `p${share * 100}, ms`);

function vectorTable(entries) {
  const head = ["", "build", ...percentileHeads, "recall@10", "queries", "kept", "memory"];
  const columns = [...percentileColumns, ({ recall }) => recall.toFixed(3), asked];
  return table(
    head,
    entries.flatMap((entry) => rowsOf(entry, columns)),
  );
}

function wordTable(entries) {
  const head = ["", "build", ...percentileHeads, "queries", "kept", "memory"];
  return table(
    head,
    entries.flatMap((entry) => rowsOf(entry, [...percentileColumns, asked])),
  );
}

/** The knob of ours that users get. */
function ourDefault(entries) {
  const { knobs } = entries.find(({ name }) => name === OURS.vectors) ?? {};
  return knobs?.find(({ label }) => label === OURS.default);
}

/** The fastest search of any rival that finds at least so much: no speed between two knobs is made up. */
function fastestRival(entries, recall) {
  const searches = entries
    .filter(({ name }) => !isOurs(name))
    .flatMap((entry) => (entry.knobs ?? []).map((knob) => ({ name: nameOf(entry, knob), ...knob })))
    .filter((knob) => knob.recall >= recall);
  return searches.toSorted((a, b) => median(a.times.flat()) - median(b.times.flat()))[0];
}

/** The median over the rounds of the ratio of the medians of both in each. */
const roundRatio = (slow, fast) =>
  median(slow.times.map((round, at) => median(round) / median(fast.times[at])));

/** Rivals that have no figures: a ratio to the fastest of the others may flatter ours. */
const absentRivals = (entries) =>
  Object.keys(VECTORS).filter(
    (name) => !isOurs(name) && !entries.some((entry) => entry.name === name && entry.failed === undefined),
  );

/** How much faster ours is than the fastest rival of a size that finds at least so much, as a target. */
function speedTarget(what, entries, recall, floor, aim) {
  const ours = ourDefault(entries);
  const rival = ours && fastestRival(entries, recall(ours));
  if (rival === undefined) return [];
  const absent = absentRivals(entries);
  const who = absent.length > 0 ? `${rival.name}; not measured: ${absent.join(", ")}` : rival.name;
  return [atLeast(`${what} (${who})`, roundRatio(rival, ours), floor, aim)];
}

function vectorTargets(vectors) {
  const found = [];
  const [small, large] = [vectors["10000"], vectors["100000"]];
  if (small) {
    const what = `10,000: p50 against the fastest rival of recall ${DECENT_RECALL}`;
    found.push(...speedTarget(what, small, () => DECENT_RECALL, 1, 2));
  }
  if (large) {
    const what = "100,000: p50 against the fastest rival of no less recall";
    found.push(...speedTarget(what, large, ({ recall }) => recall - EQUAL_RECALL, 1, 2));
  }
  for (const [size, entries] of Object.entries(vectors)) {
    const ours = ourDefault(entries);
    if (ours)
      found.push(atLeast(`${Number(size).toLocaleString("en")}: recall@10`, ours.recall, 0.99, 0.995, ""));
  }
  return found;
}

function filterTargets({ entries }) {
  const knobs = entries[0]?.knobs ?? [];
  const unfiltered = knobs.find(({ every }) => every === undefined);
  const filtered = knobs.filter(({ every, by }) => every !== undefined && by !== "scan");
  return filtered.flatMap((knob) => [
    atLeast(`filter, ${knob.label}: share found of a scan of the stored vectors`, knob.foundOfScan, 1, 1, ""),
    atLeast(`filter, ${knob.label}: recall@10 of an exact search in f32`, knob.recall, 0.99, 0.995, ""),
    atLeast(`filter, ${knob.label}: speed against unfiltered`, roundRatio(unfiltered, knob), 1, 1),
  ]);
}

/** Bytes of our index for each row, by part. */
const bytesPerRow = ({ rows, ...parts }) =>
  Object.fromEntries(Object.entries(parts).map(([part, bytes]) => [part, bytes / rows]));

const ourWords = (words) => words?.find(({ name, facts }) => name === OURS.vectors && facts !== undefined);

const sum = (values) => values.reduce((total, value) => total + value, 0);

function targets({ vectors, filter, words, package: product }) {
  const found = [];
  if (vectors) found.push(...vectorTargets(vectors));
  if (filter) found.push(...filterTargets(filter));
  if (product) found.push(atMost("50 pages are found by their words", median(product.found), 200, 50, " ms"));
  const ours = ourWords(words);
  if (ours) {
    const bytes = sum(Object.values(bytesPerRow(ours.facts)));
    found.push(atMost("bytes at rest per chunk, without text", bytes, 700, 500, " bytes"));
  }
  return found;
}

function packageFacts({ chunks, search, found }) {
  const [p50, p95] = [0.5, 0.95].map((share) => milliseconds(quantile(search, share)));
  return [
    `- \`collection.search(text)\`, embedding the query included, over ${chunks} chunks: p50 ${p50} ms, p95 ${p95} ms.`,
    `- From \`collection.add\` of a document of 50 pages until a search finds it by a word: ${milliseconds(median(found))} ms.`,
  ];
}

function sizeFact({ facts }) {
  const parts = Object.entries(bytesPerRow(facts)).map(([part, bytes]) => `${part} ${bytes.toFixed(0)}`);
  return `- Bytes at rest per chunk, without text, over ${facts.rows} passages: ${parts.join(", ")}.`;
}

/** The results of the index benchmarks as Markdown. */
export function report(results) {
  const { rounds, rivals, source, passages, dimensions, perturbedCosine, queries } = results;
  const { vectors, filter, words, package: product } = results;
  const parts = [
    `Against ${rivals.join(", ")}. ${passages} passages of ${source}, embedded by the package (${dimensions} dimensions); ` +
      `where more vectors are needed, copies with Gaussian noise at a cosine of about ${perturbedCosine}. ${queries} queries, ` +
      `k = 10; ${rounds} rounds.`,
  ];
  const add = (heading, content) => parts.push(`#### ${heading}`, content);
  for (const [size, entries] of Object.entries(vectors ?? {})) {
    add(`Search by meaning, ${Number(size).toLocaleString("en")} vectors`, vectorTable(entries));
  }
  if (filter) add(`Filtered, ${filter.size.toLocaleString("en")} vectors`, vectorTable(filter.entries));
  if (words) add(`Search by words and by both, ${passages} passages`, wordTable(words));
  const facts = [];
  if (ourWords(words)) facts.push(sizeFact(ourWords(words)));
  if (product) facts.push(...packageFacts(product));
  if (facts.length > 0) add("The package", facts.join("\n"));
  add("Targets", targetTable(targets(results)));
  return parts.join("\n\n");
}
