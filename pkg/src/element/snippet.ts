/** The part of a hit that is shown in a list: the sentence that answers best, with the words that were asked for. */
import type { Hit } from "../metadata.js";

/** A piece of a snippet; joined, they are what is shown. */
export interface SnippetPart {
  text: string;
  /** Whether it is a word of the query, in whatever form. */
  isMatch: boolean;
  /** Whether it belongs to the sentence that answers best. */
  isBest: boolean;
}

/** What a snippet needs of a hit. */
export type Shown = Pick<Hit, "chunk" | "evidence" | "matches">;

/** In UTF-16 code units: about three lines of a list. */
const LENGTH = 180;

/** How much of what stands before is shown, where there is room. */
const BEFORE = 40;

/** The parts to show, with an ellipsis where text was left out. */
export function snippet(hit: Shown): SnippetPart[] {
  const { chunk, matches } = hit;
  const best = hit.evidence[0] ?? { start: chunk.start, end: chunk.start };
  const { from, to } = excerpt(hit, best);
  const isInside = (at: number) => at >= best.start && at < best.end;
  const edges = new Set([
    from,
    to,
    best.start,
    best.end,
    ...matches.flatMap(({ start, end }) => [start, end]),
  ]);
  const cuts = [...edges].filter((at) => at >= from && at <= to).sort((a, b) => a - b);
  const parts = cuts.slice(0, -1).map((start, at) => ({
    text: readable(chunk.text.slice(start - chunk.start, (cuts[at + 1] ?? to) - chunk.start)),
    isMatch: matches.some((match) => start >= match.start && start < match.end),
    isBest: isInside(start),
  }));
  const ellipsis = (text: string) => ({ text, isMatch: false, isBest: false });
  return [
    ...(from > chunk.start ? [ellipsis("… ")] : []),
    ...parts.filter(({ text }) => text !== ""),
    ...(to < chunk.end ? [ellipsis("…")] : []),
  ];
}

/** Text in one line, without what Markdown writes emphasis, headings and lists with. */
function readable(text: string): string {
  return text
    .replace(/\n\s*(?:[-*+]\s+)+/g, " · ")
    .replace(/(^|\n)\s*#{1,6}\s+/g, " ")
    .replace(/\*\*/g, "")
    .replace(/\s+/g, " ");
}

/** What is shown: the best sentence from its beginning, or from its first match where that would be cut off. */
function excerpt({ chunk, matches }: Shown, best: { start: number; end: number }) {
  const hasBest = best.end > best.start;
  const first = matches.find(({ start }) => !hasBest || (start >= best.start && start < best.end));
  const isFar = first !== undefined && first.end - best.start > LENGTH;
  const focus = first !== undefined && (isFar || !hasBest) ? first.start - BEFORE : best.start;
  const from = focus <= chunk.start ? chunk.start : wordAt(chunk, focus, focus === best.start);
  const to = from + LENGTH >= chunk.end ? chunk.end : wordAt(chunk, from + LENGTH, false);
  return { from, to: Math.max(to, from) };
}

/** The beginning of the word at `at`, unless it is one already. Scripts without spaces are cut between characters. */
function wordAt({ start, text }: Shown["chunk"], at: number, isBeginning: boolean): number {
  if (isBeginning) {
    return at;
  }
  const space = text.slice(0, at - start).search(/\s\S*$/);
  const isNear = space >= 0 && at - start - space < BEFORE;
  const cut = isNear ? start + space + 1 : at;
  const isPair = /[\udc00-\udfff]/.test(text.charAt(cut - start));
  return isPair ? cut - 1 : cut;
}
