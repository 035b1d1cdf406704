/* tslint:disable */
/* eslint-disable */

/** Embedded texts, in order. */
export interface EmbeddedTexts {
    /** The vectors of the texts, one after the other. */
    vectors: Float32Array;
    /** The number of tokens that the model saw of each text. */
    tokens: Uint32Array;
    /** 1 for each text that was longer than the model takes, else 0. */
    truncated: Uint8Array;
}
/** Workers that hold the model of a collection. */
export interface EmbeddingPool {
    /** The most workers that run at once; 0 where there can be none, or none any more. */
    readonly limit: number;
    /** How many run now, or are being started. */
    readonly running: number;
    /** Why there are fewer than were asked for. */
    readonly fallback: string | undefined;
    start(batches: string[][], role: EmbedRole): EmbeddingJob;
}
/** Batches that workers share. */
export interface EmbeddingJob {
    /** Resolves to a batch that is done, and to `undefined` where no more will come; rejects where one fails. */
    next(): Promise<({ batch: number } & EmbeddedTexts) | undefined>;
    /** Gives up what is not done. */
    cancel(): void;
}



/** The caller's side of one long call. */
export interface Task {
    readonly signal: AbortSignal;
    /** Resolves once `signal` is aborted. */
    aborted(): Promise<void>;
    onProgress(progress: Progress): void;
    /** Resolves after messages that wait have been received. */
    pause(): Promise<void>;
}



/** The inner loops that run, fastest first. */
export type BuildName = "relaxed-simd" | "simd128" | "portable";



/** The name of a file that `model.json` lists. */
export type ModelFileName = "tokenizer.json" | "weights.safetensors";
/** The size and hash that a file must have. */
export interface FileDigest {
    bytes: number;
    /** In lower-case hex. */
    sha256: string;
}
/** The files of a model folder; size and hash of each are checked before they come here. */
export interface ModelFiles {
    manifest: Uint8Array;
    tokenizer: Uint8Array;
    weights: Uint8Array;
}
/** The files of a folder in the layout of Hugging Face; the optional ones are those that sentence-transformers writes. */
export interface SourceFiles {
    /** `config.json` */
    config: Uint8Array;
    /** `tokenizer.json` */
    tokenizer: Uint8Array;
    /** `model.safetensors` */
    weights: Uint8Array;
    /** `modules.json` */
    modules?: Uint8Array | undefined;
    /** `1_Pooling/config.json` */
    pooling?: Uint8Array | undefined;
    /** `sentence_bert_config.json` */
    sentence?: Uint8Array | undefined;
    /** `config_sentence_transformers.json` */
    prompts?: Uint8Array | undefined;
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
     * The workers that embed documents.
     */
    workers: WorkersInfo;
    /**
     * The inner loops that run.
     */
    build: BuildName;
    /**
     * Why faster ones are not used although this browser has their instructions.
     */
    buildFallback?: string;
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
     * model's limit. The default is 256, or the model's limit where that is less.
     */
    chunkTokens?: number;
    /**
     * The most tokens that a chunk repeats of the one before it: 0 (none) to half of `chunkTokens`. The default is
     * 32.
     */
    chunkOverlap?: number;
    /**
     * How many workers embed documents beside the collection's own: 1 to 16, each with a copy of the model in memory;
     * 0 leaves everything to the collection's own. The default, `"auto"`, leaves one core to the page: at least 1, at
     * most 4. They are started when there is much to embed and end when there is nothing to do.
     */
    workers?: number | "auto";
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
 * The workers that embed documents.
 */
export interface WorkersInfo {
    /**
     * The most that run at once; with 0 the collection's own worker embeds by itself.
     */
    limit: number;
    /**
     * How many run now.
     */
    running: number;
    /**
     * Why there are fewer than were asked for.
     */
    fallback?: string;
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
| "model-file-truncated"
| "model-file-html"
| "model-unreachable"
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
     * Counts, backlog, model, build and workers.
     */
    info(): Promise<CollectionInfo>;
    /**
     * All documents, ordered by id.
     */
    list(): Promise<DocumentSummary[]>;
    /**
     * Opens the collection `name`, or creates it.
     */
    static open(name: string, model: ModelFiles, options: OpenOptions, pool: EmbeddingPool): Promise<WasmCollection>;
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
 * The embedder of one worker of a pool.
 */
export class WasmEmbedder {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Embeds one batch.
     */
    embed(texts: string[], role: EmbedRole): Promise<EmbeddedTexts>;
    /**
     * Loads the model.
     */
    constructor(files: ModelFiles);
}

/**
 * The build that runs.
 */
export function buildName(): BuildName;

/**
 * Deletes the collection `name` without opening it.
 */
export function deleteCollection(name: string): Promise<void>;

/**
 * The message of the panic that trapped this instance, if one did.
 */
export function lastPanic(): string | undefined;

/**
 * The sizes and hashes of the files that a `model.json` lists, by name.
 */
export function modelFileDigests(manifest: Uint8Array | number[]): Record<ModelFileName, FileDigest>;

/**
 * Keeps for `info()` why a faster build than this one is not used.
 */
export function noteFallback(reason: string): void;

/**
 * The model folder of a source, quantised; `name` stands for the model's name and for where it comes from. Takes memory
 * for the source and for the result, which this instance keeps: call it where the instance is thrown away.
 */
export function quantizeModel(files: SourceFiles, name: string): ModelFiles;

/**
 * Compares the kernels in use with golden results; returns what is wrong, if anything is.
 */
export function selfTest(): string | undefined;

/**
 * The sha256 of `content` in lower-case hex, for pages that have no WebCrypto.
 */
export function sha256(content: Uint8Array | number[]): string;

/**
 * Keeps the message of a panic, which the trap that follows does not carry.
 */
export function start(): void;

/**
 * Has everything computed by the portable kernels from now on.
 */
export function usePortableKernels(): void;

/**
 * How many embedding workers `options` ask for on a machine of so many cores (0 where that is not known).
 */
export function workerLimit(options: OpenOptions, cores: number): number;

