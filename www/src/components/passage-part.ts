import type { MatchKind } from "ibid";
import { html, nothing } from "lit";
import type { PassagePart } from "../text/passage-parts.js";
import { withoutEmptyLines } from "./passage-frame.js";

/** How a word that is marked is like the one of the question. */
const KINDS: Record<Exclude<MatchKind, "exact">, string> = {
  folded: "another spelling of",
  stem: "another form of",
  part: "divided otherwise than",
  prefix: "goes on from",
  compound: "a compound with",
  typo: "may be meant by",
};

/** A part of a passage as it is shown: its words are marked and emphasised, and what says so is there unseen. */
export function passagePart(part: PassagePart, inRows: boolean) {
  switch (part.style) {
    case "signs":
      return html`<span hidden>${part.text}</span>`;
    case "strong":
      return html`<b>${marked(part, inRows)}</b>`;
    case "em":
      return html`<em>${marked(part, inRows)}</em>`;
    case undefined:
      return marked(part, inRows);
  }
}

function marked({ text, match }: PassagePart, inRows: boolean) {
  if (match === undefined) {
    return inRows ? withoutEmptyLines(text) : text;
  }
  const why = match.kind === "exact" ? nothing : `${KINDS[match.kind]} “${match.term}”`;
  return html`<mark title=${why} data-kind=${match.kind}>${text}</mark>`;
}
