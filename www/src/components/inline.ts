import { html } from "lit";

/** A text whose words between double asterisks are strong, as Markdown has them. */
export function inline(text: string) {
  return text
    .split(/\*\*(?=\S)(.+?)(?<=\S)\*\*/)
    .map((part, at) => (at % 2 === 1 ? html`<strong>${part}</strong>` : part));
}
