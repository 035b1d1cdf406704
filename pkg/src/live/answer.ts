/** An answer while it comes. */
import type { GeneratedAnswer, GenerateOptions } from "../answering.js";
import type { Collection, ExtractiveOptions, Recorded } from "../collection.js";
import type { Metadata, MetadataOf } from "../metadata.js";
import type { ExtractiveAnswer, SentenceVerdict } from "../wasm/ibid_simd128.js";
import { Observable } from "./observable.js";

/** Options of `collection.answer` without those that are taken care of here. */
export type LiveExtractiveOptions<M extends MetadataOf<M> = Metadata> = Omit<
  ExtractiveOptions<M>,
  "signal" | "onProgress"
>;

/** The same where a language model answers. */
export type LiveGenerateOptions<M extends MetadataOf<M> = Metadata> = Omit<
  GenerateOptions<M>,
  "signal" | "onProgress" | "onText" | "onVerdicts"
>;

/** Options of either. */
export type LiveAnswerOptions<M extends MetadataOf<M> = Metadata> =
  | LiveExtractiveOptions<M>
  | LiveGenerateOptions<M>;

/** How far an answer is. */
export interface AnswerState<A = ExtractiveAnswer | GeneratedAnswer> {
  /** The answer, once it is whole and checked; that to an earlier question is gone. */
  answer: (A & Recorded) | undefined;
  /** Its text so far. */
  text: string;
  /** What became of the sentences of `text` so far; always empty without a language model. */
  verdicts: readonly SentenceVerdict[];
  /** Whether more is to come. */
  loading: boolean;
  /** Why there is no answer; `undefined` where nothing went wrong. A `ChatError` is the language model's. */
  error: unknown;
}

/** One answer at a time: another question ends what was asked before. */
export class LiveAnswer<M extends MetadataOf<M> = Metadata> extends Observable<AnswerState> {
  #running: AbortController | undefined;

  constructor() {
    super({ answer: undefined, text: "", verdicts: [], loading: false, error: undefined });
  }

  /** Asks a question: nothing for one without a word, and later while there is no collection yet. */
  ask(
    collection: Collection<M> | undefined,
    question: string,
    options: LiveAnswerOptions<M> = {},
  ): Promise<void> {
    this.end();
    const isAsked = question.trim() !== "";
    this.change({ answer: undefined, text: "", verdicts: [], loading: isAsked, error: undefined });
    return isAsked && collection !== undefined ? this.#run(collection, question, options) : Promise.resolve();
  }

  /** Ends the answer that is under way. */
  end(): void {
    this.#running?.abort();
    this.#running = undefined;
    if (this.snapshot().loading) {
      this.change({ loading: false });
    }
  }

  async #run(collection: Collection<M>, question: string, options: LiveAnswerOptions<M>): Promise<void> {
    const running = new AbortController();
    const { signal } = running;
    this.#running = running;
    const changeUnlessEnded = (changes: Partial<AnswerState>) => {
      if (!signal.aborted) {
        this.change(changes);
      }
    };
    let round = 1;
    const streaming = {
      onText: (text: string, number: number) => {
        // What became of sentences that were taken back is of no interest.
        changeUnlessEnded({ text, ...(number > round && { verdicts: [] }) });
        round = number;
      },
      onVerdicts: (verdicts: SentenceVerdict[]) =>
        changeUnlessEnded({ verdicts: [...this.snapshot().verdicts, ...verdicts] }),
    };
    try {
      const answer: (ExtractiveAnswer | GeneratedAnswer) & Recorded =
        "model" in options
          ? await collection.answer(question, { ...options, ...streaming, signal })
          : await collection.answer(question, { ...options, signal });
      const { verification } = answer as Partial<GeneratedAnswer>;
      const verdicts = verification?.sentences ?? [];
      changeUnlessEnded({ answer, text: answer.text, verdicts, loading: false });
    } catch (error) {
      changeUnlessEnded({ loading: false, error });
    }
  }
}
