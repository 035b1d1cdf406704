/** Retrieval in the browser: documents in, cited prompts out, and nothing leaves the device. */
export type { Added, AddManyOptions, AddManyOutcome } from "./addition.js";
export type { CallOptions, Progress, Scorer } from "./client.js";
export {
  type AssetOptions,
  Collection,
  deleteCollection,
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
export type { CollectionEvents, CollectionInfo } from "./protocol.js";
export type {
  Activity,
  ArmTrace,
  BuildName,
  ChangeEvent,
  Citation,
  DamagedDocument,
  DamagedHit,
  DocumentSummary,
  Embedding,
  EmbedRole,
  ErrorCode,
  ErrorInfo,
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
  ModelState,
  ModelStatus,
  Phase,
  ProblemEvent,
  Prompt,
  SearchMode,
  SearchResult,
  SegmentTrace,
  StageTimes,
  StoredDocument,
  TermScore,
  TermTrace,
  TextRange,
  Trace,
  Unanswerable,
  WorkersInfo,
} from "./wasm/ibid_simd128.js";
