import type { SearchMode } from "ibid";
import { css, html, LitElement, nothing } from "lit";
import { type Aim, type Evaluating, LABELS, type Plan, sweepSize } from "../state/evaluating.js";
import { shared } from "../styles.js";
import { download } from "../text/download.js";
import { hasFiles } from "../text/dropped-files.js";
import { count, number } from "../text/format.js";
import { CHOOSING, measureMeaning, measureName } from "../text/measures.js";
import { EXAMPLE_FILES } from "../text/question-files.js";
import { MODES, type SearchSetting } from "../text/settings.js";
import { settingFields } from "./setting-fields.js";

const AIMS: readonly (readonly [aim: Aim, label: string, note: string])[] = [
  ["measure", "Measure", "how well questions are searched now"],
  ["compare", "Compare", "with other settings, question by question"],
  ["sweep", "Find a better setting", "try many, and hold the best against other questions"],
];

const BUTTONS: Record<Aim, string> = {
  measure: "Measure",
  compare: "Compare",
  sweep: "Find the best setting",
};

/** Where is said what is to be measured, and by which questions. */
export class EvaluationForm extends LitElement {
  static override properties = {
    evaluating: { attribute: false },
    hint: { state: true },
    over: { state: true },
  };
  declare evaluating: Evaluating;
  declare hint: string;
  /** Whether a file is held over the field. */
  declare over: boolean;

  static override styles = [
    shared,
    css`
      form {
        display: grid;
        gap: 1.25rem;
      }
      @media (min-width: 60rem) {
        form {
          grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
          gap: 1.25rem 3rem;
        }
        .start {
          grid-column: 1 / -1;
        }
      }
      fieldset {
        min-width: 0;
        border: 0;
      }
      legend {
        padding: 0;
        margin-block-end: 0.25rem;
        font: 600 1.0625rem/1.35 var(--serif);
      }
      .choice {
        display: flex;
        gap: 0.5rem;
        align-items: baseline;
        padding-block: 0.1875rem;
      }
      .of {
        display: grid;
        gap: 0.625rem;
        margin-block: 0.25rem 0.5rem;
        padding-inline-start: 1.375rem;
      }
      input[type="number"] {
        width: 6rem;
      }
      input,
      select {
        max-width: 100%;
      }
      .zone {
        padding: 0.75rem;
        border: 1px dashed var(--edge);
        border-radius: 6px;
      }
      .over {
        border-style: solid;
        border-color: var(--accent);
        background: var(--wash);
      }
      .button:focus-within {
        outline: 2px solid var(--accent);
        outline-offset: 2px;
      }
      .name {
        overflow-wrap: anywhere;
      }
      .setting {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem 1rem;
      }
      .setting label,
      .field {
        display: grid;
        gap: 0.125rem;
        align-content: start;
      }
      .setting span,
      .field > span:first-child {
        font-weight: 600;
      }
      .other {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem 1rem;
        align-items: end;
        padding-block-end: 0.625rem;
        border-block-end: 1px solid var(--rule);
      }
      .which {
        flex: 1 0 100%;
        margin-block-end: -0.375rem;
      }
      .modes {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem 1.25rem;
      }
      .modes legend {
        margin: 0;
        font: 600 0.875rem/1.5 var(--sans);
      }
      .fields {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(13rem, 100%), 1fr));
        gap: 0.75rem 1.25rem;
      }
      .fields input {
        width: 100%;
      }
      .hint {
        color: var(--danger);
      }
      .help td,
      .help th {
        padding: 0.1875rem 1rem 0.1875rem 0;
        text-align: start;
        vertical-align: top;
      }
      .help th {
        font-weight: 400;
      }
      .help p {
        margin-block: 0.5rem;
      }
      .start {
        padding-block-start: 1rem;
        border-block-start: 1px solid var(--rule);
      }
    `,
  ];

  constructor() {
    super();
    this.hint = "";
    this.over = false;
  }

  #plan(change: Partial<Plan>) {
    this.hint = "";
    this.evaluating.plan(change);
  }

  #submit(event: Event) {
    event.preventDefault();
    this.hint = this.evaluating.obstacle ?? "";
    if (this.hint === "") {
      void this.evaluating.start();
    }
  }

  protected override render() {
    const { plan, run } = this.evaluating.state;
    const isRunning = run?.state === "running";
    return html`<form novalidate @submit=${this.#submit}>
      <fieldset>
        <legend>Which questions?</legend>
        ${this.#questions(plan)}
      </fieldset>
      <fieldset>
        <legend>What to do?</legend>
        ${AIMS.map(([aim, label, note]) =>
          this.#choice(
            "aim",
            aim,
            plan.aim === aim,
            html`${label} <span class="quiet">(${note})</span>`,
            () => this.#plan({ aim }),
          ),
        )}
        <div class="of small">${this.#of(plan)}</div>
      </fieldset>
      <div class="start">
        <p class="hint small" role="alert" data-testid="evaluation-hint">${this.hint}</p>
        <div class="row">
          <button class="primary" data-testid="evaluate" ?disabled=${isRunning}>${BUTTONS[plan.aim]}</button>
          <span class="quiet small">Nothing leaves this device.</span>
        </div>
      </div>
    </form>`;
  }

  #choice(group: string, value: string, isChosen: boolean, label: unknown, choose: () => void) {
    return html`<label class="choice">
      <input
        type="radio"
        name=${group}
        value=${value}
        data-testid="${group}-${value}"
        .checked=${isChosen}
        @change=${choose}
      />
      <span>${label}</span>
    </label>`;
  }

  #questions({ questions, count, file }: Plan) {
    return html`${this.#choice(
      "from",
      "known-items",
      questions === "known-items",
      "Made of sentences of your documents",
      () => this.#plan({ questions: "known-items" }),
    )}
    ${
      questions === "known-items"
        ? html`<div class="of small">
            <label class="field">
              <span>${LABELS.count}</span>
              <input
                type="number"
                inputmode="numeric"
                min="2"
                max="1000"
                data-testid="known-items"
                .value=${String(count)}
                @change=${(event: Event) =>
                  this.#plan({ count: (event.currentTarget as HTMLInputElement).valueAsNumber })}
              />
            </label>
            <p class="quiet">
              The telling words of a sentence are the question, and the sentence is what has to be found. This takes no work,
              but it flatters searching by words.
            </p>
          </div>`
        : nothing
    }
    ${this.#choice("from", "file", questions === "file", "From a file of yours", () =>
      this.#plan({ questions: "file" }),
    )}
    ${questions === "file" ? this.#file(file) : nothing}`;
  }

  #file(file: File | undefined) {
    return html`<div class="of small">
      <div
        class="zone ${this.over ? "over" : ""}"
        data-testid="questions-zone"
        @dragover=${this.#dragOver}
        @dragleave=${() => {
          this.over = false;
        }}
        @drop=${this.#drop}
      >
        <div class="row">
          <label class="button">
            Choose a file
            <input
              class="hidden"
              type="file"
              accept=".json,.jsonl,.ndjson,.csv,.tsv,application/json,text/csv"
              data-testid="questions-file"
              @change=${this.#pick}
            />
          </label>
          <span class=${file === undefined ? "quiet" : "name"} data-testid="questions-name"
            >${file === undefined ? "or drop it here: JSON, JSON lines or CSV" : file.name}</span
          >
        </div>
      </div>
      ${help()}
    </div>`;
  }

  readonly #dragOver = (event: DragEvent) => {
    if (hasFiles(event)) {
      event.preventDefault();
      event.stopPropagation(); // it is no document
      this.over = true;
    }
  };

  readonly #drop = (event: DragEvent) => {
    this.over = false;
    const file = event.dataTransfer?.files[0];
    if (file !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      this.#plan({ file });
    }
  };

  #pick(event: Event) {
    const input = event.currentTarget as HTMLInputElement;
    const file = input.files?.[0];
    if (file !== undefined) {
      this.#plan({ file });
    }
    input.value = ""; // so that the same file can be picked again
  }

  #of(plan: Plan) {
    switch (plan.aim) {
      case "measure":
        return this.#setting(plan, "The setting that is measured");
      case "compare":
        return html`${this.#setting(plan, "This setting")} ${plan.against.map((setting, at) => this.#other(plan, setting, at))}
          <p>
            <button type="button" data-testid="add-setting" @click=${() => this.#plan({ against: [...plan.against, plan.setting] })}>
              Add a setting
            </button>
          </p>`;
      case "sweep":
        return this.#sweep(plan);
    }
  }

  #setting({ setting }: Plan, name: string) {
    return html`<div class="other" role="group" aria-label=${name}>
      <p class="which quiet">${name}</p>
      ${settingFields(name, setting, (setting) => this.#plan({ setting }))}
    </div>`;
  }

  #other({ against }: Plan, setting: SearchSetting, at: number) {
    const name = against.length === 1 ? "Compared with" : `Compared with (${at + 1})`;
    return html`<div class="other" role="group" aria-label=${name} data-testid="against">
      <p class="which quiet">${name}</p>
      ${settingFields(name, setting, (changed) => this.#plan({ against: against.map((each, place) => (place === at ? changed : each)) }))}
      <button
        type="button"
        class="plain"
        data-testid="remove-setting"
        aria-label="Remove: ${name}"
        @click=${() => this.#plan({ against: against.filter((_, place) => place !== at) })}
      >
        Remove
      </button>
    </div>`;
  }

  #sweep(plan: Plan) {
    const size = sweepSize(plan);
    return html`<label class="field">
        <span>Choose by</span>
        <select
          data-testid="measure"
          @change=${(event: Event) => this.#plan({ measure: (event.currentTarget as HTMLSelectElement).value })}
        >
          ${CHOOSING.map(
            (measure) =>
              html`<option value=${measure} .selected=${measure === plan.measure}>${measureName(measure)}</option>`,
          )}
        </select>
        <span class="quiet">${measureMeaning(plan.measure)}</span>
      </label>
      <fieldset class="modes">
        <legend>Try</legend>
        ${MODES.map(
          ([mode, label]) =>
            html`<label class="choice">
              <input
                type="checkbox"
                data-testid="try-${mode}"
                .checked=${plan.modes.includes(mode)}
                @change=${() => this.#try(plan, mode)}
              />
              <span>${label}</span>
            </label>`,
        )}
      </fieldset>
      <div class="fields">
        ${plan.modes.includes("hybrid") ? this.#list(plan, "weights", "0 is words only, 1 meaning only.") : nothing}
        ${this.#list(plan, "hits", "Such as 4, 8. It matters for measures of what is shown.")}
        ${this.#list(
          plan,
          "chunkings",
          "In tokens, such as 96, 160/16 with an overlap of 16. All documents are embedded anew for each, which takes a while.",
        )}
      </div>
      <p class="quiet" data-testid="sweep-size">
        ${
          size === 0
            ? nothing
            : `${count(size, "setting")}${plan.questions === "known-items" && plan.count > 0 ? `, up to ${number(size * plan.count)} searches` : ""}. What is left empty stays as it is.`
        }
      </p>`;
  }

  #try({ modes }: Plan, mode: SearchMode) {
    this.#plan({ modes: modes.includes(mode) ? modes.filter((each) => each !== mode) : [...modes, mode] });
  }

  #list(plan: Plan, name: "weights" | "hits" | "chunkings", note: string) {
    return html`<label class="field">
      <span>${LABELS[name]}</span>
      <input
        type="text"
        autocomplete="off"
        spellcheck="false"
        placeholder="as now"
        data-testid="sweep-${name}"
        .value=${plan[name]}
        @input=${(event: Event) => this.#plan({ [name]: (event.currentTarget as HTMLInputElement).value })}
      />
      <span class="quiet">${note}</span>
    </label>`;
  }
}

/** What a file of questions looks like. */
function help() {
  const save = ({ name, type, text }: (typeof EXAMPLE_FILES)[keyof typeof EXAMPLE_FILES]) =>
    download(new Blob([text()], { type }), name);
  return html`<details class="help" data-testid="questions-help">
    <summary>What the file looks like</summary>
    <p>
      A table whose first row names its columns, or JSON objects, one a line or in an array, with these fields. Documents go by
      the names that they have here${" "}– the id, which for files is the file’s name.
    </p>
    <table>
      <tbody>
        <tr><th scope="row"><code>question</code></th><td>what is asked</td></tr>
        <tr><th scope="row"><code>document</code></th><td>the document that answers; several: one a row, or <code>documents</code> in JSON</td></tr>
        <tr><th scope="row"><code>quote</code></th><td>its words that answer, if what is shown is to be measured, too</td></tr>
        <tr><th scope="row"><code>answerable</code></th><td><code>no</code> (in JSON <code>false</code>) where no document answers</td></tr>
      </tbody>
    </table>
    <p class="row">
      <button type="button" data-testid="example-csv" @click=${() => save(EXAMPLE_FILES.csv)}>Example as CSV</button>
      <button type="button" data-testid="example-jsonl" @click=${() => save(EXAMPLE_FILES.jsonl)}>Example as JSON lines</button>
    </p>
    <p class="quiet">The examples are about the sample documents.</p>
  </details>`;
}

customElements.define("ibid-evaluation-form", EvaluationForm);
