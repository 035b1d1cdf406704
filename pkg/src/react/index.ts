"use client";

/** Hooks for React 18.3 and 19. Nothing is opened or asked while rendering, on a server nothing at all. */

export type { AnswerState, LiveExtractiveOptions, LiveGenerateOptions } from "../live/answer.js";
export type { LiveSearchOptions } from "../live/search.js";
export type { CollectionState, SharedOptions } from "../live/shared.js";
export { type AskedAnswer, useAnswer } from "./use-answer.js";
export { useCollection } from "./use-collection.js";
export { type FoundHits, useSearch } from "./use-search.js";
