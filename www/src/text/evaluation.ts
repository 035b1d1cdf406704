/** What an evaluation says, in words and as lists. */
import type { EvaluationReport } from "ibid";
import { count, decimals, number } from "./format.js";
import { CHOOSING, difference, measureShort, sortedMeasures } from "./measures.js";
import { settingNames } from "./settings.js";

export type QuestionReport = EvaluationReport["questions"][number];
export type RunReport = EvaluationReport["runs"][number];
export type Estimate = RunReport["measures"][string];
export type RunComparison = EvaluationReport["comparisons"][number];
export type Comparison = RunComparison["measures"][string];
export type Choice = NonNullable<EvaluationReport["choice"]>;

/** From how many questions on intervals mean what they say. */
const ENOUGH = 20;

/** From this relevance on a question counts as answered, as it does for answers. */
export const ANSWERED = 0.25;

/** The measures of a report, in the order in which they are offered. */
export function measuresOf({ runs }: EvaluationReport): string[] {
  return sortedMeasures(new Set(runs.flatMap(({ measures }) => Object.keys(measures))));
}

/** The measure to begin with. */
export function decidingMeasure(report: EvaluationReport): string | undefined {
  const there = measuresOf(report);
  return report.choice?.measure ?? CHOOSING.find((measure) => there.includes(measure)) ?? there[0];
}

/** Names of the runs' settings. */
export function runNames({ runs }: EvaluationReport): string[] {
  return settingNames(runs.map(({ setting }) => setting));
}

/** How many runs a chart shows. */
const SHOWN = 12;

/**
 * The places of the runs that charts show: all of a few, else the best by `value`, the present one and the chosen one among them.
 * Those of a sweep are in the order of their values.
 */
export function shownRuns({ runs, choice }: EvaluationReport, value: (run: number) => number): number[] {
  const places = runs.map((_, place) => place);
  if (!choice) {
    return places.slice(0, SHOWN);
  }
  const best = places.sort((a, b) => value(b) - value(a));
  const always = [...new Set([0, choice.chosen])];
  const others = best.filter((place) => !always.includes(place)).slice(0, SHOWN - always.length);
  return best.filter((place) => always.includes(place) || others.includes(place));
}

export function milliseconds(value: number): string {
  return `${decimals(value, value < 10 ? 1 : 0)} ms`;
}

export function probability(p: number): string {
  return p < 0.001 ? "p < 0.001" : `p = ${decimals(p, 3)}`;
}

/** What to do, and why. */
export interface Advice {
  headline: string;
  why: string;
  /** The place of the run whose setting is worth using instead. */
  run?: number;
}

/** What a sweep says should be done. */
export function sweepAdvice(report: EvaluationReport, choice: Choice): Advice {
  const { chosen, tuningQuestions, comparison, advice } = choice;
  const name = `“${runNames(report)[chosen]}”`;
  const keep = "Keep the setting that you have.";
  if (chosen === 0) {
    const why = `None of the others did better on the ${count(tuningQuestions, "question")} to choose by.`;
    return { headline: keep, why };
  }
  const by = `${measureShort(choice.measure)} differs by ${signed(comparison)}`;
  const others = `On the ${count(comparison.difference.count, "question")} that it was not chosen by, ${by}`;
  if (advice === "adopt") {
    const why = `${others}: it is better, and that is hardly chance (${probability(comparison.pValue)}).`;
    return { headline: `${name} is better.`, why, run: chosen };
  }
  const verdict =
    comparison.significant && comparison.difference.mean < 0
      ? "there it is worse"
      : `which may be chance (${probability(comparison.pValue)})`;
  return {
    headline: keep,
    why: `${name} did best on the ${count(tuningQuestions, "question")} to choose by. ${others}: ${verdict}.`,
  };
}

/** What the comparison with one other setting says. */
export function comparisonAdvice(
  report: EvaluationReport,
  { against, measures }: RunComparison,
  measure: string,
): Advice | undefined {
  const compared = measures[measure];
  if (compared === undefined) {
    return undefined;
  }
  const names = runNames(report);
  const [ours, theirs] = [`“${names[0]}”`, `“${names[against]}”`];
  const why = `${measureShort(measure)} differs by ${signed(compared)}, ${probability(compared.pValue)}: ${sides(compared)}.`;
  if (!compared.significant) {
    return { headline: `${ours} and ${theirs}: no difference that couldn’t be chance.`, why };
  }
  return compared.difference.mean > 0
    ? { headline: `${ours} is better than ${theirs}.`, why }
    : { headline: `${theirs} is better than ${ours}.`, why, run: against };
}

/** A difference with its interval. */
export function signed({ difference: { mean, low, high } }: Comparison): string {
  return `${difference(mean)} (${difference(low)} to ${difference(high)})`;
}

/** On how many questions the first setting is better, and so on. */
export function sides({ wins, losses, ties }: Comparison): string {
  return `better on ${count(wins, "question")}, worse on ${number(losses)}, the same on ${number(ties)}`;
}

/** What one run says without any other. */
export function plainResult({ questions }: EvaluationReport): string {
  const first = "mrr@10";
  const values = questions.flatMap(({ outcomes }) => outcomes[0]?.values[first] ?? []);
  if (values.length === 0) {
    return `${count(questions.length, "question")} searched.`;
  }
  const top = values.filter((value) => value === 1).length;
  const missing = values.filter((value) => value === 0).length;
  const rest = missing === 0 ? "" : `; for ${number(missing)} no right one is among the first ten`;
  return `For ${number(top)} of ${count(values.length, "question")} the first document is a right one${rest}.`;
}

/** What has to be known to read the figures. */
export function cautions(report: EvaluationReport, areKnownItems: boolean): string[] {
  const modes = new Set(report.runs.map(({ setting }) => setting.mode));
  const few = report.questions.length < ENOUGH;
  return [
    areKnownItems && modes.size > 1
      ? "Questions that are made of your documents’ sentences share their words with the answer, which flatters searching by words. Choose between words and meaning by questions that people ask."
      : "",
    few ? `With fewer than ${ENOUGH} questions the intervals are too narrow, and little can be shown.` : "",
  ].filter((words) => words !== "");
}

/** A question with the difference that a setting makes. */
export interface QuestionDifference {
  question: QuestionReport;
  first: number;
  other: number;
  difference: number;
}

/** Up to this difference two values are the same but for rounding. */
const ROUNDING = 1e-9;

/** How the first run does against another on each question that has the measure, the best first. */
export function differences(
  { questions }: EvaluationReport,
  against: number,
  measure: string,
): QuestionDifference[] {
  return questions
    .flatMap((question) => {
      const first = question.outcomes[0]?.values[measure];
      const other = question.outcomes[against]?.values[measure];
      if (first === undefined || other === undefined) {
        return [];
      }
      const exact = first - other;
      return [{ question, first, other, difference: Math.abs(exact) < ROUNDING ? 0 : exact }];
    })
    .sort((a, b) => b.difference - a.difference);
}

export interface Failure {
  question: QuestionReport;
  value: number;
}

/** The questions that a run does worst on, none of those that it does perfectly on. */
export function failures(
  { questions }: EvaluationReport,
  run: number,
  measure: string,
  most: number,
): Failure[] {
  return questions
    .flatMap((question) => {
      const value = question.outcomes[run]?.values[measure];
      return value === undefined || value > 1 - ROUNDING ? [] : [{ question, value }];
    })
    .sort((a, b) => a.value - b.value)
    .slice(0, most);
}

/** Questions that the documents don't answer, and that a run takes for answered; the likeliest first. */
export function wronglyAnswered({ questions }: EvaluationReport, run: number): Failure[] {
  return questions
    .flatMap((question) => {
      const value = question.outcomes[run]?.relevance ?? 0;
      return question.answerable || value < ANSWERED ? [] : [{ question, value }];
    })
    .sort((a, b) => b.value - a.value);
}

/** Where the sentence begins that a known-item question is made of; `undefined` for other questions. */
export function knownItem({ id }: QuestionReport): { document: string; start: number } | undefined {
  const [, document, start] = /^(.+)#(\d+)$/.exec(id) ?? [];
  return document === undefined ? undefined : { document, start: Number(start) };
}
