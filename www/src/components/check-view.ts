import { css, html, LitElement, nothing } from "lit";
import type { Checked, Checking } from "../state/checking.js";
import { shared } from "../styles.js";
import { problemNote } from "./problem-note.js";
import { recordNote } from "./record-note.js";
import "./verdict-list.js";

/** Where an answer from elsewhere is checked. */
export class CheckView extends LitElement {
  static override properties = {
    checking: { attribute: false },
    question: { attribute: false },
    hasExample: { type: Boolean },
    hint: { state: true },
  };
  declare checking: Checking;
  /** What was asked last, whose cited prompt the marks refer to. */
  declare question: string | undefined;
  /** Whether there is an example to try. */
  declare hasExample: boolean;
  declare hint: string;

  static override styles = [
    shared,
    css`
      label {
        display: block;
        margin-block: 0.5rem 0.25rem;
        font-weight: 600;
      }
      .row {
        margin-block-start: 0.5rem;
      }
      #marks {
        margin-block-start: 0.375rem;
      }
      .hint {
        color: var(--danger);
      }
      .result {
        margin-block-start: 1rem;
      }
      p {
        overflow-wrap: anywhere;
      }
    `,
  ];

  constructor() {
    super();
    this.hint = "";
    this.hasExample = false;
  }

  #submit(event: Event) {
    event.preventDefault();
    this.hint = this.checking.state.draft.trim() === "" ? "Paste an answer first." : "";
    if (this.hint === "") {
      void this.checking.check();
    } else {
      this.renderRoot.querySelector("textarea")?.focus();
    }
  }

  #type(event: Event) {
    this.hint = "";
    this.checking.write((event.currentTarget as HTMLTextAreaElement).value);
  }

  protected override render() {
    const { draft, checked } = this.checking.state;
    return html`<form novalidate @submit=${this.#submit}>
        <label for="answer">Paste an answer</label>
        <textarea
          id="answer"
          rows="4"
          data-testid="check-text"
          aria-describedby="marks check-hint"
          aria-invalid=${this.hint === "" ? nothing : "true"}
          .value=${draft}
          @input=${this.#type}
        ></textarea>
        <p id="marks" class="quiet small" data-testid="check-marks">
          ${
            this.question === undefined
              ? "Every sentence is looked for in all your documents. Marks such as [1] mean something once a question is asked: then they are the sources of its cited prompt."
              : html`Marks such as [1] are the sources of the cited prompt for “<bdi>${this.question.trim()}</bdi>”. What those don’t say
                  is looked for in all your documents.`
          }
        </p>
        <p id="check-hint" class="hint small" role="alert" data-testid="check-hint">${this.hint}</p>
        <div class="row">
          <button class="primary" data-testid="check">Check</button>
          ${
            this.hasExample
              ? html`<button type="button" data-testid="try-check" @click=${() => this.dispatchEvent(new Event("example"))}>
                  Try an example
                </button>`
              : nothing
          }
        </div>
      </form>
      ${checked ? this.#result(checked) : nothing}`;
  }

  #result({ answer, question, outcome }: Checked) {
    const isStale = outcome.state === "done" && question !== this.question;
    return html`<div class="result" aria-busy=${outcome.state === "running" ? "true" : "false"} data-testid="check-result">
      ${
        outcome.state === "running"
          ? html`<p class="quiet">Checking …</p>`
          : outcome.state === "failed"
            ? problemNote(outcome.problem)
            : html`<ibid-verdict-list
                .answer=${answer}
                .sentences=${outcome.value.sentences}
                .sources=${outcome.value.sources}
              ></ibid-verdict-list>
              <p class="quiet small">${recordNote(outcome.value.record)}</p>`
      }
      ${
        isStale
          ? html`<p class="quiet small" data-testid="check-stale">
              ${
                question === undefined
                  ? "This was checked before the question was asked."
                  : html`This was checked for the question “<bdi>${question.trim()}</bdi>”.`
              }
            </p>`
          : nothing
      }
    </div>`;
  }
}

customElements.define("ibid-check-view", CheckView);
