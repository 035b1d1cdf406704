/** The messages between page and worker, and between a collection's worker and its embedding workers. */
import type { ErrorMessage } from "./error.js";
import type {
  Added,
  CollectionInfo,
  OpenOptions as CoreOptions,
  DocumentInput,
  DocumentSummary,
  EmbeddedTexts,
  Embedding,
  EmbedRole,
  Progress,
  Prompt,
  PromptOptions,
  SearchOptions,
  SearchResult,
  StoredDocument,
} from "./wasm/ibid_simd128.js";

/** What the worker can be asked: arguments and result of each method. */
export interface Methods {
  open: (settings: OpenSettings) => CollectionInfo;
  add: (documents: DocumentInput[]) => Added[];
  remove: (ids: string[]) => number;
  get: (id: string) => StoredDocument | undefined;
  list: () => DocumentSummary[];
  info: () => CollectionInfo;
  search: (query: string, options: SearchOptions, scorer: ScorerPlace | undefined) => SearchResult;
  prompt: (query: string, options: PromptOptions & SearchOptions, scorer: ScorerPlace | undefined) => Prompt;
  embed: (texts: string[], role: EmbedRole) => Embedding[];
  embedBacklog: () => void;
  destroy: () => void;
  deleteCollection: (name: string, wasmUrl: string | undefined) => void;
}

export type MethodName = keyof Methods;

/** Where the second stage of a search is: a function on the page, or the collection's cross-encoder. */
export type ScorerPlace = "page" | "model";

/** What a worker needs to open a collection. Addresses are absolute. */
export interface OpenSettings {
  name: string;
  modelUrl: string;
  rerankerUrl: string | undefined;
  wasmUrl: string | undefined;
  core: CoreOptions;
}

export type Call = { [M in MethodName]: { id: number; method: M; args: Parameters<Methods[M]> } }[MethodName];

export type ToWorker = Call | { id: number; abort: true } | { id: number; scored: PageScores };

/** What a scorer on the page gave, or why it failed. */
export type PageScores = { scores: number[] } | { error: ErrorMessage };

export type FromWorker =
  | { id: number; result: unknown }
  | { id: number; error: ErrorMessage }
  | { id: number; progress: Progress }
  /** The call's scorer on the page is to score these; `scored` answers. */
  | { id: number; score: { query: string; passages: string[] } }
  /** The worker cannot go on; every pending call has failed. */
  | { fatal: ErrorMessage };

/** What an embedding worker is told: the model first, then one batch after the other. */
export type ToEmbeddingWorker = { model: PooledModel } | { texts: string[]; role: EmbedRole };

/** The model of a pool, which each of its workers reads for itself. Addresses are absolute. */
export interface PooledModel {
  url: string;
  /** The content of its `model.json`: another model that came to stand there is not taken. */
  manifest: Uint8Array;
  wasmUrl: string | undefined;
}

/** Each message to an embedding worker has one answer. */
export type FromEmbeddingWorker =
  | { ready: true }
  | { embedded: EmbeddedTexts }
  | { error: ErrorMessage }
  /** The worker cannot go on. */
  | { fatal: ErrorMessage };
