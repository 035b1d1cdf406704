/** Retrieval in the browser: documents in, cited prompts out, and nothing leaves the device. */
export type { CallOptions } from "./client.js";
export {
  type AssetOptions,
  Collection,
  deleteCollection,
  type Hits,
  type OpenOptions,
  openCollection,
} from "./collection.js";
export type { NewDocument } from "./content.js";
export { IbidError } from "./error.js";
export type {
  Added,
  Citation,
  CollectionInfo,
  DocumentSummary,
  Embedding,
  EmbedRole,
  ErrorCode,
  Hit,
  HitChunk,
  Message,
  MetadataValue,
  ModelInfo,
  Phase,
  Progress,
  Prompt,
  PromptOptions,
  SearchMode,
  SearchOptions,
  StoredDocument,
} from "./wasm/ibid.js";
