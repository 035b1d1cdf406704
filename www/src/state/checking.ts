/** An answer from elsewhere, held against the documents. */
import type { Recorded, Verification } from "ibid";
import { verdictSummary } from "../text/verdicts.js";
import { type Inquiry, type Outcome, outcome } from "./inquiry.js";
import type { Library } from "./library.js";
import { Observable } from "./observable.js";
import { announce } from "./status.js";

export interface Checked {
  answer: string;
  /** The question whose cited prompt tells what the marks stand for; absent where nothing was asked. */
  question: string | undefined;
  outcome: Outcome<Verification & Recorded>;
}

export interface CheckingState {
  /** What stands in the box. */
  draft: string;
  /** Whether anything has been written there yet. */
  isUsed: boolean;
  /** Absent until something is checked. */
  checked: Checked | undefined;
}

export class Checking extends Observable<CheckingState> {
  readonly #library: Library;
  readonly #inquiry: Inquiry;
  #latest = new AbortController();

  constructor(library: Library, inquiry: Inquiry) {
    super({ draft: "", isUsed: false, checked: undefined });
    this.#library = library;
    this.#inquiry = inquiry;
  }

  write(draft: string): void {
    this.update({ draft, isUsed: true });
  }

  /** Forgets what came of checking; what stands in the box stays. */
  forget(): void {
    this.#latest.abort();
    this.update({ checked: undefined });
  }

  /**
   * Checks what stands in the box: against the sources of the current question that it cites, then what else was found for
   * it, then all documents. A check that is still going on is given up.
   */
  async check(): Promise<void> {
    this.#latest.abort();
    this.#latest = new AbortController();
    const { signal } = this.#latest;
    const { asked, hits, prompt } = this.#inquiry.state;
    const answer = this.state.draft;
    const checked = { answer, question: prompt.state === "done" ? asked?.question : undefined };
    this.update({ checked: { ...checked, outcome: { state: "running" } } });
    const verifying = this.#library.verify(answer, {
      ...(prompt.state === "done" && { prompt: prompt.value }),
      ...(hits.state === "done" && { hits: hits.value.hits }),
      everywhere: true,
      signal,
    });
    const result = await outcome(verifying);
    if (signal.aborted) {
      return;
    }
    this.update({ checked: { ...checked, outcome: result } });
    if (result.state === "done") {
      announce(verdictSummary(result.value.sentences));
    }
  }
}
