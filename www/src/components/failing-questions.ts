import type { SearchResult } from "ibid";
import { css, html, LitElement, nothing } from "lit";
import { type Outcome, outcome } from "../state/inquiry.js";
import type { Library } from "../state/library.js";
import { placeHref } from "../state/place.js";
import { shared } from "../styles.js";
import { type Failure, knownItem } from "../text/evaluation.js";
import { decimals, likelihood } from "../text/format.js";
import type { SearchSetting } from "../text/settings.js";
import { searchOptions } from "../text/settings.js";
import { wordsBetween } from "../text/verdicts.js";
import { problemNote } from "./problem-note.js";

/** How many passages are shown of what a question finds, and how much of each, in UTF-16 code units. */
const SHOWN = 3;
const EXCERPT = 240;

/** Questions that a setting does badly on; opened, each is searched again to show what it finds. */
export class FailingQuestions extends LitElement {
  static override properties = {
    library: { attribute: false },
    failures: { attribute: false },
    setting: { attribute: false },
    label: {},
    titles: { attribute: false },
    areKnownItems: { type: Boolean },
    found: { state: true },
  };
  declare library: Library;
  declare failures: readonly Failure[];
  declare setting: SearchSetting;
  /** What the value beside each question is. */
  declare label: string;
  /** Titles of documents by their ids. */
  declare titles: ReadonlyMap<string, string>;
  /** Whether the questions are made of sentences, and their ids say which. */
  declare areKnownItems: boolean;
  /** What the questions find that were opened, by their ids. */
  declare found: ReadonlyMap<string, Outcome<SearchResult>>;
  #searched: SearchSetting | undefined;

  static override styles = [
    shared,
    css`
      li.failing {
        border-block-end: 1px solid var(--rule);
      }
      .failing summary {
        display: grid;
        grid-template-columns: minmax(0, 1fr) max-content;
        gap: 0.25rem 1rem;
        width: auto;
        padding-block: 0.5rem;
        color: var(--ink);
        list-style: none;
      }
      summary::-webkit-details-marker {
        display: none;
      }
      .asked {
        font: 1.0625rem/1.4 var(--serif);
        overflow-wrap: anywhere;
      }
      .asked::before {
        content: "▸ ";
        color: var(--quiet);
      }
      details[open] .asked::before {
        content: "▾ ";
      }
      .figure {
        color: var(--quiet);
        font-variant-numeric: tabular-nums;
      }
      .found {
        display: grid;
        gap: 0.625rem;
        padding-block: 0.25rem 0.875rem;
        padding-inline-start: 1.125rem;
      }
      .hits {
        display: grid;
        gap: 0.625rem;
      }
      .excerpt {
        font: 1rem/1.5 var(--serif);
        overflow-wrap: anywhere;
      }
    `,
  ];

  constructor() {
    super();
    this.found = new Map();
    this.areKnownItems = false;
    this.titles = new Map();
  }

  protected override willUpdate(): void {
    if (this.setting !== this.#searched) {
      this.#searched = this.setting;
      this.found = new Map(); // by another setting
    }
  }

  protected override render() {
    return html`<ol>
      ${this.failures.map(
        ({ question, value }) =>
          html`<li class="failing" data-testid="failing">
            <details
              @toggle=${(event: Event) =>
                (event.currentTarget as HTMLDetailsElement).open &&
                this.#search(question.id, question.question)}
            >
              <summary>
                <span class="asked">${question.question}</span>
                <span class="figure small">${this.label} ${decimals(value, 2)}</span>
              </summary>
              <div class="found small">
                ${this.areKnownItems ? this.#sentence(question) : nothing} ${this.#found(question.id)}
              </div>
            </details>
          </li>`,
      )}
    </ol>`;
  }

  #sentence(question: Failure["question"]) {
    const item = knownItem(question);
    if (item === undefined) {
      return nothing;
    }
    const { document, start } = item;
    const href = placeHref({ document, span: { start, end: start + 1 } });
    return html`<p>It is made of <a data-testid="known-item" href=${href}>a sentence of “<bdi>${this.#title(document)}</bdi>”</a>.</p>`;
  }

  #title(document: string): string {
    return this.titles.get(document) ?? document;
  }

  async #search(id: string, question: string) {
    const before = this.found.get(id);
    if (before !== undefined && before.state !== "failed") {
      return;
    }
    const { setting } = this;
    const is = (state: Outcome<SearchResult>) => {
      if (setting === this.setting) {
        this.found = new Map([...this.found, [id, state]]);
      }
    };
    is({ state: "running" });
    is(await outcome(this.library.search(question, searchOptions(setting), new AbortController().signal)));
  }

  #found(id: string) {
    const found = this.found.get(id) ?? { state: "running" };
    if (found.state === "running") {
      return html`<p class="quiet">Searching …</p>`;
    }
    if (found.state === "failed") {
      return problemNote(found.problem);
    }
    const { hits } = found.value;
    return hits.length === 0
      ? html`<p>Nothing is found.</p>`
      : html`<p class="quiet">What is found first:</p>
          <ol class="hits">
            ${hits.slice(0, SHOWN).map(
              ({ document, title, chunk, relevance }) =>
                html`<li data-testid="failing-hit">
                  <a href=${placeHref({ document, span: chunk })}>${title || document}</a>
                  <span class="quiet">${likelihood(relevance)} relevant</span>
                  <p class="excerpt">${excerpt(chunk.text)}</p>
                </li>`,
            )}
          </ol>`;
  }
}

/** The beginning of a passage on one line. */
function excerpt(text: string): string {
  const line = wordsBetween(text.replaceAll("**", "")).replace(/\s+/g, " ");
  if (line.length <= EXCERPT) {
    return line;
  }
  const end = line.lastIndexOf(" ", EXCERPT);
  return `${line.slice(0, end > 0 ? end : EXCERPT)} …`;
}

customElements.define("ibid-failing-questions", FailingQuestions);
