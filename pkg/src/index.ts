/** Retrieval in the browser: documents in, cited prompts out, and nothing leaves the device. */

export type { Added, AddManyOptions, AddManyOutcome } from "./addition.js";
export type { PinnedModel } from "./addresses.js";
export type { AnswerRound, GeneratedAnswer, GenerateOptions } from "./answering.js";
export type { AssetOptions } from "./assets.js";
export { isLocalAddress } from "./chat/address.js";
export { ChatError } from "./chat/failure.js";
export { type OpenAiModel, type OpenAiOptions, openAiCompatible } from "./chat/openai.js";
export {
  type BrowserModelAvailability,
  type BrowserModelOptions,
  browserModel,
  browserModelAvailability,
} from "./chat/prompt-api.js";
export { askModel, chunksOf } from "./chat/reply.js";
export type { ChatMessage, ChatModel, ChatOptions, ChatReply } from "./chat/types.js";
export type { CallOptions, Progress, Scorer, TokenCounter } from "./client.js";
export {
  Collection,
  deleteCollection,
  type EvaluateOptions,
  type ExtractiveOptions,
  type ListOptions,
  type OpenOptions,
  openCollection,
  type PromptOptions,
  type Recorded,
  type RerankOptions,
  type RetrievalOptions,
  type SearchOptions,
} from "./collection.js";
export type { Extractor, NewDocument, NewDocumentFields, NewDocumentMetadata } from "./content.js";
export type { EgressInfo, EgressPolicy, EgressReach } from "./egress.js";
export { IbidError } from "./error.js";
export type { EvaluationQuestion, QuestionSource } from "./evaluating.js";
export type {
  FieldFilter,
  Filter,
  FilterCondition,
  FilterOperators,
  FilterValue,
  NotFilter,
} from "./filter.js";
export type {
  DocumentSummary,
  Hit,
  Metadata,
  MetadataOf,
  NewMetadata,
  SearchResult,
  StoredDocument,
} from "./metadata.js";
export type { CollectionEvents, CollectionInfo } from "./protocol.js";
export type { SecretOptions } from "./secret.js";
export type { SpaceEvent } from "./space.js";
export {
  type CollectionStorage,
  clearModels,
  listCollections,
  persistStorage,
  type StorageInfo,
} from "./storage.js";
export type {
  Account,
  DamagedRecord,
  DeletedRecord,
  DocumentVersion,
  RecordedDocuments,
  Trail,
  TrailEntry,
  TrailRecord,
} from "./trail.js";
export type { ExportOptions, ImportOptions } from "./transfer.js";
export type { Verifier, VerifyOptions } from "./verifier.js";
export type {
  Activity,
  AnswerRange,
  ArmTrace,
  BuildName,
  ChangedDocuments,
  ChangeEvent,
  ChunkingOptions,
  Citation,
  CollectionKey,
  CollectionSecret,
  ConversationTurn,
  CopyChunk,
  DamagedDocument,
  DamagedHit,
  Difference,
  DifferenceKind,
  DroppedPassage,
  Embedding,
  EmbedRole,
  EncryptionInfo,
  ErrorCode,
  ErrorInfo,
  Estimate,
  EvaluatedQuestion,
  EvaluatedRun,
  EvaluatedSetting,
  EvaluationReport,
  EvidenceOptions,
  ExtractedBlock,
  ExtractedBlockKind,
  ExtractedPage,
  ExtractedText,
  ExtractiveAnswer,
  FormTrace,
  FusionName,
  FusionWeights,
  HitChunk,
  HitCopy,
  HitEvidence,
  HitMatch,
  HitPassage,
  HitTrace,
  ImportReport,
  KernelsInfo,
  KernelsName,
  Language,
  MatchKind,
  Message,
  MetadataElement,
  MetadataValue,
  ModelInfo,
  ModelState,
  ModelStatus,
  PairedComparison,
  Phase,
  ProblemEvent,
  Prompt,
  PromptExample,
  PromptFormat,
  PromptTemplate,
  QuestionOutcome,
  QuotationChange,
  Quote,
  Replay,
  RerankTrace,
  Retrieval,
  RetrievedHit,
  SearchMode,
  SegmentTrace,
  SentenceVerdict,
  SettingChoice,
  SettingOptions,
  SourcePlace,
  StageTimes,
  Suggestions,
  SuggestOptions,
  SweepOptions,
  TermScore,
  TermTrace,
  TextRange,
  Trace,
  TrailCheck,
  Unanswerable,
  Verdict,
  VerdictEvidence,
  VerifiableSource,
  Verification,
  VerifiedQuotation,
  VerifiedSource,
  WorkersInfo,
} from "./wasm/ibid_simd128.js";
