import { html } from "lit";
import { emphases } from "../text/emphasis.js";

/** A text with what Markdown emphasises in it. */
export function inline(text: string) {
  const parts: unknown[] = [];
  let rest = 0;
  for (const { kind, start, end, width } of emphases(text)) {
    const words = text.slice(start + width, end - width);
    parts.push(
      text.slice(rest, start),
      kind === "em" ? html`<em>${words}</em>` : html`<strong>${words}</strong>`,
    );
    rest = end;
  }
  return [...parts, text.slice(rest)];
}
