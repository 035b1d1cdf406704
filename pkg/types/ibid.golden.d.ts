/* tslint:disable */
/* eslint-disable */

/** The caller's side of one long call. */
export interface Task {
    readonly signal: AbortSignal;
    onProgress(progress: Progress): void;
    /** Resolves after messages that wait have been received. */
    pause(): Promise<void>;
}



/** The name of a file that `model.json` lists. */
export type ModelFileName = "tokenizer.json" | "weights.safetensors";
/** The files of a model folder. */
export interface ModelFiles {
    manifest: Uint8Array;
    tokenizer: Uint8Array;
    weights: Uint8Array;
}


/**
 * A chunk that a search found.
 */
export interface Hit {
    /**
     * The document's id.
     */
    document: string;
    /**
     * The document's title.
     */
    title: string;
    /**
     * The document's metadata.
     */
    metadata: Record<string, MetadataValue>;
    /**
     * What was found, and where.
     */
    chunk: HitChunk;
    /**
     * What the hits are ranked by; comparable within one search only.
     */
    score: number;
    /**
     * The cosine of query and chunk; absent where the chunk has no vector yet or the mode uses none.
     */
    dense?: number;
    /**
     * The BM25 score; absent where no word of the query is in the chunk or the mode uses none.
     */
    lexical?: number;
}

/**
 * A document as the client hands it over.
 */
export interface DocumentInput {
    /**
     * Read apart, to find lone surrogates.
     */
    id: string;
    /**
     * Shown to people and included in what is embedded.
     */
    title?: string;
    /**
     * Read apart, to copy it once only.
     */
    content: string | Uint8Array;
    /**
     * The media type as the caller names it.
     */
    mediaType?: string;
    /**
     * The name of the file that the content comes from.
     */
    fileName?: string;
    /**
     * The media type as the browser knows it.
     */
    fileType?: string;
    /**
     * Values to show and to filter by.
     */
    metadata?: Record<string, MetadataValue>;
}

/**
 * A document with its extracted text.
 */
export interface StoredDocument extends DocumentSummary {
    /**
     * The extracted text, which all spans refer to.
     */
    text: string;
}

/**
 * A document without its text.
 */
export interface DocumentSummary {
    /**
     * The id.
     */
    id: string;
    /**
     * The title; may be empty.
     */
    title: string;
    /**
     * The media type that it was read as.
     */
    mediaType: string;
    /**
     * The metadata that it was added with.
     */
    metadata: Record<string, MetadataValue>;
    /**
     * The length of its extracted text, in UTF-16 code units.
     */
    length: number;
    /**
     * The number of its chunks.
     */
    chunks: number;
    /**
     * How many of them have no vector yet.
     */
    backlog: number;
}

/**
 * A numbered reference from a prompt to an exact span: `quote === document.text.slice(start, end)`, always.
 */
export interface Citation {
    /**
     * The number that stands in the prompt, from 1.
     */
    number: number;
    /**
     * The document's id.
     */
    document: string;
    /**
     * The document's title.
     */
    title: string;
    /**
     * The headings that the quote stands under, outermost first.
     */
    section: string[];
    /**
     * The first UTF-16 code unit of the quote in the document's extracted text.
     */
    start: number;
    /**
     * The UTF-16 code unit after its last.
     */
    end: number;
    /**
     * The quoted text.
     */
    quote: string;
    /**
     * The score of the best hit in it.
     */
    score: number;
}

/**
 * A prompt for any chat model, with the sources it cites.
 */
export interface Prompt {
    /**
     * A system and a user message.
     */
    messages: Message[];
    /**
     * The sources in the prompt, by number.
     */
    citations: Citation[];
    /**
     * The tokens of all messages, in word pieces of the embedding model.
     */
    tokens: number;
    /**
     * How many passages were found that the budget had no room for.
     */
    omitted: number;
    /**
     * Whether the question was longer than the model takes, so that only its beginning was embedded.
     */
    queryTruncated: boolean;
}

/**
 * A span of a document's extracted text: `text === document.text.slice(start, end)`, always.
 */
export interface HitChunk {
    /**
     * Its first UTF-16 code unit.
     */
    start: number;
    /**
     * The UTF-16 code unit after its last.
     */
    end: number;
    /**
     * The headings that it stands under, outermost first.
     */
    section: string[];
    /**
     * Its length in word pieces of the model.
     */
    tokens: number;
    /**
     * Its text.
     */
    text: string;
}

/**
 * Counts and facts of an open collection.
 */
export interface CollectionInfo {
    /**
     * The number of the last commit; 0 for a new collection.
     */
    generation: number;
    /**
     * The number of documents.
     */
    documents: number;
    /**
     * The number of chunks.
     */
    chunks: number;
    /**
     * How many chunks are found by their words only, because they have no vector yet.
     */
    backlog: number;
    /**
     * The embedding model.
     */
    model: ModelInfo;
    /**
     * Which WebAssembly build runs.
     */
    build: "simd128";
    /**
     * The version of this library.
     */
    version: string;
}

/**
 * How a collection is opened.
 */
export interface OpenOptions {
    /**
     * The most tokens that the model sees of a chunk, with title, section path and special tokens: 32 to the
     * model's limit. The default is 256.
     */
    chunkTokens?: number;
    /**
     * The most tokens that a chunk repeats of the one before it: 0 (none) to half of `chunkTokens`. The default is
     * 32.
     */
    chunkOverlap?: number;
}

/**
 * How far a long call has come.
 */
export interface Progress {
    /**
     * What is being done.
     */
    phase: Phase;
    /**
     * How much of it is done, in the phase's unit.
     */
    done: number;
    /**
     * How much there is.
     */
    total: number;
}

/**
 * How to build a prompt.
 */
export interface PromptOptions {
    /**
     * The most tokens of all messages together, in word pieces of the embedding model; the default is 3,000.
     */
    budget?: number;
    /**
     * The system message; the default asks for answers from the sources only, with their numbers.
     */
    instructions?: string;
    /**
     * The most hits to quote, from 1; the default is 8.
     */
    k?: number;
    /**
     * Which arms to use; the default is `"hybrid"`.
     */
    mode?: SearchMode;
}

/**
 * How to search.
 */
export interface SearchOptions {
    /**
     * The most hits to return, from 1; the default is 8. More than there are chunks returns all that match.
     */
    k?: number;
    /**
     * Which arms to use; the default is `"hybrid"`.
     */
    mode?: SearchMode;
}

/**
 * One embedded text.
 */
export interface Embedding {
    /**
     * The number of tokens that the model saw, with the special ones.
     */
    tokens: number;
    /**
     * Whether the text was longer than the model takes, so that only its beginning was embedded.
     */
    truncated: boolean;
}

/**
 * One message for a chat model.
 */
export interface Message {
    /**
     * Who speaks.
     */
    role: "system" | "user";
    /**
     * What is said.
     */
    content: string;
}

/**
 * One metadata value; dates are strings in ISO 8601.
 */
export type MetadataValue = boolean | number | string | string[];

/**
 * The embedding model of a collection.
 */
export interface ModelInfo {
    /**
     * Its public name.
     */
    name: string;
    /**
     * Its architecture, for example `bert`.
     */
    architecture: string;
    /**
     * The length of its vectors.
     */
    dimensions: number;
    /**
     * The longest text it takes, in tokens with the special ones.
     */
    maxTokens: number;
    /**
     * A hash of weights, tokenizer and recipe; vectors are comparable only where it is equal.
     */
    fingerprint: string;
}

/**
 * What a long call is doing, and in which unit it counts.
 */
export type Phase = "model" | "chunking" | "searchable" | "embedding";

/**
 * What a search found.
 */
export interface SearchResult {
    /**
     * The hits, best first.
     */
    hits: Hit[];
    /**
     * Whether the query was longer than the model takes, so that only its beginning was embedded.
     */
    queryTruncated: boolean;
    /**
     * How many chunks had no vector yet.
     */
    unembedded: number;
    /**
     * The generation that was searched.
     */
    generation: number;
}

/**
 * What a text is embedded as; some models treat the two differently.
 */
export type EmbedRole = "passage" | "query";

/**
 * What became of a document that was added.
 */
export interface Added {
    /**
     * The document's id.
     */
    id: string;
    /**
     * The number of its chunks.
     */
    chunks: number;
    /**
     * Whether the very same document was there already, so that nothing was done.
     */
    unchanged: boolean;
}

/**
 * Which arms of the index a search uses.
 */
export type SearchMode = "hybrid" | "dense" | "lexical";

/** What went wrong; the `code` of an `IbidError`. */
export type ErrorCode =
| "invalid-argument"
| "invalid-id"
| "empty-query"
| "empty-document"
| "document-too-large"
| "invalid-utf8"
| "binary-content"
| "unsupported-media-type"
| "model-file-missing"
| "model-file-corrupt"
| "model-invalid"
| "model-unsupported"
| "model-mismatch"
| "store-conflict"
| "store-corrupt"
| "store-too-new"
| "store-quota"
| "store-unavailable"
| "store-blocked"
| "store-lost"
| "aborted"
| "closed"
| "internal";



/**
 * An open collection.
 */
export class WasmCollection {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Adds documents, or replaces those of the same ids.
     */
    add(documents: DocumentInput[], task: Task): Promise<Added[]>;
    /**
     * Deletes the collection and everything in it.
     */
    destroy(): Promise<void>;
    /**
     * Embeds what an earlier visit left without vectors.
     */
    embedBacklog(task: Task): Promise<void>;
    /**
     * Embeds texts.
     */
    embed(texts: string[], role: EmbedRole, task: Task): Promise<Embedding[]>;
    /**
     * A document with its text.
     */
    get(id: string): Promise<StoredDocument | undefined>;
    /**
     * Counts, backlog, model and build.
     */
    info(): Promise<CollectionInfo>;
    /**
     * All documents, ordered by id.
     */
    list(): Promise<DocumentSummary[]>;
    /**
     * Opens the collection `name`, or creates it.
     */
    static open(name: string, model: ModelFiles, options: OpenOptions): Promise<WasmCollection>;
    /**
     * Builds a cited prompt.
     */
    prompt(query: string, options: PromptOptions | undefined): Promise<Prompt>;
    /**
     * Removes documents by id; returns how many there were.
     */
    remove(ids: string[]): Promise<number>;
    /**
     * Finds the chunks that answer a query best.
     */
    search(query: string, options: SearchOptions | undefined): Promise<SearchResult>;
}

/**
 * Deletes the collection `name` without opening it.
 */
export function deleteCollection(name: string): Promise<void>;

/**
 * The message of the panic that trapped this instance, if one did.
 */
export function lastPanic(): string | undefined;

/**
 * The sizes in bytes of the files that a `model.json` lists, by name.
 */
export function modelFileSizes(manifest: Uint8Array | number[]): Record<ModelFileName, number>;

/**
 * Keeps the message of a panic, which the trap that follows does not carry.
 */
export function start(): void;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_wasmcollection_free: (a: number, b: number) => void;
    readonly deleteCollection: (a: any) => any;
    readonly lastPanic: () => [number, number];
    readonly modelFileSizes: (a: number, b: number) => [number, number, number];
    readonly start: () => void;
    readonly wasmcollection_add: (a: number, b: any, c: any) => any;
    readonly wasmcollection_destroy: (a: number) => any;
    readonly wasmcollection_embed: (a: number, b: any, c: any, d: any) => any;
    readonly wasmcollection_embedBacklog: (a: number, b: any) => any;
    readonly wasmcollection_get: (a: number, b: any) => any;
    readonly wasmcollection_info: (a: number) => any;
    readonly wasmcollection_list: (a: number) => any;
    readonly wasmcollection_open: (a: any, b: any, c: any) => any;
    readonly wasmcollection_prompt: (a: number, b: any, c: any) => any;
    readonly wasmcollection_remove: (a: number, b: any) => any;
    readonly wasmcollection_search: (a: number, b: any, c: any) => any;
    readonly wasm_bindgen__convert__closures_____invoke__h203d9329036c1cbb: (a: number, b: number, c: any, d: any) => void;
    readonly wasm_bindgen__convert__closures_____invoke__h4856c9fbc8104d54: (a: number, b: number, c: any) => [number, number];
    readonly wasm_bindgen__convert__closures_____invoke__h3584773c0192fdf5: (a: number, b: number) => [number, number];
    readonly wasm_bindgen__convert__closures_____invoke__hbe4ef4f0e838a7d3: (a: number, b: number) => any;
    readonly wasm_bindgen__convert__closures_____invoke__h38fe34fc10caf12d: (a: number, b: number) => void;
    readonly __wbindgen_malloc: (a: number, b: number) => number;
    readonly __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
    readonly __wbindgen_free: (a: number, b: number, c: number) => void;
    readonly __wbindgen_exn_store: (a: number) => void;
    readonly __externref_table_alloc: () => number;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __wbindgen_destroy_closure: (a: number, b: number) => void;
    readonly __externref_table_dealloc: (a: number) => void;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path?: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
