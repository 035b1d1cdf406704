/** Where the questions of an evaluation come from. */

import { IbidError } from "./error.js";
import { isBlob } from "./plain.js";
import type { QuestionFile } from "./wasm/ibid_simd128.js";

/** A question, and what answers it. */
export interface EvaluationQuestion {
  /** Unique among the questions; the default is its number. */
  id?: string;
  question: string;
  /** Whether the collection has the answer; the default is `true` where something is named that answers. */
  answerable?: boolean;
  /** The ids of documents that answer, or their grades: whole numbers, 0 for those that do not. */
  documents?: Record<string, number> | readonly string[];
  /** The passages that answer, all together: by their UTF-16 code units, or word for word. */
  spans?: readonly ({ document: string } & ({ start: number; end: number } | { quote: string }))[];
}

/**
 * Questions: a list, a file (JSON, JSON Lines, CSV by its name), the files of a collection in the layout of BEIR, or so many that are
 * made of the collection's own sentences.
 */
export type QuestionSource =
  | readonly EvaluationQuestion[]
  | { file: File }
  | { text: string; name?: string }
  | { queries: string; qrels: string }
  | { knownItems: number };

/** Questions as the core reads them. */
export async function questionFile(source: QuestionSource): Promise<QuestionFile> {
  if (Array.isArray(source)) {
    return { text: JSON.stringify(source) };
  }
  if (typeof source !== "object" || source === null) {
    throw new IbidError("invalid-argument", "questions: expected a list or an object");
  }
  if (!("file" in source)) {
    return source as QuestionFile;
  }
  if (!isBlob(source.file)) {
    throw new IbidError("invalid-argument", "questions.file: expected a File");
  }
  return { text: await source.file.text(), name: source.file.name ?? "" };
}
