import { html, nothing } from "lit";
import { number, sectionPath } from "../text/format.js";

interface Placed {
  page?: number;
  section: readonly string[];
}

/** Where a passage stands: its page or slide, where there are any, and the headings above it. */
export function placeLine({ page, section }: Placed, isOnSlides: boolean) {
  if (page === undefined && section.length === 0) {
    return nothing;
  }
  const pageNote =
    page === undefined
      ? nothing
      : html`<span class="page" data-testid="page-of">${isOnSlides ? "slide" : "page"} ${number(page)}</span>`;
  const separator = page === undefined || section.length === 0 ? nothing : " · ";
  return html`<p class="section">${pageNote}${separator}${sectionPath(section)}</p>`;
}

/** The line of a table that parts its head from its rows: nothing to read. */
const RULE = /^\|(?: *:?-+:? *\|)+$/;

/** Whether a text holds rows of a table, which are read line by line. */
export function hasRows(text: string): boolean {
  return /^\|.*\|$/m.test(text);
}

/** A text whose empty lines take no room where lines are kept; they are still in it. */
export function withoutEmptyLines(text: string) {
  return text
    .split(/(\n{2,})/)
    .map((part) => (part.startsWith("\n\n") ? html`${"\n"}<span hidden>${part.slice(1)}</span>` : part));
}

/** What a passage needs before or after it to be read alone, and stands elsewhere in its document. */
export function frame(text: string, side: "lead" | "tail") {
  const lines = text.split("\n").filter((line) => !RULE.test(line.trim()));
  const shown = lines.join("\n").trim();
  return shown === "" ? nothing : html`<p class="frame" data-testid=${side}>${shown}</p>`;
}
