/** The latest question and its answers. */
import type {
  ExtractiveAnswer,
  Filter,
  Prompt,
  Recorded,
  SearchMode,
  SearchOptions,
  SearchResult,
  Unanswerable,
} from "ibid";
import { count } from "../text/format.js";
import { type Problem, toProblem } from "../text/problem.js";
import { searchOptions } from "../text/settings.js";
import type { Library } from "./library.js";
import { Observable } from "./observable.js";
import { nextTurn } from "./pace.js";
import { announce } from "./status.js";

export interface AskOptions {
  mode: SearchMode;
  /** How much meaning counts where both arms are used, from 0 to 1, and whether they are fused by ranks; absent: as by default. */
  denseWeight?: number;
  rankConstant?: number;
  /** The most hits. */
  k: number;
  /** The most tokens of the prompt. */
  budget: number;
  /** Which documents are searched, by their metadata; absent: all. */
  filter?: Filter | undefined;
  /** Whether the second model reads the best passages again. */
  rerank?: boolean;
}

export const DEFAULT_OPTIONS: AskOptions = { mode: "hybrid", k: 8, budget: 3000 };

export interface Asked extends AskOptions {
  question: string;
}

/** What has come of a call so far. */
export type Outcome<T> =
  | { state: "running" }
  | { state: "done"; value: T }
  | { state: "failed"; problem: Problem };

export interface InquiryState {
  /** Absent until something is asked. */
  asked: Asked | undefined;
  hits: Outcome<SearchResult>;
  /** Sentences of the documents that answer. */
  answer: Outcome<ExtractiveAnswer & Recorded>;
  prompt: Outcome<Prompt>;
  /** What may have been meant instead. */
  correction: string | undefined;
}

const NOTHING: InquiryState = {
  asked: undefined,
  hits: { state: "running" },
  answer: { state: "running" },
  prompt: { state: "running" },
  correction: undefined,
};

/** How much more relevant something must be that a corrected question finds: a word that no document has is seldom mistyped. */
const CLEARLY_MORE = 0.02;

export class Inquiry extends Observable<InquiryState> {
  readonly #library: Library;
  #latest = new AbortController();

  constructor(library: Library) {
    super(NOTHING);
    this.#library = library;
  }

  /** Asks, and says so with an `ask` event; an earlier question that is still being answered is given up. */
  async ask(asked: Asked): Promise<void> {
    this.dispatchEvent(new Event("ask"));
    const signal = this.#next();
    this.update({ ...NOTHING, asked });
    const options = { ...optionsOf(asked), explain: true };
    const hits = await outcome(this.#library.search(asked.question, options, signal));
    if (signal.aborted) {
      return;
    }
    this.#show(hits);
    if (hits.state !== "done") {
      this.update({ prompt: hits, answer: hits });
      return;
    }
    await Promise.all([this.#answer(asked, signal), this.#build("abstain", signal)]);
    await this.#correct(asked, hits.value, signal).catch(() => {}); // there is nothing to offer then
  }

  /** Has the prompt quote what was found, although none of it seems to answer. */
  async quote(): Promise<void> {
    this.update({ prompt: NOTHING.prompt });
    await this.#build("quote", this.#latest.signal);
  }

  /** Forgets question and answers. */
  clear(): void {
    this.#next();
    this.update(NOTHING);
  }

  /** Gives the running question up; what it still answers is not shown. */
  #next(): AbortSignal {
    this.#latest.abort();
    this.#latest = new AbortController();
    return this.#latest.signal;
  }

  #show(hits: Outcome<SearchResult>): void {
    this.update({ hits });
    if (hits.state === "done") {
      announce(summary(hits.value));
    }
  }

  async #answer(asked: Asked, signal: AbortSignal): Promise<void> {
    const { k: _, ...options } = optionsOf(asked); // an answer says itself how much it looks at
    const answer = await outcomeInTurn(this.#library.answer(asked.question, { ...options, signal }));
    if (!signal.aborted) {
      this.update({ answer });
    }
  }

  async #build(unanswerable: Unanswerable, signal: AbortSignal): Promise<void> {
    const { asked, hits } = this.state;
    if (asked !== undefined && hits.state === "done") {
      const { budget } = asked;
      const prompt = await outcomeInTurn(this.#library.prompt(hits.value, { budget, unanswerable }));
      if (!signal.aborted) {
        this.update({ prompt });
      }
    }
  }

  /** Offers what may have been meant, where that finds something better. */
  async #correct(asked: Asked, found: SearchResult, signal: AbortSignal): Promise<void> {
    const { correction } = await this.#library.suggest(asked.question, { limit: 1 });
    if (correction === undefined || signal.aborted) {
      return;
    }
    const better = await this.#library.search(correction, optionsOf(asked), signal);
    if (!signal.aborted && greatestRelevance(better) >= greatestRelevance(found) + CLEARLY_MORE) {
      this.update({ correction });
    }
  }
}

function summary({ hits, answerable }: SearchResult): string {
  if (hits.length === 0) {
    return "Nothing was found.";
  }
  return answerable
    ? `${count(hits.length, "passage")} found.`
    : "Nothing seems to answer this. The nearest passages are shown.";
}

function greatestRelevance({ hits }: SearchResult): number {
  return Math.max(0, ...hits.map(({ relevance }) => relevance));
}

/** What was asked, as a search takes it. */
export function optionsOf(asked: AskOptions): SearchOptions {
  const { filter, rerank } = asked;
  return {
    ...searchOptions(asked),
    ...(filter !== undefined && { filter }),
    ...(rerank && { rerank }),
  };
}

/** What comes of a call, also where it fails. */
export async function outcome<T>(call: Promise<T>): Promise<Outcome<T>> {
  try {
    return { state: "done", value: await call };
  } catch (thrown) {
    return { state: "failed", problem: toProblem(thrown) };
  }
}

/** What comes of a call that is drawn while hits are: not in the same frame. */
async function outcomeInTurn<T>(call: Promise<T>): Promise<Outcome<T>> {
  const result = await outcome(call);
  await nextTurn();
  return result;
}
