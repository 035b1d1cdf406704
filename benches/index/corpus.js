// The texts of the index benchmarks: passages and queries of test collections, the same on every run.

import { existsSync, readdirSync, readFileSync } from "node:fs";

const COLLECTIONS = ["scifact", "cranfield", "cisi"];

/** About as long as the chunks that the package makes for its model of 256 tokens. */
const PASSAGE_WORDS = 160;

/** Where there is no collection, windows into the demo's samples begin this many words apart, to be more of them. */
const SAMPLE_STRIDE = 40;

const readLines = (file) =>
  readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

/** Documents cut into passages of about equal length, of at most `PASSAGE_WORDS` words. */
function cutIntoPassages({ id, title, text }) {
  const words = text.split(/\s+/).filter(Boolean);
  const count = Math.ceil(words.length / PASSAGE_WORDS);
  return Array.from({ length: count }, (_, at) => ({
    document: id,
    title,
    text: words
      .slice(Math.floor((at * words.length) / count), Math.floor(((at + 1) * words.length) / count))
      .join(" "),
  }));
}

function readCollection(folder, name) {
  return readLines(`${folder}/${name}/corpus.jsonl`).map(({ _id, title, text }) => ({
    id: `${name} ${_id}`,
    title: title ?? "",
    text,
  }));
}

/** `count` of the values, evenly spread. */
const spread = (values, count) =>
  values.length <= count
    ? values
    : Array.from({ length: count }, (_, at) => values[Math.floor((at * values.length) / count)]);

function readSamples(folder, count) {
  const files = readdirSync(folder).filter((name) => /\.(md|txt)$/.test(name));
  const documents = files.map((name) => ({
    id: name,
    title: "",
    text: readFileSync(`${folder}/${name}`, "utf8"),
  }));
  const passages = documents.flatMap(({ id, text }) => {
    const words = text.split(/\s+/).filter(Boolean);
    const starts = Array.from(
      { length: Math.ceil(words.length / SAMPLE_STRIDE) },
      (_, at) => at * SAMPLE_STRIDE,
    );
    return starts.map((start) => ({
      document: id,
      title: "",
      text: words.slice(start, start + PASSAGE_WORDS).join(" "),
    }));
  });
  const sentences = documents.flatMap(({ text }) => text.match(/[A-Z][^.!?\n|#]{30,90}[.?]/g) ?? []);
  return { source: "the demo's samples", documents, passages, queries: spread(sentences, count) };
}

/**
 * Documents, their passages and `count` queries: of the test collections in `folder`, or else of the demo's samples.
 * @param {string} folder with one folder in the layout of BEIR for each collection
 * @param {string} samples
 * @param {number} count of queries
 */
export function readCorpus(folder, samples, count) {
  const found = COLLECTIONS.filter((name) => existsSync(`${folder}/${name}/corpus.jsonl`));
  if (found.length === 0) return readSamples(samples, count);
  const documents = found.flatMap((name) => readCollection(folder, name));
  const queries = found.flatMap((name) =>
    spread(readLines(`${folder}/${name}/queries.jsonl`), Math.ceil(count / found.length)).map(
      ({ text }) => text,
    ),
  );
  return {
    source: found.join(", "),
    documents,
    passages: documents.flatMap(cutIntoPassages),
    queries: queries.slice(0, count),
  };
}
