import type { Hit, HitCopy, HitTrace, ModelStatus, SearchMode, SearchResult } from "ibid";
import { css, html, nothing } from "lit";
import { guard } from "lit/directives/guard.js";
import type { Asked } from "../state/inquiry.js";
import { placeHref } from "../state/place.js";
import { shared } from "../styles.js";
import { count, decimals, likelihood, number } from "../text/format.js";
import { type PassagePart, passageStretches } from "../text/passage-parts.js";
import { whatRan, whyHit } from "./hit-trace.js";
import { OutcomeElement } from "./outcome-element.js";
import { frame, hasRows, placeLine } from "./passage-frame.js";
import { passagePart } from "./passage-part.js";
import { problemNote } from "./problem-note.js";

/** What a search found, with the reasons for its order. */
export class HitList extends OutcomeElement<SearchResult> {
  static override properties = {
    asked: { attribute: false },
    generation: { type: Number },
    backlog: { type: Number },
    modelReady: { type: Boolean },
    correction: { attribute: false },
    slides: { attribute: false },
    opened: { state: true },
  };
  declare asked: Asked;
  /** The collection's generation now. */
  declare generation: number;
  /** How many chunks have no vector now. */
  declare backlog: number;
  /** Whether the model is there now. */
  declare modelReady: boolean;
  /** What may have been meant instead of what was asked. */
  declare correction: string | undefined;
  /** The documents whose pages are slides. */
  declare slides: ReadonlySet<string>;
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
        content-visibility: auto; /* what is far below is laid out when it is scrolled to */
        contain-intrinsic-block-size: auto 16rem;
        overflow-clip-margin: 0.75rem; /* buttons and outlines stand out of it */
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
      .evidence {
        background: var(--best);
        box-shadow: 0 0 0 0.125em var(--best);
        box-decoration-break: clone;
        -webkit-box-decoration-break: clone;
        font-weight: inherit;
      }
      .evidence[data-rank="0"] {
        border-block-end: 2px solid var(--accent);
      }
      [data-likelihood="hardly"] .evidence {
        border: 0;
        background: none;
        box-shadow: none;
      }
      .meant {
        margin-block-start: 0.5rem;
        overflow-wrap: anywhere;
      }
      .meant button {
        min-height: 0;
        margin: 0;
        padding: 0;
      }
      @media (min-width: 40rem) {
        .head {
          display: grid;
          grid-template-columns: minmax(0, 1fr) auto;
          align-items: baseline;
          gap: 1.5rem;
        }
      }
      .relevance {
        display: flex;
        gap: 0.5rem;
        align-items: center;
        color: var(--quiet);
      }
      .relevance svg {
        width: 4.5rem;
        height: 0.375rem;
        border-radius: 3px;
        background: var(--rule);
      }
      .relevance rect {
        fill: var(--accent);
      }
      .copies {
        margin-block-start: 0.5rem;
        overflow-wrap: anywhere;
      }
      .foot {
        margin-block-start: 0.5rem;
        justify-content: space-between;
      }
      ul {
        margin-block-start: 0.25rem;
        color: var(--quiet);
        overflow-wrap: anywhere;
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
    this.slides = new Set();
  }

  protected override lengthOf({ hits }: SearchResult): number {
    return hits.length;
  }

  /** Told of the passages that are not shown in full after they are laid out, when measuring them costs nothing. */
  readonly #laidOut = new ResizeObserver((entries) =>
    showEvidence(entries.map(({ target }) => target as HTMLElement)),
  );

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    super.updated(changed);
    this.#laidOut.disconnect(); // what is observed anew is told of even where its size is the same
    for (const text of this.renderRoot.querySelectorAll(".clamped")) {
      this.#laidOut.observe(text);
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
    return html`${this.correction === undefined ? nothing : this.#didYouMean(this.correction)}
    ${
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
        html`<p class="note" data-testid="damaged">A passage of “<bdi>${document}</bdi>” can’t be shown: ${message}.
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

  #didYouMean(correction: string) {
    return html`<p class="meant" data-testid="did-you-mean">
      Did you mean: <button class="plain" data-testid="correction" @click=${() => this.#ask({ ...this.asked, question: correction })}>${correction}</button>
    </p>`;
  }

  #askAgain() {
    this.#ask(this.asked);
  }

  #ask(detail: Asked) {
    this.dispatchEvent(new CustomEvent<Asked>("ask", { detail }));
  }

  #whyNothing({ unembedded }: SearchResult): string {
    if (this.asked.mode === "lexical") {
      return "No passage holds a word of the question. Searching by meaning may find more.";
    }
    if (this.asked.filter !== undefined) {
      return "Nothing was found in the documents that the options leave.";
    }
    return unembedded > 0 ? "Nothing was found yet." : "Nothing was found. Are there documents?";
  }

  #hits({ hits, answerable, trace }: SearchResult) {
    return html`${
      answerable
        ? nothing
        : html`<p class="note" data-testid="unanswerable">
            <strong>Nothing in the documents seems to answer this.</strong> These are the nearest passages.
          </p>`
    }
      <details>
        <summary class="small">What the figures mean, and what was searched</summary>
        <p class="small">
          The bar is the <strong>relevance</strong>, how likely the passage has to do with the question. It can be compared
          between questions, and where it is half full or more something seems to answer. Words of the question are marked
          in whatever form they stand there, and the sentences that answer best, of all passages together, have a ground of their own; the best of a passage is underlined.
        </p>
        <p class="small">
          <strong>Meaning</strong> is the cosine between the embeddings of question and passage: 1 would be the same, 0 is
          unrelated. <strong>Words</strong> is the BM25 score: higher the more words of the question stand in the passage and
          the rarer they are in all documents. The <strong>score</strong> combines the two and orders this list; it can’t be
          compared between questions.
        </p>
        ${trace ? whatRan(trace) : nothing}
      </details>
      <ol data-testid="hits">
        ${hits
          .slice(0, this.shown)
          .map((hit, index) =>
            guard([hit, this.opened.has(hit), this.slides, this.asked], () =>
              this.#hit(hit, index + 1, trace?.hits[index]),
            ),
          )}
      </ol>`;
  }

  #hit(hit: Hit, rank: number, why: HitTrace | undefined) {
    const { document, title, chunk } = hit;
    const { start, end } = chunk;
    const full = this.opened.has(hit);
    const inRows = !full && hasRows(chunk.text);
    const shown = (part: PassagePart) => passagePart(part, inRows);
    return html`<li data-testid="hit" data-likelihood=${likelihood(hit.relevance)} data-document=${document} data-start=${start} data-end=${end}>
      <span class="rank" aria-label="Rank ${rank}">${rank}</span>
      <article>
        <div class="head">
          <h3><a data-testid="open-hit" href=${placeHref({ document, span: chunk })}>${title || document}</a></h3>
          ${relevance(hit.relevance)}
        </div>
        ${placeLine(chunk, this.slides.has(document))} ${frame(hit.passage.lead, "lead")}
        <p class="text ${full ? "" : "clamped"} ${inRows ? "rows" : ""}" data-testid="hit-text">${passageStretches(
          hit,
        ).map(({ rank, parts }) =>
          rank === undefined
            ? parts.map(shown)
            : html`<strong class="evidence" data-testid="evidence" data-rank=${rank}>${parts.map(shown)}</strong>`,
        )}</p>
        ${frame(hit.passage.tail, "tail")}
        ${hit.copies.length > 0 ? copies(hit) : nothing}
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

/** Scrolls passages to the best of their evidence, with a line before it. Whatever is measured is measured before anything changes. */
function showEvidence(texts: readonly HTMLElement[]): void {
  const tops = texts.map((text) => {
    const best = text.querySelector<HTMLElement>('.evidence[data-rank="0"]');
    return (best?.offsetTop ?? 0) - text.clientHeight / 5;
  });
  for (const [at, text] of texts.entries()) {
    text.scrollTop = tops[at] ?? 0;
  }
  const hidden = texts.map(({ scrollTop, clientHeight, scrollHeight }) => ({
    above: scrollTop > 0,
    below: scrollTop + clientHeight < scrollHeight - 1,
  }));
  for (const [at, text] of texts.entries()) {
    text.toggleAttribute("data-above", hidden[at]?.above);
    text.toggleAttribute("data-below", hidden[at]?.below);
  }
}

/** Why passages were found by their words only. */
const WITHOUT_MODEL: Record<Exclude<ModelStatus, "ready">, string> = {
  loading: "Found by words only: the embedding model was not there yet.",
  failed: "Found by words only: the embedding model is not here.",
  deferred: "Found by words only: the embedding model hasn’t been fetched yet.",
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

/** A figure between 0 and 1 as a bar and in a word. */
function relevance(value: number) {
  const percent = Math.round(100 * value);
  return html`<p class="relevance small" data-testid="relevance">
    <svg
      viewBox="0 0 100 8"
      preserveAspectRatio="none"
      role="meter"
      aria-label="Relevance"
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${percent}
    >
      <rect width=${percent} height="8" />
    </svg>
    ${likelihood(value)} relevant
  </p>`;
}

/** How many copies are named at once. */
const FEW = 3;

function copies({ document, copies }: Hit) {
  const shown = copies.length === FEW + 1 ? FEW + 1 : FEW;
  const rest = copies.length - shown;
  const links = (list: readonly HitCopy[]) =>
    list.map((copy, at) => html`${at > 0 ? ", " : ""}${copyLink(document, copy)}`);
  return html`<div class="copies small" data-testid="copies">
    <p>Also in ${links(copies.slice(0, shown))}</p>
    ${
      rest > 0
        ? html`<details>
            <summary>and in ${count(rest, "other place")}</summary>
            <p>${links(copies.slice(shown))}</p>
          </details>`
        : nothing
    }
  </div>`;
}

function copyLink(original: string, { document, title, chunk }: HitCopy) {
  const where = chunk.section.at(-1) ?? (chunk.page === undefined ? undefined : `page ${number(chunk.page)}`);
  const place = document === original && where !== undefined ? `, ${where}` : "";
  return html`<a data-testid="copy" href=${placeHref({ document, span: chunk })}>${title || document}${place}</a>`;
}

customElements.define("ibid-hit-list", HitList);
