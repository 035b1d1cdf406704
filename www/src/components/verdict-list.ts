import type { Difference, SentenceVerdict, VerdictEvidence, VerifiedQuotation, VerifiedSource } from "ibid";
import { css, html, LitElement, nothing } from "lit";
import { placeHref } from "../state/place.js";
import { shared, tones } from "../styles.js";
import { answerParts, sentenceParts, VERDICTS, verdictSummary, wordsBetween } from "../text/verdicts.js";
import { inline } from "./inline.js";
import { hasRows } from "./passage-frame.js";

/** The sentences of an answer, each with its verdict and what that rests on. */
export class VerdictList extends LitElement {
  static override properties = {
    answer: { attribute: false },
    sentences: { attribute: false },
    sources: { attribute: false },
    growing: { type: Boolean },
    opened: { state: true },
  };
  declare answer: string;
  declare sentences: readonly SentenceVerdict[];
  /** What the verdicts name by number; nothing while the answer is being written. */
  declare sources: readonly VerifiedSource[];
  /** Whether the answer goes on, and what has no verdict may get one. */
  declare growing: boolean;
  /** The places of the sentences that are shown with their reasons. */
  declare opened: ReadonlySet<number>;

  static override styles = [
    shared,
    tones,
    css`
      .bar {
        justify-content: space-between;
      }
      .summary {
        font-weight: 600;
      }
      ol {
        display: grid;
        gap: 0.375rem;
        margin-block-start: 0.5rem;
      }
      .between {
        padding-inline: 1.125rem;
        color: var(--quiet);
        font: 1rem/1.5 var(--serif);
        white-space: pre-line;
        overflow-wrap: anywhere;
      }
      .sentence {
        border-inline-start: 4px solid var(--tone);
        border-radius: 3px;
        background: var(--tone-wash);
      }
      .sentence summary {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 1rem;
        gap: 0.125rem 0.75rem;
        width: auto;
        padding: 0.5rem 0.75rem;
        color: var(--ink);
        list-style: none;
      }
      summary::-webkit-details-marker {
        display: none;
      }
      summary::after {
        content: "";
        grid-area: 1 / 2;
        align-self: center;
        justify-self: center;
        width: 0.5rem;
        height: 0.5rem;
        border: solid var(--quiet);
        border-width: 0 2px 2px 0;
        transform: translateY(-25%) rotate(45deg);
      }
      details[open] > summary::after {
        transform: translateY(25%) rotate(225deg);
      }
      .verdict {
        color: var(--tone);
        font-size: 0.875rem;
        font-weight: 600;
        white-space: nowrap;
      }
      .sign {
        display: inline-block;
        min-width: 1.125rem;
      }
      .said {
        grid-column: 1;
        font: 1.0625rem/1.5 var(--serif);
        overflow-wrap: anywhere;
      }
      @media (min-width: 40rem) {
        .sentence summary {
          grid-template-columns: 10.5rem minmax(0, 1fr) 1rem;
          align-items: baseline;
        }
        summary::after {
          grid-area: 1 / 3;
        }
        .said {
          grid-column: 2;
        }
      }
      .why {
        display: grid;
        gap: 0.625rem;
        padding: 0.125rem 0.75rem 0.75rem;
        overflow-wrap: anywhere;
      }
      @media (min-width: 40rem) {
      }
      @media (min-width: 40rem) {
        .why {
          padding-inline-start: 12rem; /* below the sentence */
        }
      }
      .differs,
      .unsupported {
        background: none;
        color: inherit;
        text-decoration: underline 2px var(--tone);
        text-underline-offset: 0.2em;
        text-decoration-skip-ink: none;
      }
      .differs {
        font-weight: 600;
      }
      .unsupported {
        text-decoration-style: dotted;
      }
      dl {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 0.125rem 0.75rem;
      }
      dt {
        color: var(--quiet);
        font-size: 0.875rem;
        line-height: 1.7;
      }
      dd {
        font: 1rem/1.5 var(--serif);
      }
      dd {
        font-weight: 600;
      }
      .claimed {
        color: var(--tone);
      }
      ins {
        font-weight: 600;
        text-decoration: underline 2px var(--tone);
        text-underline-offset: 0.2em;
      }
      del {
        text-decoration: line-through 2px var(--tone);
      }
      blockquote {
        padding-inline-start: 0.75rem;
        border-inline-start: 2px solid var(--edge);
        font: 1rem/1.5 var(--serif);
        white-space: pre-line;
      }
      figcaption {
        margin-block-start: 0.125rem;
        font-size: 0.875rem;
      }
    `,
  ];

  constructor() {
    super();
    this.answer = "";
    this.sentences = [];
    this.sources = [];
    this.growing = false;
    this.opened = new Set();
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    const before = changed.get("answer");
    if (typeof before === "string" && !this.answer.startsWith(before)) {
      this.opened = new Set(); // another answer
    }
  }

  protected override render() {
    let place = -1;
    return html`<div class="row bar">
        <p class="summary" data-testid="verdict-summary">${this.#summary()}</p>
        ${this.sentences.length > 0 && !this.growing ? this.#openAll() : nothing}
      </div>
      <ol aria-label="Sentences of the answer" data-testid="verdicts">
        ${answerParts(this.answer, this.sentences).map(({ text, verdict }) => {
          if (verdict === undefined) {
            return html`<li class="between" data-testid="unjudged">${unmarked(wordsBetween(text))}</li>`;
          }
          place += 1;
          return this.#sentence(text, verdict, place);
        })}
      </ol>`;
  }

  #summary() {
    return this.growing && this.sentences.length === 0 ? "" : verdictSummary(this.sentences);
  }

  #openAll() {
    const all = this.sentences.length;
    const areOpen = this.opened.size === all;
    return html`<button
      class="plain small"
      data-testid="open-verdicts"
      aria-expanded=${areOpen ? "true" : "false"}
      @click=${() => {
        this.opened = new Set(areOpen ? [] : Array.from({ length: all }, (_, at) => at));
      }}
    >
      ${areOpen ? "Hide the evidence" : "Show all the evidence"}
    </button>`;
  }

  #sentence(text: string, verdict: SentenceVerdict, place: number) {
    const { word, sign } = VERDICTS[verdict.verdict];
    const isOpen = this.opened.has(place);
    return html`<li class="sentence" data-testid="sentence" data-verdict=${verdict.verdict}>
      <details
        .open=${isOpen}
        @toggle=${(event: Event) => this.#toggled(place, (event.currentTarget as HTMLDetailsElement).open)}
      >
        <summary>
          <span class="verdict"><span class="sign" aria-hidden="true">${sign}</span> <span data-testid="verdict">${word}</span></span>
          <span class="said">${sentenceParts(text, verdict).map(({ text, kind }) =>
            kind === undefined ? unmarked(text) : html`<mark class=${kind}>${unmarked(text)}</mark>`,
          )}</span>
        </summary>
        ${isOpen ? this.#why(verdict) : nothing}
      </details>
    </li>`;
  }

  #toggled(place: number, isOpen: boolean) {
    if (isOpen !== this.opened.has(place)) {
      const opened = new Set(this.opened);
      isOpen ? opened.add(place) : opened.delete(place);
      this.opened = opened;
    }
  }

  #why(verdict: SentenceVerdict) {
    const { quotation, differences, evidence, suggested } = verdict;
    return html`<div class="why">
      <p data-testid="reason">${verdict.reason === "" ? VERDICTS[verdict.verdict].meaning : verdict.reason}</p>
      ${differences.map((difference) => this.#difference(difference))}
      ${quotation?.found === "altered" ? this.#quotation(quotation) : nothing}
      ${evidence.map((found) => this.#evidence(found))}
      ${suggested.length > 0 ? this.#suggestion(suggested) : nothing}
    </div>`;
  }

  #difference({ claimed, found }: Difference) {
    return html`<dl data-testid="difference">
      <dt>The answer says</dt>
      <dd class="claimed">${claimed}</dd>
      <dt>${this.#link(found, `Source ${found.source} says`)}</dt>
      <dd>${found.text}</dd>
    </dl>`;
  }

  #quotation({ changes, original }: VerifiedQuotation) {
    return html`<figure data-testid="altered">
      <blockquote>${changes.map(({ kind, text }, at) => {
        const space = at > 0 ? " " : "";
        return kind === "same"
          ? html`${space}${text}`
          : kind === "removed"
            ? html`${space}<del>${text}</del>`
            : html`${space}<ins>${text}</ins>`;
      })}</blockquote>
      <figcaption class="quiet">
        Struck out: what the source has and the quotation lacks. Underlined: what the answer put there.
        ${original ? this.#link(original, "Open the original words") : nothing}
      </figcaption>
    </figure>`;
  }

  #evidence(evidence: VerdictEvidence) {
    const { text } = evidence;
    const title = this.#titleOf(evidence.source);
    return html`<figure data-testid="verdict-evidence">
      <blockquote data-rows=${hasRows(text) ? "" : nothing}>${inline(text)}</blockquote>
      <figcaption>
        <span class="quiet">[${evidence.source}]</span>
        ${this.#link(evidence, title === "" ? `Source ${evidence.source}` : title)}
      </figcaption>
    </figure>`;
  }

  /** Marks that the answer could have, or documents that it could name. */
  #suggestion(suggested: readonly number[]) {
    const citable = suggested.filter((number) => this.#source(number)?.citable ?? true);
    const numbers = citable.length > 0 ? citable : suggested;
    const marks = numbers.map((number, at) => {
      const source = this.#source(number);
      const title = this.#titleOf(number);
      const name = source?.citable === false && title !== "" ? `“${title}”` : `[${number}]`;
      return html`${at > 0 ? " or " : ""}<strong>${name}</strong>`;
    });
    return html`<p data-testid="suggestion">${citable.length > 0 ? "The mark to use" : "The source to name"}: ${marks}</p>`;
  }

  #source(number: number): VerifiedSource | undefined {
    return this.sources[number - 1];
  }

  #titleOf(number: number): string {
    const source = this.#source(number);
    return source?.title || source?.document || "";
  }

  /** To the very words in their document, or else to the source that they stand around. */
  #link({ source: number, start, end }: VerdictEvidence, words: string) {
    const source = this.#source(number);
    if (source === undefined || source.document === "") {
      return words;
    }
    const span =
      start === undefined || end === undefined ? { start: source.start, end: source.end } : { start, end };
    return html`<a data-testid="evidence-link" href=${placeHref({ document: source.document, span })}>${words}</a>`;
  }
}

/** Without emphasis, whose beginning and end may lie in different parts. */
function unmarked(text: string): string {
  return text.replaceAll("**", "");
}

customElements.define("ibid-verdict-list", VerdictList);
