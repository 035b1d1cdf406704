/** The latest question and its answers. */
import type { Prompt, SearchMode, SearchResult } from "ibid";
import { count } from "../text/format.js";
import { type Problem, toProblem } from "../text/problem.js";
import type { Library } from "./library.js";
import { Observable } from "./observable.js";
import { announce } from "./status.js";

export interface AskOptions {
  mode: SearchMode;
  /** The most hits. */
  k: number;
  /** The most tokens of the prompt. */
  budget: number;
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
  prompt: Outcome<Prompt>;
}

const NOTHING: InquiryState = { asked: undefined, hits: { state: "running" }, prompt: { state: "running" } };

export class Inquiry extends Observable<InquiryState> {
  readonly #library: Library;
  #latest = new AbortController();

  constructor(library: Library) {
    super(NOTHING);
    this.#library = library;
  }

  /** Asks; an earlier question that is still being answered is given up. */
  async ask(asked: Asked): Promise<void> {
    const signal = this.#next();
    const { question, mode, k, budget } = asked;
    this.update({ ...NOTHING, asked });
    const hits = this.#library.search(question, { mode, k, explain: true }, signal);
    const prompt = this.#library.prompt(question, { mode, k, budget }, signal);
    await Promise.all([
      outcome(hits).then((hits) => signal.aborted || this.#show({ hits })),
      outcome(prompt).then((prompt) => signal.aborted || this.update({ prompt })),
    ]);
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

  #show({ hits }: Pick<InquiryState, "hits">): void {
    this.update({ hits });
    if (hits.state === "done") {
      announce(
        hits.value.hits.length === 0
          ? "Nothing was found."
          : `${count(hits.value.hits.length, "passage")} found.`,
      );
    }
  }
}

async function outcome<T>(call: Promise<T>): Promise<Outcome<T>> {
  try {
    return { state: "done", value: await call };
  } catch (thrown) {
    return { state: "failed", problem: toProblem(thrown) };
  }
}
