import type { CollectionInfo } from "ibid";
import { css, html, LitElement, nothing } from "lit";
import { COLLECTION, type Library } from "../state/library.js";
import { shared } from "../styles.js";
import { bytes, number } from "../text/format.js";
import type { ConfirmDialog } from "./confirm-dialog.js";
import "./confirm-dialog.js";

/** What is stored, where, and how to get rid of it. */
export class StoragePanel extends LitElement {
  static override properties = {
    library: { attribute: false },
    info: { attribute: false },
    storage: { attribute: false },
  };
  declare library: Library;
  declare info: CollectionInfo | undefined;
  /** What this site uses on the device and may use. */
  declare storage: StorageEstimate | undefined;

  static override styles = [
    shared,
    css`
      p {
        margin-block: 0.5rem;
      }
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 0.125rem 1rem;
        margin-block: 0.75rem;
        font-variant-numeric: tabular-nums;
      }
      dt {
        color: var(--quiet);
      }
      dd {
        text-align: end;
        overflow-wrap: anywhere;
      }
    `,
  ];

  protected override render() {
    const { info, storage } = this;
    return html`<div data-testid="storage">
      <h2>Stored on this device</h2>
      <p class="small">
        Texts, embeddings and index are kept in this browser’s IndexedDB, in the database
        <code>ibid/${COLLECTION}</code>. Nothing is sent anywhere – no document, no question, no prompt – unless you have a language model on a server asked.
        The embedding model, once it is fetched, is kept here as well, so that later visits need no download.
      </p>
      ${
        info === undefined
          ? nothing
          : html`<dl class="small">
              ${fact("Documents", "documents", number(info.documents))}
              ${fact("Passages (chunks)", "chunks", number(info.chunks))}
              ${info.documents === 0 ? nothing : fact("Languages", "languages", languageWords(info.languages))}
              ${info.backlog > 0 ? fact("Not embedded yet", "backlog", number(info.backlog)) : nothing}
              ${fact("Generation", "generation", number(info.generation))}
              ${storage?.usage === undefined ? nothing : fact("Used by this site", "usage", bytes(storage.usage))}
              ${storage?.quota === undefined ? nothing : fact("Allowed by the browser", "quota", bytes(storage.quota))}
            </dl>`
      }
      <button class="danger" data-testid="delete-everything" @click=${this.#delete}>Delete everything …</button>
      <ibid-confirm-dialog></ibid-confirm-dialog>
    </div>`;
  }

  async #delete() {
    const sure = await (this.renderRoot.querySelector("ibid-confirm-dialog") as ConfirmDialog).ask({
      title: "Delete everything?",
      text: "All documents, their index and the trail are deleted from this device; the embedding model, which holds nothing of yours, stays. This can’t be undone.",
      action: "Delete everything",
    });
    if (sure) {
      await this.library.destroy();
    }
  }
}

/** In which languages the words of documents are found in all their forms, such as `English 9, German 1`. */
function languageWords(languages: CollectionInfo["languages"]): string {
  return Object.entries(languages)
    .filter(([, documents]) => documents > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, documents]) => `${LANGUAGES[name] ?? capital(name)} ${number(documents)}`)
    .join(", ");
}

const LANGUAGES: Record<string, string> = { none: "Other", undecided: "Undecided" };

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function fact(name: string, id: string, value: string) {
  return html`<dt>${name}</dt>
    <dd data-testid="storage-${id}">${value}</dd>`;
}

customElements.define("ibid-storage-panel", StoragePanel);
