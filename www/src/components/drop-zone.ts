import { css, html, LitElement } from "lit";
import { shared } from "../styles.js";
import { droppedFiles, hasFiles, type Picked, pickedFiles } from "../text/dropped-files.js";
import { ACCEPTED } from "../text/kinds.js";

/** Takes the reader's own files and folders, picked or dropped anywhere on the page; says so with a `files` event. */
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
      .row {
        justify-content: center;
      }
      p {
        margin-block-start: 0.625rem;
        text-align: start;
        text-wrap: pretty;
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

  readonly #dragOver = (event: DragEvent) => {
    if (hasFiles(event)) {
      this.over = this.#isShown;
    }
  };

  get #isShown(): boolean {
    return this.getClientRects().length > 0;
  }

  readonly #dragLeave = (event: DragEvent) => {
    if (event.relatedTarget === null) {
      this.over = false;
    }
  };

  readonly #drop = (event: DragEvent) => {
    this.over = false;
    if (hasFiles(event) && this.#isShown) {
      void droppedFiles(event.dataTransfer).then((picked) => this.#emit(picked));
    }
  };

  #pick(event: Event) {
    const input = event.currentTarget as HTMLInputElement;
    this.#emit(pickedFiles(input.files ?? []));
    input.value = ""; // so that the same file can be picked again
  }

  #emit(picked: Picked) {
    if (picked.files.length > 0 || picked.skipped.length > 0) {
      this.dispatchEvent(new CustomEvent<Picked>("files", { detail: picked }));
    }
  }

  protected override render() {
    return html`<div class="zone ${this.over ? "over" : ""}" data-testid="drop-zone">
      <div class="row">
        <label class="button">
          Choose files
          <input
            class="hidden"
            type="file"
            multiple
            accept=${ACCEPTED}
            data-testid="file-input"
            @change=${this.#pick}
          />
        </label>
        <label class="button folder">
          A folder
          <input class="hidden" type="file" webkitdirectory data-testid="folder-input" @change=${this.#pick} />
        </label>
      </div>
      <p class="quiet small">
        or drop them here: PDF, Word, PowerPoint, Excel, OpenDocument text, EPUB, web pages, mails, CSV, JSON, Markdown
        and plain text, up to 64 MiB each. A file replaces the document of the same name.
      </p>
    </div>`;
  }
}

customElements.define("ibid-drop-zone", DropZone);
