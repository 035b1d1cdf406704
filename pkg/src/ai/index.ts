/** Collections for the AI SDK. */

export { type FoundSource, type FoundSources, type SearchToolOptions, searchTool } from "./search-tool.js";
