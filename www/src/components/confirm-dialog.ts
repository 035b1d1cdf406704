import { css, html, LitElement, nothing } from "lit";
import { asking, shared } from "../styles.js";

export interface Question {
  title: string;
  text: string;
  /** The label of the button that goes ahead. */
  action: string;
}

/** Asks before something is deleted. Escape means no; the focus goes back to where it was. */
export class ConfirmDialog extends LitElement {
  static override properties = { question: { state: true } };
  /** Absent until something is asked: before that there is no dialog. */
  declare question: Question | undefined;
  #answer: (yes: boolean) => void = () => {};

  static override styles = [
    shared,
    asking,
    css`
      p {
        margin-block: 0.75rem 1.25rem;
      }
    `,
  ];

  async ask(question: Question): Promise<boolean> {
    this.question = question;
    await this.updateComplete;
    const dialog = this.renderRoot.querySelector("dialog") as HTMLDialogElement;
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((answer) => {
      this.#answer = answer;
    });
  }

  #close(event: Event) {
    this.#answer((event.currentTarget as HTMLDialogElement).returnValue === "yes");
  }

  #decide(event: Event, value: string) {
    (event.currentTarget as HTMLElement).closest("dialog")?.close(value);
  }

  protected override render() {
    if (this.question === undefined) {
      return nothing;
    }
    const { title, text, action } = this.question;
    return html`<dialog aria-labelledby="title" aria-describedby="text" data-testid="confirm-dialog" @close=${this.#close}>
      <h2 id="title">${title}</h2>
      <p id="text">${text}</p>
      <div class="row">
        <button autofocus data-testid="confirm-cancel" @click=${(event: Event) => this.#decide(event, "")}>Keep</button>
        <button class="danger" data-testid="confirm" @click=${(event: Event) => this.#decide(event, "yes")}>${action}</button>
      </div>
    </dialog>`;
  }
}

customElements.define("ibid-confirm-dialog", ConfirmDialog);
