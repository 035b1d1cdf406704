/**
 * What the package is about to have, declared here until it does: `evaluate` and `trail`. This file is all of it; it is deleted
 * once the package declares the same.
 */
import type {
  CallOptions,
  ChunkingOptions,
  Citation,
  Message,
  Scorer,
  SearchMode,
  Trace,
  Verification,
} from "ibid";

declare module "../../pkg/dist/collection.js" {
  interface OpenOptions {
    trail?: boolean;
  }
  interface Collection {
    evaluate(questions: QuestionSource, options?: EvaluateOptions): Promise<EvaluationReport>;
    readonly trail: Trail;
  }
}

declare module "../../pkg/dist/wasm/ibid_simd128.js" {
  interface ExtractiveAnswer {
    record?: number;
  }
  interface Verification {
    record?: number;
  }
}

declare module "ibid" {
  export type QuestionSource =
    | { file: File }
    | { text: string; name?: string }
    | { queries: string; qrels: string }
    | { knownItems: number }
    | readonly EvaluationQuestion[];

  export interface EvaluationQuestion {
    id?: string;
    question: string;
    answerable?: boolean;
    documents?: Record<string, number> | string[];
    spans?: { document: string; start?: number; end?: number; quote?: string }[];
  }

  export interface SettingOptions {
    mode?: SearchMode;
    denseWeight?: number;
    rankConstant?: number;
    k?: number;
    chunking?: ChunkingOptions;
  }

  export interface EvaluateOptions extends CallOptions {
    setting?: SettingOptions;
    against?: SettingOptions[];
    sweep?: {
      measure: string;
      modes?: SearchMode[];
      denseWeights?: number[];
      k?: number[];
      chunkings?: ChunkingOptions[];
    };
    seed?: number;
  }

  export interface EvaluationReport {
    level: number;
    resamples: number;
    seed: number;
    questions: {
      id: string;
      question: string;
      answerable: boolean;
      outcomes: { values: Record<string, number>; relevance: number; milliseconds: number }[];
    }[];
    runs: {
      setting: {
        target: number;
        max: number;
        overlap: number;
        mode: SearchMode;
        denseWeight?: number | null;
        rrfK?: number | null;
        rerank: number;
        k: number;
      };
      measures: Record<string, { mean: number; low: number; high: number; count: number }>;
      latency?: { count: number; p50: number; p95: number; mean: number } | null;
      auc?: number | null;
    }[];
    comparisons: {
      against: number;
      measures: Record<
        string,
        {
          difference: { mean: number; low: number; high: number; count: number };
          pValue: number;
          exact: boolean;
          significant: boolean;
          wins: number;
          losses: number;
          ties: number;
        }
      >;
    }[];
    choice?: {
      measure: string;
      chosen: number;
      tuningQuestions: number;
      tuningMeans: number[];
      current: { mean: number; low: number; high: number; count: number };
      heldOut: { mean: number; low: number; high: number; count: number };
      comparison: EvaluationReport["comparisons"][number]["measures"][string];
      advice: "adopt" | "keep";
      says: string;
    } | null;
  }

  export interface Trail {
    recording: boolean;
    list(options?: { limit?: number; before?: number }): Promise<TrailEntry[]>;
    get(number: number): Promise<TrailEntry | undefined>;
    export(): Promise<Blob>;
    check(): Promise<TrailCheck>;
    replay(number: number, options?: CallOptions & { scorer?: Scorer }): Promise<Replay>;
    remove(numbers: number | readonly number[]): Promise<number>;
    clear(): Promise<number>;
  }

  export type TrailEntry = TrailRecord | DeletedRecord;

  export interface DeletedRecord {
    number: number;
    deleted: string;
  }

  export interface TrailRecord {
    number: number;
    previous: string;
    time: string;
    question: string;
    retrieval?: Retrieval;
    prompt?: { messages: Message[]; citations: Citation[] };
    answer: { kind: "extractive" | "model" | "given"; text: string; citations?: Citation[] };
    verification?: Verification;
    documents: { added: DocumentVersion[]; replaced: DocumentVersion[]; removed: string[] };
  }

  export interface DocumentVersion {
    id: string;
    content: string;
  }

  export interface Retrieval {
    query: string;
    generation: number;
    fingerprint?: string;
    unembedded: number;
    options: Record<string, unknown>;
    hits: RetrievedHit[];
    trace?: Trace;
  }

  export interface RetrievedHit {
    document: string;
    start: number;
    end: number;
    score: number;
    relevance: number;
  }

  export interface TrailCheck {
    records: number;
    deleted: number;
    head: string;
    broken: { number: number; message: string }[];
  }

  export interface Replay {
    identical: boolean;
    differences: { place: number; then?: RetrievedHit; now?: RetrievedHit }[];
    documents: { added: string[]; replaced: string[]; removed: string[] };
    sameModel: boolean;
    embeddedSince: number;
  }
}
