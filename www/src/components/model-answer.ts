import { css, html, LitElement, nothing } from "lit";
import type { Inquiry } from "../state/inquiry.js";
import type { Library } from "../state/library.js";
import { type Round, type Run, Writer } from "../state/writer.js";
import { shared } from "../styles.js";
import { problemNote } from "./problem-note.js";
import "./verdict-list.js";

const ROUNDS = ["First answer", "Second answer"];

/** Where a language model is asked for an answer, which is checked sentence by sentence as it comes. */
export class ModelAnswer extends LitElement {
  static override properties = {
    library: { attribute: false },
    inquiry: { attribute: false },
    hint: { state: true },
    chosen: { state: true },
  };
  declare library: Library;
  /** The question that is answered, and what was found for it. */
  declare inquiry: Inquiry;
  declare hint: string;
  /** The place of the round that was chosen to be read; absent: the latest, and in the end the better one. */
  declare chosen: number | undefined;
  #run: Run | undefined;
  #writer: Writer | undefined;

  static override styles = [
    shared,
    css`
      form {
        display: grid;
        gap: 0.75rem;
        max-width: 36rem;
        padding-block: 0.5rem;
      }
      fieldset {
        display: grid;
        gap: 0.25rem;
        min-width: 0;
        border: 0;
      }
      legend,
      .field span {
        padding: 0;
        font-weight: 600;
      }
      .choice {
        display: flex;
        gap: 0.5rem;
        align-items: baseline;
      }
      .field {
        display: grid;
        gap: 0.25rem;
      }
      .hint {
        color: var(--danger);
      }
      .warning {
        border-color: var(--danger);
        background: var(--danger-wash);
      }
      .warning label {
        margin-block-start: 0.5rem;
      }
      .result {
        display: grid;
        gap: 0.75rem;
        margin-block-start: 0.5rem;
      }
      .rounds + p {
        margin-block-start: 0.375rem;
      }
      .rounds button[aria-pressed="true"] {
        border-color: var(--accent);
        box-shadow: inset 0 0 0 1px var(--accent);
        font-weight: 600;
      }
    `,
  ];

  constructor() {
    super();
    this.hint = "";
  }

  get writer(): Writer {
    if (this.#writer === undefined) {
      this.#writer = new Writer(this.library, this.inquiry);
      this.#writer.addEventListener("change", () => this.requestUpdate());
    }
    return this.#writer;
  }

  protected override willUpdate(): void {
    const { run } = this.writer.state;
    if (run?.rounds.length !== this.#run?.rounds.length || run?.state !== this.#run?.state) {
      this.chosen = undefined;
    }
    this.#run = run;
  }

  #submit(event: Event) {
    event.preventDefault();
    this.hint = this.writer.obstacle ?? "";
    if (this.hint === "") {
      void this.writer.write();
    }
  }

  protected override render() {
    const { run } = this.writer.state;
    return html`<details
      data-testid="writer"
      @toggle=${(event: Event) =>
        (event.currentTarget as HTMLDetailsElement).open && this.writer.lookForBrowserModel()}
    >
      <summary>Have a language model write the answer</summary>
      ${this.#form(run?.state === "running")} ${run ? this.#result(run) : nothing}
    </details>`;
  }

  #form(isRunning: boolean) {
    const { settings, browser } = this.writer.state;
    return html`<form class="small" novalidate @submit=${this.#submit}>
      ${
        browser === undefined || browser === "unavailable"
          ? html`<p class="quiet">
              For instance Ollama, LM Studio or llama.cpp on this machine. Each sentence that it writes is checked against your
              documents.
            </p>`
          : this.#choice(browser !== "available")
      }
      ${settings.from === "server" ? this.#server() : nothing}
      <p id="writer-hint" class="hint" role="alert" data-testid="writer-hint">${this.hint}</p>
      <div class="row">
        <button class="primary" data-testid="write" ?disabled=${isRunning}>Write the answer</button>
        ${
          isRunning
            ? html`<button type="button" data-testid="stop-writing" @click=${() => this.writer.cancel()}>Cancel</button>`
            : nothing
        }
      </div>
    </form>`;
  }

  #choice(isToDownload: boolean) {
    const { from } = this.writer.state.settings;
    const choice = (value: typeof from, label: string, note: string) =>
      html`<label class="choice">
        <input
          type="radio"
          name="from"
          value=${value}
          data-testid="writer-${value}"
          .checked=${from === value}
          @change=${() => this.#choose({ from: value })}
        />
        <span>${label} <span class="quiet">${note}</span></span>
      </label>`;
    return html`<fieldset>
      <legend>Which model?</legend>
      ${choice("browser", "This browser’s own", isToDownload ? "(the browser downloads it first, once)" : "")}
      ${choice("server", "One on a server", "(such as Ollama on this machine)")}
    </fieldset>`;
  }

  #server() {
    const { settings } = this.writer.state;
    const typed = (event: Event) => (event.currentTarget as HTMLInputElement).value;
    return html`<label class="field">
        <span>Address of the server</span>
        <input
          type="text"
          inputmode="url"
          autocomplete="off"
          spellcheck="false"
          data-testid="writer-url"
          aria-describedby="writer-hint"
          .value=${settings.url}
          @input=${(event: Event) => this.#choose({ url: typed(event) })}
        />
      </label>
      <label class="field">
        <span>Name of the model</span>
        <input
          type="text"
          autocomplete="off"
          spellcheck="false"
          placeholder="as the server knows it, such as llama3.2"
          data-testid="writer-model"
          aria-describedby="writer-hint"
          .value=${settings.model}
          @input=${(event: Event) => this.#choose({ model: typed(event) })}
        />
      </label>
      ${this.writer.isRemote ? this.#warning(typed) : nothing}`;
  }

  #warning(typed: (event: Event) => string) {
    const { mayLeave, key } = this.writer.state;
    return html`<div class="note warning" data-testid="writer-warning">
        <p><strong>This server is not on this device.</strong> Your question and text of your documents would be sent to it, over the network.</p>
        <label class="choice">
          <input
            type="checkbox"
            data-testid="writer-may-leave"
            .checked=${mayLeave}
            @change=${(event: Event) => {
              this.hint = "";
              this.writer.allow((event.currentTarget as HTMLInputElement).checked);
            }}
          />
          <span>I understand: text of my documents leaves this device.</span>
        </label>
      </div>
      ${
        mayLeave
          ? html`<label class="field">
              <span>Key, if the server asks for one</span>
              <input
                type="password"
                autocomplete="off"
                data-testid="writer-key"
                .value=${key}
                @input=${(event: Event) => this.writer.setKey(typed(event))}
              />
              <span class="quiet">It is kept in memory only.</span>
            </label>`
          : nothing
      }`;
  }

  #choose(change: Parameters<Writer["choose"]>[0]) {
    this.hint = "";
    this.writer.choose(change);
  }

  #result(run: Run) {
    const place = this.chosen ?? (run.state === "done" ? (run.kept ?? 0) : run.rounds.length - 1);
    const round = run.rounds[place];
    return html`<div class="result" aria-busy=${run.state === "running" ? "true" : "false"} data-testid="written" data-state=${run.state}>
      ${run.rounds.length > 1 ? this.#rounds(run, place) : nothing}
      ${round ? this.#round(round, run.state !== "done" && place === run.rounds.length - 1) : this.#waiting(run)}
      ${run.state === "cancelled" ? html`<p class="note small" data-testid="writing-cancelled">Cancelled: the answer is not whole.</p>` : nothing}
      ${run.problem ? problemNote(run.problem) : nothing}
    </div>`;
  }

  #rounds({ rounds, kept }: Run, place: number) {
    return html`<div>
      <div class="row rounds" role="group" aria-label="Answers of the model">
        ${rounds.map(
          (_, at) =>
            html`<button
              class="small"
              data-testid="round"
              aria-pressed=${at === place ? "true" : "false"}
              @click=${() => {
                this.chosen = at;
              }}
            >${ROUNDS[at]}${at === kept ? " (the better one)" : ""}</button>`,
        )}
      </div>
      <p class="quiet small">Sentences of the first did not hold, so the model was asked to write it again.</p>
    </div>`;
  }

  #round({ text, sentences, sources }: Round, growing: boolean) {
    return html`<ibid-verdict-list
      .answer=${text}
      .sentences=${sentences}
      .sources=${sources}
      .growing=${growing}
    ></ibid-verdict-list>`;
  }

  #waiting({ state, abstained }: Run) {
    const { download } = this.writer.state;
    if (abstained) {
      return html`<p class="note" data-testid="writer-abstained">
        Nothing in your documents seems to answer this, so the model was not asked.
      </p>`;
    }
    if (state !== "running") {
      return nothing;
    }
    return download === undefined
      ? html`<p class="quiet">Waiting for the model …</p>`
      : html`<p class="quiet small"><label for="download">The browser is downloading its model …</label></p>
          <progress id="download" max="1" value=${download}></progress>`;
  }
}

customElements.define("ibid-model-answer", ModelAnswer);
