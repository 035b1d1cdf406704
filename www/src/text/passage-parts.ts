/** Cutting a hit's text where its best sentence and the words of the question begin and end. */
import type { Hit, HitMatch } from "ibid";

export interface PassagePart {
  text: string;
  /** The word of the question that it is, in whatever form. */
  match?: HitMatch;
}

/** What is before, in and after the best sentence, cut into words of the question and what is between them; joined, it is the text. */
export function passageParts({ chunk, best, matches }: Hit): [PassagePart[], PassagePart[], PassagePart[]] {
  const between = (from: number, to: number) => cut(chunk.text, chunk.start, from, to, matches);
  return [between(chunk.start, best.start), between(best.start, best.end), between(best.end, chunk.end)];
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
