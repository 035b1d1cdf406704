/** What the page asks of a collection's worker, and that one of its embedding workers. */

import type { EgressInfo, SentPolicies } from "./egress.js";
import type { ErrorMessage } from "./error.js";
import type { SpaceEvent } from "./space.js";
import type { CollectionStorage } from "./storage.js";
import type {
  AddOptions,
  AddOutcome,
  AnswerOptions,
  ChangeEvent,
  CollectionSecret,
  CollectionInfo as CoreInfo,
  OpenOptions as CoreOptions,
  DamagedDocument,
  DocumentInput,
  DocumentSummary,
  Embedding,
  EmbedRole,
  EvaluateOptions,
  EvaluationReport,
  ExtractiveAnswer,
  ImportOptions,
  ImportReport,
  KernelsName,
  ProblemEvent,
  Progress,
  Prompt,
  PromptOptions,
  QuestionFile,
  Replay,
  SearchOptions,
  SearchResult,
  SentenceVerdict,
  SourcePlace,
  StoredDocument,
  Suggestions,
  SuggestOptions,
  TextBatch,
  TextRange,
  TrailCheck,
  Verification,
  VerifySources,
} from "./wasm/ibid_simd128.js";
import type { CompiledCore } from "./workers/core.js";

/** Counts and facts of an open collection. */
export interface CollectionInfo extends CoreInfo {
  /** The fingerprint of another model that the server has by now; `reindex()` takes it. */
  newerModel?: string;
  /** The storage of the whole origin, and of this collection the generation that is stored. */
  storage: CollectionStorage;
  /** Where the page and the collection's worker may send requests, as far as that can be known. */
  egress: EgressInfo;
}

/** What the worker can be asked: arguments and result of each method. */
export interface Methods {
  open: (settings: OpenSettings, secret: CollectionSecret | undefined) => Opened;
  loadModel: () => void;
  /** All of the worker's own: what reads documents is started by the page. */
  prepareOffline: () => void;
  watch: () => void;
  add: (documents: DocumentInput[], options: AddOptions) => AddOutcome[];
  embedDocuments: (ids: string[]) => number;
  remove: (ids: string[]) => number;
  removeWhere: (filter: Record<string, unknown>) => number;
  get: (id: string, range: TextRange | undefined) => StoredDocument | undefined;
  locate: (id: string, range: TextRange) => SourcePlace[] | undefined;
  count: (filter: Record<string, unknown>) => number;
  has: (id: string) => boolean;
  list: (offset: number, limit: number | undefined) => DocumentSummary[];
  /** All but what the page knows by itself. */
  info: () => CoreInfo;
  /** The content security policies that came with the worker's script. */
  policies: () => SentPolicies;
  search: (query: string, options: SearchOptions, scorer: ScorerPlace | undefined) => SearchResult;
  searchMany: (queries: string[], options: SearchOptions, scorer: ScorerPlace | undefined) => SearchResult[];
  suggest: (text: string, options: SuggestOptions) => Suggestions;
  prompt: (
    query: string,
    options: PromptOptions & SearchOptions,
    scorer: ScorerPlace | undefined,
    isCounted: boolean,
  ) => Prompt;
  promptOf: (result: SearchResult, options: PromptOptions, isCounted: boolean) => Prompt;
  answer: (
    question: string,
    options: AnswerOptions & SearchOptions,
    scorer: ScorerPlace | undefined,
  ) => ExtractiveAnswer;
  verify: (answer: string, sources: VerifySources) => Verification;
  openVerifier: (sources: VerifySources) => number;
  pushAnswer: (verifier: number, text: string) => SentenceVerdict[];
  draftAnswer: (verifier: number) => SentenceVerdict[];
  finishAnswer: (verifier: number) => SentenceVerdict[];
  evaluate: (questions: QuestionFile, options: EvaluateOptions) => EvaluationReport;
  record: (account: string) => number;
  recordNumbers: () => [number, number];
  recordLines: (from: number, to: number) => string[];
  deleteRecords: (numbers: number[]) => number;
  clearTrail: () => number;
  checkTrail: () => TrailCheck;
  replay: (number: number, scorer: ScorerPlace) => Replay;
  embed: (texts: string[], role: EmbedRole) => Embedding[];
  export: (secret: CollectionSecret | undefined) => Blob;
  import: (file: Blob, options: ImportOptions, secret: CollectionSecret | undefined) => ImportReport;
  check: () => DamagedDocument[];
  reindex: () => void;
  changeKey: (to: CollectionSecret) => void;
  addKey: (secret: CollectionSecret) => number;
  removeKey: (id: number) => void;
  encrypt: (secret: CollectionSecret) => void;
  decrypt: () => void;
  destroy: () => void;
  deleteCollection: (name: string, wasmUrl: string | undefined) => void;
}

export type MethodName = keyof Methods;

/** Where the second stage of a search is: a function on the page, or the collection's cross-encoder. */
export type ScorerPlace = "page" | "model";

/** What a worker needs to open a collection, and may keep: no secret. Addresses are absolute. */
export interface OpenSettings {
  name: string;
  /** Under what it is known to other tabs, and what it needs of models is noted; by none where it is to be in memory. */
  owner: string | undefined;
  model: ModelPlace;
  reranker: ModelPlace | undefined;
  wasmUrl: string | undefined;
  /** Whether the page has the model loaded at once, and not only when it is asked to. */
  withModel: boolean;
  core: CoreOptions;
}

/** What was opened. */
export interface Opened {
  /** The number of its last commit by then; 0 for a new one. */
  generation: number;
  /** Whether it is in memory, and gone when it is closed. */
  isMemory: boolean;
}

/** Where a model is. */
export interface ModelPlace {
  /** The absolute address of its folder, which ends in a slash. */
  url: string;
  /** The name that it was asked for by; `undefined` where its address was given. */
  name: string | undefined;
  /** The fingerprint that it must have, in lower case; `undefined` where any model may be there. */
  fingerprint: string | undefined;
}

/** A request of the page. */
export type Call = { [M in MethodName]: { method: M; args: Parameters<Methods[M]> } }[MethodName];

/** What the page says about a call that is under way. */
export type PageNote = { abort: true } | { scored: PageNumbers } | { counted: PageNumbers };

/** What a function on the page gave, or why it failed. */
export type PageNumbers = { numbers: number[] } | { error: ErrorMessage };

/**
 * What the worker says about a call that is under way. The call's scorer is to score what `score` holds, and its counter to
 * count the tokens of `count`; `scored` and `counted` answer.
 * What happens to the collection is told to the call `watch`.
 */
export type CallNote =
  | { progress: Progress }
  | { score: ScoreRequest }
  | { count: string[] }
  | { event: CollectionEvent };

/** What the page, or a scoring worker that has its model, is asked to score. */
export interface ScoreRequest {
  query: string;
  passages: string[];
}

/** What happens to a collection, in this tab and in others, by the name of the event. */
export interface CollectionEvents {
  /** Something was committed. */
  change: ChangeEvent;
  /** The number of chunks without a vector is another. */
  backlog: { backlog: number };
  /** The embedding model is ready in this tab: the first one, or another than before. */
  model: { fingerprint: string };
  /** The documents of an `addMany` of this tab probably need more room than there is. They are added all the same, as far as they fit. */
  space: SpaceEvent;
  /** Work in the background met an error. What it could not do stays undone. */
  problem: ProblemEvent;
}

export type CollectionEvent = {
  [N in keyof CollectionEvents]: { name: N; event: CollectionEvents[N] };
}[keyof CollectionEvents];

/** What an embedding or scoring worker is asked first: to load the model of its pool. Addresses are absolute. */
export interface PooledModel {
  url: string;
  /** The content of its `model.json`: another model that came to stand there is not taken. */
  manifest: Uint8Array;
  /** The core of the collection's worker, so that nothing has to be fetched. */
  compiled: CompiledCore;
  /** The inner loops that the collection's worker chose: with others, vectors would differ a little. */
  kernels: KernelsName;
}

/** What an embedding worker is asked from then on; the answer is `EmbeddedTexts`. */
export interface EmbedBatch extends TextBatch {
  role: EmbedRole;
}
