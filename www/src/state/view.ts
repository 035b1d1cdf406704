/** The views of the page, as its address names them: `#ask`, `#evaluate`, `#trail`. */
export const VIEWS = ["ask", "evaluate", "trail"] as const;

export type View = (typeof VIEWS)[number];

export function viewHref(view: View): string {
  return `#${view}`;
}

/** The view that a location hash names; `undefined` where it names something else, such as a place in a document. */
export function parseView(hash: string): View | undefined {
  return hash === "" || hash === "#" ? "ask" : VIEWS.find((view) => viewHref(view) === hash);
}
