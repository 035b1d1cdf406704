// The results of the benchmarks of costs as tables, and what they are held to.

import { atLeast, atMost, median, megabytes, ratio, table, targetTable, times } from "../report.js";
import { RIVALS } from "./contestants.js";

const milliseconds = (value) => `${value.toFixed(value < 10 ? 2 : 0)} ms`;

const thousands = (count) => count.toLocaleString("en");

/** Times for each document. */
const perDocument = (times, documents) => times.map((time) => time / documents);

/** Times of a contestant from starting its worker. */
const whole = (times) => times.map((time) => time.whole);

/** The rival that is the first to have a hit. */
const fastestRival = ({ times }) =>
  Object.keys(times)
    .filter((name) => name in RIVALS)
    .toSorted((a, b) => median(whole(times[a])) - median(whole(times[b])))[0];

/** The bytes that the process of a page took beyond those of the document itself. */
const beyond = ({ growth, bytes }) => median(growth) - bytes;

/**
 * Passages that were embedded for each one there is. Those that no embedding worker was given, because so few were left,
 * were embedded once in a collection's own worker.
 */
const embeddedPerPassage = ({ passages, given: [first, second], different }) =>
  (first + second + passages - different) / passages;

const readOfTexts = ({ read }) => median(read.map(({ text = 0 }) => text));

/** What the visits of a stored collection are held to. */
function visitTargets({ chunks, visits }, { first, search, memory }) {
  const what = `${thousands(chunks)} chunks`;
  const targets = [];
  if (first) {
    const value = median(visits.map((visit) => visit.first));
    targets.push(atMost(`${what}: open to first lexical hit`, value, ...first, " ms"));
  }
  if (search) {
    const value = median(visits.flatMap((visit) => visit.search));
    targets.push(atMost(`${what}: hybrid search, p50`, value, ...search, " ms"));
  }
  const value = median(visits.map((visit) => visit.memory)) / 1e6;
  targets.push(atMost(`${what}: memory of the worker`, value, ...memory, " MB"));
  return targets;
}

/** What encryption multiplies times by, of values that were measured in turns. */
const factor = ({ plain, encrypted }, value = (it) => it) => ratio(encrypted.map(value), plain.map(value));

const ENCRYPTION_STEPS = {
  open: (visit) => visit.open,
  "open to first lexical hit": (visit) => visit.first,
  "hybrid search": (visit) => median(visit.search),
};

const FILE_STEPS = { export: ({ exported }) => exported, import: ({ imported }) => imported };

/** What was measured plain and encrypted, in rows. */
function encryptionTable({ chunks, visits, commits, files }) {
  const row = (what, { plain, encrypted }, value, show) => [
    what,
    show(median(plain.map(value))),
    show(median(encrypted.map(value))),
    times(factor({ plain, encrypted }, value)),
  ];
  const rows = [];
  for (const { chunks, visits: both } of visits) {
    for (const [what, value] of Object.entries(ENCRYPTION_STEPS)) {
      rows.push(row(`${thousands(chunks)} chunks: ${what}`, both, value, milliseconds));
    }
  }
  for (const [documents, both] of Object.entries(commits)) {
    rows.push(row(`commit of ${documents} short documents`, both, (it) => it, milliseconds));
  }
  const seconds = (value) => `${(value / 1000).toFixed(2)} s`;
  for (const [what, of] of Object.entries(FILE_STEPS)) {
    const name = `${thousands(chunks)} chunks: ${what}`;
    rows.push(row(name, files, (it) => of(it).milliseconds, seconds));
    rows.push(row(`${name}, growth of the page's process`, files, (it) => of(it).growth, megabytes));
  }
  return table(["", "plain", "encrypted", "ratio"], rows);
}

const TARGETS = {
  adding({ documents, few, times, segments }) {
    const each = perDocument(times.each, documents);
    const what = `${thousands(documents)} calls of \`add\``;
    return [
      atMost(`${what}, time against one \`addMany\``, ratio(times.each, times.together), 3, 1.5, " x"),
      atMost(
        `${what}, time of each against ${few} calls`,
        ratio(each, perDocument(times.few, few)),
        1.5,
        1.1,
        " x",
      ),
      atMost(`${what}, segments at any moment`, segments, 64, 24, " segments"),
    ];
  },
  opening(opening) {
    const rival = fastestRival(opening);
    const absent = Object.keys(opening.unable);
    const who = absent.length > 0 ? `${rival}; not measured: ${absent.join(", ")}` : rival;
    return ["lexical", "hybrid"].map((mode) =>
      atLeast(
        `${thousands(opening.rows)} chunks: open to first ${mode} hit (${who})`,
        ratio(whole(opening.times[rival]), whole(opening.times[`ibid, ${mode}`])),
        2,
        4,
      ),
    );
  },
  large: (large) => visitTargets(large, { first: [600, 250], memory: [160, 110] }),
  huge: (huge) => visitTargets(huge, { search: [20, 8], memory: [900, 500] }),
  reading: (reading) => [
    atMost(
      `${reading.documents} documents of ${megabytes(reading.length)}: texts that the first search reads`,
      readOfTexts(reading) / 1e6,
      2,
      0.7,
      " MB",
    ),
  ],
  document: (document) => [
    atMost(
      `a document of ${megabytes(document.bytes)}: memory beyond it while it is added and searched`,
      beyond(document) / 1e6,
      300,
      100,
      " MB",
    ),
  ],
  tabs: (tabs) => [
    atMost(
      `${thousands(tabs.passages)} passages imported with two tabs: embedded for each`,
      embeddedPerPassage(tabs),
      1.02,
      1,
      " x",
    ),
  ],
  encryption: ({ visits, commits }) => [
    ...visits.flatMap(({ chunks, visits: both }) =>
      Object.entries(ENCRYPTION_STEPS).map(([what, value]) =>
        atMost(
          `${thousands(chunks)} chunks: ${what}, encrypted against plain`,
          factor(both, value),
          1.25,
          1.1,
          " x",
        ),
      ),
    ),
    ...Object.entries(commits).map(([documents, both]) =>
      atMost(
        `commit of ${documents} short documents, encrypted against plain`,
        factor(both),
        1.15,
        1.05,
        " x",
      ),
    ),
  ],
};

function openingTable({ times, unable }) {
  const rows = Object.entries(times).map(([name, values]) => [
    name,
    milliseconds(median(whole(values))),
    name in RIVALS ? milliseconds(median(values.map(({ reading }) => reading))) : "-",
  ]);
  rows.push(...Object.entries(unable).map(([name, why]) => [name, `fails: ${why}`, "-"]));
  return table(["", "from starting a worker", "of it with the library loaded"], rows);
}

function visitFact({ documents, chunks, visits }) {
  const { segments, graphs } = visits[0];
  const [first, memory] = ["first", "memory"].map((name) => median(visits.map((visit) => visit[name])));
  const search = median(visits.flatMap((visit) => visit.search));
  return (
    `- ${thousands(chunks)} chunks of ${thousands(documents)} documents in ${segments} segments, ${graphs} with a graph: ` +
    `open to first lexical hit ${milliseconds(first)}, hybrid search p50 ${milliseconds(search)}, ` +
    `memory of the worker ${megabytes(memory)}.`
  );
}

const FACTS = {
  adding({ documents, few, times, segments }) {
    const [each, together, some] = [times.each, times.together, times.few].map(median).map(milliseconds);
    return (
      `- Until all are searchable by words: ${thousands(documents)} calls of \`add\` ${each}, one \`addMany\` of them ` +
      `${together}; ${few} calls of \`add\` ${some}. At most ${segments} segments.`
    );
  },
  large: visitFact,
  huge: visitFact,
  reading({ read }) {
    const parts = [...new Set(read.flatMap(Object.keys))].toSorted();
    const bytes = parts.map((part) => `${part} ${megabytes(median(read.map((bytes) => bytes[part] ?? 0)))}`);
    return `- Bytes that the first search reads, by kind of part: ${bytes.join(", ")}.`;
  },
  document: ({ chunks, growth }) =>
    `- The large document: ${thousands(chunks)} chunks, the page's process grows by ${megabytes(median(growth))} at most.`,
  tabs: ({ passages, given: [first, second], different }) =>
    `- Import with two tabs: of ${thousands(passages)} passages embedding workers were given ${thousands(first)} in the ` +
    `first tab and ${thousands(second)} in the second, ${thousands(different)} different ones.`,
  encryption: ({ chunks, visits, passphrase, files }) => {
    const byKey = median(visits[0].visits.encrypted.map(({ open }) => open));
    return (
      `- Encryption by a key of the page's. By a passphrase the collection of ${thousands(chunks)} chunks opens in ` +
      `${milliseconds(median(passphrase))} instead of ${milliseconds(byKey)}, whatever its size. Its file has ` +
      `${megabytes(files.plain[0].exported.bytes)}.`
    );
  },
};

/** The results of the benchmarks of costs as Markdown. */
export function report(results) {
  const { rounds, rivals, source, quick, shortWords, queries } = results;
  const measured = Object.keys(TARGETS).filter(
    (section) => results[section]?.failed === undefined && results[section],
  );
  const failed = Object.keys(TARGETS).filter((section) => results[section]?.failed !== undefined);
  const parts = [
    `${quick ? "A trial run at small sizes, whose figures say nothing. " : ""}Against ${rivals.join(", ")}. Texts and vectors ` +
      `of ${source}; documents that are added have ${shortWords} words; ${queries} queries; ${rounds} rounds.`,
  ];
  const add = (heading, content) => parts.push(`#### ${heading}`, content);
  if (measured.includes("opening")) {
    add(`Open to first hit, ${thousands(results.opening.rows)} chunks`, openingTable(results.opening));
  }
  if (measured.includes("encryption")) add("Encryption", encryptionTable(results.encryption));
  const facts = measured
    .filter((section) => section in FACTS)
    .map((section) => FACTS[section](results[section]));
  facts.push(...failed.map((section) => `- \`${section}\` **failed**: ${results[section].failed}`));
  if (facts.length > 0) add("In figures", facts.join("\n"));
  add("Targets", targetTable(measured.flatMap((section) => TARGETS[section](results[section]))));
  return parts.join("\n\n");
}
