/** What charts share: scales, lines of labels and marks, and how they look. They are drawn at any width: places are percentages. */
import { css, html, nothing, svg, type TemplateResult } from "lit";

export interface Scale {
  min: number;
  max: number;
  ticks: readonly number[];
}

/** About how many ticks a scale has. */
const TICKS = 4;

/** A scale with round ticks that holds all values, between `least` and `most`, and at least `span` long. */
export function scaleOf(
  values: readonly number[],
  { least = 0, most = Number.POSITIVE_INFINITY, span = 0.1 } = {},
): Scale {
  let [min, max] = [Math.min(...values), Math.max(...values)];
  if (max - min < span) {
    max = Math.min(most, max + (span - (max - min)) / 2);
    min = max - span;
  }
  const step = roundStep((max - min) / TICKS);
  const [first, last] = [
    Math.floor(clean(Math.max(min, least) / step)),
    Math.ceil(clean(Math.min(max, most) / step)),
  ];
  const ticks = Array.from({ length: last - first + 1 }, (_, at) => clean((first + at) * step));
  return { min: ticks[0] ?? least, max: ticks.at(-1) ?? least + span, ticks };
}

/** 1, 2 or 5 times a power of ten, not less than `step`. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const round = [1, 2, 5, 10].find((times) => times * power >= step * (1 - 1e-9)) ?? 10;
  return round * power;
}

/** A number without what floating point adds to it. */
function clean(value: number): number {
  return Number(value.toPrecision(12));
}

/** Where a value stands on a scale, as a length in SVG. */
export function at({ min, max }: Scale, value: number): string {
  const share = (value - min) / (max - min);
  return `${(100 * Math.min(Math.max(share, 0), 1)).toFixed(3)}%`;
}

/** One line of a chart. */
export interface Line {
  label: string;
  /** What is drawn, in a box of full width. */
  marks: TemplateResult;
  /** The value in figures. */
  value: string;
  /** Whether it is to stand out. */
  isChosen?: boolean;
}

/** Lines below each other on one scale, which is written below them. */
export function lines(lines: readonly Line[], scale: Scale, tick: (value: number) => string, name: string) {
  const grid = scale.ticks.map(
    (value) => svg`<line class="grid" x1=${at(scale, value)} x2=${at(scale, value)} y1="0" y2="100%" />`,
  );
  return html`<div class="lines" aria-hidden="true">
    ${lines.map(
      ({ label, marks, value, isChosen }) =>
        html`<div class="line ${isChosen ? "chosen" : ""}">
          <span class="label">${label}</span>
          <svg>${grid}${marks}</svg>
          <span class="value">${value}</span>
        </div>`,
    )}
    <div class="line axis">
      <span></span>
      <svg>
        ${scale.ticks.map(
          (value) => svg`<text x=${at(scale, value)} y="0.9em" text-anchor="middle">${tick(value)}</text>`,
        )}
      </svg>
      <span></span>
    </div>
    <p class="name">${name}</p>
  </div>`;
}

/** A dot with an interval around it. */
export function dotAndWhisker(
  scale: Scale,
  { mean, low, high }: { mean: number; low: number; high: number },
): TemplateResult {
  const [from, to] = [at(scale, low), at(scale, high)];
  return svg`<line class="whisker" x1=${from} x2=${to} y1="50%" y2="50%" />
    <rect class="cap" x=${from} />
    <rect class="cap" x=${to} />
    <circle class="dot" cx=${at(scale, mean)} cy="50%" r="5" />`;
}

export interface Table {
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

/**
 * A chart with its heading, what it says in a sentence, and its figures as a table for whoever would rather read them.
 *
 * @param id unique among the charts that are shown
 */
export function chart(
  id: string,
  { title, says, drawing, table }: { title: string; says: unknown; drawing: unknown; table: Table },
) {
  return html`<figure class="chart" data-testid=${id} aria-labelledby=${id}>
    <figcaption>
      <h3 id=${id}>${title}</h3>
      <p class="small">${says}</p>
    </figcaption>
    ${drawing}
    <details class="figures">
      <summary class="small">As a table</summary>
      ${figures(table, title)}
    </details>
  </figure>`;
}

function figures({ head, rows }: Table, title: string) {
  return html`<div class="wide" role="region" tabindex="0" aria-label="${title}, as a table">
    <table class="small">
      <thead>
        <tr>
          ${head.map((cell) => html`<th scope="col">${cell}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, column) => (column === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** What the marks of a chart mean. */
export function key(entries: readonly (readonly [mark: TemplateResult, words: string])[]) {
  return entries.length === 0
    ? nothing
    : html`<ul class="key small quiet" aria-hidden="true">
        ${entries.map(([mark, words]) => html`<li><svg width="16" height="16">${mark}</svg> ${words}</li>`)}
      </ul>`;
}

export const charting = css`
  .chart {
    container-type: inline-size;
    padding: 1rem 1.125rem;
    border: 1px solid var(--rule);
    border-radius: 6px;
    background: var(--sheet);
  }
  figcaption p {
    max-width: 44rem;
    margin-block: 0.25rem 0.75rem;
  }
  .lines {
    display: grid;
    grid-template-columns: minmax(7rem, max-content) minmax(0, 1fr) max-content;
    column-gap: 1.125rem;
    font-size: 0.875rem;
    line-height: 1.35;
    font-variant-numeric: tabular-nums;
  }
  .line {
    display: grid;
    grid-template-columns: subgrid;
    grid-column: 1 / -1;
    align-items: center;
  }
  .label {
    max-width: 13rem;
    padding-block: 0.3125rem;
    overflow-wrap: anywhere;
  }
  .value {
    min-width: 3rem;
    padding-block: 0.3125rem;
    white-space: nowrap;
  }
  .chosen .label,
  .chosen .value {
    font-weight: 600;
  }
  svg {
    display: block;
    overflow: visible;
  }
  .line svg {
    width: 100%;
    height: 0;
    min-height: 100%; /* as high as the label or the value, so that the grid is not broken */
  }
  .axis svg {
    min-height: 1.25rem;
  }
  .name {
    grid-column: 2 / -1;
    color: var(--quiet);
  }
  @container (max-width: 28rem) {
    .lines {
      grid-template-columns: minmax(0, 1fr) max-content;
    }
    .label {
      grid-column: 1 / -1;
      max-width: none;
      padding-block: 0.375rem 0;
    }
    .axis > span {
      display: none;
    }
    .name {
      grid-column: 1 / -1;
    }
  }
  .grid {
    stroke: var(--rule);
  }
  .zero {
    stroke: var(--edge);
  }
  text {
    fill: var(--quiet);
    font-size: 0.8125rem;
  }
  .whisker {
    stroke: var(--quiet);
    stroke-width: 2;
  }
  .cap {
    y: calc(50% - 0.3125rem);
    width: 2px;
    height: 0.625rem;
    fill: var(--quiet);
    transform: translateX(-1px);
  }
  .dot {
    fill: var(--ink);
  }
  .chosen .dot {
    fill: var(--accent);
  }
  .chosen .whisker {
    stroke: var(--accent);
  }
  .chosen .cap {
    fill: var(--accent);
  }
  .hollow {
    fill: var(--sheet);
    stroke: var(--quiet);
    stroke-width: 2;
  }
  .chosen .hollow {
    fill: var(--accent);
    stroke: var(--accent);
  }
  .key {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem 1.25rem;
    margin-block-start: 0.5rem;
  }
  .key li {
    display: flex;
    gap: 0.375rem;
    align-items: center;
  }
  .figures {
    margin-block-start: 0.5rem;
  }
  .figures th,
  .figures td {
    padding: 0.25rem 1.25rem 0.25rem 0;
    border-block-end: 1px solid var(--rule);
    text-align: start;
    vertical-align: top;
    font-variant-numeric: tabular-nums;
  }
  .figures thead th {
    color: var(--quiet);
  }
  .figures tbody th {
    min-width: 10rem;
    font-weight: 400;
  }
`;
