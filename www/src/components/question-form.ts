import type { DocumentSummary } from "ibid";
import { css, html, LitElement, noChange, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { Completions } from "../state/completions.js";
import type { Asked, AskOptions } from "../state/inquiry.js";
import type { Library } from "../state/library.js";
import { type ModelOffer, modelOffer, RERANKER } from "../state/model-offer.js";
import type { Adopted, Preferences } from "../state/preferences.js";
import { shared } from "../styles.js";
import { type Condition, fieldsOf, filterOf, OPERATORS, type Operator } from "../text/condition.js";
import { bytes, number } from "../text/format.js";
import { MODES, settingWords } from "../text/settings.js";

/** The most completions to offer while a question is typed. */
const COMPLETIONS = 5;

/** The most values of a field that are offered. */
const MOST_VALUES = 100;

/** The whole numbers among the options, with their ranges. */
const COUNTS = [
  { name: "k", label: "Passages to find", max: 100 },
  { name: "budget", label: "Most tokens in the prompt", max: 100_000 },
] as const;

/** Where the question is put; says so with an `ask` event. */
export class QuestionForm extends LitElement {
  static override properties = {
    library: { attribute: false },
    preferences: { attribute: false },
    adopted: { attribute: false },
    examples: { attribute: false },
    documents: { attribute: false },
    condition: { state: true },
    second: { state: true },
    hasOptions: { state: true },
    question: { state: true },
    options: { state: true },
    hint: { state: true },
  };
  declare library: Library;
  declare preferences: Preferences;
  /** What of the preferences was adopted from an evaluation. */
  declare adopted: Adopted | undefined;
  /** Questions to offer while the field is empty. */
  declare examples: readonly string[];
  /** What the documents are, by whose metadata the search can be narrowed. */
  declare documents: readonly DocumentSummary[];
  declare condition: Condition | undefined;
  /** The second model, once somebody looks at the options. */
  declare second: ModelOffer | undefined;
  /** Whether the options have been looked at: until then they are not drawn. */
  declare hasOptions: boolean;
  declare question: string;
  declare options: AskOptions;
  declare hint: string;
  #asked = false;
  /** The fields of the documents' metadata, with their values. */
  #fields: ReturnType<typeof fieldsOf> = new Map();
  readonly #completions = new Completions(async (text) => {
    return (await this.library.suggest(text, { limit: COMPLETIONS })).completions;
  });

  static override styles = [
    shared,
    css`
      form > label {
        font: 600 1.25rem/1.3 var(--serif);
      }
      .ask {
        display: flex;
        gap: 0.5rem;
        margin-block: 0.5rem 0.25rem;
      }
      .field {
        position: relative;
        flex: 1;
        min-width: 0;
      }
      .field input {
        width: 100%;
        font: 1.125rem/1.4 var(--serif);
      }
      .completions {
        position: absolute;
        z-index: 1;
        inset: calc(100% + 0.125rem) 0 auto;
        padding-block: 0.25rem;
        border: 1px solid var(--edge);
        border-radius: 4px;
        background: var(--sheet);
        box-shadow: 0 0.25rem 1rem rgb(0 0 0 / 18%);
        font: 1.0625rem/1.4 var(--serif);
        overflow-wrap: anywhere;
      }
      .completions li {
        padding: 0.4375rem 0.75rem;
        cursor: pointer;
      }
      .completions li:hover {
        background: var(--wash);
      }
      .completions [aria-selected="true"] {
        background: var(--wash);
        outline: 2px solid var(--accent);
        outline-offset: -2px;
      }
      .hint {
        color: var(--danger);
      }
      .examples {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
        margin-block-start: 0.5rem;
      }
      .examples button {
        min-height: 0;
        padding: 0.3125rem 0.75rem;
        border-color: var(--rule);
        border-radius: 1rem;
        font: 0.9375rem/1.35 var(--serif);
        text-align: start;
      }
      .adopted {
        margin-block-start: 0.5rem;
      }
      .adopted button {
        min-height: 0;
        margin-inline: 0;
        padding: 0;
      }
      .options {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(15rem, 100%), 1fr));
        gap: 1rem 2rem;
        padding-block: 0.5rem;
      }
      fieldset {
        min-width: 0;
        border: 0;
      }
      legend,
      .count span {
        padding: 0;
        font-weight: 600;
      }
      .mode {
        display: flex;
        gap: 0.5rem;
        align-items: baseline;
        padding-block: 0.1875rem;
      }
      .counts {
        display: grid;
        gap: 0.625rem;
        align-content: start;
      }
      .count {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 0.75rem;
      }
      .count input {
        width: 6.5rem;
      }
      .wide-option {
        display: grid;
        gap: 0.75rem;
        grid-column: 1 / -1;
      }
      .narrow legend {
        padding-block-end: 0.25rem;
      }
      .narrow input {
        flex: 1;
        min-width: 8rem;
      }
      .narrow select {
        max-width: 100%;
      }
    `,
  ];

  constructor() {
    super();
    this.examples = [];
    this.documents = [];
    this.question = "";
    this.hint = "";
    this.hasOptions = false;
    this.#completions.addEventListener("change", () => this.requestUpdate());
  }

  /** What is adopted, or no longer, takes the place of what was chosen here. */
  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("preferences") || changed.has("adopted")) {
      const { options } = this.preferences;
      const { filter, rerank = false, budget = options.budget } = this.options ?? {};
      this.options = { ...options, budget, filter, rerank }; // these are in no evaluation
    }
    if (this.hasOptions && (changed.has("documents") || changed.has("hasOptions"))) {
      this.#fields = fieldsOf(this.documents);
      if (this.condition !== undefined && !this.#fields.has(this.condition.field)) {
        this.condition = undefined; // nobody could see it, or take it back
        this.options = { ...this.options, filter: undefined };
      }
    }
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLInputElement>("input[type=search]")?.focus();
  }

  #submit(event: Event) {
    event.preventDefault();
    if (this.question.trim() === "") {
      this.hint = "Type a question first.";
      this.focus();
      return;
    }
    this.#ask();
  }

  #ask() {
    this.hint = "";
    this.#completions.close();
    const wrong = COUNTS.find(({ name, max }) => !isCount(this.options[name], max));
    if (wrong) {
      this.hint = `“${wrong.label}” takes a whole number from 1 to ${number(wrong.max)}.`;
      return;
    }
    this.#asked = true;
    const detail: Asked = { question: this.question, ...this.options };
    this.dispatchEvent(new CustomEvent<Asked>("ask", { detail }));
  }

  #type(event: Event) {
    const { value, selectionStart } = event.currentTarget as HTMLInputElement;
    this.question = value;
    this.hint = "";
    // What is completed is the end of the question.
    if (selectionStart === value.length) {
      this.#completions.typed(value);
    } else {
      this.#completions.close();
    }
  }

  #press(event: KeyboardEvent) {
    const { offered, active } = this.#completions.state;
    const step = ({ ArrowDown: 1, ArrowUp: -1 } as const)[event.key];
    const chosen = offered[active];
    if (offered.length === 0 || event.isComposing) {
      return;
    }
    if (step !== undefined) {
      this.#completions.move(step);
    } else if (event.key === "Enter" && chosen !== undefined) {
      this.#complete(chosen);
    } else if (event.key === "Escape") {
      this.#completions.close();
    } else {
      return;
    }
    event.preventDefault(); // the field would empty itself, move its caret, or ask
  }

  /** Typing goes on where the completion ends. */
  #complete(completion: string) {
    this.question = completion;
    this.#completions.close();
    this.focus();
  }

  #try(example: string) {
    this.question = example;
    // The example goes away. The field would open the keyboard of a phone.
    this.renderRoot.querySelector<HTMLElement>("[data-testid=ask]")?.focus();
    this.#ask();
  }

  /** Options take effect at once where there is a question already. */
  #choose(change: Partial<AskOptions>) {
    this.options = { ...this.options, ...change };
    if (this.#asked && this.question.trim() !== "") {
      this.#ask();
    }
  }

  /** The condition that is chosen, or the one that the form begins with. */
  get #shown(): Condition {
    const [field = ""] = this.#fields.keys();
    return this.condition ?? { field, operator: "$eq", value: "" };
  }

  /** Narrows the search to documents with such metadata. */
  #narrow(change: Partial<Condition>) {
    const condition = { ...this.#shown, ...change };
    this.condition = condition;
    const filter = filterOf(condition, this.#fields.get(condition.field) ?? []);
    if (JSON.stringify(filter) !== JSON.stringify(this.options.filter)) {
      this.#choose({ filter });
    }
  }

  /** A click comes before they are seen, which a `toggle` event does not. */
  async #showOptions() {
    this.hasOptions = true;
    this.second ??= await modelOffer(RERANKER);
  }

  protected override render() {
    const { offered, active } = this.#completions.state;
    return html`<form role="search" novalidate @submit=${this.#submit}>
      <label for="question">Your question</label>
      <div class="ask">
        <div class="field">
          <input
            id="question"
            type="search"
            dir="auto"
            data-testid="question"
            autocomplete="off"
            enterkeyhint="search"
            role="combobox"
            aria-autocomplete="list"
            aria-controls="completions"
            aria-expanded=${offered.length > 0 ? "true" : "false"}
            aria-activedescendant=${active < 0 ? nothing : `completion-${active}`}
            aria-describedby="hint"
            aria-invalid=${this.hint === "" ? nothing : "true"}
            .value=${this.question}
            @input=${this.#type}
            @keydown=${this.#press}
            @blur=${() => this.#completions.close()}
          />
          ${this.#offer(offered, active)}
        </div>
        <button class="primary" data-testid="ask">Ask</button>
      </div>
      <p id="hint" class="hint small" role="alert" data-testid="question-hint">${this.hint}</p>
      ${this.question === "" && this.examples.length > 0 ? this.#examples() : nothing}
      ${this.adopted === undefined ? nothing : this.#adopted(this.adopted)}
      <details data-testid="options">
        <summary class="small" @click=${this.#showOptions}>Options</summary>
        ${this.hasOptions ? this.#options() : nothing}
      </details>
    </form>`;
  }

  #offer(offered: readonly string[], active: number) {
    return html`<ul
      id="completions"
      class="completions"
      role="listbox"
      aria-label="Ways to go on"
      data-testid="completions"
      ?hidden=${offered.length === 0}
      @mousedown=${(event: Event) => event.preventDefault() /* the focus stays in the field */}
    >
      ${offered.map(
        (completion, at) =>
          html`<li
            id="completion-${at}"
            role="option"
            aria-selected=${at === active ? "true" : "false"}
            data-testid="completion"
            @click=${() => this.#complete(completion)}
          ><span class="quiet">${completion.slice(0, this.question.length)}</span>${completion.slice(this.question.length)}</li>`,
      )}
    </ul>`;
  }

  #adopted(adopted: Adopted) {
    return html`<p class="adopted quiet small" data-testid="adopted">
      Searching as adopted from an evaluation: ${settingWords(adopted)}.
      <button type="button" class="plain" data-testid="reset-setting" @click=${this.#reset}>Back to the default</button>
    </p>`;
  }

  /** The button goes away. */
  async #reset() {
    this.preferences.reset();
    await this.updateComplete;
    this.focus();
  }

  #examples() {
    return html`<ul class="examples" aria-label="Example questions" data-testid="examples">
      ${this.examples.map(
        (example) =>
          html`<li><button type="button" data-testid="example" @click=${() => this.#try(example)}>${example}</button></li>`,
      )}
    </ul>`;
  }

  #options() {
    return html`<div class="options small">
      <fieldset>
        <legend>Search by</legend>
        ${MODES.map(
          ([mode, label, explanation]) =>
            html`<label class="mode">
              <input
                type="radio"
                name="mode"
                value=${mode}
                data-testid="mode-${mode}"
                .checked=${this.options.mode === mode}
                @change=${() => this.#choose({ mode })}
              />
              <span>${label} <span class="quiet">(${explanation})</span></span>
            </label>`,
        )}
      </fieldset>
      <div class="counts">
        ${COUNTS.map(
          ({ name, label, max }) =>
            html`<label class="count">
              <span>${label}</span>
              <input
                type="number"
                inputmode="numeric"
                min="1"
                max=${max}
                data-testid=${name}
                .value=${live(Number.isNaN(this.options[name]) ? noChange : String(this.options[name]))}
                @input=${(event: Event) => {
                  this.hint = "";
                  this.options = {
                    ...this.options,
                    [name]: (event.currentTarget as HTMLInputElement).valueAsNumber,
                  };
                }}
                @change=${(event: Event) =>
                  this.#choose({ [name]: (event.currentTarget as HTMLInputElement).valueAsNumber })}
              />
            </label>`,
        )}
      </div>
      <div class="wide-option">
        ${this.#fields.size > 0 ? this.#narrowing() : nothing}
        <label class="mode">
          <input
            type="checkbox"
            data-testid="rerank"
            .checked=${this.options.rerank ?? false}
            @change=${(event: Event) => this.#choose({ rerank: (event.currentTarget as HTMLInputElement).checked })}
          />
          <span>
            Have a second model read the best passages again
            <span class="quiet">(slower, and often better; ${secondWords(this.second)})</span>
          </span>
        </label>
        <p class="quiet">Words in “quotation marks” count most where they stand just so.</p>
      </div>
    </div>`;
  }

  #narrowing() {
    const { field, operator, value } = this.#shown;
    const chosen = (event: Event) => (event.currentTarget as HTMLInputElement | HTMLSelectElement).value;
    return html`<fieldset class="narrow">
      <legend>Only in documents whose</legend>
      <div class="row">
        <select
          aria-label="Metadata"
          data-testid="filter-field"
          @change=${(event: Event) => this.#narrow({ field: chosen(event), value: "" })}
        >
          ${[...this.#fields.keys()].map((name) => html`<option .selected=${name === field}>${name}</option>`)}
        </select>
        <select
          aria-label="Comparison"
          data-testid="filter-operator"
          @change=${(event: Event) => this.#narrow({ operator: chosen(event) as Operator })}
        >
          ${OPERATORS.map(
            ([name, label]) => html`<option value=${name} .selected=${name === operator}>${label}</option>`,
          )}
        </select>
        <input
          type="text"
          aria-label="Value"
          placeholder="anything"
          autocomplete="off"
          list="values"
          data-testid="filter-value"
          .value=${live(value)}
          @input=${(event: Event) => {
            this.condition = { ...this.#shown, value: chosen(event) };
          }}
          @change=${(event: Event) => this.#narrow({ value: chosen(event) })}
        />
        <datalist id="values">
          ${(this.#fields.get(field) ?? []).slice(0, MOST_VALUES).map((each) => html`<option value=${String(each)}></option>`)}
        </datalist>
      </div>
    </fieldset>`;
  }
}

function secondWords(second: ModelOffer | undefined): string {
  const size = second?.bytes === undefined ? "" : `${bytes(second.bytes)}, `;
  return `${size}fetched with the first question`;
}

function isCount(n: number, max: number): boolean {
  return Number.isInteger(n) && n >= 1 && n <= max;
}

customElements.define("ibid-question-form", QuestionForm);
