/** What the element says; a page in another language sets its own. */
export interface SearchLabels {
  /** The name of the field, for those who do not see it. */
  search: string;
  /** The name of the list of hits. */
  hits: string;
  loading: string;
  nothing: string;
  one: string;
  /** `{n}` stands for the number of hits. */
  many: string;
  /** In front of the number where nothing seems to answer. */
  nearest: string;
  /** `{done}` and `{total}` stand for documents. */
  indexing: string;
  /** `{message}` stands for what went wrong with a search. */
  failed: string;
  /** `{message}` stands for why documents of the list are not there, or not the latest. */
  unread: string;
  /** `{n}` stands for the number of the page. */
  page: string;
}

export const ENGLISH: SearchLabels = {
  search: "Search",
  hits: "Passages",
  loading: "Searching …",
  nothing: "Nothing was found.",
  one: "1 passage",
  many: "{n} passages",
  nearest: "Nothing seems to answer this. The nearest:",
  indexing: "{done} of {total} documents are read.",
  failed: "The search failed: {message}",
  unread: "Some documents could not be read: {message}",
  page: "page {n}",
};

/** A label with its places filled. */
export function filled(label: string, values: Record<string, string | number>): string {
  return label.replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));
}
