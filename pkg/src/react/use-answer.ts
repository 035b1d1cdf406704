/** An answer while it comes. */
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import type { GeneratedAnswer } from "../answering.js";
import type { Collection } from "../collection.js";
import {
  type AnswerState,
  LiveAnswer,
  type LiveAnswerOptions,
  type LiveExtractiveOptions,
  type LiveGenerateOptions,
} from "../live/answer.js";
import type { Metadata, MetadataOf } from "../metadata.js";
import type { ExtractiveAnswer } from "../wasm/ibid_simd128.js";
import { useStable } from "./use-stable.js";

/** How far an answer is, and a way to have another. */
export interface AskedAnswer<A> extends AnswerState<A> {
  /** Asks the same again. */
  again: () => void;
}

/**
 * Answers `question` as `collection.answer` does: with the sentences of the documents, or, where the options have a `model`, by
 * that, with its text and the verdicts of its sentences as they come. Another question, or other options, end an answer that is
 * under way; so give it what was submitted, not what is being typed. Options may be written in place; functions among them are
 * those that were there when the question came.
 */
export function useAnswer<M extends MetadataOf<M> = Metadata>(
  collection: Collection<M> | undefined,
  question: string,
  options: LiveGenerateOptions<M>,
): AskedAnswer<GeneratedAnswer>;
export function useAnswer<M extends MetadataOf<M> = Metadata>(
  collection: Collection<M> | undefined,
  question: string,
  options?: LiveExtractiveOptions<M>,
): AskedAnswer<ExtractiveAnswer>;
export function useAnswer<M extends MetadataOf<M> = Metadata>(
  collection: Collection<M> | undefined,
  question: string,
  options: LiveAnswerOptions<M> = {},
): AskedAnswer<ExtractiveAnswer | GeneratedAnswer> {
  const [answer] = useState(() => new LiveAnswer<M>());
  const state = useSyncExternalStore(answer.subscribe, answer.snapshot, answer.snapshot);
  const asked = useStable({ question, options });
  const again = useCallback(
    () => void answer.ask(collection, asked.question, asked.options),
    [answer, collection, asked],
  );
  useEffect(() => {
    again();
    return () => answer.end();
  }, [answer, again]);
  return { ...state, again };
}
