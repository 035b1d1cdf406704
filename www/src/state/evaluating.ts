/** Measuring how well searches find what they should. */
import type {
  ChunkingOptions,
  EvaluateOptions,
  EvaluationReport,
  Progress,
  QuestionSource,
  SearchMode,
} from "ibid";
import { count } from "../text/format.js";
import { type Problem, toProblem } from "../text/problem.js";
import { DENSE_WEIGHT, type SearchSetting } from "../text/settings.js";
import { type Typed, typedChunkings, typedNumbers } from "../text/typed-lists.js";
import type { Library } from "./library.js";
import { Observable } from "./observable.js";
import { announce } from "./status.js";

/** What is done: one setting measured, compared with others, or the best of many looked for. */
export type Aim = "measure" | "compare" | "sweep";

export interface Plan {
  questions: "known-items" | "file";
  /** How many questions are made of the documents' sentences. */
  count: number;
  file: File | undefined;
  aim: Aim;
  /** What is measured. In a sweep it is what the others have to beat. */
  setting: SearchSetting;
  /** What it is compared with. */
  against: readonly SearchSetting[];
  /** What decides. */
  measure: string;
  /** What a sweep tries; the lists as they are typed. */
  modes: readonly SearchMode[];
  weights: string;
  hits: string;
  chunkings: string;
}

/** What was measured, and how it was asked for. */
export interface Evaluated {
  plan: Plan;
  report: EvaluationReport;
}

export type EvaluationRun =
  | { state: "running"; progress: Progress | undefined }
  | { state: "done"; evaluated: Evaluated }
  | { state: "cancelled" }
  | { state: "failed"; problem: Problem };

export interface EvaluatingState {
  plan: Plan;
  /** Absent until something is measured. */
  run: EvaluationRun | undefined;
}

export const LABELS = {
  count: "How many",
  weights: "Weights of meaning",
  hits: "Numbers of passages",
  chunkings: "Sizes of chunks",
  passages: "Passages",
  weight: "Weight of meaning",
} as const;

const MOST_QUESTIONS = 1000;
const MOST_PASSAGES = 100;

/** The measure that settings are chosen by where nothing is said. */
const MEASURE = "ndcg@10";

export class Evaluating extends Observable<EvaluatingState> {
  readonly #library: Library;
  #latest = new AbortController();

  /** @param setting how questions are searched now */
  constructor(library: Library, setting: SearchSetting) {
    super({
      plan: {
        questions: "known-items",
        count: 40,
        file: undefined,
        aim: "measure",
        setting,
        against: [
          { ...setting, mode: "lexical" },
          { ...setting, mode: "dense" },
        ],
        measure: MEASURE,
        modes: ["hybrid", "lexical", "dense"],
        weights: "0.3, 0.55, 0.8",
        hits: "",
        chunkings: "",
      },
      run: undefined,
    });
    this.#library = library;
  }

  plan(change: Partial<Plan>): void {
    this.update({ plan: { ...this.state.plan, ...change } });
  }

  /** Why what is planned can't be done; `undefined` where it can. */
  get obstacle(): string | undefined {
    const { plan } = this.state;
    if (plan.questions === "known-items" && !isWhole(plan.count, 2, MOST_QUESTIONS)) {
      return `“${LABELS.count}” takes a whole number from 2 to ${MOST_QUESTIONS}.`;
    }
    if (plan.questions === "file" && plan.file === undefined) {
      return "Choose a file of questions first.";
    }
    const settings = [plan.setting, ...(plan.aim === "compare" ? plan.against : [])];
    for (const setting of settings) {
      const wrong = whatIsWrong(setting);
      if (wrong !== undefined) {
        return wrong;
      }
    }
    if (plan.aim === "compare" && plan.against.length === 0) {
      return "Add a setting to compare with.";
    }
    return plan.aim === "sweep" ? this.#sweepObstacle() : undefined;
  }

  #sweepObstacle(): string | undefined {
    const { plan } = this.state;
    const wrong = Object.values(lists(plan)).find((list) => "problem" in list);
    if (wrong !== undefined && "problem" in wrong) {
      return wrong.problem;
    }
    if (plan.modes.length === 0) {
      return "Choose at least one way to search.";
    }
    return sweepSize(plan) < 2 ? "There is nothing to choose from: name more than one setting." : undefined;
  }

  async start(): Promise<void> {
    const { plan } = this.state;
    const signal = this.#next();
    const ended = (run: EvaluationRun) => !signal.aborted && this.update({ run });
    this.update({ run: { state: "running", progress: undefined } });
    try {
      const report = await this.#library.evaluate(await source(plan), {
        ...options(plan),
        signal,
        onProgress: (progress) => ended({ state: "running", progress }),
      });
      ended({ state: "done", evaluated: { plan, report } });
      if (!signal.aborted) {
        announce(`${count(report.questions.length, "question")} searched. The results are below.`);
      }
    } catch (thrown) {
      ended({ state: "failed", problem: toProblem(thrown) });
    }
  }

  cancel(): void {
    if (this.state.run?.state === "running") {
      this.#next();
      this.update({ run: { state: "cancelled" } });
      announce("Cancelled.");
    }
  }

  /** Gives up what is going on; what still comes of it is not shown. */
  #next(): AbortSignal {
    this.#latest.abort();
    this.#latest = new AbortController();
    return this.#latest.signal;
  }
}

/** How many settings a sweep tries at most; 0 where what is typed can't be read. */
export function sweepSize(plan: Plan): number {
  const { weights, hits, chunkings } = lists(plan);
  if ("problem" in weights || "problem" in hits || "problem" in chunkings) {
    return 0;
  }
  const some = (values: readonly unknown[]) => Math.max(values.length, 1);
  const arms = plan.modes.reduce((sum, mode) => sum + (mode === "hybrid" ? some(weights.values) : 1), 0);
  const tried = arms * some(hits.values) * some(chunkings.values);
  return tried + (isAmongTried(plan, weights.values, hits.values, chunkings.values) ? 0 : 1);
}

/** Whether the present setting is one of those that are tried anyway. */
function isAmongTried(
  { setting, modes }: Plan,
  weights: readonly number[],
  hits: readonly number[],
  chunkings: readonly ChunkingOptions[],
): boolean {
  const { mode = "hybrid", denseWeight = DENSE_WEIGHT, k } = setting;
  const hasWeight = mode !== "hybrid" || weights.length === 0 || weights.includes(denseWeight);
  const hasHits = hits.length === 0 || (k !== undefined && hits.includes(k));
  return modes.includes(mode) && hasWeight && hasHits && chunkings.length === 0;
}

interface Lists {
  weights: Typed<number>;
  hits: Typed<number>;
  chunkings: Typed<ChunkingOptions>;
}

function lists({ weights, hits, chunkings, modes }: Plan): Lists {
  return {
    weights: modes.includes("hybrid")
      ? typedNumbers(weights, LABELS.weights, { min: 0, max: 1, isWhole: false })
      : { values: [] },
    hits: typedNumbers(hits, LABELS.hits, { min: 1, max: MOST_PASSAGES, isWhole: true }),
    chunkings: typedChunkings(chunkings, LABELS.chunkings),
  };
}

function values<T>(typed: Typed<T>): T[] | undefined {
  return "values" in typed && typed.values.length > 0 ? typed.values : undefined;
}

async function source({ questions, count, file }: Plan): Promise<QuestionSource> {
  return questions === "file" && file !== undefined ? { file } : { knownItems: count };
}

function options(plan: Plan): EvaluateOptions {
  const { aim, against, measure, modes } = plan;
  const setting = meant(plan.setting);
  if (aim !== "sweep") {
    return { setting, ...(aim === "compare" && { against: against.map(meant) }) };
  }
  const { weights, hits, chunkings } = lists(plan);
  const [denseWeights, k, ways] = [values(weights), values(hits), values(chunkings)];
  return {
    setting,
    sweep: {
      measure,
      modes: [...modes],
      ...(denseWeights && { denseWeights }),
      ...(k && { k }),
      ...(ways && { chunkings: ways }),
    },
  };
}

/** A setting without what means nothing where only one arm is used. */
function meant({ mode = "hybrid", k, denseWeight, rankConstant }: SearchSetting): SearchSetting {
  return {
    mode,
    ...(k !== undefined && { k }),
    ...(mode === "hybrid" && denseWeight !== undefined && { denseWeight }),
    ...(mode === "hybrid" && rankConstant !== undefined && { rankConstant }),
  };
}

function whatIsWrong({
  mode = "hybrid",
  denseWeight = DENSE_WEIGHT,
  k = 1,
}: SearchSetting): string | undefined {
  if (!isWhole(k, 1, MOST_PASSAGES)) {
    return `“${LABELS.passages}” takes a whole number from 1 to ${MOST_PASSAGES}.`;
  }
  const isWeight = denseWeight >= 0 && denseWeight <= 1;
  return mode === "hybrid" && !isWeight ? `“${LABELS.weight}” takes a number from 0 to 1.` : undefined;
}

function isWhole(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}
