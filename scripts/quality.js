// The tables of `scripts/quality`, which sets IBID, the command line, and IBID_CACHE.

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const { IBID, IBID_CACHE, QUALITY_QUERIES = "80" } = process.env;
const EVAL = resolve("../shared/eval");
const QUESTIONS = "tests/fixtures/cross-lingual";
const MODELS = ["all-minilm-l6-v2", "bge-small-en-v1.5", "multilingual-e5-small"];
const RERANKER = "models/ms-marco-minilm-l12-v2";
const WEIGHTS = [0, 0.2, 0.4, 0.6, 0.8, 1];
/** In tokens; 0 is all of a passage. */
const WINDOWS = [64, 96, 0];
/** The most come first, so that the others find their pairs scored. */
const CANDIDATES = [16, 12, 8];
const ENGLISH = ["scifact", "cranfield", "cisi"];
const MODES = ["dense", "lexical", "hybrid"];

/** The JSON that a command of `ibid` prints. */
function ibid(...args) {
  const output = execFileSync(IBID, args, { maxBuffer: 1 << 30, stdio: ["ignore", "pipe", "inherit"] });
  return JSON.parse(output);
}

/** A folder like that of a collection, with some of its queries, evenly spread. */
function sampled(collection) {
  const [source, count] = [join(EVAL, collection), Number(QUALITY_QUERIES)];
  const [header, ...judgments] = readFileSync(join(source, "qrels.tsv"), "utf8").trim().split("\n");
  const queryOf = (line) => line.split("\t")[0];
  const queries = [...new Set(judgments.map(queryOf))];
  if (count === 0 || queries.length <= count) return source;
  const kept = new Set(
    Array.from({ length: count }, (_, at) => queries[Math.floor((at * queries.length) / count)]),
  );
  const folder = join(IBID_CACHE, "quality", `${collection}-${count}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const file of ["corpus.jsonl", "queries.jsonl"]) symlinkSync(join(source, file), join(folder, file));
  const lines = [header, ...judgments.filter((line) => kept.has(queryOf(line)))];
  writeFileSync(join(folder, "qrels.tsv"), `${lines.join("\n")}\n`);
  return folder;
}

function evaluate(folder, model, ...options) {
  const cache = ["--cache", join(IBID_CACHE, "embeddings"), "--json"];
  return ibid("evaluate", folder, "--model", `models/${model}`, ...options, ...cache);
}

const ndcg = (run) => run.measures["ndcg@10"].mean.toFixed(3);

/** nDCG@10 of each mode. */
function byMode(folder, model, ...options) {
  const against = ["--mode", MODES[0], "--against", MODES.slice(1).join(",")];
  const { runs } = evaluate(folder, model, ...against, ...options);
  return runs.map(ndcg);
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  console.log([line(head), line(head.map(() => "---")), ...rows.map(line), ""].join("\n"));
}

function megabytes(folder) {
  const bytes = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  return (bytes / 1e6).toFixed(1);
}

/** Milliseconds to embed 64 passages of about 200 tokens, without loading the model, by the best of three interleaved rounds. */
function times() {
  const text = readFileSync("www/samples/staff-handbook.md", "utf8").replaceAll(/\s+/g, " ");
  const passages = Array.from({ length: 64 }, (_, at) => text.slice(at * 20, at * 20 + 900));
  const took = (model, lines) => {
    const started = performance.now();
    execFileSync(IBID, ["embed", "--model", `models/${model}`], {
      input: lines.join("\n"),
      maxBuffer: 1 << 30,
    });
    return performance.now() - started;
  };
  const best = Object.fromEntries(MODELS.map((model) => [model, Number.POSITIVE_INFINITY]));
  for (let round = 0; round < 3; round++) {
    for (const model of MODELS) {
      const own = took(model, passages) - took(model, passages.slice(0, 1));
      best[model] = Math.min(best[model], own / (passages.length - 1));
    }
  }
  return best;
}

function models() {
  const ms = times();
  console.log(
    "nDCG@10 of dense / lexical / hybrid search; the time of a passage relative to the default model's\n",
  );
  const rows = MODELS.map((model) => {
    const cells = ENGLISH.map((collection) => byMode(sampled(collection), model).join(" / "));
    const japanese = byMode(sampled("jsquad_valid"), model).join(" / ");
    return [model, megabytes(`models/${model}`), (ms[model] / ms[MODELS[0]]).toFixed(1), ...cells, japanese];
  });
  table(["model", "MB", "time", ...ENGLISH, "jsquad (Japanese)"], rows);
}

function languages() {
  console.log(
    "nDCG@10 of dense / lexical / hybrid search, questions in one language about documents in another\n",
  );
  const sets = [
    ["www/samples", "samples.en"],
    ["www/samples", "samples.de"],
    ["www/samples", "samples.ja"],
    [join(EVAL, "jsquad_valid"), "jsquad.en"],
    [join(EVAL, "jsquad_valid"), "jsquad.de"],
  ];
  const rows = MODELS.map((model) => {
    const cells = sets.map(([folder, name]) =>
      byMode(folder, model, "--questions", `${QUESTIONS}/${name}.jsonl`),
    );
    return [model, ...cells.map((cell) => cell.join(" / "))];
  });
  table(["model", "en in en", "de in en", "ja in en", "en in ja", "de in ja"], rows);
}

/** Of hybrid search by the default model; each pair is scored once, whatever the weights and numbers of candidates. */
function rerank() {
  console.log(
    "nDCG@10 of hybrid search with the cross-encoder as a second stage, by its weight, as it is and as far as the stages agree\n",
  );
  const rows = WINDOWS.flatMap((window) =>
    CANDIDATES.flatMap((candidates) =>
      [true, false].map((agreement) => {
        const stage = [
          ...["--sweep", "ndcg@10", "--modes", "hybrid", "--rerank", WEIGHTS.join(",")],
          ...[
            "--reranker",
            RERANKER,
            "--window",
            window,
            "--candidates",
            candidates,
            "--agreement",
            agreement,
          ],
        ];
        const byWeight = ENGLISH.map((collection) => {
          const { runs } = evaluate(sampled(collection), MODELS[0], ...stage);
          return runs.slice(-WEIGHTS.length).map((run) => run.measures["ndcg@10"].mean);
        });
        const cells = WEIGHTS.map((_, at) => {
          const each = byWeight.map((means) => means[at]);
          const mean = each.reduce((sum, value) => sum + value) / each.length;
          return `${each.map((value) => value.toFixed(3)).join(" / ")} (${mean.toFixed(4)})`;
        });
        return [window === 0 ? "whole" : window, candidates, agreement ? "yes" : "no", ...cells];
      }),
    ),
  );
  table(["window", "candidates", "agreement", ...WEIGHTS], rows);
}

const parts = { models, languages, rerank };
const named = process.argv.slice(2);
for (const name of named.length > 0 ? named : Object.keys(parts)) parts[name]();
