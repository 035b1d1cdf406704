import type { Citation, ExtractiveAnswer, Recorded } from "ibid";
import { css, html, nothing } from "lit";
import { placeHref } from "../state/place.js";
import { announce } from "../state/status.js";
import { shared } from "../styles.js";
import { copyText } from "../text/copy.js";
import { answerWithSources, type Statement, statementsByDocument, tableRows } from "../text/statements.js";
import { inline } from "./inline.js";
import { OutcomeElement } from "./outcome-element.js";
import { placeLine } from "./passage-frame.js";
import { problemNote } from "./problem-note.js";
import { recordNote } from "./record-note.js";

/** An answer of sentences of the documents. */
export class AnswerView extends OutcomeElement<ExtractiveAnswer & Recorded> {
  static override properties = {
    slides: { attribute: false },
    copied: { state: true },
  };
  /** The documents whose pages are slides. */
  declare slides: ReadonlySet<string>;
  declare copied: "" | "copied" | "failed";

  static override styles = [
    shared,
    css`
      .answer {
        padding: 1rem 1.125rem;
        border: 1px solid var(--rule);
        border-radius: 6px;
        background: var(--sheet);
      }
      .note {
        margin-block-end: 0.75rem;
      }
      article + article {
        margin-block-start: 1rem;
        padding-block-start: 1rem;
        border-block-start: 1px solid var(--rule);
      }
      h3 {
        overflow-wrap: anywhere;
      }
      .statement {
        margin-block-start: 0.5rem;
      }
      .section {
        margin-block-end: 0.125rem;
      }
      .words {
        max-width: 44rem;
        font: 1.125rem/1.55 var(--serif);
        overflow-wrap: anywhere;
      }
      .before {
        color: var(--quiet);
        white-space: pre-line;
      }
      .mark {
        padding: 0.25rem 0.1875rem;
        font: 600 0.9375rem/1 var(--sans);
        white-space: nowrap;
      }
      .wide {
        overflow-x: auto;
      }
      table {
        border-collapse: collapse;
        font: 1rem/1.45 var(--serif);
      }
      th,
      td {
        padding: 0.25rem 1rem 0.25rem 0;
        border-block-end: 1px solid var(--rule);
        text-align: start;
        vertical-align: top;
      }
      th {
        color: var(--quiet);
        font: 600 0.875rem/1.4 var(--sans);
      }
      .foot {
        justify-content: space-between;
        margin-block-start: 0.75rem;
      }
      .foot p {
        flex: 1 1 14rem;
      }
    `,
  ];

  constructor() {
    super();
    this.copied = "";
    this.slides = new Set();
  }

  /** It is drawn as a whole. */
  protected override lengthOf(): number {
    return 0;
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    super.willUpdate(changed);
    if (changed.has("outcome")) {
      this.copied = "";
    }
  }

  protected override render() {
    const { outcome } = this;
    if (outcome.state === "running") {
      return html`<p class="quiet">Looking for the sentences that answer …</p>`;
    }
    if (outcome.state === "failed") {
      return problemNote(outcome.problem);
    }
    const answer = outcome.value;
    return answer.citations.length === 0
      ? html`<p class="note" data-testid="no-answer">
          <strong>Nothing in your documents seems to answer this.</strong> ${recordNote(answer.record)}
        </p>`
      : this.#answer(answer);
  }

  #answer(answer: ExtractiveAnswer & Recorded) {
    return html`<div class="answer" data-testid="answer">
      ${
        answer.answerable
          ? nothing
          : html`<p class="note small" data-testid="answer-unlikely">
              These are the nearest sentences; whether they answer the question is not certain.
            </p>`
      }
      ${statementsByDocument(answer).map(
        ({ document, title, statements }) =>
          html`<article data-testid="answer-document" data-document=${document}>
            <h3>${title}</h3>
            ${statements.map((statement, at) => this.#statement(statement, statements[at - 1]?.citation))}
          </article>`,
      )}
      <div class="row foot">
        <p class="quiet small">
          Word for word from your documents. Every number opens the place. ${recordNote(answer.record)}
        </p>
        <button data-testid="copy-answer" @click=${() => this.#copy(answer)}>
          ${{ "": "Copy the answer", copied: "Copied", failed: "Copying failed" }[this.copied]}
        </button>
      </div>
    </div>`;
  }

  /** @param before the one above it in the same document: what both need is said once */
  #statement({ citation, text }: Statement, before: Citation | undefined) {
    const isSamePlace = before !== undefined && placeOf(before) === placeOf(citation);
    return html`<div class="statement" data-testid="statement">
      ${isSamePlace ? nothing : placeLine(citation, this.slides.has(citation.document))}
      ${this.#words(citation, text, before?.lead === citation.lead)}
    </div>`;
  }

  #words(citation: Citation, text: string, isLeadSaid: boolean) {
    const table = tableRows(citation);
    if (table === undefined) {
      const lead = isLeadSaid ? "" : citation.lead.trim();
      return html`${lead === "" ? nothing : html`<p class="words before">${inline(lead)}</p>`}
        <p class="words"><span data-testid="statement-text">${inline(text)}</span> ${mark(citation)}</p>`;
    }
    const { before, head, rows } = table;
    return html`${before === "" || isLeadSaid ? nothing : html`<p class="words before">${inline(before)}</p>`}
      <div class="wide" role="region" tabindex="0" aria-label="Rows of a table of source ${citation.number}">
        <table data-testid="answer-rows">
          ${
            head.length > 0
              ? html`<thead><tr>${head.map((cell) => html`<th scope="col">${inline(cell)}</th>`)}</tr></thead>`
              : nothing
          }
          <tbody>
            ${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${inline(cell)}</td>`)}</tr>`)}
          </tbody>
        </table>
      </div>
      <p>${mark(citation)}</p>`;
  }

  async #copy(answer: ExtractiveAnswer) {
    const copied = await copyText(answerWithSources(answer));
    this.copied = copied ? "copied" : "failed";
    announce(
      copied ? "The answer is copied." : "The answer could not be copied; select it and copy it by hand.",
    );
  }
}

function mark(citation: Citation) {
  const { number, document, title } = citation;
  return html`<a
    class="mark"
    data-testid="answer-mark"
    href=${placeHref({ document, span: citation })}
    aria-label="Open source ${number}: ${title || document}"
    >[${number}]</a
  >`;
}

function placeOf({ page, section }: Citation): string {
  return JSON.stringify([page, section]);
}

customElements.define("ibid-answer-view", AnswerView);
