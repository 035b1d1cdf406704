/** Retrieval in the browser: documents in, cited prompts out, and nothing leaves the device. */
export type { CallOptions, Progress, Scorer } from "./client.js";
export {
  type AssetOptions,
  Collection,
  deleteCollection,
  type Hits,
  type OpenOptions,
  openCollection,
  type PromptOptions,
  type RerankOptions,
  type SearchOptions,
} from "./collection.js";
export type { NewDocument } from "./content.js";
export { IbidError } from "./error.js";
export type {
  FieldFilter,
  Filter,
  FilterCondition,
  FilterOperators,
  FilterValue,
  NotFilter,
} from "./filter.js";
export type {
  Added,
  ArmTrace,
  BuildName,
  Citation,
  CollectionInfo,
  DocumentSummary,
  Embedding,
  EmbedRole,
  ErrorCode,
  FusionName,
  FusionWeights,
  Hit,
  HitChunk,
  HitPassage,
  HitTrace,
  Language,
  Message,
  MetadataValue,
  ModelInfo,
  Phase,
  Prompt,
  SearchMode,
  SegmentTrace,
  StageTimes,
  StoredDocument,
  TermScore,
  TermTrace,
  Trace,
  WorkersInfo,
} from "./wasm/ibid_simd128.js";
