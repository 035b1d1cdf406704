import { css, html, LitElement, nothing } from "lit";
import { shared } from "../styles.js";
import type { Problem } from "../text/problem.js";
import { problemNote } from "./problem-note.js";

/** What the form is for: a passphrase that is new, which is typed twice, or the one that there is. */
export type Purpose = "create" | "unlock";

/** Asks for a passphrase and gives it to whoever listens to `passphrase`. It is kept nowhere. */
export class PassphraseForm extends LitElement {
  static override properties = {
    purpose: { attribute: false },
    busy: { attribute: false },
    problem: { attribute: false },
    isShown: { state: true },
    hint: { state: true },
  };
  declare purpose: Purpose;
  /** Whether what was asked for last is under way. */
  declare busy: boolean;
  /** Why it failed. */
  declare problem: Problem | undefined;
  declare isShown: boolean;
  /** What is wrong with what was typed, and with which field. */
  declare hint: { field: "passphrase" | "again"; text: string } | undefined;

  static override styles = [
    shared,
    css`
      form {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 0.75rem;
        max-width: 28rem;
      }
      .field {
        display: grid;
        gap: 0.25rem;
      }
      input:not([type="checkbox"]) {
        width: 100%;
      }
      .show {
        display: flex;
        align-items: center;
        gap: 0.5rem;
        min-height: 2rem;
        width: fit-content;
      }
      .wrong {
        color: var(--danger);
        font-weight: 600;
      }
      input[aria-invalid="true"] {
        border-color: var(--danger);
      }
      button {
        justify-self: start;
      }
    `,
  ];

  constructor() {
    super();
    this.purpose = "unlock";
    this.busy = false;
    this.isShown = false;
  }

  /** Where a wrong passphrase is told, one is typed next. */
  protected override updated(changed: Map<string, unknown>) {
    if (changed.has("problem") && this.problem?.code === "wrong-key") {
      this.#field("passphrase").select();
    }
  }

  override focus() {
    this.#field("passphrase").focus();
  }

  #field(name: "passphrase" | "again"): HTMLInputElement {
    return this.renderRoot.querySelector(`#${name}`) as HTMLInputElement;
  }

  #submit(event: Event) {
    event.preventDefault(); // forms go nowhere here
    if (this.busy) {
      return;
    }
    const { value } = this.#field("passphrase");
    this.hint =
      value === ""
        ? { field: "passphrase", text: "Type a passphrase first." }
        : this.purpose === "create" && this.#field("again").value !== value
          ? { field: "again", text: "This isn’t the same passphrase." }
          : undefined;
    if (this.hint !== undefined) {
      this.#field(this.hint.field).focus();
      return;
    }
    this.dispatchEvent(new CustomEvent("passphrase", { detail: value }));
  }

  protected override render() {
    const isNew = this.purpose === "create";
    const isWrong = this.problem?.code === "wrong-key";
    const hint =
      this.hint ??
      (isWrong ? { field: "passphrase", text: "That passphrase doesn’t open them." } : undefined);
    return html`<form @submit=${this.#submit} novalidate>
      ${this.#input("passphrase", isNew ? "New passphrase" : "Passphrase", hint)}
      ${isNew ? this.#input("again", "The same again", hint) : nothing}
      <label class="show small"
        ><input
          type="checkbox"
          data-testid="passphrase-show"
          .checked=${this.isShown}
          @change=${() => {
            this.isShown = !this.isShown;
          }}
        />Show what I type</label
      >
      <p class="wrong small" role="alert" id="hint" data-testid="passphrase-hint" ?hidden=${hint === undefined}>
        ${hint?.text}
      </p>
      ${this.problem === undefined || isWrong ? nothing : problemNote(this.problem)}
      <button class="primary" data-testid="passphrase-submit" aria-disabled=${this.busy ? "true" : "false"}>
        ${isNew ? (this.busy ? "Encrypting …" : "Encrypt") : this.busy ? "Unlocking …" : "Unlock"}
      </button>
    </form>`;
  }

  #input(id: "passphrase" | "again", label: string, hint: { field: string } | undefined) {
    const isWrong = hint?.field === id;
    return html`<div class="field">
      <label for=${id}>${label}</label>
      <input
        id=${id}
        type=${this.isShown ? "text" : "password"}
        autocomplete=${this.purpose === "create" ? "new-password" : "current-password"}
        autocapitalize="off"
        spellcheck="false"
        aria-invalid=${isWrong ? "true" : "false"}
        aria-describedby=${isWrong ? "hint" : nothing}
        data-testid=${id}
      />
    </div>`;
  }
}

customElements.define("ibid-passphrase-form", PassphraseForm);
