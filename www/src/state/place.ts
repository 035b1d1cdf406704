/** A place in a document, as the page's address names it: `#/lease` or `#/lease/120-480`. */
export interface Place {
  document: string;
  /** Offsets in UTF-16 code units of the extracted text; absent for the document as a whole. */
  span?: { start: number; end: number };
}

export function placeHref({ document, span }: Place): string {
  const path = `#/${encodeURIComponent(document)}`;
  return span ? `${path}/${span.start}-${span.end}` : path;
}

/**
 * Says in the entry of the history that the page is at how many steps back the last one without a place is; of one that was reached
 * by a link that is one more than of the entry `from` which it was reached. `undefined` where this page has none.
 */
export function stepsBack(from: number | undefined): number | undefined {
  const known: unknown = history.state?.stepsBack;
  if (typeof known === "number") {
    return known; // reached by going back or forward
  }
  const steps = from === undefined ? undefined : from + 1;
  history.replaceState({ stepsBack: steps }, "");
  return steps;
}

/** The place that a location hash names; `undefined` where it names none. */
export function parsePlace(hash: string): Place | undefined {
  const [, id, start, end] = /^#\/([^/]+)(?:\/(\d+)-(\d+))?$/.exec(hash) ?? [];
  if (id === undefined) {
    return undefined;
  }
  try {
    const document = decodeURIComponent(id);
    return start === undefined
      ? { document }
      : { document, span: { start: Number(start), end: Number(end) } };
  } catch {
    return undefined; // not decodable: not one of our links
  }
}
