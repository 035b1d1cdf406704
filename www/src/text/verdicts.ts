/** Verdicts in words, and an answer cut where they begin and end. */
import type { SentenceVerdict, Verdict } from "ibid";
import { count, number } from "./format.js";

interface VerdictWords {
  word: string;
  /** A sign for it, so that it is told by more than its colour. */
  sign: string;
  meaning: string;
}

export const VERDICTS: Record<Verdict, VerdictWords> = {
  supported: { word: "supported", sign: "✓", meaning: "The source that it names says this." },
  partly: { word: "partly supported", sign: "◐", meaning: "The source says some of this, but not all." },
  misattributed: {
    word: "wrong source",
    sign: "⇄",
    meaning: "Another source says this than the one that it names.",
  },
  contradicted: { word: "contradicted", sign: "✕", meaning: "A source says otherwise." },
  not_found: { word: "not found", sign: "?", meaning: "Nothing in your documents says this." },
  uncited: {
    word: "no source given",
    sign: "○",
    meaning: "Your documents say this, but the answer doesn’t say where.",
  },
  quote_altered: {
    word: "quotation altered",
    sign: "≠",
    meaning: "What stands in quotation marks isn’t what the source says word for word.",
  },
};

/** How many sentences there are, and how many of each verdict, such as `2 sentences: 1 supported, 1 not found`. */
export function verdictSummary(sentences: readonly SentenceVerdict[]): string {
  const counts = Object.entries(VERDICTS).flatMap(([verdict, { word }]) => {
    const among = sentences.filter((sentence) => sentence.verdict === verdict).length;
    return among > 0 ? [`${number(among)} ${word}`] : [];
  });
  return sentences.length === 0
    ? "There is no sentence that says anything."
    : `${count(sentences.length, "sentence")}: ${counts.join(", ")}`;
}

export interface AnswerPart {
  text: string;
  /** What became of it; absent for what states nothing, such as headings, and for what is not judged yet. */
  verdict?: SentenceVerdict;
}

/** The sentences of an answer, and the words between them. */
export function answerParts(answer: string, sentences: readonly SentenceVerdict[]): AnswerPart[] {
  const parts: AnswerPart[] = [];
  let rest = 0;
  for (const verdict of sentences) {
    parts.push(
      { text: answer.slice(rest, verdict.start) },
      { text: answer.slice(verdict.start, verdict.end), verdict },
    );
    rest = verdict.end;
  }
  parts.push({ text: answer.slice(rest) });
  return parts.filter(({ text, verdict }) => verdict !== undefined || /[\p{L}\p{N}]/u.test(text));
}

/** Words between sentences without what Markdown puts around them: `#` of headings, rules and edges of tables. */
export function wordsBetween(text: string): string {
  return text
    .split("\n")
    .map((line) => line.replace(/^[\s#>|]+|[\s|]+$/g, ""))
    .filter((line) => /[\p{L}\p{N}]/u.test(line))
    .join("\n");
}

export interface SentencePart {
  text: string;
  /** `differs` where a source says otherwise, `unsupported` where none says so. */
  kind?: "differs" | "unsupported";
}

/** A sentence as it stands in the answer, cut where what is wrong with it begins and ends; joined, the parts are the sentence. */
export function sentenceParts(text: string, verdict: SentenceVerdict): SentencePart[] {
  const { start, differences, unsupported } = verdict;
  const marked = [
    ...differences.map((range) => ({ ...range, kind: "differs" as const })),
    ...unsupported.map((range) => ({ ...range, kind: "unsupported" as const })),
  ].sort((a, b) => a.start - b.start);
  const parts: SentencePart[] = [];
  let rest = 0;
  for (const range of marked) {
    const from = Math.max(range.start - start, rest);
    const to = Math.min(range.end - start, text.length);
    if (from < to) {
      parts.push({ text: text.slice(rest, from) }, { text: text.slice(from, to), kind: range.kind });
      rest = to;
    }
  }
  parts.push({ text: text.slice(rest) });
  return parts.filter((part) => part.text !== "");
}
