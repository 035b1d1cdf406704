import type { StoredDocument } from "ibid";
import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import type { Library } from "../state/library.js";
import type { Place } from "../state/place.js";
import { shared } from "../styles.js";
import { count, kind, number, titleOf } from "../text/format.js";
import { type Problem, toProblem } from "../text/problem.js";
import { clampSpan, cut, type Range, windowAround, withEarlier, withLater } from "../text/text-window.js";
import { problemNote } from "./problem-note.js";

type Loaded =
  | { state: "loading" }
  | { state: "missing" }
  | { state: "failed"; problem: Problem }
  | { state: "loaded"; document: StoredDocument; span: Range | undefined };

/** Shows a document's extracted text, all of it as text, with the exact span of a citation marked. */
export class DocumentViewer extends LitElement {
  static override properties = {
    library: { attribute: false },
    place: { attribute: false },
    loaded: { state: true },
    window: { state: true },
  };
  declare library: Library;
  /** What to show; the viewer is open while there is one. A `close` event asks for there to be none. */
  declare place: Place | undefined;
  declare loaded: Loaded;
  declare window: Range;

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
      .facts {
        grid-column: 1 / -1;
        justify-content: space-between;
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
  }

  protected override updated(changed: PropertyValues<this>): void {
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
      this.window = windowAround(loaded.document.text, loaded.span);
    }
    this.loaded = loaded;
    await this.updateComplete;
    this.#text?.focus();
    this.#showMark();
  }

  async #read({ document: id, span }: Place): Promise<Loaded> {
    try {
      const document = await this.library.get(id);
      return document === undefined
        ? { state: "missing" }
        : { state: "loaded", document, span: span && clampSpan(document.text, span) };
    } catch (thrown) {
      return { state: "failed", problem: toProblem(thrown) };
    }
  }

  #showMark() {
    this.renderRoot.querySelector("mark")?.scrollIntoView({ block: "center" });
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

  get #text(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(".text");
  }

  protected override render() {
    return html`<dialog aria-labelledby="title" data-testid="viewer" @close=${this.#close} @click=${this.#clickDialog}>
      <header>
        <h2 id="title">${this.#title()}</h2>
        <button autofocus data-testid="close-viewer" @click=${() => this.#dialog.close()}>Close</button>
        <div class="row facts">${this.#facts()}</div>
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
    const { document, span } = this.loaded;
    return html`<p class="quiet small">
        ${kind(document.mediaType)} · ${count(document.length, "character")}${
          span ? html` · marked: ${number(span.start)} to ${number(span.end)}` : nothing
        }
      </p>
      ${span ? html`<button class="plain small" data-testid="to-mark" @click=${this.#showMark}>Back to the mark</button>` : nothing}`;
  }

  #body() {
    switch (this.loaded.state) {
      case "loading":
        return html`<p class="text quiet">Opening …</p>`;
      case "missing":
        return html`<p class="text" data-testid="viewer-missing">This document isn’t stored here, or not any more.</p>`;
      case "failed":
        return html`<div class="text">${problemNote(this.loaded.problem)}</div>`;
      case "loaded":
        return this.#window(this.loaded.document.text, this.loaded.span);
    }
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
      <div class="words">${before}${span ? html`<mark data-testid="viewer-mark">${marked}</mark>` : nothing}${after}</div>
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

customElements.define("ibid-document-viewer", DocumentViewer);
