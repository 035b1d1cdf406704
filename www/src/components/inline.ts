import { html } from "lit";

/** What Markdown emphasises: words between double or single asterisks that touch them. */
const EMPHASIS = /\*\*(?=\S)(.+?)(?<=\S)\*\*|(?<![\w*])\*(?=[^\s*])([^*]*[^\s*])\*(?![\w*])/g;

/** A text with what Markdown emphasises in it. */
export function inline(text: string) {
  const parts: unknown[] = [];
  let rest = 0;
  for (const { 0: whole, 1: strong, 2: emphasised, index } of text.matchAll(EMPHASIS)) {
    parts.push(
      text.slice(rest, index),
      strong === undefined ? html`<em>${emphasised}</em>` : html`<strong>${strong}</strong>`,
    );
    rest = index + whole.length;
  }
  return [...parts, text.slice(rest)];
}
