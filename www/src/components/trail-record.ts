import type { Citation, Replay, RetrievedHit, TrailRecord } from "ibid";
import { css, html, LitElement, nothing } from "lit";
import type { Outcome } from "../state/inquiry.js";
import { placeHref } from "../state/place.js";
import { shared } from "../styles.js";
import { decimals, likelihood, number } from "../text/format.js";
import { hashBefore, replayWords, scoreChange } from "../text/trail.js";
import { inline } from "./inline.js";
import { problemNote } from "./problem-note.js";
import "./verdict-list.js";

/** A record of the trail: what was asked, what was found, what was answered, and what became of each sentence. */
export class TrailRecordView extends LitElement {
  static override properties = {
    record: { attribute: false },
    titles: { attribute: false },
    replayed: { attribute: false },
  };
  declare record: TrailRecord;
  /** Titles of the documents that are there now, by their ids. */
  declare titles: ReadonlyMap<string, string>;
  /** What came of searching again; absent until that is asked for. */
  declare replayed: Outcome<Replay> | undefined;

  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 1.25rem;
        padding-block: 0.75rem 1.25rem;
      }
      h4 {
        margin-block: 0 0.375rem;
        font: 600 0.9375rem/1.4 var(--sans);
      }
      .answer {
        max-width: 44rem;
        font: 1.0625rem/1.55 var(--serif);
        white-space: pre-line;
        overflow-wrap: anywhere;
      }
      .hits li {
        display: flex;
        flex-wrap: wrap;
        gap: 0.125rem 0.75rem;
        padding-block: 0.25rem;
        border-block-end: 1px solid var(--rule);
        overflow-wrap: anywhere;
      }
      .hits .rank {
        min-width: 1.25rem;
        color: var(--quiet);
        font-variant-numeric: tabular-nums;
      }
      .hits .title {
        flex: 1 1 12rem;
        font-family: var(--serif);
        font-size: 1rem;
      }
      blockquote {
        flex: 0 0 100%;
        padding-inline: 2rem max(0rem, 100% - 46rem);
        color: var(--quiet);
        font: 0.9375rem/1.45 var(--serif);
        white-space: pre-line;
      }
      dl {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 0.125rem 1rem;
      }
      dt {
        color: var(--quiet);
      }
      dd {
        overflow-wrap: anywhere;
      }
      .message {
        margin-block-start: 0.5rem;
        padding: 0.625rem 0.75rem;
        border: 1px solid var(--rule);
        background: var(--sheet);
        font: 0.8125rem/1.5 var(--mono);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .same {
        border-color: var(--supported);
        background: var(--supported-wash);
      }
      .differs {
        border-color: var(--not-found);
        background: var(--not-found-wash);
      }
      .note li + li {
        margin-block-start: 0.25rem;
      }
      .hash {
        font: 0.8125rem/1.5 var(--mono);
      }
    `,
  ];

  protected override render() {
    return html`${this.#replayed()} ${this.#answer()} ${this.#retrieved()} ${this.#documents()} ${this.#prompt()}
      <dl class="small">
        <dt>Record</dt>
        <dd>${number(this.record.number)}</dd>
        <dt>Hash of the one before</dt>
        <dd class="hash">${hashBefore(this.record) ?? "none: this is the first"}</dd>
      </dl>`;
  }

  #title(id: string): string {
    return this.titles.get(id) ?? id;
  }

  #answer() {
    const { answer, verification } = this.record;
    return html`<section aria-label="Answer" data-testid="record-answer">
      <h4>Answer</h4>
      ${
        answer.text.trim() === ""
          ? html`<p class="quiet">None: nothing in the documents seemed to answer.</p>`
          : verification === undefined
            ? html`<p class="answer">${answer.text.replaceAll("**", "")}</p>`
            : html`<ibid-verdict-list
                .answer=${answer.text}
                .sentences=${verification.sentences}
                .sources=${verification.sources}
              ></ibid-verdict-list>`
      }
      ${verification === undefined ? this.#cited() : nothing}
    </section>`;
  }

  /** The places that an answer of sentences has its words from. */
  #cited() {
    const citations = this.record.answer.citations ?? [];
    return citations.length === 0
      ? nothing
      : html`<ol class="hits small" data-testid="record-citations">
          ${citations.map(
            (citation) =>
              html`<li>
                <span class="rank">[${citation.number}]</span>
                <span class="title">${this.#place(citation)}</span>
                ${quote(citation)}
              </li>`,
          )}
        </ol>`;
  }

  /** A link to where it stands, as long as the document is there. */
  #place({ document, start, end }: Pick<RetrievedHit, "document" | "start" | "end">) {
    return this.titles.has(document)
      ? html`<a href=${placeHref({ document, span: { start, end } })}>${this.#title(document)}</a>`
      : html`${document} <span class="quiet">(no longer there)</span>`;
  }

  #retrieved() {
    const { retrieval } = this.record;
    if (retrieval === undefined) {
      return nothing;
    }
    const { hits, query, generation, unembedded } = retrieval;
    const isOther = query.trim() !== this.record.question.trim();
    const missing = unembedded > 0 ? ` ${number(unembedded)} were not embedded yet.` : "";
    return html`<section aria-label="What was found" data-testid="record-retrieved">
      <h4>What was found</h4>
      <p class="quiet small">
        ${isOther ? html`Searched for “${query}” in ` : "In "}generation ${number(generation)} of the documents.${missing}
      </p>
      ${
        hits.length === 0
          ? html`<p>Nothing.</p>`
          : html`<ol class="hits small">
              ${hits.map(
                (hit, at) =>
                  html`<li data-testid="record-hit">
                    <span class="rank">${at + 1}</span>
                    <span class="title">${this.#place(hit)}</span>
                    <span class="quiet">${likelihood(hit.relevance)} relevant, score ${decimals(hit.score, 3)}</span>
                    ${this.#quotesOf(hit)}
                  </li>`,
              )}
            </ol>`
      }
    </section>`;
  }

  /** What was quoted of a passage, in the words of then. */
  #quotesOf({ document, start, end }: RetrievedHit) {
    const { prompt, answer } = this.record;
    return (prompt?.citations ?? answer.citations ?? [])
      .filter((it) => it.document === document && start <= it.start && it.end <= end)
      .map(quote);
  }

  #documents() {
    const { added, replaced, removed, omitted } = this.record.documents;
    const versions = [
      ["Added", added.map(({ id }) => id)],
      ["Replaced", replaced.map(({ id }) => id)],
      ["Removed", removed],
    ] as const;
    const changed = versions.filter(([, ids]) => ids.length > 0);
    return html`<section aria-label="Documents" data-testid="record-documents">
      <h4>Documents, since the record before</h4>
      ${
        changed.length === 0
          ? html`<p class="small">None was added, replaced or removed.</p>`
          : html`<dl class="small">
              ${changed.map(([what, ids]) => html`<dt>${what}</dt><dd>${ids.map((id) => this.#title(id)).join(", ")}</dd>`)}
            </dl>`
      }
      ${omitted > 0 ? html`<p class="small">And ${number(omitted)} more.</p>` : nothing}
    </section>`;
  }

  #prompt() {
    const { prompt } = this.record;
    return prompt === undefined
      ? nothing
      : html`<details data-testid="record-prompt">
          <summary class="small">The prompt</summary>
          ${prompt.messages.map(
            ({ role, content }) =>
              html`<div class="message" role="group" aria-label="Message: ${role}"><strong>${role}</strong>${"\n"}${content}</div>`,
          )}
        </details>`;
  }

  #replayed() {
    const { replayed, record } = this;
    if (replayed === undefined) {
      return nothing;
    }
    if (replayed.state === "running") {
      return html`<p class="quiet" data-testid="replaying">Searching again …</p>`;
    }
    if (replayed.state === "failed") {
      return problemNote(replayed.problem);
    }
    const { identical, differences } = replayed.value;
    const words = replayWords(replayed.value, record.retrieval?.hits.length ?? 0, (id) => this.#title(id));
    return html`<div class="note ${identical ? "same" : "differs"}" data-testid="replayed">
      ${words.map((each) => html`<p>${each}</p>`)}
      ${
        differences.length === 0
          ? nothing
          : html`<details>
              <summary class="small">What differs</summary>
              <ul class="small">
                ${differences.map((difference) => this.#difference(difference))}
              </ul>
            </details>`
      }
    </div>`;
  }

  #difference(difference: Replay["differences"][number]) {
    const { place, then, now } = difference;
    // Figures that differ little are given whole.
    const change = scoreChange(difference);
    const figure = change !== undefined && change < 0.001 ? String : (value: number) => decimals(value, 3);
    return html`<li data-testid="replay-difference">
      Place ${number(place)}: then ${this.#found(then, figure)}, now ${this.#found(now, figure)}
    </li>`;
  }

  #found(hit: RetrievedHit | undefined, figure: (value: number) => string) {
    return hit === undefined
      ? "nothing"
      : html`${this.#place(hit)} with score ${figure(hit.score)}, relevance ${figure(hit.relevance)}`;
  }
}

function quote(citation: Citation) {
  return html`<blockquote>${inline(citation.quote)}</blockquote>`;
}

customElements.define("ibid-trail-record", TrailRecordView);
