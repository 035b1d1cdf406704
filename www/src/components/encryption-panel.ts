import type { CollectionInfo } from "ibid";
import { css, html, LitElement, nothing } from "lit";
import type { Library } from "../state/library.js";
import { shared } from "../styles.js";
import { focused, isFocusLeft } from "../text/focus.js";
import { type Problem, toProblem } from "../text/problem.js";
import "./passphrase-form.js";
import { problemNote } from "./problem-note.js";

/** Encrypting what is stored, locking it, and making it plain again. */
export class EncryptionPanel extends LitElement {
  static override properties = {
    library: { attribute: false },
    encryption: { attribute: false },
    busy: { state: true },
    problem: { state: true },
  };
  declare library: Library;
  /** How what is stored is encrypted; absent where it is plain. */
  declare encryption: CollectionInfo["encryption"];
  declare busy: boolean;
  declare problem: Problem | undefined;
  /** What gets the focus once it is there, and what had it before. */
  #next: string | undefined;
  #focused: Element | null = null;

  static override styles = [
    shared,
    css`
      p {
        margin-block: 0.5rem;
      }
      .row {
        margin-block-start: 0.75rem;
      }
      ibid-passphrase-form {
        margin-block: 0.75rem 0.25rem;
      }
    `,
  ];

  constructor() {
    super();
    this.busy = false;
  }

  /** What had the focus is replaced by what can be done next. Who types elsewhere by then would lock everything by a space. */
  protected override updated() {
    const next = this.#next && this.renderRoot.querySelector<HTMLElement>(this.#next);
    if (next) {
      this.#next = undefined;
      if (isFocusLeft(this.#focused)) {
        next.focus();
      }
    }
  }

  /** What is under way, once: a second click does nothing. */
  async #do(work: () => Promise<void>, next: string) {
    if (this.busy) {
      return;
    }
    this.busy = true;
    this.problem = undefined;
    this.#next = next;
    this.#focused = focused();
    try {
      await work();
    } catch (thrown) {
      this.problem = toProblem(thrown);
      this.#next = undefined;
    }
    this.busy = false;
  }

  async #encrypt({ detail }: CustomEvent<string>) {
    await this.#do(() => this.library.encrypt(detail), "[data-testid=lock]");
  }

  async #decrypt() {
    await this.#do(() => this.library.decrypt(), "summary");
  }

  protected override render() {
    return html`<section aria-labelledby="encryption" data-testid="encryption">
          <h2 id="encryption">Passphrase</h2>
          ${this.encryption === undefined ? this.#plain() : this.#encrypted()}
        </section>`;
  }

  #plain() {
    return html`<p class="small" data-testid="is-plain">
        What is stored can be read by whoever can use this browser. With a passphrase it is encrypted.
      </p>
      <details data-testid="encrypting">
        <summary>Encrypt with a passphrase</summary>
        <p class="small">
          Documents, index, embeddings and trail are encrypted on this device. <strong>Who forgets the passphrase has lost
          them</strong>: nobody can restore it.
        </p>
        <ibid-passphrase-form
          .purpose=${"create"}
          .busy=${this.busy}
          .problem=${this.problem}
          @passphrase=${this.#encrypt}
        ></ibid-passphrase-form>
      </details>`;
  }

  #encrypted() {
    return html`<p class="small" data-testid="is-encrypted">
        What is stored is encrypted. It is open in this tab until it is locked or closed.
      </p>
      ${this.problem ? problemNote(this.problem) : nothing}
      <div class="row">
        <button class="primary" data-testid="lock" @click=${() => this.library.lock()}>Lock now</button>
        <button
          data-testid="decrypt"
          aria-disabled=${this.busy ? "true" : "false"}
          @click=${this.#decrypt}
        >
          ${this.busy ? "Removing …" : "Remove the passphrase"}
        </button>
      </div>`;
  }
}

customElements.define("ibid-encryption-panel", EncryptionPanel);
