import type { DocumentSummary } from "ibid";
import { css, html, LitElement, nothing } from "lit";
import type { Evaluated } from "../state/evaluating.js";
import type { Library } from "../state/library.js";
import type { Adopted, Preferences } from "../state/preferences.js";
import { announce } from "../state/status.js";
import { shared } from "../styles.js";
import { download } from "../text/download.js";
import {
  type Advice,
  cautions,
  comparisonAdvice,
  decidingMeasure,
  failures,
  measuresOf,
  milliseconds,
  plainResult,
  runNames,
  sweepAdvice,
  wronglyAnswered,
} from "../text/evaluation.js";
import { count, titleOf } from "../text/format.js";
import { measured, measureName, measureShort } from "../text/measures.js";
import { adoptable, chunkingLines, isSameChunking, settingWords } from "../text/settings.js";
import { charting } from "./charts.js";
import {
  answerableChart,
  heldOutChart,
  latencyChart,
  meansChart,
  tuningChart,
  winsChart,
} from "./evaluation-charts.js";
import "./failing-questions.js";

/** How many of the questions that fail are listed. */
const FAILING = 10;

/** What an evaluation found: what to do, charts, all runs, and the questions that fail. */
export class EvaluationReportView extends LitElement {
  static override properties = {
    library: { attribute: false },
    preferences: { attribute: false },
    adopted: { attribute: false },
    documents: { attribute: false },
    evaluated: { attribute: false },
    measure: { state: true },
    lines: { state: true },
  };
  declare library: Library;
  declare preferences: Preferences;
  declare adopted: Adopted | undefined;
  declare documents: readonly DocumentSummary[];
  declare evaluated: Evaluated;
  /** The measure that is shown. */
  declare measure: string | undefined;
  /** The place of the run whose way of cutting documents is told in lines for `openCollection`. */
  declare lines: number | undefined;

  static override styles = [
    shared,
    charting,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 1.5rem;
      }
      .advice {
        max-width: 52rem;
        padding: 1rem 1.125rem;
        border: 1px solid var(--rule);
        border-inline-start: 4px solid var(--accent);
        border-radius: 6px;
        background: var(--sheet);
      }
      .advice p,
      .advice li {
        max-width: 44rem;
        overflow-wrap: anywhere;
      }
      .advice .headline {
        font: 600 1.125rem/1.4 var(--serif);
      }
      .advice li + li {
        margin-block-start: 0.625rem;
      }
      .advice .row,
      .advice .note {
        margin-block-start: 0.625rem;
      }
      .pick {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem 0.75rem;
        align-items: center;
      }
      .pick select {
        max-width: 100%;
      }
      .charts {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(30rem, 100%), 1fr));
        gap: 1.25rem;
      }
      .charts > div {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 1.25rem;
        align-content: start;
      }
      .bars {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 0.25rem 0.75rem;
        font-size: 0.875rem;
        font-variant-numeric: tabular-nums;
      }
      .bars span {
        grid-column: 1;
        color: var(--quiet);
      }
      .bars span:first-child {
        grid-row: 1;
      }
      .bars span:nth-of-type(2) {
        grid-row: 2;
        align-self: end;
      }
      .bars svg {
        grid-area: 1 / 2 / 3 / 3;
        width: 100%;
        height: 8rem;
      }
      .bars p {
        grid-column: 2;
      }
      .win {
        fill: var(--supported);
      }
      .loss {
        fill: var(--contradicted);
      }
      .bar {
        y: calc(50% - 0.4375rem);
        height: 0.875rem;
        fill: var(--edge);
      }
      .chosen .bar {
        fill: var(--accent);
      }
      .each {
        fill: var(--accent);
        fill-opacity: 0.45;
      }
      .threshold {
        stroke: var(--ink);
        stroke-dasharray: 3 3;
      }
      .big {
        font: 600 1.75rem/1.2 var(--serif);
        font-variant-numeric: tabular-nums;
      }
      .runs {
        width: 100%;
        font-variant-numeric: tabular-nums;
      }
      .runs th,
      .runs td {
        padding: 0.375rem 1rem 0.375rem 0;
        border-block-end: 1px solid var(--rule);
        text-align: start;
        vertical-align: baseline;
      }
      .runs thead th {
        color: var(--quiet);
        white-space: nowrap;
      }
      .runs tbody th {
        min-width: clamp(9rem, 25vw, 15rem);
        font-weight: 400;
      }
      .runs button {
        min-height: 2rem;
        padding-block: 0.125rem;
        white-space: nowrap;
      }
      pre {
        margin-block: 0.5rem 0;
        overflow-x: auto;
        font: 0.8125rem/1.5 var(--mono);
      }
      section > h3 + p {
        margin-block-end: 0.5rem;
      }
    `,
  ];

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("evaluated")) {
      this.measure = decidingMeasure(this.evaluated.report);
      this.lines = undefined;
    }
  }

  protected override render() {
    const { report, plan } = this.evaluated;
    const { measure } = this;
    if (measure === undefined) {
      return html`<p class="note" data-testid="no-measures">
        None of the questions has a document that answers it, so there is nothing to measure.
      </p>
      ${answerableChart(report)}`;
    }
    return html`${this.#advice(measure)} ${this.#pick(measure)}
      <div class="charts">${this.#charts(measure).map((column) => html`<div>${column}</div>`)}</div>
      ${this.#runs(measure)} ${this.#failing(measure)}
      <p class="row">
        <button data-testid="download-report" @click=${this.#download}>Download the report (JSON)</button>
        <span class="quiet small">
          ${count(report.questions.length, "question")}, ${count(report.runs.length, "setting")}${
            plan.questions === "file" && plan.file ? `, from ${plan.file.name}` : ""
          }.
        </span>
      </p>`;
  }

  /** In columns, so that a long one leaves no gap beside it; read one column after the other. */
  #charts(measure: string): unknown[][] {
    const { report } = this.evaluated;
    const { choice, comparisons } = report;
    const means = meansChart(report, measure);
    const [latency, answerable] = [latencyChart(report), answerableChart(report)];
    if (choice) {
      return [
        [tuningChart(report, choice), heldOutChart(report, choice), answerable],
        [means, latency],
      ];
    }
    const wins = comparisons.flatMap(({ against, measures }) => {
      const compared = measures[measure];
      return compared === undefined ? [] : [winsChart(report, against, measure, compared)];
    });
    return wins.length === 0 ? [[means, answerable], [latency]] : [[means, latency, answerable], wins];
  }

  #advice(measure: string) {
    const { report, plan } = this.evaluated;
    const { choice } = report;
    const advices = choice
      ? [sweepAdvice(report, choice)]
      : report.comparisons.flatMap((comparison) => comparisonAdvice(report, comparison, measure) ?? []);
    return html`<section class="advice" aria-label="What it says" data-testid="advice">
      ${
        advices.length === 0
          ? html`<p class="headline">${plainResult(report)}</p>`
          : html`<ul>
              ${advices.map((advice) => this.#one(advice))}
            </ul>`
      }
      ${cautions(report, plan.questions === "known-items").map((words) => html`<p class="note small" data-testid="caution">${words}</p>`)}
    </section>`;
  }

  #one({ headline, why, run }: Advice) {
    return html`<li>
      <p class="headline">${headline}</p>
      <p class="small">${why}</p>
      ${run === undefined ? nothing : html`<p class="row">${this.#use(run, "primary")}</p>`}
      ${run !== undefined && run === this.lines ? this.#chunking(run) : nothing}
    </li>`;
  }

  #pick(measure: string) {
    return html`<label class="pick">
      <span>Show by</span>
      <select
        data-testid="shown-measure"
        @change=${(event: Event) => {
          this.measure = (event.currentTarget as HTMLSelectElement).value;
        }}
      >
        ${measuresOf(this.evaluated.report).map(
          (each) => html`<option value=${each} .selected=${each === measure}>${measureName(each)}</option>`,
        )}
      </select>
    </label>`;
  }

  #runs(measure: string) {
    const { report } = this.evaluated;
    const names = runNames(report);
    const shown = measuresOf(report).filter((each) => each === measure || !each.endsWith("@100"));
    return html`<section aria-labelledby="runs">
      <h3 id="runs">All settings</h3>
      <div class="wide" role="region" tabindex="0" aria-labelledby="runs">
        <table class="runs small" data-testid="runs">
          <thead>
            <tr>
              <th scope="col">Setting</th>
              <th scope="col"><span class="hidden">Use it</span></th>
              ${shown.map((each) => html`<th scope="col"><abbr title=${measureName(each)}>${measureShort(each)}</abbr></th>`)}
              <th scope="col">Median</th>
            </tr>
          </thead>
          <tbody>
            ${report.runs.map(
              ({ measures, latency }, run) =>
                html`<tr data-testid="run">
                  <th scope="row">${names[run]}</th>
                  <td>${this.#use(run)}</td>
                  ${shown.map((each) => html`<td>${measures[each] ? measured(measures[each].mean) : "–"}</td>`)}
                  <td>${latency ? milliseconds(latency.p50) : "–"}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${this.lines === undefined ? nothing : this.#chunking(this.lines)}
    </section>`;
  }

  /** What is searched with already is said in place of the button. */
  #use(run: number, kind = "") {
    const setting = this.evaluated.report.runs[run]?.setting;
    if (setting === undefined) {
      return nothing;
    }
    const { options } = this.preferences;
    const wanted = adoptable(setting);
    const isUsed = settingWords(wanted) === settingWords(options) && this.#isCutSo(run);
    return isUsed
      ? html`<span class="quiet" data-testid="in-use">in use</span>`
      : html`<button
          class=${kind}
          data-testid="use-setting"
          aria-label="Use this setting: ${runNames(this.evaluated.report)[run]}"
          @click=${() => this.#adopt(run)}
        >
          Use this setting
        </button>`;
  }

  /** Whether a run had the documents cut as they are; the first one searches the collection itself. */
  #isCutSo(run: number): boolean {
    const { runs } = this.evaluated.report;
    const [present, wanted] = [runs[0]?.setting, runs[run]?.setting];
    return present !== undefined && wanted !== undefined && isSameChunking(present, wanted);
  }

  #adopt(run: number) {
    const setting = this.evaluated.report.runs[run]?.setting;
    if (setting !== undefined) {
      this.preferences.adopt(setting);
      this.lines = this.#isCutSo(run) ? undefined : run;
      void this.#showLines();
      announce(`Questions are searched so from now on: ${settingWords(adoptable(setting))}.`);
    }
  }

  /** They stand below a list that may be long. */
  async #showLines() {
    await this.updateComplete;
    this.renderRoot.querySelector("[data-testid=chunking-lines]")?.scrollIntoView({ block: "nearest" });
  }

  /** How documents are cut can't be changed in place. */
  #chunking(run: number) {
    const setting = this.evaluated.report.runs[run]?.setting;
    return setting === undefined
      ? nothing
      : html`<div class="note small" data-testid="chunking-lines">
          <p>
            How it searches is adopted. How it cuts documents can’t be changed in place: a page opens its collection with these lines, and
            adds its documents again.
          </p>
          <pre><code>${chunkingLines(setting)}</code></pre>
        </div>`;
  }

  #failing(measure: string) {
    const { report, plan } = this.evaluated;
    const [first] = report.runs;
    const setting = first && adoptable(first.setting);
    const worst = failures(report, 0, measure, FAILING);
    const wrong = wronglyAnswered(report, 0);
    const titles = new Map(this.documents.map((document) => [document.id, titleOf(document)]));
    const list = (failing: typeof worst, label: string) =>
      html`<ibid-failing-questions
        .library=${this.library}
        .failures=${failing}
        .setting=${setting}
        .label=${label}
        .titles=${titles}
        .areKnownItems=${plan.questions === "known-items"}
      ></ibid-failing-questions>`;
    return html`<section aria-labelledby="failing" data-testid="failing-questions">
        <h3 id="failing">Questions that fail most</h3>
        <p class="quiet small">Measured by “${measureName(measure)}”, searched by “${runNames(report)[0]}”. Open one to see what is found.</p>
        ${worst.length === 0 ? html`<p data-testid="none-failing">None: every question does as well as can be.</p>` : list(worst, measureShort(measure))}
      </section>
      ${
        wrong.length === 0
          ? nothing
          : html`<section aria-labelledby="wrong" data-testid="wrongly-answered">
              <h3 id="wrong">Taken for answered, though no document answers</h3>
              <p class="quiet small">Something is found for these that looks relevant.</p>
              ${list(wrong, "relevance")}
            </section>`
      }`;
  }

  #download() {
    const { report } = this.evaluated;
    const text = JSON.stringify(report, null, 2);
    download(new Blob([text], { type: "application/json" }), "ibid-evaluation.json");
  }
}

customElements.define("ibid-evaluation-report", EvaluationReportView);
