/** Retrieval in the browser: documents in, cited prompts out, and nothing leaves the device. */
export type { CallOptions, Progress } from "./client.js";
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
  BuildName,
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
  Prompt,
  PromptOptions,
  SearchMode,
  SearchOptions,
  StoredDocument,
  WorkersInfo,
} from "./wasm/ibid_simd128.js";
