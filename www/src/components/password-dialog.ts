import { css, html, LitElement, nothing } from "lit";
import { asking, shared } from "../styles.js";

interface Asked {
  document: string;
  /** Whether a password was given already that does not open it. */
  isAgain: boolean;
}

/** Asks for the password of a document, of one after another. Escape leaves it closed. */
export class PasswordDialog extends LitElement {
  static override properties = { asked: { state: true } };
  /** Absent until something is asked: before that there is no dialog. */
  declare asked: Asked | undefined;
  #answer: (password: string | undefined) => void = () => {};
  #last: Promise<unknown> = Promise.resolve();

  static override styles = [
    shared,
    asking,
    css`
      p {
        margin-block: 0.75rem;
      }
      label {
        display: block;
        margin-block-end: 0.25rem;
      }
      input {
        width: 100%;
        min-height: 2.75rem;
        padding: 0.5rem 0.75rem;
        border: 1px solid var(--edge);
        border-radius: 4px;
        background: var(--paper);
      }
      .wrong {
        color: var(--danger);
        font-weight: 600;
      }
      .row {
        margin-block-start: 1.25rem;
      }
    `,
  ];

  /** The password, or `undefined` where the reader gives none. */
  ask(document: string, isAgain: boolean): Promise<string | undefined> {
    const answer = this.#last.then(() => this.#show({ document, isAgain }));
    this.#last = answer;
    return answer;
  }

  /** Nobody can answer any more, as where another tab has locked everything. */
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#answer(undefined);
  }

  async #show(asked: Asked): Promise<string | undefined> {
    this.asked = asked;
    await this.updateComplete;
    if (!this.isConnected) {
      return undefined;
    }
    this.#dialog.returnValue = "";
    this.#input.value = "";
    this.#dialog.showModal();
    return new Promise((answer) => {
      this.#answer = answer;
    });
  }

  #close() {
    const { value } = this.#input;
    this.#input.value = "";
    this.#answer(this.#dialog.returnValue === "open" ? value : undefined);
  }

  #open(event: Event) {
    event.preventDefault(); // forms go nowhere here
    if (this.#input.value !== "") {
      this.#dialog.close("open");
    }
  }

  get #dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector("dialog") as HTMLDialogElement;
  }

  get #input(): HTMLInputElement {
    return this.renderRoot.querySelector("input") as HTMLInputElement;
  }

  protected override render() {
    if (this.asked === undefined) {
      return nothing;
    }
    const { document, isAgain } = this.asked;
    return html`<dialog aria-labelledby="title" aria-describedby="text" data-testid="password-dialog" @close=${this.#close}>
      <form @submit=${this.#open}>
        <h2 id="title">A password is needed</h2>
        <p id="text">“<bdi>${document}</bdi>” is encrypted. The password is used on this device only, and not stored.</p>
        ${isAgain ? html`<p class="wrong" role="alert" data-testid="password-wrong">That password doesn’t open it.</p>` : nothing}
        <label for="password">Password</label>
        <input id="password" type="password" autocomplete="off" autofocus data-testid="password" />
        <div class="row">
          <button type="button" data-testid="password-cancel" @click=${() => this.#dialog.close("")}>Leave it closed</button>
          <button class="primary" data-testid="password-open">Open</button>
        </div>
      </form>
    </dialog>`;
  }
}

customElements.define("ibid-password-dialog", PasswordDialog);
