// The texts of the benchmarks: real ones, the same on every run.

import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Test collections and samples are long enough for every benchmark; this many words of each text are used. */
const MAX_WORDS = 400;

/**
 * The abstracts of SciFact from `folder`, or else the demo's samples.
 * @param {string} folder with corpus.jsonl in the layout of BEIR
 * @param {string} samples
 * @returns {{ source: string, texts: string[] }}
 */
export function readTexts(folder, samples) {
  const corpus = `${folder}/corpus.jsonl`;
  if (existsSync(corpus)) {
    const lines = readFileSync(corpus, "utf8").trim().split("\n");
    const documents = lines.map((line) => JSON.parse(line));
    return { source: "SciFact", texts: documents.map(({ title, text }) => `${title} ${text}`) };
  }
  const files = readdirSync(samples).filter((name) => /\.(md|txt)$/.test(name));
  const words = files.flatMap((name) => readFileSync(`${samples}/${name}`, "utf8").split(/\s+/));
  const texts = [];
  for (let at = 0; at + MAX_WORDS <= words.length; at += MAX_WORDS / 8) {
    texts.push(words.slice(at, at + MAX_WORDS).join(" "));
  }
  return { source: "the demo's samples", texts };
}

/**
 * The first texts, together of at least `length` UTF-16 code units.
 * @param {string[]} texts
 * @param {number} length
 */
export function untilLength(texts, length) {
  let sum = 0;
  const end = texts.findIndex((text) => {
    sum += text.length;
    return sum >= length;
  });
  return end < 0 ? texts : texts.slice(0, end + 1);
}

/**
 * `count` beginnings of different texts that have exactly `tokens` tokens, the special ones included.
 * @param {string[]} texts
 * @param {number} tokens
 * @param {number} count
 * @param {(text: string) => number} countTokens
 */
export function cutToTokens(texts, tokens, count, countTokens) {
  const found = [];
  for (const text of texts) {
    const cut = cutToExactly(text, tokens, countTokens);
    if (cut !== undefined) found.push(cut);
    if (found.length === count) return found;
  }
  throw new Error(`only ${found.length} of ${count} texts could be cut to ${tokens} tokens`);
}

/** The beginning of a text that has so many tokens, where one ends with a word. */
function cutToExactly(text, tokens, countTokens) {
  const words = text.split(/\s+/).slice(0, MAX_WORDS);
  const beginning = (length) => words.slice(0, length).join(" ");
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (countTokens(beginning(middle)) < tokens) low = middle + 1;
    else high = middle;
  }
  return countTokens(beginning(low)) === tokens ? beginning(low) : undefined;
}

/**
 * `count` passages of 10 to 180 words, in random order of length.
 * @param {string[]} texts
 * @param {number} count
 */
export function mixedPassages(texts, count) {
  let random = 1;
  return Array.from({ length: count }, (_, at) => {
    random = (Math.imul(random, 1103515245) + 12345) & 0x7fffffff;
    const length = 10 + ((random >> 8) % 171);
    return texts[at % texts.length].split(/\s+/).slice(0, length).join(" ");
  });
}
