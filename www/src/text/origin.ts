/** Where a passage stands in the document that it was read from, in words and on pages. */
import type { SourcePlace } from "ibid";
import { list, number, pages } from "./format.js";

/** A rectangle on a page, in points from its upper left corner. */
export interface Rectangle {
  page: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The rectangles among places, in order, each once: words of a line may have that of the whole line. */
export function rectangles(places: readonly SourcePlace[]): Rectangle[] {
  const all = places.flatMap((place) => {
    if (place.kind !== "page") {
      return [];
    }
    const { page, left, top, width, height } = place;
    const isLess = left === undefined || top === undefined || width === undefined || height === undefined;
    return isLess ? [] : [{ page, left, top, width, height }];
  });
  const byPlace = new Map(all.map((each) => [Object.values(each).join(), each]));
  return [...byPlace.values()];
}

/** The numbers of the pages that places are on, each once. */
export function pagesOf(places: readonly SourcePlace[]): number[] {
  return [...new Set(places.filter((place) => place.kind === "page").map(({ page }) => page))];
}

/** Places in words, such as `page 3` or `Sales, rows 2 to 5`; empty where nothing is known that says more than the text. */
export function whereabouts(places: readonly SourcePlace[]): string {
  const parts = [...new Set(places.flatMap(({ part }) => (part ? [part] : [])))];
  const cells = places.filter((place) => place.kind === "cell");
  const numbers = pagesOf(places);
  if (numbers.length > 0) {
    return pages(numbers);
  }
  if (cells.length > 0) {
    return [list(parts), rows(cells.map(({ row }) => row))].filter((words) => words !== "").join(", ");
  }
  return ""; // paragraphs are not numbered where people see them
}

function rows(numbers: readonly number[]): string {
  const [first, last] = [Math.min(...numbers), Math.max(...numbers)];
  return first === last ? `row ${number(first)}` : `rows ${number(first)} to ${number(last)}`;
}

/** How many letters in a row are compared. */
const RUN = 4;

/** How much of a passage is on a page, from 0 to 1, whatever the order of words and the marks between them. */
export function overlap(passage: string, page: string): number {
  const [looked, found] = [letters(passage), letters(page)];
  if (looked.length < RUN) {
    return 1; // too short to tell
  }
  let shared = 0;
  for (let at = 0; at + RUN <= looked.length; at++) {
    shared += Number(found.includes(looked.slice(at, at + RUN)));
  }
  return shared / (looked.length - RUN + 1);
}

function letters(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}
