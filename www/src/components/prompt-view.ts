import type { Citation, Prompt } from "ibid";
import { css, html, nothing } from "lit";
import { guard } from "lit/directives/guard.js";
import type { Asked } from "../state/inquiry.js";
import { placeHref } from "../state/place.js";
import { announce } from "../state/status.js";
import { shared } from "../styles.js";
import { copyText } from "../text/copy.js";
import { count, number } from "../text/format.js";
import { quotationParts } from "../text/passage-parts.js";
import { promptParts } from "../text/prompt-parts.js";
import { OutcomeElement } from "./outcome-element.js";
import { frame, hasRows, placeLine } from "./passage-frame.js";
import { passagePart } from "./passage-part.js";
import { problemNote } from "./problem-note.js";

const SPEAKERS = { system: "System", user: "User", assistant: "Model" };

/** The cited prompt for a question: its messages, and the sources that its numbers refer to. */
export class PromptView extends OutcomeElement<Prompt> {
  static override properties = {
    asked: { attribute: false },
    slides: { attribute: false },
    copied: { state: true },
  };
  declare asked: Asked;
  /** The documents whose pages are slides. */
  declare slides: ReadonlySet<string>;
  declare copied: "" | "copied" | "failed";
  protected override readonly atOnce = 3;

  static override styles = [
    shared,
    css`
      .note {
        margin-block: 0.5rem;
      }
      .bar {
        justify-content: space-between;
        margin-block-start: 0.25rem;
      }
      .message,
      li {
        content-visibility: auto; /* what is far below is laid out when it is scrolled to */
        overflow-clip-margin: 0.5rem;
      }
      .message {
        contain-intrinsic-block-size: auto 26rem;
        max-height: 26rem;
        margin-block-start: 0.25rem;
        padding: 0.875rem 1rem;
        border: 1px solid var(--rule);
        border-radius: 6px;
        background: var(--sheet);
        font: 0.9375rem/1.6 var(--serif);
        white-space: pre-wrap;
        overflow: auto;
        overflow-wrap: anywhere;
      }
      h4 {
        margin-block-start: 0.875rem;
        color: var(--quiet);
        font: 600 0.875rem/1.4 var(--sans);
      }
      .marker {
        font: 600 0.9375rem var(--sans);
      }
      h3 {
        margin-block-start: 1.5rem;
      }
      li {
        contain-intrinsic-block-size: auto 8rem;
        display: grid;
        grid-template-columns: 2.25rem minmax(0, 1fr);
        padding-block: 0.75rem;
        border-block-end: 1px solid var(--rule);
        cursor: pointer;
      }
      li:hover {
        background: var(--wash);
      }
      .number {
        color: var(--quiet);
        font-weight: 600;
        font-variant-numeric: tabular-nums;
      }
      .source {
        font: 1.0625rem/1.35 var(--serif);
        overflow-wrap: anywhere;
      }
      blockquote {
        display: -webkit-box;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 3;
        overflow: hidden;
        margin-block-start: 0.25rem;
        font: 0.9375rem/1.5 var(--serif);
        overflow-wrap: anywhere;
      }
    `,
  ];

  constructor() {
    super();
    this.copied = "";
    this.slides = new Set();
  }

  /** Sources are drawn one by one. */
  protected override lengthOf({ citations }: Prompt): number {
    return citations.length;
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
      return html`<p class="quiet">Building the prompt …</p>`;
    }
    if (outcome.state === "failed") {
      return problemNote(outcome.problem);
    }
    return html`<div data-testid="prompt">
      ${this.#bar(outcome.value)}
      ${outcome.value.messages.map(
        ({ role, content }) => html`<h4 id="speaker-${role}">${SPEAKERS[role]}</h4>
          <div class="message" role="region" tabindex="0" aria-labelledby="speaker-${role}" data-testid="message" data-role=${role}>${
            role === "user" ? guard([outcome], () => markedMessage(content, outcome.value)) : content
          }</div>`,
      )}
      ${outcome.value.citations.length > 0 ? this.#citations(outcome.value.citations) : nothing}
    </div>`;
  }

  #bar(prompt: Prompt) {
    const { tokens, dropped, answerable, citations } = prompt;
    const omitted = dropped.filter(({ reason }) => reason === "budget").length;
    return html`${
      answerable || citations.length > 0
        ? nothing
        : html`<p class="note row" data-testid="abstains">
            Nothing seems to answer, so nothing is quoted and the prompt says so.
            <button class="plain" data-testid="quote-anyway" @click=${this.#quote}>Quote the nearest passages all the same</button>
          </p>`
    }<div class="row bar">
      <p class="quiet small" data-testid="prompt-tokens">
        ${number(tokens)} of ${count(this.asked.budget, "token")}${
          omitted > 0 ? `; ${count(omitted, "source")} more had no room` : ""
        }
      </p>
      <button data-testid="copy-prompt" @click=${() => this.#copy(prompt)}>
        ${{ "": "Copy the prompt", copied: "Copied", failed: "Copying failed" }[this.copied]}
      </button>
    </div>`;
  }

  #citations(citations: readonly Citation[]) {
    return html`<h3>Sources</h3>
      <ol data-testid="citations">
        ${citations
          .slice(0, this.shown)
          .map((citation) => guard([citation, this.slides], () => this.#citation(citation)))}
      </ol>`;
  }

  #citation(citation: Citation) {
    const { number, document, title, quote } = citation;
    const href = placeHref({ document, span: citation });
    return html`<li
      data-testid="citation"
      data-number=${number}
      data-document=${document}
      data-start=${citation.start}
      data-end=${citation.end}
      @click=${(event: Event) => openUnlessSelecting(event, href)}
    >
      <span class="number">[${number}]</span>
      <div>
        <a class="source" href=${href} aria-label="Source ${number}: ${title || document}">${title || document}</a>
        ${placeLine(citation, this.slides.has(document))} ${frame(citation.lead, "lead")}
        <blockquote class=${hasRows(quote) ? "rows" : ""} data-testid="quote">${quotationParts(quote).map((part) => passagePart(part, hasRows(quote)))}</blockquote>
      </div>
    </li>`;
  }

  #quote() {
    this.dispatchEvent(new Event("quote"));
  }

  async #copy({ messages }: Prompt) {
    const copied = await copyText(messages.map(({ content }) => content).join("\n\n"));
    this.copied = copied ? "copied" : "failed";
    announce(
      copied ? "The prompt is copied." : "The prompt could not be copied; select it and copy it by hand.",
    );
  }
}

function markedMessage(content: string, { citations, boundary }: Prompt) {
  return promptParts(content, citations, boundary).map(({ text, citation }) =>
    citation === undefined
      ? text
      : html`<a
          class="marker"
          data-testid="marker"
          href=${placeHref({ document: citation.document, span: citation })}
          aria-label="Open source ${citation.number}"
          >${text}</a
        >`,
  );
}

/** A click anywhere on a source opens it, but not one that ends the selecting of its text. */
function openUnlessSelecting(event: Event, href: string): void {
  const link = event.composedPath().some((target) => target instanceof HTMLAnchorElement);
  if (!link && (getSelection()?.isCollapsed ?? true)) {
    location.hash = href;
  }
}

customElements.define("ibid-prompt-view", PromptView);
