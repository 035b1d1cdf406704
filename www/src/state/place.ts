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
