// The results of the benchmarks as tables: medians, medians of the ratios of each round, and what they are held to.

import { readFileSync, writeFileSync } from "node:fs";

const [BEGIN, END] = ["<!-- results: begin -->", "<!-- results: end -->"];

export const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** The median over the rounds of `slow` divided by `fast`. */
const ratio = (slow, fast) => median(slow.map((value, round) => value / fast[round]));

const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const milliseconds = (times) => (times ? median(times).toFixed(1) : "-");
const times = (value) => (value === undefined ? "-" : `${value.toFixed(2)} x`);
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;

function singleTable({ times: byLength }) {
  const head = ["tokens", "ibid relaxed, ms", "ibid simd128, ms", "onnxruntime-web int8, ms", "f32, ms"];
  const rows = Object.entries(byLength).map(([length, { relaxed, simd128, int8, f32 }]) => [
    length,
    ...[relaxed, simd128, int8, f32].map(milliseconds),
    times(int8 && ratio(int8, relaxed)),
    times(int8 && ratio(int8, simd128)),
  ]);
  return table([...head, "int8 / relaxed", "int8 / simd128"], rows);
}

function bulkTable({ passages, tokens, times: byName }) {
  const rows = Object.entries(byName).map(([name, values]) => {
    const seconds = median(values) / 1000;
    const [side, count] = name.split(" ");
    const what =
      side === "ibid"
        ? `ibid, ${count} ${count === "1" ? "worker" : "workers"}`
        : `int8, batches of ${count}`;
    return [what, (passages / seconds).toFixed(1), (tokens / seconds).toFixed(0)];
  });
  return table([`${passages} passages`, "texts/s", "tokens/s"], rows);
}

function firstTable({ relaxed, int8 }) {
  const row = [milliseconds(relaxed), milliseconds(int8), times(int8 && ratio(int8, relaxed))];
  return table(["ibid, ms", "onnxruntime-web int8, ms", "ratio"], [row]);
}

/** A target: what was measured, and the least it may be or the most. */
const atLeast = (what, value, floor, aim, unit = " x") => ({
  what,
  value,
  unit,
  limits: [floor, aim],
  met: value >= floor,
  reached: value >= aim,
});
const atMost = (what, value, floor, aim, unit) => ({
  what,
  value,
  unit,
  limits: [floor, aim],
  met: value <= floor,
  reached: value <= aim,
});

/** What was measured of the targets. */
function targets({ single, bulk, first, quality, memory, size }) {
  const found = [];
  const at = (length) => single?.times[length];
  if (at(128)?.int8) {
    found.push(atLeast("128 tokens, relaxed against int8", ratio(at(128).int8, at(128).relaxed), 2, 2.5));
    found.push(atLeast("16 tokens, relaxed against int8", ratio(at(16).int8, at(16).relaxed), 1.8, 2.5));
    found.push(atLeast("128 tokens, simd128 against int8", ratio(at(128).int8, at(128).simd128), 1, 1.3));
  }
  if (bulk) {
    const [one, two] = [bulk.times["ibid 1"], bulk.times["ibid 2"]];
    found.push(atLeast("bulk, 2 workers against 1", ratio(one, two), 1.7, 1.95));
  }
  if (first?.int8) {
    found.push(atLeast("first query of a cached model against int8", ratio(first.int8, first.relaxed), 2, 4));
  }
  if (quality) {
    found.push(atLeast("cosine to f32, mean", quality.mean, 0.99, 0.995, ""));
    found.push(atLeast("cosine to f32, least", quality.min, 0.97, 0.985, ""));
  }
  if (memory) found.push(atMost("memory of one worker", memory.bytes / 1e6, 80, 50, " MB"));
  for (const [name, { brotli }] of Object.entries(size ?? {})) {
    found.push(atMost(`${name}, brotli`, brotli / 1e3, 900, 600, " KB"));
  }
  return found;
}

function targetTable(results) {
  const rows = targets(results).map(({ what, value, unit, limits, met, reached }) => [
    what,
    `${value.toFixed(unit === "" ? 4 : 2)}${unit}`,
    ...limits.map((limit) => `${limit}${unit}`),
    reached ? "aim reached" : met ? "floor met" : "**missed**",
  ]);
  return table(["what", "measured", "floor", "aim", ""], rows);
}

function report(results) {
  const { date, machine, rounds, single, bulk, first, quality, memory, size, texts } = results;
  const parts = [
    `${date.slice(0, 10)}, ${machine.processor}, ${machine.cores} cores (load ${machine.load} before), ${machine.browser}, ${machine.rival}, ` +
      `${machine.tokenizer}; texts of ${texts}; ${rounds} rounds.`,
  ];
  const add = (heading, content) => parts.push(`### ${heading}`, content);
  if (single) add("One text, tokenisation included", singleTable(single));
  if (bulk) add("Bulk, end to end", bulkTable(bulk));
  if (first) add("Cached model to first embedding, in a fresh worker", firstTable(first));
  const facts = [];
  if (quality) {
    const { mean, min } = quality;
    facts.push(
      `- Cosine of int8 to f32 over ${quality.texts} texts: mean ${mean.toFixed(4)}, least ${min.toFixed(4)}.`,
    );
  }
  if (memory)
    facts.push(`- Memory of one embedding worker at ${memory.tokens} tokens: ${megabytes(memory.bytes)}.`);
  for (const [name, { raw, brotli }] of Object.entries(size ?? {})) {
    facts.push(`- ${name}: ${megabytes(raw)}, ${megabytes(brotli)} with brotli.`);
  }
  if (facts.length > 0) add("Quality, memory, size", facts.join("\n"));
  add("Targets", targetTable(results));
  return parts.join("\n\n");
}

/** Prints the results, and puts them into the file `readme` between its marks where one is given. */
export function printReport(results, readme) {
  const text = report(results);
  console.log(text);
  if (readme !== undefined) {
    const old = readFileSync(readme, "utf8");
    const [before, after] = [old.split(BEGIN)[0], old.split(END)[1]];
    writeFileSync(readme, `${before}${BEGIN}\n\n${text}\n\n${END}${after}`);
  }
}
