/** Searches and answers as states that change, for frameworks that have no hooks of ours. */

export {
  type AnswerState,
  LiveAnswer,
  type LiveAnswerOptions,
  type LiveExtractiveOptions,
  type LiveGenerateOptions,
} from "./answer.js";
export { LiveSearch, type LiveSearchOptions, type SearchState } from "./search.js";
