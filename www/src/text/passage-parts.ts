/** Cutting a hit's text where its evidence, the words of the question, and what Markdown emphasises begin and end. */
import type { Hit, HitMatch } from "ibid";
import { emphases } from "./emphasis.js";

/** What is emphasised or a heading, and the signs that say so, which are nothing to read. */
export type Style = "strong" | "em" | "signs";

/** A heading, as Markdown writes it. */
const HEADING = /^(#{1,6}[ \t]+)(\S.*)$/gm;

export interface PassagePart {
  text: string;
  /** The word of the question that it is, or is a part of, in whatever form. */
  match?: HitMatch;
  style?: Style;
}

export interface PassageStretch {
  /** How the sentences of it stand among the evidence of the hit, 0 for the best; `undefined` for what is no evidence. */
  rank?: number;
  /** Joined, they are the text of the stretch. */
  parts: PassagePart[];
}

/** Places in a document. */
interface Range {
  start: number;
  end: number;
}

/** Evidence and what is between it; joined, all parts are the text. */
export function passageStretches({ chunk, evidence, matches }: Hit): PassageStretch[] {
  const styles = stylesOf(chunk.text, chunk.start);
  const between = (start: number, end: number) => cut(chunk, { start, end }, matches, styles);
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

/** The parts of a quotation, of which no word is marked; joined, they are the text. */
export function quotationParts(text: string): PassagePart[] {
  const whole = { start: 0, end: text.length };
  return cut({ text, ...whole }, whole, [], stylesOf(text, 0));
}

function stylesOf(text: string, origin: number): (Range & { style: Style })[] {
  const emphasised = emphases(text).flatMap(({ kind, start, end, width }) => {
    const [from, to] = [origin + start, origin + end];
    return [
      { style: "signs" as const, start: from, end: from + width },
      { style: kind, start: from + width, end: to - width },
      { style: "signs" as const, start: to - width, end: to },
    ];
  });
  const headings = [...text.matchAll(HEADING)].flatMap(({ 0: whole, 1: signs = "", index }) => {
    const from = origin + index;
    const words = from + signs.length;
    return [
      { style: "signs" as const, start: from, end: words },
      { style: "strong" as const, start: words, end: from + whole.length },
    ];
  });
  return [...emphasised, ...headings];
}

/** The parts of a chunk's text within a range; what goes beyond it is cut. */
function cut(
  chunk: Range & { text: string },
  { start, end }: Range,
  matches: readonly HitMatch[],
  styles: readonly (Range & { style: Style })[],
): PassagePart[] {
  const borders = [...matches, ...styles].flatMap((each) => [each.start, each.end]);
  const inside = borders.filter((border) => start < border && border < end);
  const points = [...new Set([start, ...inside, end])].sort((a, b) => a - b);
  return points.slice(0, -1).map((from, at) => {
    const to = points[at + 1] ?? end;
    const holds = (range: Range) => range.start <= from && to <= range.end;
    const match = matches.find(holds);
    const style = styles.find(holds)?.style;
    return {
      text: chunk.text.slice(from - chunk.start, to - chunk.start),
      ...(match && { match }),
      ...(style && { style }),
    };
  });
}
