import { css, html, LitElement } from "lit";
import { shared } from "../styles.js";

/** Takes the reader's own files, picked or dropped anywhere on the page; says so with a `files` event. */
export class DropZone extends LitElement {
  static override properties = { over: { state: true } };
  declare over: boolean;

  static override styles = [
    shared,
    css`
      .zone {
        padding: 0.875rem;
        border: 1px dashed var(--edge);
        border-radius: 6px;
        text-align: center;
      }
      .over {
        border-color: var(--accent);
        border-style: solid;
        background: var(--wash);
      }
      .button:focus-within {
        outline: 2px solid var(--accent);
        outline-offset: 2px;
      }
      p {
        margin-block-start: 0.5rem;
      }
    `,
  ];

  constructor() {
    super();
    this.over = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("dragover", this.#dragOver);
    window.addEventListener("dragleave", this.#dragLeave);
    window.addEventListener("drop", this.#drop);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("dragover", this.#dragOver);
    window.removeEventListener("dragleave", this.#dragLeave);
    window.removeEventListener("drop", this.#drop);
  }

  // A file that is dropped beside the zone would otherwise replace the page.
  readonly #dragOver = (event: DragEvent) => {
    if (event.dataTransfer?.types.includes("Files")) {
      event.preventDefault();
      this.over = true;
    }
  };

  readonly #dragLeave = (event: DragEvent) => {
    if (event.relatedTarget === null) {
      this.over = false;
    }
  };

  readonly #drop = (event: DragEvent) => {
    this.over = false;
    if (event.dataTransfer?.types.includes("Files")) {
      event.preventDefault();
      this.#emit(event.dataTransfer.files);
    }
  };

  #pick(event: Event) {
    const input = event.currentTarget as HTMLInputElement;
    this.#emit(input.files);
    input.value = ""; // so that the same file can be picked again
  }

  #emit(files: FileList | null) {
    if (files !== null && files.length > 0) {
      this.dispatchEvent(new CustomEvent<File[]>("files", { detail: [...files] }));
    }
  }

  protected override render() {
    return html`<div class="zone ${this.over ? "over" : ""}" data-testid="drop-zone">
      <label class="button">
        Choose files
        <input
          class="hidden"
          type="file"
          multiple
          accept=".txt,.md,.markdown,text/plain,text/markdown"
          data-testid="file-input"
          @change=${this.#pick}
        />
      </label>
      <p class="quiet small">
        or drop them here: plain text and Markdown, up to 64 MiB each. A file replaces the document of the same name.
      </p>
    </div>`;
  }
}

customElements.define("ibid-drop-zone", DropZone);
