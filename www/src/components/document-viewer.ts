import type { MetadataValue, SourcePlace, StoredDocument } from "ibid";
import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import type { Library } from "../state/library.js";
import type { Original } from "../state/originals.js";
import { findPageMarks, type PageMark } from "../state/page-marks.js";
import type { Place } from "../state/place.js";
import { shared } from "../styles.js";
import { count, number, titleOf } from "../text/format.js";
import { isPdf, kind } from "../text/kinds.js";
import { pagesOf, type Rectangle, rectangles, whereabouts } from "../text/origin.js";
import { type Problem, toProblem } from "../text/problem.js";
import { clampSpan, cut, type Range, windowAround, withEarlier, withLater } from "../text/text-window.js";
import type { PageView } from "./page-view.js";
import "./page-view.js";
import { problemNote } from "./problem-note.js";

/** A document that is shown. */
interface Open {
  state: "loaded";
  document: StoredDocument;
  span: Range | undefined;
  /** Where the span stands in the original, in words. */
  where: string;
  /** The page that the span begins on. */
  page: number;
  marks: readonly Rectangle[];
}

type Loaded = { state: "loading" } | { state: "missing" } | { state: "failed"; problem: Problem } | Open;

/**
 * Shows a document with the exact span of a citation marked: the pages of a PDF file as they look, where the file is at
 * hand, and of every document its extracted text, all of it as text.
 */
export class DocumentViewer extends LitElement {
  static override properties = {
    library: { attribute: false },
    place: { attribute: false },
    loaded: { state: true },
    window: { state: true },
    original: { state: true },
    asText: { state: true },
    pageMarks: { state: true },
  };
  declare library: Library;
  /** What to show; the viewer is open while there is one. A `close` event asks for there to be none. */
  declare place: Place | undefined;
  declare loaded: Loaded;
  declare window: Range;
  /** The document's file, where its pages can be shown. */
  declare original: Original | undefined;
  /** Whether the text is shown although pages could be. */
  declare asText: boolean;
  /** Where pages begin in the text that is shown. */
  declare pageMarks: readonly PageMark[];

  static override styles = [
    shared,
    css`
      dialog {
        width: min(50rem, 100vw);
        max-width: none;
        height: 100dvh;
        max-height: none;
        margin: 0 0 0 auto;
        border-width: 0 0 0 1px;
      }
      dialog[open] {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr);
      }
      header {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 0.25rem 1rem;
        align-items: start;
        padding: 1rem 1.5rem;
        border-block-end: 1px solid var(--rule);
      }
      .facts,
      .views {
        grid-column: 1 / -1;
        justify-content: space-between;
      }
      .views {
        margin-block-start: 0.25rem;
      }
      .views .row {
        gap: 0.25rem 0.5rem;
      }
      .views .button {
        line-height: 1.625rem;
      }
      .views button,
      .views .button {
        min-height: 2.25rem;
        padding-block: 0.25rem;
      }
      .views button[aria-pressed="true"] {
        border-color: var(--accent);
        color: var(--accent);
        font-weight: 600;
      }
      .button:focus-within {
        outline: 2px solid var(--accent);
        outline-offset: 2px;
      }
      h2,
      header p {
        overflow-wrap: anywhere;
      }
      .text {
        overflow: auto;
        padding: 1.25rem 1.5rem 4rem;
        overscroll-behavior: contain;
      }
      .text:focus-visible {
        outline-offset: -3px;
      }
      .words {
        max-width: 44rem;
        font: 1.0625rem/1.65 var(--serif);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      mark {
        padding-block: 0.125em;
        box-decoration-break: clone;
        -webkit-box-decoration-break: clone;
      }
      .begins::before {
        content: "page " attr(data-page);
        display: block;
        margin-block: 0.75em 0.5em;
        padding-block-start: 0.375em;
        border-block-start: 1px solid var(--rule);
        color: var(--quiet);
        font: 0.8125rem/1.4 var(--sans);
      }
      .more {
        margin-block: 0.75rem;
      }
      @media (max-width: 40rem) {
        header,
        .text {
          padding-inline: 1rem;
        }
      }
      @media (prefers-reduced-motion: no-preference) {
        dialog[open] {
          animation: slide 160ms ease-out;
        }
        @keyframes slide {
          from {
            transform: translateX(1.5rem);
            opacity: 0;
          }
        }
      }
    `,
  ];

  constructor() {
    super();
    this.loaded = { state: "loading" };
    this.window = { start: 0, end: 0 };
    this.original = undefined;
    this.asText = false;
    this.pageMarks = [];
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("window") || changed.has("loaded")) {
      void this.#markPages();
    }
    if (!changed.has("place")) {
      return;
    }
    if (this.place === undefined) {
      this.#dialog.close();
    } else {
      if (!this.#dialog.open) {
        this.#dialog.showModal();
      }
      void this.#load(this.place);
    }
  }

  async #load(place: Place): Promise<void> {
    this.loaded = { state: "loading" };
    const loaded = await this.#read(place);
    if (place !== this.place) {
      return; // another place was opened meanwhile, or none
    }
    if (loaded.state === "loaded") {
      const { document } = loaded;
      this.window = windowAround(document.text, loaded.span);
      this.original = isPdf(document) ? this.library.original(document.id) : undefined;
    }
    this.pageMarks = [];
    this.asText = false;
    this.loaded = loaded;
    await this.updateComplete;
    this.#focusBody();
    this.#showMark();
  }

  /** Finds where pages begin in the text that is shown; it is there before that is known. */
  async #markPages(): Promise<void> {
    const { loaded, window } = this;
    if (loaded.state !== "loaded" || loaded.page === 0) {
      return;
    }
    const { id, text } = loaded.document;
    const locate = (range: Range) => this.library.locate(id, range).catch((): SourcePlace[] => []);
    const found = await findPageMarks(text, window, locate);
    const area = this.#text;
    const mark = this.renderRoot.querySelector("mark");
    if (loaded === this.loaded && window === this.window) {
      const before = mark?.getBoundingClientRect().top ?? 0;
      this.pageMarks = found;
      await this.updateComplete;
      if (area !== null && mark !== null) {
        area.scrollTop += mark.getBoundingClientRect().top - before; // what is read stays where it is
      }
    }
  }

  async #read({ document: id, span }: Place): Promise<Loaded> {
    try {
      const document = await this.library.get(id);
      return document === undefined ? { state: "missing" } : this.#placed(document, span);
    } catch (thrown) {
      return { state: "failed", problem: toProblem(thrown) };
    }
  }

  async #placed(document: StoredDocument, wanted: Range | undefined): Promise<Open> {
    const span = wanted && clampSpan(document.text, wanted);
    const looked = span ?? { start: 0, end: Math.min(1, document.text.length) };
    const places = await this.library.locate(document.id, looked).catch((): SourcePlace[] => []);
    return {
      state: "loaded",
      document,
      span,
      where: span ? whereabouts(places) : "",
      page: pagesOf(places)[0] ?? 0,
      marks: span ? rectangles(places) : [],
    };
  }

  #focusBody() {
    (this.#pageView ?? this.#text)?.focus();
  }

  #showMark() {
    if (this.#pageView) {
      void this.#pageView.toMark();
    } else {
      this.renderRoot.querySelector("mark")?.scrollIntoView({ block: "center" });
    }
  }

  async #show(asText: boolean) {
    this.asText = asText;
    await this.updateComplete;
    if (asText) {
      this.#showMark();
    }
  }

  /** Takes the file of a document that was added before. */
  #pick(event: Event) {
    const input = event.currentTarget as HTMLInputElement;
    const [file] = input.files ?? [];
    input.value = "";
    if (file !== undefined && this.loaded.state === "loaded") {
      this.original = { file };
      this.library.keepOriginal(this.loaded.document.id, this.original);
      this.asText = false;
    }
  }

  #pickAnother() {
    this.renderRoot.querySelector<HTMLInputElement>("input[type=file]")?.click();
  }

  #close() {
    // The event comes a moment after the closing; another place may have been opened by then.
    if (!this.#dialog.open) {
      this.dispatchEvent(new Event("close"));
    }
  }

  /** A click on what lies behind the panel closes it. */
  #clickDialog(event: Event) {
    if (event.target === this.#dialog) {
      this.#dialog.close();
    }
  }

  /** Text that appears above must not push what is being read out of sight. */
  async #showEarlier(text: string) {
    const area = this.#text as HTMLElement;
    const below = area.scrollHeight - area.scrollTop;
    this.window = withEarlier(text, this.window);
    await this.updateComplete;
    area.scrollTop = area.scrollHeight - below;
    area.focus();
  }

  #showLater(text: string) {
    this.window = withLater(text, this.window);
    this.#text?.focus({ preventScroll: true });
  }

  get #dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector("dialog") as HTMLDialogElement;
  }

  get #pageView(): PageView | null {
    return this.renderRoot.querySelector("ibid-page-view");
  }

  get #text(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(".text");
  }

  protected override render() {
    return html`<dialog aria-labelledby="title" data-testid="viewer" @close=${this.#close} @click=${this.#clickDialog}>
      <header>
        <h2 id="title">${this.#title()}</h2>
        <button autofocus data-testid="close-viewer" @click=${() => this.#dialog.close()}>Close</button>
        ${this.#facts()}
      </header>
      ${this.#body()}
    </dialog>`;
  }

  #title(): string {
    return this.loaded.state === "loaded" ? titleOf(this.loaded.document) : (this.place?.document ?? "");
  }

  #facts() {
    if (this.loaded.state !== "loaded") {
      return nothing;
    }
    const { document, span, where } = this.loaded;
    const { author, from, date } = document.metadata;
    const facts = [
      kind(document.mediaType),
      wordsOf(author ?? from),
      wordsOf(date).slice(0, "2026-11-26".length),
      count(document.length, "character"),
      span === undefined ? "" : `marked: ${where || `${number(span.start)} to ${number(span.end)}`}`,
    ].filter((fact) => fact !== "");
    const toMark = span
      ? html`<button class="plain small" data-testid="to-mark" @click=${this.#showMark}>Back to the mark</button>`
      : nothing;
    return html`<div class="row facts">
        <p class="quiet small" data-testid="viewer-facts">${facts.join(" · ")}</p>
        ${isPdf(document) ? nothing : toMark}
      </div>
      ${isPdf(document) ? html`<div class="row views">${this.#views()}${toMark}</div>` : nothing}`;
  }

  #views() {
    const choose = html`<label class="button" ?hidden=${this.original !== undefined}>
      Choose the file to see the page
      <input class="hidden" type="file" accept=".pdf,application/pdf" data-testid="original-input" @change=${this.#pick} />
    </label>`;
    if (this.original === undefined) {
      return html`<div class="row small">${choose}<span class="quiet">The file itself isn’t stored.</span></div>`;
    }
    const view = (name: string, id: string, asText: boolean) =>
      html`<button data-testid=${id} aria-pressed=${this.asText === asText ? "true" : "false"} @click=${() => this.#show(asText)}>${name}</button>`;
    return html`<div class="row small" role="group" aria-label="View">
      ${view("Page", "view-page", false)}${view("Text", "view-text", true)}${choose}
    </div>`;
  }

  #body() {
    const { loaded, original } = this;
    switch (loaded.state) {
      case "loading":
        return html`<p class="text quiet">Opening …</p>`;
      case "missing":
        return html`<p class="text" data-testid="viewer-missing">This document isn’t stored here, or not any more.</p>`;
      case "failed":
        return html`<div class="text">${problemNote(loaded.problem)}</div>`;
      case "loaded":
        return original !== undefined && !this.asText
          ? this.#pages(loaded, original)
          : this.#window(loaded.document.text, loaded.span);
    }
  }

  #pages({ document, span, page, marks }: Open, original: Original) {
    return html`<ibid-page-view
      .library=${this.library}
      .document=${document}
      .original=${original}
      .marks=${marks}
      .first=${Math.max(page, 1)}
      .passage=${span ? document.text.slice(span.start, span.end) : ""}
      @other-file=${this.#pickAnother}
    ></ibid-page-view>`;
  }

  /** A part of the text, cut where pages begin in it; the words of the cuts are no part of the text. */
  #paged(part: string, origin: number) {
    const inside = this.pageMarks.filter(({ at }) => origin <= at && at < origin + part.length);
    if (inside.length === 0) {
      return part;
    }
    const ends = [...inside.slice(1).map(({ at }) => at), origin + part.length];
    const pieces = inside.map(
      ({ at, page }, index) =>
        html`<span class="begins" data-page=${page}></span>${part.slice(at - origin, (ends[index] as number) - origin)}`,
    );
    return html`${part.slice(0, (inside[0] as PageMark).at - origin)}${pieces}`;
  }

  #window(text: string, span: Range | undefined) {
    const { start, end } = this.window;
    const [before, marked, after] = cut(text, this.window, span);
    return html`<div class="text" role="region" aria-label="Text of the document" tabindex="0" data-testid="viewer-text">
      ${
        start > 0
          ? html`<button class="more" data-testid="show-earlier" @click=${() => this.#showEarlier(text)}>
              Show more of the ${count(start, "character")} before
            </button>`
          : nothing
      }
      <div class="words">${this.#paged(before, start)}${
        span ? html`<mark data-testid="viewer-mark">${this.#paged(marked, span.start)}</mark>` : nothing
      }${this.#paged(after, end - after.length)}</div>
      ${
        end < text.length
          ? html`<button class="more" data-testid="show-later" @click=${() => this.#showLater(text)}>
              Show more of the ${count(text.length - end, "character")} after
            </button>`
          : nothing
      }
    </div>`;
  }
}

/** A value of a document's metadata as one line. */
function wordsOf(value: MetadataValue | undefined): string {
  const words = Array.isArray(value) ? value.join(", ") : (value ?? "");
  return String(words).trim();
}

customElements.define("ibid-document-viewer", DocumentViewer);
