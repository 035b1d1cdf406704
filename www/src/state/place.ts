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
 * How many steps back in the history the page was last without a place, which is noted in the entry that it is at: one more than in
 * the entry that a link was followed from, `from`. `undefined` where there is none, as the page was opened at a place.
 */
export function stepsBack(from: number | undefined): number | undefined {
  const known = history.state as { stepsBack?: number } | null;
  if (known !== null && "stepsBack" in known) {
    return known.stepsBack; // reached by going back or forward
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
