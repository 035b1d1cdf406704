import type { Hit, HitTrace, ModelStatus, SearchMode, SearchResult } from "ibid";
import { css, html, LitElement, nothing } from "lit";
import type { Asked, Outcome } from "../state/inquiry.js";
import { placeHref } from "../state/place.js";
import { shared } from "../styles.js";
import { count, decimals, number, sectionPath } from "../text/format.js";
import { highlight } from "../text/highlight.js";
import { whatRan, whyHit } from "./hit-trace.js";
import { problemNote } from "./problem-note.js";

/** What a search found, with the reasons for its order. */
export class HitList extends LitElement {
  static override properties = {
    asked: { attribute: false },
    outcome: { attribute: false },
    generation: { type: Number },
    backlog: { type: Number },
    modelReady: { type: Boolean },
    opened: { state: true },
  };
  declare asked: Asked;
  declare outcome: Outcome<SearchResult>;
  /** The collection's generation now. */
  declare generation: number;
  /** How many chunks have no vector now. */
  declare backlog: number;
  /** Whether the model is there now. */
  declare modelReady: boolean;
  /** The hits whose passages are shown in full. */
  declare opened: ReadonlySet<Hit>;

  static override styles = [
    shared,
    css`
      .note,
      details {
        margin-block-start: 0.75rem;
      }
      details p {
        max-width: 44rem;
        margin-block: 0.375rem;
      }
      ol {
        margin-block-start: 0.5rem;
      }
      ol > li {
        display: grid;
        grid-template-columns: 2rem minmax(0, 1fr);
        padding-block: 1.125rem;
        border-block-end: 1px solid var(--rule);
      }
      .rank {
        color: var(--quiet);
        font: 1.0625rem/1.35 var(--serif);
        font-variant-numeric: oldstyle-nums;
      }
      h3,
      .section,
      .text {
        overflow-wrap: anywhere;
      }
      .text {
        max-width: 44rem;
        margin-block-start: 0.5rem;
        font: 1.0625rem/1.6 var(--serif);
        white-space: pre-wrap;
      }
      .clamped {
        position: relative;
        max-height: 8em; /* five lines */
        overflow: hidden;
        white-space: normal;
        --above: #000;
        --below: #000;
        mask-image: linear-gradient(var(--above), #000 1.6em, #000 calc(100% - 1.6em), var(--below));
      }
      .clamped[data-above] {
        --above: transparent;
      }
      .clamped[data-below] {
        --below: transparent;
      }
      .foot {
        margin-block-start: 0.5rem;
        justify-content: space-between;
      }
      ul {
        margin-block-start: 0.25rem;
        color: var(--quiet);
      }
      ul b {
        color: var(--ink);
      }
      .scores {
        display: flex;
        flex-wrap: wrap;
        gap: 0 1rem;
        color: var(--quiet);
        font-variant-numeric: tabular-nums;
      }
      .scores div {
        display: flex;
        gap: 0.375rem;
      }
    `,
  ];

  constructor() {
    super();
    this.opened = new Set();
  }

  /** Short passages are shown where most of the question's words are. */
  protected override updated(): void {
    for (const text of this.renderRoot.querySelectorAll<HTMLElement>(".clamped")) {
      text.scrollTop = densest(text);
      text.toggleAttribute("data-above", text.scrollTop > 0);
      text.toggleAttribute("data-below", text.scrollTop + text.clientHeight < text.scrollHeight - 1);
    }
  }

  protected override render() {
    const { outcome } = this;
    if (outcome.state === "running") {
      return html`<p class="quiet" data-testid="searching">Searching …</p>`;
    }
    if (outcome.state === "failed") {
      return problemNote(outcome.problem);
    }
    const result = outcome.value;
    return html`${this.#notes(result)}
      ${
        result.hits.length > 0
          ? this.#hits(result)
          : html`<p class="note" data-testid="no-hits">${this.#whyNothing(result)}</p>`
      }`;
  }

  #notes({ unembedded, queryTruncated, generation, model, damaged }: SearchResult) {
    const { mode } = this.asked;
    const byWordsOnly = mode !== "lexical" && model !== "ready";
    const missing = mode === "lexical" || byWordsOnly ? 0 : unembedded;
    const again =
      generation < this.generation
        ? html`<button class="plain" data-testid="ask-again" @click=${this.#askAgain}>Ask again</button>`
        : nothing;
    return html`${
      byWordsOnly
        ? html`<p class="note row" data-testid="words-only">${WITHOUT_MODEL[model]} ${
            this.modelReady
              ? html`<button class="plain" data-testid="ask-again" @click=${this.#askAgain}>Ask again</button>`
              : nothing
          }</p>`
        : nothing
    }
    ${damaged.map(
      ({ document, message }) =>
        html`<p class="note" data-testid="damaged">A passage of “${document}” can’t be shown: ${message}.
          Adding the document again mends it.</p>`,
    )}
    ${
      missing > 0
        ? html`<p class="note row" data-testid="unembedded">${this.backlog > 0 ? whatIsMissing(missing, mode) : whatIsBetter(missing)} ${again}</p>`
        : again !== nothing
          ? html`<p class="note row" data-testid="outdated">The documents have changed since this was asked. ${again}</p>`
          : nothing
    }
    ${
      queryTruncated
        ? html`<p class="note" data-testid="truncated">
            The question is longer than the model reads; only its beginning was compared by meaning.
          </p>`
        : nothing
    }`;
  }

  #askAgain() {
    this.dispatchEvent(new CustomEvent<Asked>("ask", { detail: this.asked }));
  }

  #whyNothing({ unembedded }: SearchResult): string {
    if (this.asked.mode === "lexical") {
      return "No passage holds a word of the question. Searching by meaning may find more.";
    }
    return unembedded > 0 ? "Nothing was found yet." : "Nothing was found. Are there documents?";
  }

  #hits({ hits, trace }: SearchResult) {
    return html`<details>
        <summary class="small">What the scores mean, and what was searched</summary>
        <p class="small">
          <strong>Meaning</strong> is the cosine between the embeddings of question and passage: 1 would be the same, 0 is
          unrelated. <strong>Words</strong> is the BM25 score: higher the more words of the question stand in the passage and
          the rarer they are in all documents. The <strong>score</strong> combines the two and orders this list; it can’t be
          compared between questions.
        </p>
        ${trace ? whatRan(trace) : nothing}
      </details>
      <ol data-testid="hits">
        ${hits.map((hit, index) => this.#hit(hit, index + 1, trace?.hits[index]))}
      </ol>`;
  }

  #hit(hit: Hit, rank: number, why: HitTrace | undefined) {
    const { document, title, chunk } = hit;
    const { start, end, section } = chunk;
    const full = this.opened.has(hit);
    return html`<li data-testid="hit" data-document=${document} data-start=${start} data-end=${end}>
      <span class="rank" aria-label="Rank ${rank}">${rank}</span>
      <article>
        <h3><a data-testid="open-hit" href=${placeHref({ document, span: chunk })}>${title || document}</a></h3>
        ${section.length > 0 ? html`<p class="section">${sectionPath(section)}</p>` : nothing}
        <p class="text ${full ? "" : "clamped"}" data-testid="hit-text">${highlight(
          chunk.text,
          this.asked.question,
        ).map(({ text, match }) => (match ? html`<mark>${text}</mark>` : text))}</p>
        <div class="foot row small">
          ${this.#scores(hit)}
          <button class="plain" aria-expanded=${full ? "true" : "false"} @click=${() => this.#toggle(hit)}>
            ${full ? "Show less" : "Whole passage"}
          </button>
        </div>
        ${why ? whyHit(why, this.asked.mode) : nothing}
      </article>
    </li>`;
  }

  #scores({ score, dense, lexical, chunk }: Hit) {
    const { mode } = this.asked;
    return html`<dl class="scores" data-testid="scores">
      <div><dt>Score</dt><dd>${decimals(score, 3)}</dd></div>
      ${
        mode === "lexical"
          ? nothing
          : html`<div><dt>Meaning</dt><dd>${dense === undefined ? "not embedded yet" : decimals(dense, 3)}</dd></div>`
      }
      ${
        mode === "dense"
          ? nothing
          : html`<div><dt>Words</dt><dd>${lexical === undefined ? "none in common" : decimals(lexical, 2)}</dd></div>`
      }
      <div><dt class="hidden">Length</dt><dd>${number(chunk.tokens)} tokens</dd></div>
    </dl>`;
  }

  #toggle(hit: Hit) {
    const opened = new Set(this.opened);
    if (!opened.delete(hit)) {
      opened.add(hit);
    }
    this.opened = opened;
  }
}

/** Why passages were found by their words only. */
const WITHOUT_MODEL: Record<Exclude<ModelStatus, "ready">, string> = {
  loading: "Found by words only: the embedding model was not there yet.",
  failed: "Found by words only: the embedding model couldn’t be loaded.",
  mismatch: "Found by words only: the documents were embedded with another model.",
};

function whatIsMissing(unembedded: number, mode: SearchMode): string {
  const one = unembedded === 1;
  const until = `until ${one ? "it’s" : "they’re"} embedded`;
  return mode === "dense"
    ? `${count(unembedded, "passage")} can’t be found by meaning ${until}.`
    : `${count(unembedded, "passage is", "passages are")} found by ${one ? "its" : "their"} words only ${until}.`;
}

function whatIsBetter(embedded: number): string {
  return `${count(embedded, "passage has", "passages have")} been embedded since this was asked.`;
}

/** How far to scroll a clamped text so that as many different marked words as possible are seen. */
function densest(text: HTMLElement): number {
  const marks = [...text.querySelectorAll("mark")];
  let best = { top: 0, words: 0 };
  for (const { offsetTop, offsetHeight } of marks) {
    const bottom = offsetTop + text.clientHeight - 2 * offsetHeight;
    const seen = marks.filter((mark) => mark.offsetTop >= offsetTop && mark.offsetTop <= bottom);
    const words = new Set(seen.map((mark) => mark.textContent.toLowerCase())).size;
    if (words > best.words) {
      best = { top: offsetTop - offsetHeight, words };
    }
  }
  return best.top;
}

customElements.define("ibid-hit-list", HitList);
