import type { DocumentSummary, MetadataValue, Progress } from "ibid";
import { css, html, nothing } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import type { Library, LibraryState, Opening } from "../state/library.js";
import { placeHref } from "../state/place.js";
import { shared } from "../styles.js";
import { focused, isFocusLeft } from "../text/focus.js";
import { count, duration, number, pages, quoted, titleOf } from "../text/format.js";
import { kind } from "../text/kinds.js";
import type { ConfirmDialog } from "./confirm-dialog.js";
import "./confirm-dialog.js";
import { PacedElement } from "./paced-element.js";

/** The stored documents: what they are, how far they are embedded, opening and removing them. Its slot is for adding. */
export class DocumentList extends PacedElement {
  static override properties = { library: { attribute: false }, state: { attribute: false } };
  declare library: Library;
  declare state: LibraryState;

  static override styles = [
    shared,
    css`
      h2:focus {
        outline: none;
      }
      li {
        content-visibility: auto; /* what is far below is laid out when it is scrolled to */
        contain-intrinsic-block-size: auto 5.5rem;
        overflow-clip-margin: 0.75rem; /* the cross stands out of it */
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 0 0.5rem;
        padding-block: 0.75rem;
        border-block-end: 1px solid var(--rule);
      }
      .title {
        font: 1.0625rem/1.35 var(--serif);
        overflow-wrap: anywhere;
      }
      .facts,
      .unread,
      .state {
        grid-column: 1 / -1;
      }
      .facts,
      .unread {
        overflow-wrap: anywhere;
        margin-block-start: 0.125rem;
      }
      .state {
        display: grid;
        gap: 0.375rem;
      }
      button.remove {
        align-self: start;
        min-width: 2rem;
        margin-block-start: -0.25rem;
        margin-inline: 0 -0.625rem; /* the cross, not its box, ends where the column does */
        padding: 0;
        color: var(--quiet);
        font-size: 1.125rem;
        text-decoration: none;
      }
      .empty {
        margin-block: 0.5rem;
      }
    `,
  ];

  protected override render() {
    const { documents, opening } = this.state;
    return html`<h2 tabindex="-1">Documents</h2>
      <slot></slot>
      ${
        documents.length === 0
          ? none(opening)
          : html`<ul data-testid="documents">
              ${repeat(
                documents,
                ({ id }) => id,
                (document) => guard(this.#shownOf(document), () => this.#row(document)),
              )}
            </ul>`
      }
      <ibid-confirm-dialog></ibid-confirm-dialog>`;
  }

  /** What the row of a document depends on: while documents are added most rows stay as they are. */
  #shownOf(document: DocumentSummary): unknown[] {
    const { embedding, paused, offer } = this.state;
    return [document, embedding.get(document.id), paused.has(document.id), offer === undefined];
  }

  #row(document: DocumentSummary) {
    const { id, mediaType, length } = document;
    const title = titleOf(document);
    return html`<li data-testid="document-row" data-id=${id}>
      <a class="title" href=${placeHref({ document: id })}>${title}</a>
      <button
        class="plain remove"
        data-testid="remove"
        aria-label="Remove “${title}”"
        title="Remove"
        @click=${() => this.#remove(document)}
      >
        ×
      </button>
      <p class="facts quiet small">
        ${kind(mediaType)} · ${count(length, "character")}${id.includes("/") ? html`<br />${id}` : nothing}
      </p>
      ${unread(document)}
      <div class="state small" data-testid="document-state">${this.#state(document)}</div>
    </li>`;
  }

  #state(document: DocumentSummary) {
    const { id, chunks } = document;
    const underway = this.state.embedding.get(id);
    const done = embedded(document, underway);
    if (done >= chunks) {
      return html`<span class="quiet">${count(chunks, "passage")}, ready</span>`;
    }
    if (this.state.offer !== undefined) {
      return html`<span class="quiet">${count(chunks, "passage")}, found by words</span>`;
    }
    if (this.state.paused.has(id)) {
      return html`<span>
        found by words; ${number(chunks - done)} of ${count(chunks, "passage")} not embedded
        <button class="plain small" data-testid="resume" @click=${() => this.library.resume(id)}>Embed them</button>
      </span>`;
    }
    const left = underway?.secondsLeft;
    return html`<span
        >found by words, embedding ${number(done)} of ${number(chunks)}${
          left === undefined ? nothing : `, about ${duration(left)} left`
        }</span
      >
      ${
        done > 0
          ? html`<progress aria-label="Embedding “${titleOf(document)}”" max=${chunks} value=${done}></progress>`
          : nothing
      }`;
  }

  override focus() {
    this.renderRoot.querySelector("h2")?.focus();
  }

  async #remove(document: DocumentSummary) {
    const title = titleOf(document);
    const before = focused();
    const sure = await this.#confirm.ask({
      title: "Remove this document?",
      text: `${quoted(title)} and its index are deleted from this device. The file it came from is not touched.`,
      action: "Remove",
    });
    if (sure) {
      await this.library.remove(document);
      if (isFocusLeft(before)) {
        this.focus(); // the button that had the focus is gone
      }
    }
  }

  get #confirm(): ConfirmDialog {
    return this.renderRoot.querySelector("ibid-confirm-dialog") as ConfirmDialog;
  }
}

/** What stands in the place of documents. */
function none({ phase }: Opening) {
  return phase === "opening"
    ? html`<p id="opening" class="quiet empty">Loading the search engine …</p>
        <progress aria-labelledby="opening" data-testid="opening"></progress>`
    : html`<p class="quiet empty" data-testid="no-documents">None yet.</p>`;
}

/** The pages of a PDF file that nothing can be found on. */
function unread({ metadata }: DocumentSummary) {
  const withoutText = numbers(metadata.pagesWithoutText);
  const notRead = numbers(metadata.pagesNotRead);
  const notes = [
    withoutText.length > 0 ? `Without text that can be searched: ${pages(withoutText)}.` : "",
    notRead.length > 0 ? `Damaged, and not read: ${pages(notRead)}.` : "",
  ].filter((note) => note !== "");
  return notes.length > 0
    ? html`<p class="unread small" data-testid="pages-unread">${notes.join(" ")}</p>`
    : nothing;
}

function numbers(value: MetadataValue | undefined): number[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [];
  return all.filter((each): each is number => typeof each === "number");
}

/** How many chunks are embedded: what is committed, or what is under way where that is further. */
function embedded({ chunks, backlog }: DocumentSummary, underway: Progress | undefined): number {
  // Progress counts tokens, and between two readings of the backlog it knows better.
  const left = underway === undefined ? 1 : (underway.total - underway.done) / Math.max(underway.total, 1);
  const missing = Math.min(backlog, Math.ceil(chunks * left));
  return chunks - missing;
}

customElements.define("ibid-document-list", DocumentList);
