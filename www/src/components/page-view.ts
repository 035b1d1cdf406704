import type { StoredDocument } from "ibid";
import { css, html, LitElement, nothing, type PropertyValues, svg } from "lit";
import type { Library } from "../state/library.js";
import type { Original } from "../state/originals.js";
import { PdfError, PdfFile } from "../state/pdf.js";
import { shared } from "../styles.js";
import { number } from "../text/format.js";
import { overlap, type Rectangle } from "../text/origin.js";

type Shown =
  | { state: "opening" }
  | { state: "locked" }
  | { state: "failed"; message: string }
  | { state: "open"; pdf: PdfFile; page: number; width: number; height: number };

/** How much of a passage has to be on its page for the file to be the right one. */
const RIGHT = 0.2;

/** Shows the pages of a PDF file as they look, with a passage marked. Asks for another file with `other-file`. */
export class PageView extends LitElement {
  static override properties = {
    library: { attribute: false },
    document: { attribute: false },
    original: { attribute: false },
    marks: { attribute: false },
    first: { type: Number },
    passage: { attribute: false },
    shown: { state: true },
    canvas: { state: true },
    enlarged: { state: true },
    doubtful: { state: true },
  };
  declare library: Library;
  declare document: StoredDocument;
  declare original: Original;
  /** What is marked, in order. */
  declare marks: readonly Rectangle[];
  /** The page to begin with. */
  declare first: number;
  /** The text of what is marked; may be empty. */
  declare passage: string;
  declare shown: Shown;
  declare canvas: HTMLCanvasElement | undefined;
  declare enlarged: boolean;
  /** Whether the passage is not where it should be. */
  declare doubtful: boolean;

  #turn = 0;
  #drawnWidth = 0;
  #resizing: ReturnType<typeof setTimeout> | undefined;

  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr);
        min-height: 0;
      }
      .bar {
        justify-content: space-between;
        padding: 0.375rem 1.5rem;
        border-block-end: 1px solid var(--rule);
      }
      .bar .row {
        gap: 0.25rem 0.5rem;
      }
      .bar button {
        min-height: 2.25rem;
        padding-block: 0.25rem;
      }
      .number {
        min-width: 6.5rem;
        text-align: center;
        font-variant-numeric: tabular-nums;
      }
      .pages {
        overflow: auto;
        padding: 1.25rem 1.5rem 3rem;
        background: var(--wash);
        overscroll-behavior: contain;
      }
      .pages:focus-visible {
        outline-offset: -3px;
      }
      .sheet {
        position: relative;
        max-width: 52rem;
        margin-inline: auto;
        background: #fff;
        box-shadow: 0 0 0 1px var(--rule), 0 1px 6px rgb(0 0 0 / 18%);
      }
      .enlarged {
        width: 200%;
        max-width: 104rem;
      }
      canvas {
        display: block;
        width: 100%;
        height: auto;
      }
      svg {
        display: block;
        width: 100%;
        height: auto;
      }
      canvas ~ svg {
        position: absolute;
        inset: 0;
        height: 100%;
        mix-blend-mode: multiply;
        pointer-events: none;
      }
      rect {
        fill: #ffe27a;
      }
      .note {
        margin-block-end: 1rem;
      }
      .body {
        padding: 1.25rem 1.5rem;
      }
      @media (max-width: 40rem) {
        .bar,
        .body {
          padding-inline: 1rem;
        }
        .pages {
          padding-inline: 0.5rem;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.shown = { state: "opening" };
    this.marks = [];
    this.first = 1;
    this.passage = "";
    this.enlarged = false;
    this.doubtful = false;
  }

  readonly #resized = new ResizeObserver(() => {
    clearTimeout(this.#resizing);
    this.#resizing = setTimeout(() => void this.#draw(), 120);
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
    clearTimeout(this.#resizing);
    this.#turn += 1;
    this.#close();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("original")) {
      void this.#open();
    } else if (changed.has("marks") || changed.has("first")) {
      void this.#goTo(this.first);
    } else if (changed.has("enlarged")) {
      void this.#draw();
    }
  }

  async #open(): Promise<void> {
    const turn = ++this.#turn;
    this.#close();
    this.shown = { state: "opening" };
    this.canvas = undefined;
    let { file, password } = this.original;
    while (turn === this.#turn) {
      try {
        const pdf = await PdfFile.open(file, password);
        if (turn !== this.#turn) {
          pdf.close();
          return;
        }
        if (password !== this.original.password) {
          this.library.keepOriginal(this.document.id, { file, password });
        }
        this.shown = { state: "open", pdf, page: 0, width: 1, height: 1 };
        await this.#goTo(this.first);
        return;
      } catch (error) {
        if (turn !== this.#turn) {
          return;
        }
        const refusal = error instanceof PdfError ? error.refusal : "unreadable";
        if (refusal === "unreadable") {
          this.shown = { state: "failed", message: String((error as Error).message) };
          return;
        }
        password = await this.library.askPassword(this.document.id, refusal === "wrong-password");
        if (password === undefined && turn === this.#turn) {
          this.shown = { state: "locked" };
          return;
        }
      }
    }
  }

  #close() {
    if (this.shown.state === "open") {
      this.shown.pdf.close();
    }
  }

  /** Shows a page, and what is marked on it. */
  async #goTo(wanted: number): Promise<void> {
    if (this.shown.state !== "open") {
      return;
    }
    const { pdf } = this.shown;
    const page = Math.min(Math.max(wanted, 1), pdf.pages);
    try {
      const size = await pdf.size(page);
      this.shown = { state: "open", pdf, page, ...size };
      this.canvas = undefined;
      await this.updateComplete;
      this.showMark();
      await this.#draw();
      if (page === this.marks[0]?.page || wanted > pdf.pages) {
        const found = wanted > pdf.pages ? 0 : await this.#found(pdf, page);
        this.doubtful = found < RIGHT;
      }
    } catch (error) {
      this.shown = { state: "failed", message: String((error as Error).message) };
    }
  }

  /** How much of the passage is on its first pages. */
  async #found(pdf: PdfFile, page: number): Promise<number> {
    const following = this.marks.some((mark) => mark.page === page + 1) && page < pdf.pages;
    const texts = await Promise.all([pdf.text(page), following ? pdf.text(page + 1) : ""]);
    return overlap(this.passage, texts.join(" "));
  }

  async #draw(): Promise<void> {
    const sheet = this.renderRoot.querySelector<HTMLElement>(".sheet");
    if (this.shown.state !== "open" || this.shown.page === 0 || sheet === null) {
      return;
    }
    const { pdf, page } = this.shown;
    const width = Math.round(sheet.clientWidth * devicePixelRatio);
    if (width === 0 || (this.canvas !== undefined && width === this.#drawnWidth)) {
      return;
    }
    const canvas = await pdf.draw(page, width);
    if (canvas !== undefined) {
      this.#drawnWidth = width;
      this.canvas = canvas;
      await this.updateComplete;
    }
  }

  /** Brings the first mark of the page that is shown into sight, or the page's beginning. */
  showMark() {
    const pages = this.#pages;
    if (pages === null) {
      return;
    }
    const marks = [...this.renderRoot.querySelectorAll("rect")].map((mark) => mark.getBoundingClientRect());
    const [first] = marks;
    if (first === undefined) {
      pages.scrollTop = 0;
      return;
    }
    const view = pages.getBoundingClientRect();
    // Of an enlarged page the widest line is seen from its beginning.
    const widest = marks.reduce((before, mark) => (mark.width > before.width ? mark : before));
    pages.scrollTop += first.top - view.top - pages.clientHeight / 3;
    pages.scrollLeft += widest.left - view.left - Math.max(8, (pages.clientWidth - widest.width) / 2);
  }

  /** Goes back to the page of the mark. */
  async toMark() {
    await this.#goTo(this.first);
  }

  override focus() {
    this.#pages?.focus();
  }

  get #pages(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(".pages");
  }

  protected override render() {
    const { shown } = this;
    switch (shown.state) {
      case "opening":
        return html`<p class="body quiet">Opening the file …</p>`;
      case "locked":
        return html`<div class="body">
          <p class="note">The file is protected by a password, so its pages can’t be shown.</p>
          <button @click=${() => this.#open()}>Enter the password</button>
        </div>`;
      case "failed":
        return html`<div class="body">
          <p class="note error" data-testid="page-failed">The page can’t be shown: ${shown.message}</p>
          ${this.#otherFile()}
        </div>`;
      case "open":
        return shown.page === 0 ? html`<p class="body quiet">Opening the file …</p>` : this.#openPage(shown);
    }
  }

  #otherFile() {
    return html`<button data-testid="other-file" @click=${() => this.dispatchEvent(new Event("other-file"))}>
      Choose another file
    </button>`;
  }

  #openPage({ pdf, page, width, height }: Extract<Shown, { state: "open" }>) {
    const marks = this.marks.filter((mark) => mark.page === page);
    const label = `Page ${page}${marks.length > 0 ? " with the passage marked" : ""}`;
    return html`<div class="row bar small">
        <div class="row">
          <button data-testid="previous-page" aria-label="Previous page" ?disabled=${page <= 1} @click=${() => this.#goTo(page - 1)}>←</button>
          <span class="number" aria-live="polite" data-testid="page-number">Page ${number(page)} of ${number(pdf.pages)}</span>
          <button data-testid="next-page" aria-label="Next page" ?disabled=${page >= pdf.pages} @click=${() => this.#goTo(page + 1)}>→</button>
        </div>
        <button data-testid="enlarge" aria-pressed=${this.enlarged ? "true" : "false"} @click=${this.#enlarge}>
          ${this.enlarged ? "Whole width" : "Enlarge"}
        </button>
      </div>
      <div class="pages" role="region" aria-label=${label} tabindex="0" data-testid="page">
        ${
          this.doubtful
            ? html`<div class="note" data-testid="other-document">
                <p>The passage isn’t on this page. This may be another file, or another version of it.</p>
                ${this.#otherFile()}
              </div>`
            : nothing
        }
        <div class="sheet ${this.enlarged ? "enlarged" : ""}" aria-busy=${this.canvas ? "false" : "true"}>
          ${this.canvas}
          <svg viewBox="0 0 ${width} ${height}" aria-hidden="true">
            ${marks.map(({ left, top, width, height }) => svg`<rect data-testid="page-mark" x=${left} y=${top} width=${width} height=${height} />`)}
          </svg>
        </div>
      </div>`;
  }

  async #enlarge() {
    this.enlarged = !this.enlarged;
    await this.updateComplete;
    this.showMark();
  }
}

customElements.define("ibid-page-view", PageView);
