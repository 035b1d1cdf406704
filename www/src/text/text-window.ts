/** The part of a long text that is shown: documents of many megabytes must not freeze the page. */

/** How many UTF-16 code units are shown at first, and how many more each time. */
export const WINDOW = 50_000;

/** A half-open range of UTF-16 code units. */
export interface Range {
  start: number;
  end: number;
}

/** A span as it can lie in `text`. */
export function clampSpan(text: string, { start, end }: Range): Range {
  const from = Math.min(start, text.length);
  return { start: from, end: Math.min(Math.max(end, from), text.length) };
}

/** The range to show first: around the beginning of `span`, or the beginning of the text. */
export function windowAround(text: string, span: Range | undefined): Range {
  const start = Math.max(0, (span?.start ?? 0) - WINDOW / 2);
  return { start: boundary(text, start), end: boundary(text, start + WINDOW) };
}

export function withEarlier(text: string, { start, end }: Range): Range {
  return { start: boundary(text, start - WINDOW), end };
}

export function withLater(text: string, { start, end }: Range): Range {
  return { start, end: boundary(text, end + WINDOW) };
}

/** What is before, in and after `span` within the window; joined, it is the window. */
export function cut(text: string, window: Range, span: Range | undefined): [string, string, string] {
  const start = Math.min(Math.max(span?.start ?? window.end, window.start), window.end);
  const end = Math.min(Math.max(span?.end ?? window.end, start), window.end);
  return [text.slice(window.start, start), text.slice(start, end), text.slice(end, window.end)];
}

/** The nearest index at or before `index` that lies in the text and does not split a surrogate pair. */
function boundary(text: string, index: number): number {
  const at = Math.min(Math.max(index, 0), text.length);
  const low = at > 0 && at < text.length && (text.charCodeAt(at) & 0xfc00) === 0xdc00;
  return low ? at - 1 : at;
}
