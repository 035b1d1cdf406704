import { css, html, LitElement, nothing } from "lit";
import type { Import, Library } from "../state/library.js";
import { shared } from "../styles.js";
import { count, isolated, list, number } from "../text/format.js";
import { problemNote } from "./problem-note.js";

/** Documents that are being added, and those that couldn't be. */
export class ImportList extends LitElement {
  static override properties = { library: { attribute: false }, imports: { attribute: false } };
  declare library: Library;
  declare imports: readonly Import[];

  static override styles = [
    shared,
    css`
      .import {
        padding: 0.875rem 1rem;
        border: 1px solid var(--rule);
        border-radius: 6px;
        background: var(--sheet);
      }
      .import + .import {
        margin-block-start: 0.75rem;
      }
      .row {
        justify-content: space-between;
      }
      progress {
        margin-block: 0.5rem 0.375rem;
      }
      .failures {
        display: grid;
        gap: 0.5rem;
        margin-block-start: 0.75rem;
      }
      .skipped {
        margin-block-start: 0.5rem;
        overflow-wrap: anywhere;
      }
      .name {
        overflow-wrap: anywhere;
        font-weight: 600;
      }
    `,
  ];

  protected override render() {
    return html`<ul aria-label="Documents being added" data-testid="imports">
      ${this.imports.map(
        (entry) => html`<li class="import" data-testid="import">
          ${entry.running ? this.#running(entry) : this.#over(entry)}${failures(entry)}${skipped(entry)}
        </li>`,
      )}
    </ul>`;
  }

  #running(entry: Import) {
    const { id, documents, finished, underway, failures } = entry;
    const done = finished + underway + failures.length; // how many passages there are is known only in the end
    return html`<div class="row">
        <strong id="label-${id}">Adding ${count(documents, "document")}</strong>
        <button class="plain" data-testid="cancel" @click=${() => this.#leave(() => this.library.cancel(id))}>Cancel</button>
      </div>
      <progress aria-labelledby="label-${id}" max=${documents} value=${done}></progress>
      <p class="quiet small">${stage(entry)}</p>`;
  }

  /** The button that had the focus is gone then. */
  #leave(act: () => void) {
    this.focus();
    act();
  }

  #over({ id, documents, finished, failures }: Import) {
    return html`<div class="row">
      <strong>${
        failures.length > 0
          ? `${number(failures.length)} of ${count(documents, "document")} couldn’t be added`
          : `${count(finished, "document")} added and ready`
      }</strong>
      <button class="plain" data-testid="dismiss" @click=${() => this.#leave(() => this.library.dismiss(id))}>Dismiss</button>
    </div>`;
  }
}

function stage({ documents, searchable, finished, reading }: Import): string {
  const all = number(documents);
  if (reading !== undefined && reading.total > 1) {
    return `Reading ${isolated(reading.document)}: page ${number(reading.done)} of ${number(reading.total)}.`;
  }
  return `Found by words: ${number(searchable)} of ${all}. Found by meaning too: ${number(finished)} of ${all}.`;
}

function failures({ failures }: Import) {
  return failures.length === 0
    ? nothing
    : html`<ul class="failures">
        ${failures.map(
          ({ document, problem }) =>
            html`<li data-testid="failure"><span class="name">${document}</span>${problemNote(problem)}</li>`,
        )}
      </ul>`;
}

/** How many files that are left out are named at once. */
const FEW = 3;

function skipped({ skipped }: Import) {
  if (skipped.length === 0) {
    return nothing;
  }
  const names = skipped.map(isolated);
  const shown = names.length === FEW + 1 ? names : names.slice(0, FEW);
  const rest = names.slice(shown.length);
  return html`<div class="skipped quiet small" data-testid="skipped">
    <p>
      Left out, as hidden or of a kind that can’t be read: ${
        rest.length > 0 ? `${shown.join(", ")} and ${number(rest.length)} more.` : `${list(shown)}.`
      }
    </p>
    ${
      rest.length > 0
        ? html`<details>
            <summary>All of them</summary>
            ${names.join(", ")}
          </details>`
        : nothing
    }
  </div>`;
}

customElements.define("ibid-import-list", ImportList);
