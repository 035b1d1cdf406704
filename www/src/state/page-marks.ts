/** Finding where the pages of a document begin in a part of its text. */
import type { SourcePlace } from "ibid";
import { pagesOf } from "../text/origin.js";
import type { Range } from "../text/text-window.js";

/** The offset at which a page begins. */
export interface PageMark {
  at: number;
  page: number;
}

/** How many questions are asked at most: each halves a range that holds several pages. */
const MOST_STEPS = 12;

/** Where pages begin in a window of a text, by the lines that stand on each. */
export async function findPageMarks(
  text: string,
  window: Range,
  locate: (range: Range) => Promise<SourcePlace[]>,
): Promise<PageMark[]> {
  const starts = lineStarts(text, window);
  if (starts.length === 0) {
    return [];
  }
  // The pages of the lines from one place of `starts` to another.
  const pagesBetween = async (from: number, to: number) => {
    const range = { start: starts[from] as number, end: starts[to] ?? window.end };
    return pagesOf(await locate(range));
  };
  const marks: PageMark[] = [];
  let ranges: [from: number, to: number][] = [[0, starts.length]];
  let last = new Map<number, number>(); // by page its first line
  for (let step = 0; step < MOST_STEPS && ranges.length > 0; step++) {
    const found = await Promise.all(ranges.map(([from, to]) => pagesBetween(from, to)));
    const next: typeof ranges = [];
    for (const [place, [from, to]] of ranges.entries()) {
      const pages = found[place] ?? [];
      if (pages.length > 1 && to - from > 1) {
        const middle = (from + to) >> 1;
        next.push([from, middle], [middle, to]);
      } else {
        for (const page of pages) {
          last = last.set(page, Math.min(last.get(page) ?? from, from));
        }
      }
    }
    ranges = next;
  }
  for (const [page, line] of [...last].sort(([, a], [, b]) => a - b)) {
    const at = starts[line] as number;
    // A paragraph that goes on over pages begins on the first of them.
    if (marks.at(-1)?.at !== at && page > (marks.at(-1)?.page ?? 0)) {
      marks.push({ at, page });
    }
  }
  return marks;
}

/** Where the lines begin that begin in a window. */
function lineStarts(text: string, { start, end }: Range): number[] {
  const starts = start === 0 ? [0] : [];
  for (let at = text.indexOf("\n", start); at >= 0 && at + 1 < end; at = text.indexOf("\n", at + 1)) {
    if (text[at + 1] !== "\n") {
      starts.push(at + 1);
    }
  }
  return starts;
}
