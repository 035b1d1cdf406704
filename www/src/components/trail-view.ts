import type { DamagedRecord, DeletedRecord, DocumentSummary, TrailEntry, TrailRecord } from "ibid";
import { css, html, LitElement, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Library } from "../state/library.js";
import { Trailing, type TrailingState } from "../state/trailing.js";
import { shared, tones, view } from "../styles.js";
import { download } from "../text/download.js";
import { focused, isFocusLeft } from "../text/focus.js";
import { number, quoted, titleOf } from "../text/format.js";
import { answerKind, checkWords, isRecord, recordTitle, timeWords, verdictCounts } from "../text/trail.js";
import { VERDICTS, verdictSummary } from "../text/verdicts.js";
import type { ConfirmDialog } from "./confirm-dialog.js";
import "./confirm-dialog.js";
import { problemNote } from "./problem-note.js";
import "./trail-record.js";

/** What was asked and answered, as the trail keeps it. */
export class TrailView extends LitElement {
  static override properties = {
    library: { attribute: false },
    documents: { attribute: false },
    recording: { type: Boolean },
    shown: { type: Boolean },
    opened: { state: true },
  };
  declare library: Library;
  declare documents: readonly DocumentSummary[];
  declare recording: boolean;
  /** Whether the view is seen; each time that it comes into view the records are read again. */
  declare shown: boolean;
  /** The records that are open, by their numbers. */
  declare opened: ReadonlySet<number>;
  #trailing: Trailing | undefined;

  static override styles = [
    shared,
    tones,
    view,
    css`
      :host {
        gap: 1.25rem;
      }
      .switch {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 0 0.75rem;
        max-width: 46rem;
        padding: 0.875rem 1.125rem;
        border: 1px solid var(--rule);
        border-radius: 6px;
        background: var(--sheet);
      }
      .switch input {
        width: 1.125rem;
        height: 1.125rem;
        margin-block-start: 0.1875rem;
      }
      .switch label {
        font-weight: 600;
      }
      .switch p {
        grid-column: 2;
      }
      .entry {
        border-block-end: 1px solid var(--rule);
      }
      .entry summary {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 1rem;
        gap: 0.25rem 1rem;
        width: auto;
        padding-block: 0.75rem;
        color: var(--ink);
        list-style: none;
      }
      summary::-webkit-details-marker {
        display: none;
      }
      .entry > details > summary::after {
        content: "";
        grid-area: 1 / 2;
        align-self: center;
        width: 0.5rem;
        height: 0.5rem;
        border: solid var(--quiet);
        border-width: 0 2px 2px 0;
        transform: translateY(-25%) rotate(45deg);
      }
      .entry > details[open] > summary::after {
        transform: translateY(25%) rotate(225deg);
      }
      .asked {
        font: 1.125rem/1.4 var(--serif);
        overflow-wrap: anywhere;
      }
      .facts {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem 0.875rem;
        align-items: center;
      }
      .counts {
        display: flex;
        flex-wrap: wrap;
        gap: 0.375rem;
      }
      .counts > span {
        padding: 0 0.5rem;
        border-radius: 1rem;
        background: var(--tone-wash);
        color: var(--tone);
        font-size: 0.875rem;
        font-weight: 600;
        white-space: nowrap;
      }
      .gone {
        padding-block: 0.75rem;
        overflow-wrap: anywhere;
      }
      .hash {
        font: 0.8125rem/1.5 var(--mono);
        overflow-wrap: anywhere;
      }
      .sound {
        border-color: var(--supported);
        background: var(--supported-wash);
      }
    `,
  ];

  constructor() {
    super();
    this.opened = new Set();
    this.documents = [];
    this.recording = false;
    this.shown = false;
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    this.#trailing ??= this.#begin();
    if (changed.has("shown") && this.shown) {
      void this.#trailing.refresh();
    }
  }

  #begin(): Trailing {
    const trailing = new Trailing(this.library);
    trailing.addEventListener("change", () => this.requestUpdate());
    return trailing;
  }

  protected override render() {
    const state = this.#trailing?.state;
    return html`<div>
        <h2 tabindex="-1">Trail</h2>
        <p class="lead">
          Who has to answer for an answer can show here what was asked, what was found, and what became of each sentence – and
          search again to see whether it would be found today.
        </p>
      </div>
      ${this.#switch()} ${state ? this.#records(state) : nothing}
      <ibid-confirm-dialog></ibid-confirm-dialog>`;
  }

  #switch() {
    return html`<div class="switch">
      <input
        id="recording"
        type="checkbox"
        role="switch"
        data-testid="recording"
        aria-describedby="kept"
        .checked=${this.recording}
        @change=${(event: Event) => this.library.record((event.currentTarget as HTMLInputElement).checked)}
      />
      <label for="recording">Keep a trail</label>
      <p id="kept" class="small quiet">
        While this is on, every question and every checked answer is kept with the passages found, the prompt, the verdicts
        and which documents had changed, in this browser’s storage on this device and nowhere else, until you delete it.
      </p>
    </div>`;
  }

  #records({ entries, hasOlder, check, problem }: TrailingState) {
    const problems = problem === undefined ? nothing : problemNote(problem);
    if (entries === undefined) {
      return problem === undefined ? html`<p class="quiet">Reading …</p>` : problems;
    }
    return html`${problems}
      ${
        entries.length === 0
          ? html`<p class="quiet" data-testid="no-records">
              ${this.recording ? html`Nothing is kept yet. <a href="#ask">Ask a question</a>, and it stands here.` : "Nothing is kept."}
            </p>`
          : html`${this.#actions()} ${check ? this.#check(check) : nothing}
              <ol aria-label="Records, newest first" data-testid="records">
                ${repeat(
                  entries,
                  (entry) => entry.number,
                  (entry) => this.#entry(entry),
                )}
              </ol>
              ${
                hasOlder
                  ? html`<p><button data-testid="older" @click=${() => this.#trailing?.showOlder()}>Show older</button></p>`
                  : nothing
              }`
      }`;
  }

  #actions() {
    return html`<div class="row">
      <button data-testid="check-trail" @click=${() => this.#trailing?.check()}>Check the chain</button>
      <button data-testid="export-trail" @click=${this.#export}>Export (JSON lines)</button>
      <button class="danger" data-testid="clear-trail" @click=${this.#clear}>Delete all …</button>
    </div>`;
  }

  #check(check: NonNullable<TrailingState["check"]>) {
    if (check.state === "running") {
      return html`<p class="quiet">Checking …</p>`;
    }
    if (check.state === "failed") {
      return problemNote(check.problem);
    }
    const { isSound, says } = checkWords(check.value);
    return html`<div class="note ${isSound ? "sound" : "error"}" data-testid="trail-checked">
      <p>${isSound ? says : html`<strong>${says}</strong>`}</p>
      ${check.value.broken.map((each) => html`<p class="small">Record ${number(each.number)}: ${each.message}</p>`)}
      <p class="small">
        Hash of the newest: <span class="hash" data-testid="head-hash">${check.value.head}</span>. Keep it elsewhere, and nobody can
        change a record, or leave one out, without its being seen.
      </p>
    </div>`;
  }

  #entry(entry: TrailEntry) {
    return html`<li class="entry" data-testid="trail-entry" data-number=${entry.number}>
      ${isRecord(entry) ? this.#record(entry) : missing(entry)}
    </li>`;
  }

  #record(record: TrailRecord) {
    const isOpen = this.opened.has(record.number);
    const sentences = record.verification?.sentences;
    return html`<details
      .open=${isOpen}
      @toggle=${(event: Event) => this.#toggled(record.number, (event.currentTarget as HTMLDetailsElement).open)}
    >
      <summary>
        <span class="asked" data-testid="record-question">${recordTitle(record)}</span>
        <span class="facts small">
          <time datetime=${record.time} class="quiet">${timeWords(record.time)}</time>
          <span class="quiet">${answerKind(record)}</span>
          ${sentences === undefined ? nothing : counts(sentences)}
        </span>
      </summary>
      ${isOpen ? this.#open(record) : nothing}
    </details>`;
  }

  #toggled(number: number, isOpen: boolean) {
    if (isOpen !== this.opened.has(number)) {
      const opened = new Set(this.opened);
      isOpen ? opened.add(number) : opened.delete(number);
      this.opened = opened;
    }
  }

  #open(record: TrailRecord) {
    const replayed = this.#trailing?.state.replays.get(record.number);
    return html`<div class="row">
        ${
          record.retrieval === undefined
            ? nothing
            : html`<button
                data-testid="replay"
                ?disabled=${replayed?.state === "running"}
                @click=${() => this.#trailing?.replay(record)}
              >
                Search again
              </button>`
        }
        <button class="danger" data-testid="delete-record" @click=${() => this.#remove(record)}>Delete …</button>
      </div>
      <ibid-trail-record .record=${record} .titles=${this.#titles} .replayed=${replayed}></ibid-trail-record>`;
  }

  get #titles(): ReadonlyMap<string, string> {
    return new Map(this.documents.map((document) => [document.id, titleOf(document)]));
  }

  async #export() {
    const exported = await this.#trailing?.export();
    if (exported !== undefined) {
      download(exported, "ibid-trail.jsonl");
    }
  }

  async #remove(record: TrailRecord) {
    const before = focused();
    const sure = await this.#confirm.ask({
      title: "Delete this record?",
      text: `${quoted(recordTitle(record))}, with what was found and answered. Only its hash stays, so that the other records can still be checked.`,
      action: "Delete",
    });
    if (sure) {
      await this.#trailing?.remove(record.number);
      this.#focusHeading(before);
    }
  }

  async #clear() {
    const before = focused();
    const sure = await this.#confirm.ask({
      title: "Delete the whole trail?",
      text: "All records are deleted from this device. This can’t be undone. The documents stay.",
      action: "Delete all",
    });
    if (sure) {
      this.opened = new Set();
      await this.#trailing?.clear();
      this.#focusHeading(before);
    }
  }

  /** The button that had the focus is gone. */
  #focusHeading(before: Element | null) {
    if (isFocusLeft(before)) {
      this.renderRoot.querySelector("h2")?.focus();
    }
  }

  get #confirm(): ConfirmDialog {
    return this.renderRoot.querySelector("ibid-confirm-dialog") as ConfirmDialog;
  }
}

/** How many sentences have each verdict, told by sign, figure and colour. */
function counts(sentences: NonNullable<TrailRecord["verification"]>["sentences"]) {
  return html`<span class="hidden">${verdictSummary(sentences)}</span>
    <span class="counts" aria-hidden="true" data-testid="record-counts">
      ${verdictCounts(sentences).map(
        ({ verdict, count }) =>
          html`<span data-verdict=${verdict} title=${VERDICTS[verdict].word}>${VERDICTS[verdict].sign} ${count}</span>`,
      )}
    </span>`;
}

function missing(entry: DeletedRecord | DamagedRecord) {
  return "damaged" in entry
    ? html`<p class="gone small">Record ${number(entry.number)} is damaged: ${entry.damaged}</p>`
    : html`<p class="gone quiet small">
        Record ${number(entry.number)} was deleted. Its hash: <span class="hash">${entry.deleted}</span>
      </p>`;
}

customElements.define("ibid-trail-view", TrailView);
