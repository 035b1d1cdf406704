import type { DocumentSummary, Progress } from "ibid";
import { css, html, LitElement, nothing } from "lit";
import { Evaluating } from "../state/evaluating.js";
import type { Library } from "../state/library.js";
import type { Adopted, Preferences } from "../state/preferences.js";
import { shared, view } from "../styles.js";
import { count, duration, number } from "../text/format.js";
import "./evaluation-form.js";
import "./evaluation-report.js";
import { problemNote } from "./problem-note.js";

/** The page where retrieval is measured. */
export class EvaluationView extends LitElement {
  static override properties = {
    library: { attribute: false },
    preferences: { attribute: false },
    adopted: { attribute: false },
    documents: { attribute: false },
  };
  declare library: Library;
  declare preferences: Preferences;
  declare adopted: Adopted | undefined;
  declare documents: readonly DocumentSummary[];
  #evaluating: Evaluating | undefined;

  static override styles = [
    shared,
    view,
    css`
      :host {
        gap: 1.5rem;
      }
      .running {
        display: grid;
        gap: 0.5rem;
      }
      .result {
        padding-block-start: 1.25rem;
        border-block-start: 3px double var(--rule);
      }
      .result h2 {
        margin-block-end: 0.75rem;
      }
    `,
  ];

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    this.#evaluating ??= this.#begin();
    if (changed.has("adopted") && this.hasUpdated) {
      this.#evaluating.plan({ setting: this.#setting });
    }
  }

  /** How questions are searched now. */
  get #setting() {
    const { budget: _, ...setting } = this.preferences.options;
    return setting;
  }

  #begin(): Evaluating {
    const evaluating = new Evaluating(this.library, this.#setting);
    evaluating.addEventListener("change", () => {
      this.requestUpdate();
      this.renderRoot.querySelector<LitElement>("ibid-evaluation-form")?.requestUpdate();
    });
    return evaluating;
  }

  protected override render() {
    return html`<div>
        <h2 tabindex="-1">How well is it found?</h2>
        <p class="lead">
          Ask questions whose answers are known, and see how often the right documents and passages come first. What does better
          on your documents can be used at once.
        </p>
      </div>
      ${
        this.documents.length === 0
          ? html`<p class="note" data-testid="nothing-to-measure">
              There are no documents to search yet. <a href="#ask">Add some first.</a>
            </p>`
          : html`${this.#backlog()}<ibid-evaluation-form .evaluating=${this.#evaluating}></ibid-evaluation-form> ${this.#run()}`
      }`;
  }

  #backlog() {
    const missing = this.documents.reduce((sum, { backlog }) => sum + backlog, 0);
    return missing === 0
      ? nothing
      : html`<p class="note" data-testid="not-embedded">
          ${count(missing, "passage is", "passages are")} not embedded yet and found by words only. What is measured now is how it is found until then.
        </p>`;
  }

  #run() {
    const run = this.#evaluating?.state.run;
    switch (run?.state) {
      case undefined:
        return nothing;
      case "running":
        return this.#progress(run.progress);
      case "cancelled":
        return html`<p class="note" data-testid="evaluation-cancelled">Cancelled.</p>`;
      case "failed":
        return html`<div data-testid="evaluation-failed">${problemNote(run.problem)}</div>`;
      case "done":
        return html`<section class="result" aria-labelledby="result" data-testid="evaluation-result">
          <h2 id="result">Result</h2>
          <ibid-evaluation-report
            .library=${this.library}
            .preferences=${this.preferences}
            .adopted=${this.adopted}
            .documents=${this.documents}
            .evaluated=${run.evaluated}
          ></ibid-evaluation-report>
        </section>`;
    }
  }

  #progress(progress: Progress | undefined) {
    const { done = 0, total = 0 } = progress ?? {};
    return html`<div class="note running" data-testid="evaluating">
      <label for="evaluating">${progressWords(progress)}</label>
      <progress id="evaluating" max=${total > 0 ? total : 1} value=${total > 0 ? done : nothing}></progress>
      <div class="row">
        <button data-testid="cancel-evaluation" @click=${() => this.#evaluating?.cancel()}>Cancel</button>
      </div>
    </div>`;
  }
}

function progressWords(progress: Progress | undefined): string {
  if (progress === undefined || progress.total === 0) {
    return "Preparing the questions …";
  }
  const { phase, done, total, secondsLeft } = progress;
  if (phase === "embedding") {
    const left = secondsLeft === undefined ? "" : `, about ${duration(secondsLeft)} left`;
    return `Embedding the documents as they are cut anew: ${Math.floor((100 * done) / total)} %${left}.`;
  }
  return `Searching: ${number(done)} of ${number(total)}.`;
}

customElements.define("ibid-evaluation-view", EvaluationView);
