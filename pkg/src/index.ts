/** Retrieval in the browser: documents in, cited prompts out, and nothing leaves the device. */

export type { Added, AddManyOptions, AddManyOutcome } from "./addition.js";
export type { AnswerRound, GeneratedAnswer, GenerateOptions } from "./answering.js";
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
  type AssetOptions,
  Collection,
  deleteCollection,
  type ExtractiveOptions,
  type OpenOptions,
  openCollection,
  type PromptOptions,
  type RerankOptions,
  type SearchOptions,
} from "./collection.js";
export type { Extractor, NewDocument } from "./content.js";
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
export type { Verifier, VerifyOptions } from "./verifier.js";
export type {
  Activity,
  AnswerRange,
  ArmTrace,
  BuildName,
  ChangeEvent,
  ChunkingOptions,
  Citation,
  ConversationTurn,
  CopyChunk,
  DamagedDocument,
  DamagedHit,
  Difference,
  DifferenceKind,
  DocumentSummary,
  DroppedPassage,
  Embedding,
  EmbedRole,
  ErrorCode,
  ErrorInfo,
  EvidenceOptions,
  ExtractedBlock,
  ExtractedBlockKind,
  ExtractedPage,
  ExtractedText,
  ExtractiveAnswer,
  FormTrace,
  FusionName,
  FusionWeights,
  Hit,
  HitChunk,
  HitCopy,
  HitEvidence,
  HitMatch,
  HitPassage,
  HitTrace,
  Language,
  MatchKind,
  Message,
  MetadataElement,
  MetadataValue,
  ModelInfo,
  ModelState,
  ModelStatus,
  Phase,
  ProblemEvent,
  Prompt,
  PromptExample,
  PromptFormat,
  PromptTemplate,
  QuotationChange,
  Quote,
  SearchMode,
  SearchResult,
  SegmentTrace,
  SentenceVerdict,
  SourcePlace,
  StageTimes,
  StoredDocument,
  Suggestions,
  SuggestOptions,
  TermScore,
  TermTrace,
  TextRange,
  Trace,
  Unanswerable,
  Verdict,
  VerdictEvidence,
  VerifiableSource,
  Verification,
  VerifiedQuotation,
  VerifiedSource,
  WorkersInfo,
} from "./wasm/ibid_simd128.js";
