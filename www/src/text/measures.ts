/** The measures of retrieval in words. */
import { decimals } from "./format.js";

interface MeasureWords {
  name: string;
  /** What a value says. */
  meaning: string;
}

const WORDS: Record<string, MeasureWords> = {
  ndcg: {
    name: "Order of the documents (nDCG)",
    meaning: "1: the documents that answer stand at the top, the best of them first.",
  },
  recall: {
    name: "Documents found (recall)",
    meaning: "The share of the documents that answer, among the first.",
  },
  mrr: {
    name: "First right document (MRR)",
    meaning: "1: the first document answers; 0.5: the second does; and so on.",
  },
  map: {
    name: "All right documents (MAP)",
    meaning: "1: all documents that answer stand before all others.",
  },
  tokenRecall: {
    name: "Answer shown (token recall)",
    meaning: "The share of the answer’s words that is shown.",
  },
  tokenPrecision: {
    name: "Little else shown (token precision)",
    meaning: "The share of what is shown that is the answer; small where passages are long.",
  },
  tokenIou: {
    name: "Answer and little else (token IoU)",
    meaning: "What is both shown and the answer, of all that is either.",
  },
  spanGain: {
    name: "Answer near the top (span gain)",
    meaning: "1: the first passage holds the whole answer; less where it stands further down or is cut.",
  },
};

/** The measures that a setting can be chosen by, the likeliest first. */
export const CHOOSING = [
  "ndcg@10",
  "mrr@10",
  "recall@10",
  "map",
  "spanGain",
  "tokenRecall",
  "tokenIou",
] as const;

function parts(measure: string): [words: MeasureWords | undefined, cut: string | undefined] {
  const [name, cut] = measure.split("@");
  return [WORDS[name ?? ""], cut];
}

/** A measure's name, such as `Documents found (recall@10)`. */
export function measureName(measure: string): string {
  const [words, cut] = parts(measure);
  if (words === undefined) {
    return measure;
  }
  return cut === undefined ? words.name : words.name.replace(/\)$/, `@${cut})`);
}

/** The short name, for the head of a column. */
export function measureShort(measure: string): string {
  const [, short] = /\(([^)]+)\)$/.exec(measureName(measure)) ?? [];
  return short ?? measure;
}

export function measureMeaning(measure: string): string {
  const [words, cut] = parts(measure);
  return words === undefined
    ? ""
    : cut === undefined
      ? words.meaning
      : `${words.meaning} Of the first ${cut}.`;
}

/** Measures in the order in which they are offered, what is unknown last. */
export function sortedMeasures(measures: Iterable<string>): string[] {
  const names = Object.keys(WORDS);
  const place = (measure: string) => {
    const at = names.indexOf(measure.split("@")[0] ?? "");
    return at < 0 ? names.length : at;
  };
  const cut = (measure: string) => Number(measure.split("@")[1] ?? 0);
  return [...measures].sort((a, b) => place(a) - place(b) || cut(a) - cut(b) || a.localeCompare(b));
}

/** A value of a measure. */
export function measured(value: number): string {
  return decimals(value, 3);
}

/** A difference of two values, with its sign. */
export function difference(value: number): string {
  const words = decimals(value, 3);
  return /[1-9]/.test(words) && value > 0 ? `+${words}` : words.replace(/^−(?=[0.]+$)/, "");
}
