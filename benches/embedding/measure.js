// Compares the embedding of the built package with onnxruntime-web in one Chromium, in rounds that take turns. What
// counts are the medians of the ratios of each round: the speed of a machine drifts. See benches/README.md.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { collections, openPages, root, versionOf } from "../harness.js";
import { cutToTokens, mixedPassages, readTexts, untilLength } from "./texts.js";

export const SECTIONS = ["single", "tokenizing", "bulk", "first", "quality", "memory", "size"];

const LENGTHS = [16, 64, 128, 256];
/** How many different texts of each length are embedded in each round. */
const TEXTS_PER_LENGTH = 4;
const PASSAGES = 512;
/** transformers.js embeds what it is given as one batch; users give it one text, or some. */
const BATCH_SIZES = [1, 16];
const WORKERS = [1, 2];
const ABSTRACTS = 500;
/** How much is split into tokens, in UTF-16 code units. */
const TOKENIZED = 1_000_000;
const QUERY = "who has to repair a leaking roof?";

/** Medians of fewer rounds say little; embedding all passages takes a while. */
const [ROUNDS, BULK_ROUNDS] = [9, 3];
/** Each is the best of many turns. */
const PEAK_ROUNDS = 3;

const rivals = process.env.IBID_RIVALS;
const graphs = process.env.IBID_ONNX_MODEL ?? root("../shared/peers/all-minilm-l6-v2-onnx");

const ibid = (build) => ({ script: "ibid-worker.js", settings: { build } });
const onnx = (graph) => ({ script: "onnx-worker.js", settings: { graph } });

/** Both sides by name: those of the rival whose graph is there. */
function findContestants() {
  const found = { relaxed: ibid("relaxed-simd"), simd128: ibid("simd128") };
  if (existsSync(`${graphs}/model_uint8.onnx`)) found.int8 = onnx("model_uint8.onnx");
  else {
    console.error(
      "without onnxruntime-web: export the model with `optimum-cli export onnx --task feature-extraction`, quantise it " +
        "to model_uint8.onnx with onnxruntime's quantize_dynamic, and name the folder in IBID_ONNX_MODEL",
    );
  }
  if (existsSync(`${graphs}/model.onnx`)) found.f32 = onnx("model.onnx");
  else
    console.error(
      "without onnxruntime-web in f32: `optimum-cli export onnx` makes model.onnx for IBID_ONNX_MODEL",
    );
  return found;
}

/** Counts tokens as the rival does; each contestant must come to the same number. */
async function openTokenCounter() {
  const { Tokenizer } = await import(
    pathToFileURL(`${rivals}/@huggingface/tokenizers/dist/tokenizers.mjs`).href
  );
  const read = (file) => JSON.parse(readFileSync(root(`models/all-minilm-l6-v2/${file}`), "utf8"));
  const tokenizer = new Tokenizer(read("tokenizer.json"), {});
  return (text) => tokenizer.encode(text).ids.length;
}

/** The vectors of the model in f32 on candle, made once for the same texts. */
function referenceVectors(texts) {
  const lines = texts.map((text) => text.replace(/\s+/g, " ")).join("\n");
  const hash = createHash("sha256").update(lines).digest("hex").slice(0, 16);
  const file = `${process.env.IBID_F32}/${hash}.txt`;
  if (!existsSync(file)) {
    console.error(`==> bench: embedding ${texts.length} texts in f32, once (some minutes)`);
    const embed = ["embed", "--reference", "--model", root("models/source/all-minilm-l6-v2")];
    const maxBuffer = 2 ** 30;
    writeFileSync(file, execFileSync(process.env.IBID_CLI, embed, { input: lines, maxBuffer }));
  }
  const vectors = readFileSync(file, "utf8").trim().split("\n");
  return vectors.map((line) => line.split(" ").map(Number));
}

/** The products that the linear layers of the model make for a token. */
function productsPerToken() {
  const { config } = JSON.parse(readFileSync(root("models/all-minilm-l6-v2/model.json"), "utf8"));
  const { hidden_size: hidden, intermediate_size: wide, num_hidden_layers: layers } = config;
  return layers * hidden * (4 * hidden + 2 * wide);
}

const dot = (a, b) => a.reduce((sum, value, at) => sum + value * b[at], 0);

async function measureQuality(run, texts) {
  const { rows } = JSON.parse(readFileSync(root("tests/fixtures/minilm-reference.json"), "utf8"));
  const abstracts = texts.slice(0, ABSTRACTS).map((text) => text.replace(/\s+/g, " "));
  const all = [...rows.map(({ text }) => text), ...abstracts];
  const reference = [...rows.map(({ embedding }) => embedding), ...referenceVectors(abstracts)];
  const vectors = await run("vectors", { contestant: ibid("relaxed-simd"), texts: all });
  const cosines = vectors.map((vector, at) => dot(vector, reference[at]));
  return {
    texts: all.length,
    mean: cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length,
    min: Math.min(...cosines),
  };
}

function measureSizes() {
  const sizes = {};
  for (const name of ["ibid_relaxed_bg.wasm", "ibid_simd128_bg.wasm"]) {
    const bytes = readFileSync(root(`pkg/dist/wasm/${name}`));
    sizes[name] = { raw: bytes.length, brotli: brotliCompressSync(bytes).length };
  }
  return sizes;
}

/** Runs the sections that were asked for; `run` calls a benchmark in a fresh page. */
async function measureSections(sections, run, rounds) {
  const contestants = findContestants();
  const { source, texts } = readTexts(`${collections}/scifact`, root("www/samples"));
  const countTokens = await openTokenCounter();
  const cut = (length) => cutToTokens(texts, length, TEXTS_PER_LENGTH, countTokens);
  const results = { texts: source };
  const wants = (section) =>
    sections.includes(section) && console.error(`==> bench: ${section}`) === undefined;
  if (wants("single")) {
    const byLength = Object.fromEntries(LENGTHS.map((length) => [length, cut(length)]));
    results.single = await run("single", { contestants, texts: byLength, rounds });
    results.single.peaks = await run("peak", { builds: ["relaxed", "simd128"], rounds: PEAK_ROUNDS });
    results.single.products = productsPerToken();
  }
  if (wants("tokenizing")) {
    const some = untilLength(texts, TOKENIZED);
    const names = ["own", "library", "javascript"];
    results.tokenizing = await run("tokenizing", { names, texts: some, rounds });
  }
  if (wants("first")) {
    const { relaxed, int8 } = contestants;
    const both = int8 ? { relaxed, int8 } : { relaxed };
    results.first = await run("firstQuery", { contestants: both, query: QUERY, rounds });
  }
  if (wants("bulk")) {
    const passages = mixedPassages(texts, PASSAGES);
    const settings = { workers: WORKERS, batchSizes: BATCH_SIZES, rival: contestants.int8, passages };
    const times = await run("bulk", { ...settings, rounds: Math.min(rounds, BULK_ROUNDS) });
    const tokens = passages.reduce((sum, passage) => sum + Math.min(countTokens(passage), 256), 0);
    results.bulk = { passages: PASSAGES, tokens, times };
  }
  if (wants("quality")) results.quality = await measureQuality(run, texts);
  if (wants("memory")) {
    const bytes = await run("memory", { contestant: ibid("relaxed-simd"), texts: cut(256) });
    results.memory = { tokens: 256, bytes };
  }
  if (wants("size")) {
    results.size = measureSizes();
    const model = root("models/all-minilm-l6-v2");
    results.folder = readdirSync(model).reduce((sum, file) => sum + statSync(`${model}/${file}`).size, 0);
  }
  return results;
}

/** Measures the sections that were asked for. */
export async function measure({ sections, browser, rounds = ROUNDS }) {
  const pages = await openPages(browser, root("benches/embedding/page"), {
    "/core": root("benches/index/wasm"),
    "/pkg": root("pkg/dist"),
    "/models": root("models"),
    "/rivals": rivals,
    ...(existsSync(graphs) && { "/rival-model": graphs }),
  });
  try {
    const results = await measureSections(sections, pages.run, rounds);
    const rivalVersions = ["onnxruntime-web", "@huggingface/tokenizers"].map(versionOf);
    return { rounds, rivals: rivalVersions, ...results };
  } finally {
    pages.close();
  }
}
