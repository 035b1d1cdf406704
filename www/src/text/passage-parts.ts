/** Cutting a hit's text where its evidence and the words of the question begin and end. */
import type { Hit, HitMatch } from "ibid";

export interface PassagePart {
  text: string;
  /** The word of the question that it is, in whatever form. */
  match?: HitMatch;
}

export interface PassageStretch {
  /** How the sentences of it stand among the evidence of the hit, 0 for the best; `undefined` for what is no evidence. */
  rank?: number;
  /** Words of the question and what is between them. */
  parts: PassagePart[];
}

/** Evidence and what is between it; joined, all parts are the text. */
export function passageStretches({ chunk, evidence, matches }: Hit): PassageStretch[] {
  const between = (from: number, to: number) => cut(chunk.text, chunk.start, from, to, matches);
  const stretches: PassageStretch[] = [];
  let rest = chunk.start;
  const inOrder = evidence.map((found, rank) => ({ ...found, rank })).sort((a, b) => a.start - b.start);
  for (const { start, end, rank } of inOrder) {
    stretches.push({ parts: between(rest, start) }, { rank, parts: between(start, end) });
    rest = end;
  }
  stretches.push({ parts: between(rest, chunk.end) });
  return stretches.filter(({ parts }) => parts.length > 0);
}

/** The parts of `text`, which begins at `origin` in its document, from `from` to `to`. A word that is partly outside is cut. */
function cut(text: string, origin: number, from: number, to: number, matches: readonly HitMatch[]) {
  const slice = (start: number, end: number) => text.slice(start - origin, end - origin);
  const parts: PassagePart[] = [];
  let rest = from;
  for (const match of matches) {
    const start = Math.max(match.start, from);
    const end = Math.min(match.end, to);
    if (start < end) {
      parts.push({ text: slice(rest, start) }, { text: slice(start, end), match });
      rest = end;
    }
  }
  parts.push({ text: slice(rest, to) });
  return parts.filter((part) => part.text !== "");
}
