import { html, nothing } from "lit";
import { number, sectionPath } from "../text/format.js";

/** Where a passage stands: its page, where there are pages, and the headings above it. */
export function placeLine({ page, section }: { page?: number; section: readonly string[] }) {
  if (page === undefined && section.length === 0) {
    return nothing;
  }
  const pageNote =
    page === undefined ? nothing : html`<span class="page" data-testid="page-of">page ${number(page)}</span>`;
  const separator = page === undefined || section.length === 0 ? nothing : " · ";
  return html`<p class="section">${pageNote}${separator}${sectionPath(section)}</p>`;
}

/** What a passage needs before or after it to be read alone, and stands elsewhere in its document. */
export function frame(text: string, side: "lead" | "tail") {
  return text.trim() === "" ? nothing : html`<p class="frame" data-testid=${side}>${text.trim()}</p>`;
}
