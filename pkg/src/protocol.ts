/** The messages between page and worker. */
import type { ErrorMessage } from "./error.js";
import type {
  Added,
  CollectionInfo,
  OpenOptions as CoreOptions,
  DocumentInput,
  DocumentSummary,
  Embedding,
  EmbedRole,
  Progress,
  Prompt,
  PromptOptions,
  SearchOptions,
  SearchResult,
  StoredDocument,
} from "./wasm/ibid.js";

/** What the worker can be asked: arguments and result of each method. */
export interface Methods {
  open: (settings: OpenSettings) => CollectionInfo;
  add: (documents: DocumentInput[]) => Added[];
  remove: (ids: string[]) => number;
  get: (id: string) => StoredDocument | undefined;
  list: () => DocumentSummary[];
  info: () => CollectionInfo;
  search: (query: string, options: SearchOptions) => SearchResult;
  prompt: (query: string, options: PromptOptions) => Prompt;
  embed: (texts: string[], role: EmbedRole) => Embedding[];
  embedBacklog: () => void;
  destroy: () => void;
  deleteCollection: (name: string, wasmUrl: string | undefined) => void;
}

export type MethodName = keyof Methods;

/** What a worker needs to open a collection. Addresses are absolute. */
export interface OpenSettings {
  name: string;
  modelUrl: string;
  wasmUrl: string | undefined;
  core: CoreOptions;
}

export type Call = { [M in MethodName]: { id: number; method: M; args: Parameters<Methods[M]> } }[MethodName];

export type ToWorker = Call | { id: number; abort: true };

export type FromWorker =
  | { id: number; result: unknown }
  | { id: number; error: ErrorMessage }
  | { id: number; progress: Progress }
  /** The worker cannot go on; every pending call has failed. */
  | { fatal: ErrorMessage };
