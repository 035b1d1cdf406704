// The results of the embedding benchmarks as tables: medians, medians of the ratios of each round, and what they are
// held to.

import { atLeast, atMost, median, megabytes, ratio, table, targetTable, times } from "../report.js";

const milliseconds = (times) => (times ? median(times).toFixed(1) : "-");

/** What share of the products that a processor could make in this time the linear layers need. */
function shareOfPeak({ peaks, products }, length, taken, build) {
  const needed = (Number(length) * products) / (median(taken) / 1e3);
  return `${((100 * needed) / Math.max(...peaks[build])).toFixed(0)} %`;
}

function singleTable({ times: byLength, ...peak }) {
  const head = ["tokens", "ibid relaxed, ms", "ibid simd128, ms", "onnxruntime-web int8, ms", "f32, ms"];
  const rows = Object.entries(byLength).map(([length, { relaxed, simd128, int8, f32 }]) => [
    length,
    ...[relaxed, simd128, int8, f32].map(milliseconds),
    times(int8 && ratio(int8, relaxed)),
    times(int8 && ratio(int8, simd128)),
    shareOfPeak(peak, length, relaxed, "relaxed"),
    shareOfPeak(peak, length, simd128, "simd128"),
  ]);
  return table(
    [...head, "int8 / relaxed", "int8 / simd128", "relaxed, of the peak", "simd128, of the peak"],
    rows,
  );
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

function tokenizingTable({ times: { own, library, javascript }, tokens }) {
  const head = ["", "ms", "million tokens a second", "ibid is faster by"];
  const row = (what, taken) => [
    what,
    milliseconds(taken),
    (tokens / median(taken) / 1000).toFixed(1),
    taken === own ? "" : times(ratio(taken, own)),
  ];
  const rows = [
    row("ibid", own),
    row("tokenizers, as WebAssembly", library),
    row("@huggingface/tokenizers", javascript),
  ];
  return table(head, rows);
}

function firstTable({ relaxed, int8 }) {
  const row = [milliseconds(relaxed), milliseconds(int8), times(int8 && ratio(int8, relaxed))];
  return table(["ibid, ms", "onnxruntime-web int8, ms", "ratio"], [row]);
}

/** Floor and aim against int8 at 128 tokens, on processors with and without an instruction for the relaxed dot product. */
const SPEED = {
  with: { relaxed: [2.3, 2.7], simd128: [1.4, 1.7] },
  without: { relaxed: [1.7, 2.2], simd128: [1.2, 1.7] },
};

/** What was measured of the targets. */
function targets({ machine, single, tokenizing, bulk, first, quality, memory, size, folder }) {
  const found = [];
  const speed = machine.features?.includes("avx_vnni") ? SPEED.with : SPEED.without;
  const at = (length) => single?.times[length];
  if (at(128)?.int8) {
    for (const build of ["relaxed", "simd128"]) {
      const faster = ratio(at(128).int8, at(128)[build]);
      found.push(atLeast(`128 tokens, ${build} against int8`, faster, ...speed[build]));
    }
  }
  if (tokenizing) {
    const { own, library } = tokenizing.times;
    found.push(atLeast("1 MB of text against tokenizers", ratio(library, own), 1, 3));
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
    found.push(atMost(`${name}, brotli`, brotli / 1e3, 700, 600, " KB"));
  }
  if (folder) found.push(atMost("the default model's folder", folder / 1e6, 23.5, 15, " MB"));
  return found;
}

/** The results of the embedding benchmarks as Markdown. */
export function report(results) {
  const { rounds, rivals, single, tokenizing, bulk, first, quality, memory, size, texts } = results;
  const parts = [`Against ${rivals.join(", ")}; texts of ${texts}; ${rounds} rounds.`];
  const add = (heading, content) => parts.push(`#### ${heading}`, content);
  if (single) add("One text, tokenisation included", singleTable(single));
  if (tokenizing) add("Splitting 1 MB of text into tokens", tokenizingTable(tokenizing));
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
  add("Targets", targetTable(targets(results)));
  return parts.join("\n\n");
}
