/** Why a passage was found, and what a search did: the trace in words. */
import type { ArmTrace, HitTrace, SearchMode, TermScore, Trace } from "ibid";
import { html, nothing } from "lit";
import { count, decimals, number } from "../text/format.js";

/** Where each arm ranked a passage, and what that added to its score. */
export function whyHit({ rank, dense, lexical, terms }: HitTrace, mode: SearchMode) {
  return html`<details data-testid="why">
    <summary class="small">Why it is here</summary>
    <ul class="small">
      ${
        mode === "lexical"
          ? nothing
          : html`<li>By meaning: ${arm(dense, "it is not embedded yet; its words stand in for it")}</li>`
      }
      ${mode === "dense" ? nothing : html`<li>By words: ${arm(lexical, "it has no word of the question")}</li>`}
      ${
        terms.length > 0
          ? html`<li>
              Its words:
              ${terms.map((term, at) => html`${at > 0 ? ", " : ""}<b>${term.term}</b> ${decimals(term.score, 2)}${asWhat(term)}`)}
            </li>`
          : nothing
      }
      ${mode === "hybrid" ? html`<li>Both together: place ${number(rank)}.</li>` : nothing}
    </ul>
  </details>`;
}

/** In which other forms a word of the question is there; the closest are enough. */
function asWhat({ forms }: TermScore): string {
  const others = forms.filter(({ kind }) => kind !== "exact").map(({ term }) => term);
  return others.length > 0 ? ` (as ${others.slice(0, 3).join(", ")})` : "";
}

function arm(arm: ArmTrace | undefined, why: string): string {
  if (arm === undefined) {
    return `${why}.`;
  }
  const place = arm.rank === undefined ? "beyond the candidates" : `place ${number(arm.rank)}`;
  return `${place}, which adds ${decimals(arm.share, 3)}.`;
}

/** How much was searched, by which paths, and how long that took. */
export function whatRan({ chunks, eligible, segments, terms, times }: Trace) {
  const total = Object.values(times).reduce((sum, time) => sum + time, 0);
  const walks = segments.filter(({ path }) => path === "graph").length;
  const scans = segments.length - walks;
  const paths = [
    scans > 0 ? `${count(scans, "segment")} scanned exactly` : "",
    walks > 0 ? `${count(walks, "segment")} searched by graph` : "",
    terms.length > 0 ? count(terms.length, "word") : "",
  ].filter((path) => path !== "");
  const stages = [
    ["embedding the question", times.embedding],
    ["words", times.lexical],
    ["vectors", times.dense],
    ["texts", times.texts],
  ] as const;
  return html`<p class="small" data-testid="what-ran">
    ${number(eligible)} of ${count(chunks, "passage")} searched in ${decimals(total, 1)} ms${
      paths.length > 0 ? ` (${paths.join(", ")})` : ""
    }: ${stages.map(([name, time]) => `${name} ${decimals(time, 1)}`).join(", ")} ms.
  </p>`;
}
