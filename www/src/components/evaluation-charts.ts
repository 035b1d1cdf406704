/** The charts of an evaluation. */
import type { EvaluationReport } from "ibid";
import { html, nothing, svg } from "lit";
import {
  ANSWERED,
  type Choice,
  type Comparison,
  differences,
  type Estimate,
  milliseconds,
  type QuestionDifference,
  runNames,
  shownRuns,
  sides,
  signed,
} from "../text/evaluation.js";
import { count, decimals, number } from "../text/format.js";
import { difference, measured, measureMeaning, measureName, measureShort } from "../text/measures.js";
import { at, chart, dotAndWhisker, key, lines, scaleOf } from "./charts.js";

const IN_UNIT = { least: 0, most: 1 };

const plain = (value: number) => String(value);

/** The mean of a measure in each run, with its interval. */
export function meansChart(report: EvaluationReport, measure: string) {
  const names = runNames(report);
  const meanOf = (place: number) => report.runs[place]?.measures[measure];
  const runs = shownRuns(report, (place) => meanOf(place)?.mean ?? 0).flatMap((place) => {
    const mean = meanOf(place);
    return mean === undefined ? [] : [{ place, name: names[place] ?? "", mean }];
  });
  if (runs.length === 0) {
    return nothing;
  }
  const scale = scaleOf(
    runs.flatMap(({ mean: { low, high } }) => [low, high]),
    IN_UNIT,
  );
  const level = decimals(100 * report.level, 0);
  const drawing = lines(
    runs.map(({ place, name, mean }) => ({
      label: name,
      marks: dotAndWhisker(scale, mean),
      value: measured(mean.mean),
      isChosen: place === (report.choice?.chosen ?? 0),
    })),
    scale,
    plain,
    `${measureShort(measure)}, with the interval that holds ${level} of 100 draws of such questions`,
  );
  return chart("means", {
    title: measureName(measure),
    says: `${measureMeaning(measure)}${leftOut(report, runs.length)}`,
    drawing,
    table: {
      head: ["Setting", "Mean", "Interval", "Questions"],
      rows: runs.map(({ name, mean }) => [name, measured(mean.mean), interval(mean), number(mean.count)]),
    },
  });
}

/** That there are more runs than are shown, if there are. */
function leftOut({ runs, choice }: EvaluationReport, shown: number): string {
  return shown < runs.length
    ? ` ${choice ? "The best" : "The first"} ${number(shown)} of ${count(runs.length, "setting")}; all are in the list below.`
    : "";
}

function interval({ low, high }: Estimate): string {
  return `${measured(low)} to ${measured(high)}`;
}

/** All settings on the half of the questions to choose by. */
export function tuningChart(report: EvaluationReport, choice: Choice) {
  const { measure, chosen, tuningMeans, tuningQuestions } = choice;
  const names = runNames(report);
  const scale = scaleOf(tuningMeans, IN_UNIT);
  const role = (place: number) =>
    [place === 0 ? "as now" : "", place === chosen ? "chosen" : ""].filter((it) => it !== "").join(", ");
  const label = (place: number) => `${names[place]}${role(place) === "" ? "" : ` (${role(place)})`}`;
  const meanOf = (place: number) => tuningMeans[place] ?? 0;
  const shown = shownRuns(report, meanOf);
  const drawing = lines(
    shown.map((place) => ({
      label: label(place),
      marks: svg`<circle class="hollow" cx=${at(scale, meanOf(place))} cy="50%" r=${place === chosen ? 6 : 4.5} />`,
      value: measured(meanOf(place)),
      isChosen: place === chosen,
    })),
    scale,
    plain,
    measureShort(measure),
  );
  return chart("tuning", {
    title: "Chosen on one half of the questions",
    says: `Each setting on ${count(tuningQuestions, "question")}. The best of many owes some of its lead to chance, so it is held against the other half.${leftOut(report, shown.length)}`,
    drawing,
    table: {
      head: ["Setting", measureShort(measure), ""],
      rows: tuningMeans.map((mean, place) => [names[place] ?? "", measured(mean), role(place)]),
    },
  });
}

/** The present setting and the chosen one on the questions that had no part in the choice. */
export function heldOutChart(report: EvaluationReport, choice: Choice) {
  const { measure, chosen, current, heldOut, comparison } = choice;
  const names = runNames(report);
  const compared =
    chosen === 0
      ? [{ name: `${names[0]} (as now, chosen)`, mean: current }]
      : [
          { name: `${names[0]} (as now)`, mean: current },
          { name: `${names[chosen]} (chosen)`, mean: heldOut },
        ];
  const scale = scaleOf(
    compared.flatMap(({ mean: { low, high } }) => [low, high]),
    IN_UNIT,
  );
  const drawing = lines(
    compared.map(({ name, mean }, place) => ({
      label: name,
      marks: dotAndWhisker(scale, mean),
      value: measured(mean.mean),
      isChosen: place === compared.length - 1,
    })),
    scale,
    plain,
    `${measureShort(measure)}, with its interval`,
  );
  const says =
    chosen === 0
      ? `What the present setting does on the other ${count(heldOut.count, "question")}.`
      : `${count(heldOut.count, "question")} that had no part in the choice: the chosen setting differs by ${signed(comparison)}.`;
  return chart("held-out", {
    title: "Held against the other half",
    says,
    drawing,
    table: {
      head: ["Setting", "Mean", "Interval"],
      rows: compared.map(({ name, mean }) => [name, measured(mean.mean), interval(mean)]),
    },
  });
}

/** How many of the questions with the greatest differences the table names. */
const NAMED = 12;

/** On which questions the first setting is better than another, and by how much. */
export function winsChart(report: EvaluationReport, against: number, measure: string, compared: Comparison) {
  const names = runNames(report);
  const all = differences(report, against, measure);
  const differing = all.filter((each) => each.difference !== 0);
  const named = [...differing]
    .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference))
    .slice(0, NAMED);
  return chart(`wins-${against}`, {
    title: `“${names[0]}” against “${names[against]}”`,
    says: `By ${measureShort(measure)}: ${sides(compared)}. The mean differs by ${signed(compared)}.`,
    drawing:
      differing.length === 0
        ? html`<p class="small quiet">No question tells the two apart.</p>`
        : html`${bars(all)} ${key([
            [svg`<rect class="win" width="14" height="14" />`, "better"],
            [svg`<rect class="loss" width="14" height="14" />`, "worse"],
            [svg`<line class="zero" x2="14" y1="8" y2="8" />`, "the same"],
          ])}`,
    table: {
      head: ["Question", names[0] ?? "", names[against] ?? "", "Difference"],
      rows: named.map((each) => [
        each.question.question,
        measured(each.first),
        measured(each.other),
        difference(each.difference),
      ]),
    },
  });
}

/** A bar for each question, upward where the first setting is better. */
function bars(all: readonly QuestionDifference[]) {
  const most = Math.max(...all.map((each) => Math.abs(each.difference)));
  const width = 100 / all.length;
  const height = (value: number) => (48 * Math.abs(value)) / most;
  return html`<div class="bars" aria-hidden="true">
    <span>${difference(most)}</span>
    <svg>
      <line class="zero" x1="0" x2="100%" y1="50%" y2="50%" />
      ${all.map(({ difference: value }, place) =>
        value === 0
          ? nothing
          : svg`<rect
              class=${value > 0 ? "win" : "loss"}
              x="${(place + 0.1) * width}%"
              width="${0.8 * width}%"
              y="${value > 0 ? 50 - height(value) : 50}%"
              height="${height(value)}%"
            />`,
      )}
    </svg>
    <span>${difference(-most)}</span>
    <p class="quiet">Each bar is a question.</p>
  </div>`;
}

/** How long searches took. */
export function latencyChart(report: EvaluationReport) {
  const names = runNames(report);
  const medianOf = (place: number) => report.runs[place]?.latency?.p50 ?? 0;
  const timed = shownRuns(report, (place) => -medianOf(place)).flatMap((place) => {
    const { latency } = report.runs[place] ?? {};
    return latency ? [{ name: names[place] ?? "", place, latency }] : [];
  });
  if (timed.length === 0) {
    return nothing;
  }
  const scale = scaleOf([0, ...timed.flatMap(({ latency: { p50, p95 } }) => [p50, p95])], {
    least: 0,
    span: 1,
  });
  const drawing = html`${lines(
    timed.map(({ name, place, latency: { p50, p95 } }) => ({
      label: name,
      marks: svg`<line class="whisker" x1=${at(scale, p50)} x2=${at(scale, p95)} y1="50%" y2="50%" />
        <rect class="cap" x=${at(scale, p95)} />
        <rect class="bar" width=${at(scale, p50)} />`,
      value: milliseconds(p50),
      isChosen: place === (report.choice?.chosen ?? 0),
    })),
    scale,
    plain,
    "milliseconds: bar to the median, line to where 95 of 100 are done",
  )}`;
  return chart("latency", {
    title: "How long a search takes",
    says: "Measured on this device, for this report; a search for a report looks deeper than one for a question.",
    drawing,
    table: {
      head: ["Setting", "Median", "95 of 100 within", "Mean"],
      rows: timed.map(({ name, latency: { p50, p95, mean } }) => [
        name,
        milliseconds(p50),
        milliseconds(p95),
        milliseconds(mean),
      ]),
    },
  });
}

/** How well the first run tells questions that have an answer from those that have none. */
export function answerableChart(report: EvaluationReport) {
  const auc = report.runs[0]?.auc ?? undefined;
  const relevances = (answerable: boolean) =>
    report.questions
      .filter((question) => question.answerable === answerable)
      .map(({ outcomes }) => outcomes[0]?.relevance ?? 0);
  const [answered, others] = [relevances(true), relevances(false)];
  const title = "Telling what has no answer";
  if (auc === undefined) {
    const lacking = answered.length === 0 ? "with an answer" : "without one";
    return html`<section class="chart" data-testid="answerable" aria-labelledby="answerable">
      <h3 id="answerable">${title}</h3>
      <p class="small">
        Not measured: it takes questions that your documents answer and others that they don’t, and there is none ${lacking}.
      </p>
    </section>`;
  }
  const scale = { min: 0, max: 1, ticks: [0, 0.25, 0.5, 0.75, 1] };
  const dots = (values: readonly number[]) =>
    svg`${values.map(
      (value, place) =>
        // Side by side where there are many at one place.
        svg`<circle class="each" cx=${at(scale, value)} cy="${30 + 10 * (place % 5)}%" r="4" />`,
    )}<line class="threshold" x1=${at(scale, ANSWERED)} x2=${at(scale, ANSWERED)} y1="0" y2="100%" />`;
  const beyond = (values: readonly number[]) => values.filter((value) => value >= ANSWERED).length;
  const kinds = [
    { label: "With an answer", values: answered },
    { label: "Without", values: others },
  ];
  const drawing = html`<p class="big" data-testid="auc">${decimals(auc, 3)} <span class="small quiet">AUC</span></p>
    ${lines(
      kinds.map(({ label, values }) => ({
        label,
        marks: dots(values),
        value: `${number(beyond(values))} of ${number(values.length)}`,
      })),
      scale,
      plain,
      "relevance of the best passage; from the line on a question counts as answered",
    )}`;
  return chart("answerable", {
    title,
    says: `Of a question with an answer and one without, the first has the more relevant passage in ${decimals(100 * auc, 1).replace(".0", "")} of 100 pairs; 50 would be chance.`,
    drawing,
    table: {
      head: ["Questions", "Taken for answered", "All"],
      rows: kinds.map(({ label, values }) => [label, number(beyond(values)), number(values.length)]),
    },
  });
}
