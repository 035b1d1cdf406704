/* tslint:disable */
/* eslint-disable */

/**
 * How a term is like a word of the query: the word itself, another spelling (accents, umlauts, vowel marks), another form
 * (by its stem), a part of a word or several words written as one, a word that begins so, a compound, or what may have been
 * meant by a mistyped word.
 */
export type MatchKind = "exact" | "folded" | "stem" | "part" | "prefix" | "compound" | "typo";



/**
 * How far a collection is with its model: it is on its way; it is here; it is here, but another one made the stored
 * vectors, which `reindex()` makes anew; it could not be loaded, which `loadModel()` tries again; or the collection was
 * opened with `loadModel: false`, and nobody has asked for it yet.
 */
export type ModelStatus = "loading" | "ready" | "mismatch" | "failed" | "deferred";



/**
 * The wording of a prompt. Names in braces stand for what differs from prompt to prompt; `{{` and `}}` are braces. What is put
 * in their place is never looked at again, so that a document may hold `{question}`.
 */
export interface PromptTemplate {
    /** The system message; may have `{instructions}` and `{boundary}`. */
    system: string;
    /** The message of the person who asks: `{question}` and `{sources}`; may have `{instructions}` and `{boundary}`. */
    user: string;
    /**
     * A source: `{number}`, `{text}`, and `{boundary}`, the tag that no text in the prompt contains, before and after the text; may
     * have `{about}` (title, section and page as attributes), `{title}`, `{section}`, `{page}`.
     */
    source: string;
    /** The message in the place of `user` where nothing is quoted: `{question}`; may have `{instructions}` and `{boundary}`. */
    noSources: string;
    /** The message in the place of `user` where sources are documents beside it: `{question}`; may have `{instructions}`. */
    besideDocuments: string;
}

/**
 * What a prompt is sent as: messages of a chat; one text; messages whose sources are `document` blocks or `search_result`
 * blocks with citations enabled (Anthropic's Messages interface); messages with `documents` beside them (Cohere's chat,
 * version 2).
 */
export type PromptFormat = "messages" | "text" | "documents" | "search-results" | "cohere-documents";

/** A question with the answer that it should get. */
export interface PromptExample {
    question: string;
    answer: string;
}

/** A turn of the conversation before the question. */
export interface ConversationTurn {
    role: "user" | "assistant";
    content: string;
}



/**
 * What an encrypted collection is opened with: a passphrase, or a `CryptoKey` of AES-GCM or AES-KW, which may be one that cannot be
 * extracted; it wraps the key of the collection and nothing else.
 */
export type CollectionSecret =
| { passphrase: string; key?: undefined }
| { key: CryptoKey; passphrase?: undefined };



/**
 * Where a span stands in the original: bytes of a text file (as UTF-8), a paragraph of a Word document or the like, a cell of
 * a sheet, a page, or a rectangle on it in points (1/72 inch) from its upper left corner. `part` is the file inside an
 * archive, or the sheet.
 */
export type SourcePlace = { part?: string } & (
| { kind: "bytes"; start: number; end: number }
| { kind: "paragraph"; number: number }
| { kind: "cell"; row: number; column: number }
| { kind: "page"; page: number; left?: number; top?: number; width?: number; height?: number }
);



/**
 * Whether the sources say what a sentence says: the cited ones do (`supported`) or say some of it (`partly`); another one does
 * (`misattributed`, or `uncited` where the sentence has no mark); one says otherwise: another number, date, unit or name, the
 * opposite, or the same the other way round (`contradicted`); none does (`not_found`); what stands in quotation marks is not what
 * the source says word for word (`quote_altered`).
 */
export type Verdict =
| "supported"
| "partly"
| "misattributed"
| "contradicted"
| "not_found"
| "uncited"
| "quote_altered";

/**
 * In which way a sentence and a source differ: another number, date, unit or name; a `limit` the other way round (at least, at
 * most); the opposite (`negation`); a `word` that excludes another (all, none); who does something and to whom, or what is first
 * and what is second, the other way round (`role`).
 */
export type DifferenceKind = "number" | "date" | "unit" | "limit" | "name" | "negation" | "word" | "role";



/** A language whose words are stemmed and whose function words queries pass over; `"none"` does neither. */
export type Language =
| "danish" | "dutch" | "english" | "finnish" | "french" | "german" | "italian" | "none" | "norwegian" | "portuguese"
| "russian" | "spanish" | "swedish";



/** A mean, with the interval that bootstrap resampling of the questions gives. */
export interface Estimate {
    mean: number;
    low: number;
    high: number;
    /** How many questions it is of. */
    count: number;
}

/** How documents were cut, in tokens, and searched: what `setting` takes. */
export interface EvaluatedSetting {
    chunking: { target: number; max: number; overlap: number };
    mode: SearchMode;
    /** How much vectors count; in hybrid mode only. */
    denseWeight?: number;
    /** The constant of reciprocal rank fusion, where that is used. */
    rankConstant?: number;
    /** How much a second stage counts; 0 where there is none. */
    rerank: number;
    /** The most hits. */
    k: number;
}

/** What became of a question under a setting. */
export interface QuestionOutcome {
    /**
     * Each measure by its name, from 0 to 1: `ndcg@10`, `recall@10`, `mrr@10` (and `@100`) and `map` of documents; `tokenRecall`,
     * `tokenPrecision`, `tokenIou` and `spanGain` of passages. Only those that the question is judged for.
     */
    values: Record<string, number>;
    /** The greatest relevance of the hits. */
    relevance: number;
    /** How long the search took. */
    milliseconds: number;
}

export interface EvaluatedQuestion {
    id: string;
    question: string;
    /** Whether the collection has the answer. */
    answerable: boolean;
    /** By run. */
    outcomes: QuestionOutcome[];
}

export interface EvaluatedRun {
    setting: EvaluatedSetting;
    /** The mean of each measure over the questions that have it. */
    measures: Record<string, Estimate>;
    /** Milliseconds of a search; absent where there was no question. */
    latency?: { count: number; p50: number; p95: number; mean: number };
    /** How well relevance tells questions with an answer from others: 0.5 is chance, 1 always; absent where all are alike. */
    auc?: number;
}

/**
 * One setting against another on the same questions, by one measure: the reported run against another one, or the chosen setting
 * against the present one.
 */
export interface PairedComparison {
    /** How much more the one has than the other. */
    difference: Estimate;
    /** How often chance alone makes a difference so large (randomisation test, two-sided). */
    pValue: number;
    /** Whether all assignments were tried rather than some. */
    exact: boolean;
    /** Whether `pValue` is below 0.05. */
    significant: boolean;
    /** On how many questions it is better, worse, and equal. */
    wins: number;
    losses: number;
    ties: number;
}

/** The setting that did best on one half of the questions, and how it does on the other half. */
export interface SettingChoice {
    measure: string;
    /** The place of the chosen run; 0 is the present setting. */
    chosen: number;
    tuningQuestions: number;
    /** The mean of each run over the questions that it was chosen by: the best of many is flattered by its choice. */
    tuningMeans: number[];
    /** The present setting on the other questions. */
    current: Estimate;
    /** The chosen setting on the other questions. */
    heldOut: Estimate;
    comparison: PairedComparison;
    advice: "adopt" | "keep";
    /** The same as a sentence, in English. */
    says: string;
}

/** What questions say about settings. */
export interface EvaluationReport {
    /** The share of draws inside the intervals. */
    level: number;
    resamples: number;
    seed: number;
    questions: EvaluatedQuestion[];
    /** The setting that is reported first. */
    runs: EvaluatedRun[];
    /** The first run against each of the others; none in a sweep. */
    comparisons: { against: number; measures: Record<string, PairedComparison> }[];
    /** The choice, where there was a sweep. */
    choice?: SettingChoice;
    /** How many chunks of the collection had no vector while it was measured: searches by meaning missed them. */
    unembedded: number;
}



/** A search and what it found, in few words: enough to keep, and to repeat it. Numbers are exact. */
export interface Retrieval {
    /** What was searched for: the question, with what it refers to of earlier ones. */
    query: string;
    /** Whether that was longer than the model takes, so that only its beginning was embedded. */
    queryTruncated: boolean;
    /** How it was searched, in the core's own terms. */
    options: Record<string, unknown>;
    /** Its second stage, in the same terms; absent where there was none. */
    rerank?: Record<string, unknown>;
    /** The generation that was searched. */
    generation: number;
    /** The fingerprint of the model that made its vectors; absent where it had none. */
    fingerprint?: string;
    /** How far the model was: vectors took part only with `"ready"`. */
    model: ModelStatus;
    /** How many chunks had no vector yet. */
    unembedded: number;
    /** What was found, best first. */
    hits: RetrievedHit[];
    /** Why, with `explain`, and in records. */
    trace?: Trace;
}

/** Which chunk was found, by its UTF-16 code units, and how well it fits. */
export interface RetrievedHit {
    document: string;
    /** All that was added of the document, as a hash. */
    content: string;
    start: number;
    end: number;
    score: number;
    relevance: number;
}

/** Whether a trail holds together. */
export interface TrailCheck {
    /** How many records are there. */
    records: number;
    /** How many were deleted and have left a line. */
    deleted: number;
    /** The number of the first line; 0 where there is none. */
    first: number;
    /** The SHA-256 of the last line; zeros where there is none. Written down elsewhere it shows later that nothing was changed. */
    head: string;
    /** What does not fit, in order. */
    broken: { number: number; message: string }[];
}

/** Documents that have changed since a record was made, by id. */
export interface ChangedDocuments {
    /** Those that came. */
    added: string[];
    /** Those whose content, or what was added with it, is another. */
    replaced: string[];
    /** Those that went. */
    removed: string[];
    /**
     * How many gaps there are in what is known of changes: between the search and its record, and where what is stored of changes
     * cannot be read.
     */
    unknown: number;
}

/** What became of a search that was repeated. */
export interface Replay {
    /** Whether it found the same, in the same order, with the same scores to the bit. */
    identical: boolean;
    /** Where it did not, by place from 1: what was found there, and what is. */
    differences: { place: number; then?: RetrievedHit; now?: RetrievedHit }[];
    /** Which documents have changed since. */
    documents: ChangedDocuments;
    /** Whether the stored vectors are of the same model as then. */
    sameModel: boolean;
    /** How far the model was then: vectors took part only with `"ready"`. */
    modelThen: ModelStatus;
    /** How far it is now. */
    modelNow: ModelStatus;
    /** How many chunks had no vector then. */
    unembeddedThen: number;
    /** How many have none now. */
    unembeddedNow: number;
}



/** Counts the tokens of texts, as the chat model does that gets them. */
export interface TextCounter {
    count(texts: string[]): Promise<ArrayLike<number>>;
}



/** Embedded texts, in order. */
export interface EmbeddedTexts {
    /** The vectors of the texts, one after the other. */
    vectors: Float32Array;
    /** The signs of the vectors of the parts, one after the other. */
    parts: Uint8Array;
    /** The number of tokens that the model saw of each text. */
    tokens: Uint32Array;
    /** 1 for each text that was longer than the model takes, else 0. */
    truncated: Uint8Array;
}
/** Texts to embed together. */
export interface TextBatch {
    texts: string[];
    /** Of each text the number of its parts, then of each part where it begins and ends, in bytes of UTF-8. */
    parts: Uint32Array;
}
/** Workers that hold the model of a collection. */
export interface EmbeddingPool {
    /** The most workers that run at once; 0 where there can be none, or none any more. */
    readonly limit: number;
    /** How many run now, or are being started. */
    readonly running: number;
    /** Why there are fewer than were asked for. */
    readonly fallback: string | undefined;
    start(batches: TextBatch[], role: EmbedRole): EmbeddingJob;
}
/** Batches that workers share. */
export interface EmbeddingJob {
    /** Resolves to a batch that is done, and to `undefined` where no more will come; rejects where one fails. */
    next(): Promise<({ batch: number } & EmbeddedTexts) | undefined>;
    /** Gives up what is not done. */
    cancel(): void;
}



/** Scores how well each passage answers a query; higher is better. */
export interface PassageScorer {
    score(query: string, passages: string[]): Promise<ArrayLike<number>>;
    /** How many passages are best given at a time where time is short, from 1; 4 where it is absent. */
    readonly atOnce?: number;
    /** Of a model: it gives the same scores each time. */
    readonly fingerprint?: string;
}



/** The builds of the core, fastest first, and its portable inner loops. */
export type BuildName = "relaxed-simd" | "simd128" | "portable";
/**
 * Inner loops. The relaxed build has two kinds, and takes what is faster on the processor: `"relaxed-dot"` where it has a dot
 * product of bytes, else `"relaxed-pairs"`.
 */
export type KernelsName = "relaxed-dot" | "relaxed-pairs" | "simd128" | "portable";



/** The caller's side of one long call. */
export interface Task {
    readonly signal: AbortSignal;
    /** Resolves once `signal` is aborted. */
    aborted(): Promise<void>;
    onProgress(progress: Progress): void;
    /** Milliseconds since some moment. */
    now(): number;
    /** Resolves after messages that wait have been received. */
    pause(): Promise<void>;
}



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



/** Where an exported file goes. */
export interface FileSink {
    /** Forgets what was written: the file begins, or begins anew. */
    begin(): void;
    write(bytes: Uint8Array): void;
}

/** Where an exported file comes from. */
export interface FileSource {
    /** The next bytes; `undefined` at the end. */
    read(): Promise<Uint8Array | undefined>;
}



/** Who builds the graphs of large segments. */
export interface GraphBuilder {
    /** Resolves to what `buildGraph` returns for the vectors of a segment of `rows` rows. */
    build(rows: number, runs: Uint8Array[]): Promise<Uint8Array>;
}



/** Work in the background. */
export type Activity = "embedding" | "merging" | "graphs" | "repairing" | "reindexing";


/**
 * A block of a text.
 */
export interface ExtractedBlock {
    /**
     * Its first UTF-16 code unit.
     */
    start: number;
    /**
     * The UTF-16 code unit after its last.
     */
    end: number;
    /**
     * What it is.
     */
    kind: ExtractedBlockKind;
    /**
     * The level of a heading, from 1 (the default).
     */
    level?: number;
}

/**
 * A chunk elsewhere that says the same as a hit.
 */
export interface HitCopy {
    /**
     * The document's id.
     */
    document: string;
    /**
     * The document's title.
     */
    title: string;
    /**
     * Where it is.
     */
    chunk: CopyChunk;
    /**
     * What it would be ranked by; with a second stage the score of the hit.
     */
    score: number;
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
     * The chunk with its neighbours, where `expand` asked for them; else the chunk's own span.
     */
    passage: HitPassage;
    /**
     * The sentences of the chunk that answer, best first, without overlap. The hits of a search compete for
     * `options.evidence.sentences`, so that one may have none.
     */
    evidence: HitEvidence[];
    /**
     * Where else the same is said, best first, up to 100: texts that differ in case, white space, typography or a date, or add
     * no sentence. Empty with `duplicates`.
     */
    copies: HitCopy[];
    /**
     * What the hits are ranked by; comparable within one search only.
     */
    score: number;
    /**
     * How likely the chunk has to do with what is asked, from 0 to 1; comparable across queries and collections. Neither a
     * second stage nor diversity changes it. Without vectors it goes by words alone, and tells less.
     */
    relevance: number;
    /**
     * The cosine of query and chunk; absent where the chunk has no vector yet or the mode uses none.
     */
    dense?: number;
    /**
     * The BM25 score; absent where no word of the query is in the chunk or the mode uses none.
     */
    lexical?: number;
    /**
     * Where words of the query are in the chunk, in order and without overlap; in every mode.
     */
    matches: HitMatch[];
}

/**
 * A commit, here or in another tab.
 */
export interface ChangeEvent {
    /**
     * The number of the commit.
     */
    generation: number;
    /**
     * The number of documents now.
     */
    documents: number;
    /**
     * The number of chunks now.
     */
    chunks: number;
    /**
     * How many chunks have no vector yet.
     */
    backlog: number;
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
    content?: string | Uint8Array | ExtractedText;
    /**
     * What the part for documents made of the content, in its place. Read apart.
     */
    extracted?: Uint8Array;
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
    /**
     * What it is written in; the default, `"auto"`, is what its text tells.
     */
    language?: "auto" | Language;
}

/**
 * A document with its extracted text.
 */
export interface StoredDocument extends DocumentSummary {
    /**
     * The extracted text, which all spans refer to, or the range of it that was asked for.
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
 * A hit whose text cannot be read.
 */
export interface DamagedHit {
    /**
     * The document's id.
     */
    document: string;
    /**
     * What is wrong with its text.
     */
    message: string;
}

/**
 * A hit widened to its neighbours: `text === document.text.slice(start, end)`, always.
 */
export interface HitPassage {
    /**
     * Its first UTF-16 code unit.
     */
    start: number;
    /**
     * The UTF-16 code unit after its last.
     */
    end: number;
    /**
     * Its text.
     */
    text: string;
    /**
     * What it needs before it to be read alone, and stands elsewhere in the document: the rows that name a table's columns,
     * the line that opens code, the sentence that introduces a list; often empty.
     */
    lead: string;
    /**
     * What it needs after it: the line that closes code; often empty.
     */
    tail: string;
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
     * The number of the page or slide that it is from; absent where the document has none.
     */
    page?: number;
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
     * What the quote needs before it to be read alone, as in the prompt: the names of columns, a fence, the line that introduces a
     * list; mostly empty.
     */
    lead: string;
    /**
     * What it needs behind it: a fence; mostly empty.
     */
    tail: string;
    /**
     * The score of the best hit in it.
     */
    score: number;
    /**
     * The greatest relevance of a hit in it, from 0 to 1.
     */
    relevance: number;
}

/**
 * A page or slide.
 */
export interface ExtractedPage {
    /**
     * Its text; where the whole text is given instead, `start` and `end`.
     */
    text?: string;
    /**
     * The first UTF-16 code unit of it in the whole text.
     */
    start?: number;
    /**
     * The UTF-16 code unit after its last.
     */
    end?: number;
    /**
     * Its number; by default the one after that of the page before, from 1.
     */
    number?: number;
    /**
     * What is printed for its number, such as `iv`.
     */
    label?: string;
}

/**
 * A passage that was retrieved and is not quoted.
 */
export interface DroppedPassage {
    /**
     * The document's id.
     */
    document: string;
    /**
     * The document's title.
     */
    title: string;
    /**
     * Its first UTF-16 code unit in the document's extracted text.
     */
    start: number;
    /**
     * The UTF-16 code unit after its last.
     */
    end: number;
    /**
     * Why: the budget had no room, one that is quoted says the same, or it is not likely to answer.
     */
    reason: "budget" | "copy" | "unlikely";
}

/**
 * A piece of an altered quotation.
 */
export interface QuotationChange {
    /**
     * Whether both have it, only the source (`removed`) or only the quotation (`added`).
     */
    kind: "same" | "removed" | "added";
    /**
     * Its words.
     */
    text: string;
}

/**
 * A prompt for any chat model, with the sources it cites.
 */
export interface Prompt {
    /**
     * The question.
     */
    question: string;
    /**
     * A system message, examples, what was said before, and the question; with format `"text"` one that has it all.
     */
    messages: Message[];
    /**
     * What is sent, in the shape of `format`: an object with the fields that the interface takes, or the text.
     */
    body: unknown;
    /**
     * The sources in the prompt, by number.
     */
    citations: Citation[];
    /**
     * The tag that fences sources, which no text in the prompt contains or imitates; the same for the same input.
     */
    boundary: string;
    /**
     * Whether anything that was found is likely to answer: its `relevance` is 0.25 or more. Where nothing even may (0.03),
     * nothing is quoted and the messages say so, unless `unanswerable` is `"quote"`.
     */
    answerable: boolean;
    /**
     * The tokens of all that is sent, by the caller's counter or else in word pieces of the embedding model.
     */
    tokens: number;
    /**
     * What was retrieved and is not quoted, best first.
     */
    dropped: DroppedPassage[];
    /**
     * Whether the question was longer than the model takes, so that only its beginning was embedded.
     */
    queryTruncated: boolean;
    /**
     * What was searched, and found; absent where hits were given that do not say it.
     */
    retrieval?: Retrieval;
}

/**
 * A quotation of an answer.
 */
export interface VerifiedQuotation {
    /**
     * Its first UTF-16 code unit in the answer, after its mark.
     */
    start: number;
    /**
     * The UTF-16 code unit after its last.
     */
    end: number;
    /**
     * Whether a source has it word for word, or has something like it; white space, hyphenation, ligatures and the shapes of
     * quotation marks and dashes do not count.
     */
    found: "exact" | "altered" | "absent";
    /**
     * What the source has; absent where none has anything like it.
     */
    original?: VerdictEvidence;
    /**
     * Where it is altered, piece by piece.
     */
    changes: QuotationChange[];
}

/**
 * A range of a document's extracted text, in UTF-16 code units.
 */
export interface TextRange {
    /**
     * The first code unit.
     */
    start: number;
    /**
     * The one after the last.
     */
    end: number;
}

/**
 * A range of the answer.
 */
export interface AnswerRange {
    /**
     * Its first UTF-16 code unit.
     */
    start: number;
    /**
     * The UTF-16 code unit after its last.
     */
    end: number;
}

/**
 * A second stage.
 */
export interface RerankOptions {
    /**
     * How many candidates are scored again, from 1, the best first; the default is 12.
     */
    candidates?: number;
    /**
     * How much the second stage counts, from above 0 to 1, where the first counts nothing; the default is 0.8.
     */
    weight?: number;
    /**
     * Whether the weight counts only as far as the stages agree, by the correlation of their scores; the default is `true`. With `false`
     * it is what it is.
     */
    agreement?: boolean;
    /**
     * The most tokens of a candidate's text that are scored, beside its title and headings: the whole sentences that answer best. The
     * default is 96; 0 has all of it scored.
     */
    window?: number;
    /**
     * How many milliseconds scoring may take; the default is no limit. The first few candidates are scored in any case. What is not
     * scored is taken to be as the first stage lets expect.
     */
    budget?: number;
}

/**
 * A source that an answer is held against: a text, or a span of a document.
 */
export interface VerifiableSource {
    /**
     * What it says.
     */
    text: string;
    /**
     * Its title; the default is none.
     */
    title?: string;
    /**
     * The headings that it stands under, outermost first; the default is none.
     */
    section?: string[];
    /**
     * What it needs before it to be read alone, as of a citation; the default is nothing.
     */
    lead?: string;
    /**
     * What it needs behind it; the default is nothing.
     */
    tail?: string;
    /**
     * The id of its document, if it is from one.
     */
    document?: string;
    /**
     * Where it begins there, in UTF-16 code units; the default is 0.
     */
    start?: number;
}

/**
 * A span of a document's extracted text, without the text.
 */
export interface CopyChunk {
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
     * The number of the page or slide that it begins on; absent where the document has none.
     */
    page?: number;
    /**
     * Its length in word pieces of the model.
     */
    tokens: number;
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
     * The number of the page or slide that it begins on; absent where the document has none.
     */
    page?: number;
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
 * A term of the index that a word of the query matched.
 */
export interface FormTrace {
    /**
     * The term in folded case.
     */
    term: string;
    /**
     * How it is like the word.
     */
    kind: MatchKind;
}

/**
 * A text that was extracted elsewhere: pages one after another, or a whole text with its pages and blocks. Offsets are in
 * UTF-16 code units.
 */
export interface ExtractedText {
    /**
     * The whole text; absent where `pages` hold the text.
     */
    text?: string;
    /**
     * With `text` where each page stands in it, else the text of each page.
     */
    pages?: (string | ExtractedPage)[];
    /**
     * With `text`: what it is made of, in order; by default paragraphs lie between empty lines.
     */
    blocks?: ExtractedBlock[];
    /**
     * The document's own title, for documents that are added without one.
     */
    title?: string;
    /**
     * The tag of its language (BCP 47), where its text does not tell.
     */
    language?: string;
    /**
     * Its own metadata; what it is added with goes before.
     */
    metadata?: Record<string, MetadataValue>;
}

/**
 * A value in an array of metadata; dates are strings.
 */
export type MetadataElement = boolean | number | string | null;

/**
 * A way of cutting and searching documents; what is left out is as in the collection, or in `against` as in `setting`.
 */
export interface SettingOptions {
    /**
     * Which arms are used.
     */
    mode?: SearchMode;
    /**
     * How much vectors count in hybrid mode, from 0 to 1; words have the rest.
     */
    denseWeight?: number;
    /**
     * The constant k of reciprocal rank fusion, which is used where there is one, instead of the weighted sum.
     */
    rankConstant?: number;
    /**
     * How much a second stage counts, from 0, the default, which is none, to 1: the collection's cross-encoder over 16 candidates.
     */
    rerank?: number;
    /**
     * The most hits; passages are measured over so many.
     */
    k?: number;
    /**
     * How documents are cut; for another way than the collection cuts documents that are added now they are cut and embedded
     * again, in memory.
     */
    chunking?: ChunkingOptions;
}

/**
 * A word of the query in a hit: `document.text.slice(start, end)` is how the document has it.
 */
export interface HitMatch {
    /**
     * Its first UTF-16 code unit in the document's extracted text.
     */
    start: number;
    /**
     * The UTF-16 code unit after its last.
     */
    end: number;
    /**
     * The word of the query in folded case, or what was looked for in its place: a part of it, or several as one.
     */
    term: string;
    /**
     * How the document's is like it.
     */
    kind: MatchKind;
}

/**
 * A word of the query in folded case, or what may be meant by it: a part of it, or several words as one. Phrases are in
 * quotation marks. Function words are left out where there are better words.
 */
export interface TermTrace {
    /**
     * The word.
     */
    term: string;
    /**
     * How often it occurs in the query.
     */
    occurrences: number;
    /**
     * How many chunks hold it in any form.
     */
    chunks: number;
    /**
     * Its inverse document frequency.
     */
    idf: number;
    /**
     * What it counts beside words as they are written, from 0 to 1.
     */
    boost: number;
}

/**
 * An answer of sentences of the documents, word for word.
 */
export interface ExtractiveAnswer {
    /**
     * The sentences, each followed by its mark such as `[1]`, in paragraphs; empty where it abstains.
     */
    text: string;
    /**
     * What each mark stands for; documents in the order of their best sentences, and sentences in that of their document.
     */
    citations: Citation[];
    /**
     * Whether anything that was found is likely to answer: its `relevance` is 0.25 or more. Short questions may have a right answer
     * below that; the answer is empty only where everything is below 0.03.
     */
    answerable: boolean;
    /**
     * Whether the question was longer than the model takes, so that only its beginning was embedded.
     */
    queryTruncated: boolean;
    /**
     * The generation that was searched.
     */
    generation: number;
    /**
     * What was searched, and found.
     */
    retrieval: Retrieval;
}

/**
 * An error as plain data.
 */
export interface ErrorInfo {
    /**
     * What went wrong.
     */
    code: ErrorCode;
    /**
     * A message for developers.
     */
    message: string;
}

/**
 * An error that work in the background met. What it could not do stays undone; the collection is whole.
 */
export interface ProblemEvent {
    /**
     * What was done.
     */
    activity: Activity;
    /**
     * What was wrong.
     */
    error: ErrorInfo;
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
     * How many of these could not be embedded; they are tried again when the collection is next opened.
     */
    setAside: number;
    /**
     * The number of segments that the index consists of; they are merged in the background.
     */
    segments: number;
    /**
     * How many of the segments have a graph; only large ones need one.
     */
    graphs: number;
    /**
     * How many documents are in each language; `"none"` is one of none of those that are known, and `"undecided"` those
     * whose texts are too short to tell.
     */
    languages: Partial<Record<Language | "undecided", number>>;
    /**
     * How far the embedding model is.
     */
    model: ModelState;
    /**
     * The fingerprint of the model for which `reindex()` was begun and has not ended; absent otherwise.
     */
    reindexing?: string;
    /**
     * How the collection is encrypted; absent where it is not.
     */
    encryption?: EncryptionInfo;
    /**
     * What is being done in the background.
     */
    activities: Activity[];
    /**
     * Why work in the background stopped last, unless it was begun again since.
     */
    problem?: ProblemEvent;
    /**
     * The workers that embed documents.
     */
    workers: WorkersInfo;
    /**
     * The build of the core that runs.
     */
    build: BuildName;
    /**
     * The inner loops that run; where there is a choice, it is made when a model is made ready.
     */
    kernels: KernelsInfo;
    /**
     * Why a faster build is not used although this browser has its instructions.
     */
    buildFallback?: string;
    /**
     * The version of this library.
     */
    version: string;
}

/**
 * Damage of a document.
 */
export interface DamagedDocument {
    /**
     * The document's id.
     */
    id: string;
    /**
     * What is damaged: its text (only adding the document again helps), what its words are found by, or its vectors; the
     * last two are made again in the background.
     */
    kind: "text" | "words" | "vectors";
    /**
     * What is wrong.
     */
    message: string;
}

/**
 * How a collection is encrypted.
 */
export interface EncryptionInfo {
    /**
     * The passphrases and keys that open it.
     */
    keys: CollectionKey[];
}

/**
 * How a collection is opened.
 */
export interface OpenOptions {
    /**
     * How documents that are added from now on are cut into chunks.
     */
    chunking?: ChunkingOptions;
    /**
     * How many workers embed documents beside the collection's own: 1 to 16, each with a copy of the model in memory;
     * 0 leaves everything to the collection's own. The default, `"auto"`, leaves one core to the page: at least 1, at
     * most 4. They are started when there is much to embed and end when there is nothing to do.
     */
    workers?: number | "auto";
    /**
     * The language of the documents that are added from now on, unless they name their own; their words are found in all
     * their forms (stemming). The default, `"auto"`, takes of each document what its text tells: one of these, or
     * `"none"` where it is another; where it is too short to tell, it is taken for what other documents are in. Scripts
     * without spaces and Korean are found with any.
     */
    language?: "auto" | Language;
    /**
     * Where the collection is: on the `"device"`, which is the default; in `"memory"`, where nobody else sees it and nothing is left of
     * it once it is closed; or `"device-or-memory"`, in memory where the browser refuses to store anything.
     * `info().storage.place` says which it is.
     */
    storage?: "device" | "memory" | "device-or-memory";
}

/**
 * How a segment was searched by vectors.
 */
export interface SegmentTrace {
    /**
     * The segment's number.
     */
    segment: number;
    /**
     * How many of its chunks the filter let through.
     */
    eligible: number;
    /**
     * A scan of all of these, or a walk of the segment's graph.
     */
    path: "exact" | "graph";
}

/**
 * How documents are added.
 */
export interface AddOptions {
    /**
     * Whether all documents are added in one commit or none is: one that cannot be added then rejects the call. The default
     * is `false`.
     */
    atomic?: boolean;
}

/**
 * How documents are cut into chunks, in tokens of the model.
 */
export interface ChunkingOptions {
    /**
     * How far a chunk is filled, counted as `max` is: 32 to `max`, which is no target, so that each chunk takes what
     * fits. It ends with the first paragraph, list item, part of a table or of code that reaches the target; one that
     * fits is not cut for its sake. Small values make what is found precise, and chunks many. The default is 256, or
     * `max` where that is less.
     */
    target?: number;
    /**
     * The most tokens that the model sees of a chunk, with title, section path and special tokens: 32 to the
     * model's limit. The default is 256, or the model's limit where that is less.
     */
    max?: number;
    /**
     * The most tokens that a chunk repeats of the one before it: 0 (none) to half of `target`. The default is 32, or half
     * of `target` where that is less.
     */
    overlap?: number;
}

/**
 * How far a collection is with its model.
 */
export type ModelState = { state: "loading"; done: number; total: number } | ({ state: "ready" } & ModelInfo) | ({ state: "mismatch" } & { stored: string } & ModelInfo) | { state: "failed"; error: ErrorInfo } | { state: "deferred" };

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
 * How much each arm counts; only the ratio matters.
 */
export interface FusionWeights {
    /**
     * The weight of vectors, 0 or more.
     */
    dense: number;
    /**
     * The weight of words, 0 or more.
     */
    lexical: number;
}

/**
 * How much evidence is chosen: the sentences that answer.
 */
export interface EvidenceOptions {
    /**
     * How many sentences of all hits together at most, from 0, which chooses none, to 1,000; the default is 24. Those that
     * answer much worse than the best, and those of other hits than the best ten, are left out in any case.
     */
    sentences?: number;
    /**
     * How many sentences before and after each belong to it, from 0 to 100; the default is 1.
     */
    neighbours?: number;
}

/**
 * How the scores of both arms become one.
 */
export type FusionName = "weighted-sum" | "reciprocal-rank";

/**
 * How to answer, beside how to search for what answers.
 */
export interface AnswerOptions {
    /**
     * The most words of an answer of sentences of the documents, from 1; the default is 60.
     */
    words?: number;
    /**
     * What to do where nothing even may answer; the default is `"abstain"`.
     */
    unanswerable?: Unanswerable;
}

/**
 * How to build a prompt, beside how to search for what it quotes.
 */
export interface PromptOptions {
    /**
     * The most tokens of all that is sent, by the caller's counter or else in word pieces of the embedding model; the default is
     * 3,000.
     */
    budget?: number;
    /**
     * The system message; the default asks for answers from the sources only, with their numbers.
     */
    instructions?: string;
    /**
     * What of each hit is quoted; the default is `"evidence"`.
     */
    quote?: Quote;
    /**
     * What to do where nothing even may answer, so that the relevance of all is below 0.03; the default is `"abstain"`.
     */
    unanswerable?: Unanswerable;
    /**
     * The wording, as far as it differs from the default. Read apart.
     */
    template?: Partial<PromptTemplate>;
    /**
     * What the prompt is sent as; the default is `"messages"`.
     */
    format?: PromptFormat;
    /**
     * Questions with their answers, shown before everything else; the default is none.
     */
    examples?: PromptExample[];
    /**
     * What was said before the question, oldest first. A question that goes on from it is searched with what it refers to.
     */
    turns?: ConversationTurn[];
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
    /**
     * How hybrid scores are made; the default is `"weighted-sum"`.
     */
    fusion?: FusionName;
    /**
     * How much each arm counts in hybrid mode; the default is 0.55 to 0.45 for the weighted sum, equal for reciprocal ranks.
     */
    weights?: FusionWeights;
    /**
     * The constant k of reciprocal rank fusion, 0 or more; the default is 60. Greater ones make first places stand out
     * less.
     */
    rankConstant?: number;
    /**
     * Whether words that are found nowhere are taken for typing mistakes, from four letters on; the default is `true`.
     */
    typos?: boolean;
    /**
     * Whether words are looked for inside compounds, in languages that join words; the default is `true`.
     */
    compounds?: boolean;
    /**
     * Whether the last word is taken for the beginning of one, if nothing comes after it; the default is `false`.
     */
    prefix?: boolean;
    /**
     * Which documents may be found, as plain data. Read apart.
     */
    filter?: Record<string, unknown>;
    /**
     * Hits of a lower score are left out. Hybrid scores of the weighted sum are from 0 to 1, relative to the best
     * candidate; dense ones are cosines, lexical ones BM25 scores, reranked ones those of the scorer.
     */
    minScore?: number;
    /**
     * Hits of a lower `relevance` are left out, so that there may be fewer than `k`: from 0 to 1; the default leaves none out.
     */
    minRelevance?: number;
    /**
     * The most hits of one document, from 1; the default is any number.
     */
    maxPerDocument?: number;
    /**
     * How much being like a better hit counts against a hit, from 0 (the default) to 1: maximal marginal relevance with
     * lambda = 1 - diversity.
     */
    diversity?: number;
    /**
     * By how many chunks before and after it each hit is widened to a passage, `hit.passage`; hits whose passages meet
     * become one. The default is 0.
     */
    expand?: number;
    /**
     * Whether chunks that say the same are hits of their own; the default is `false`: the best of them is a hit, and the others
     * are its `copies`.
     */
    duplicates?: boolean;
    /**
     * How many sentences are chosen as `hit.evidence`.
     */
    evidence?: EvidenceOptions;
    /**
     * A second stage that scores the best candidates again. Read apart.
     */
    rerank?: RerankOptions;
    /**
     * Whether the result says in its `trace` why each hit was found; the default is `false`.
     */
    explain?: boolean;
}

/**
 * How to suggest.
 */
export interface SuggestOptions {
    /**
     * The most completions, from 1; the default is 8.
     */
    limit?: number;
}

/**
 * Milliseconds; 0 for a stage that did not run.
 */
export interface StageTimes {
    /**
     * Embedding the query.
     */
    embedding: number;
    /**
     * Evaluating the filter.
     */
    filter: number;
    /**
     * Scoring by words, looking for phrases included.
     */
    lexical: number;
    /**
     * Finding the nearest vectors.
     */
    dense: number;
    /**
     * Fusing and selecting.
     */
    fusion: number;
    /**
     * The second stage.
     */
    rerank: number;
    /**
     * Reading the texts of the hits.
     */
    texts: number;
}

/**
 * One embedded text.
 */
export interface Embedding {
    /**
     * The vector, of unit length.
     */
    vector: Float32Array;
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
    role: "system" | "user" | "assistant";
    /**
     * What is said.
     */
    content: string;
}

/**
 * One metadata value; dates are strings.
 */
export type MetadataValue = boolean | number | string | string[] | null | MetadataElement[];

/**
 * One of the passphrases and keys that open a collection.
 */
export interface CollectionKey {
    /**
     * The number by which it is removed.
     */
    id: number;
    /**
     * What it is.
     */
    kind: "passphrase" | "key";
    /**
     * Whether the collection was opened with it here.
     */
    own: boolean;
}

/**
 * Sentences that answer: a span of a document's extracted text.
 */
export interface HitEvidence {
    /**
     * Its first UTF-16 code unit.
     */
    start: number;
    /**
     * The UTF-16 code unit after its last.
     */
    end: number;
    /**
     * How well the best sentence of it answers; comparable within one search only.
     */
    score: number;
}

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
 * The verdict about a sentence of an answer.
 */
export interface SentenceVerdict {
    /**
     * Its first UTF-16 code unit in the answer.
     */
    start: number;
    /**
     * The UTF-16 code unit after its last.
     */
    end: number;
    /**
     * What it says, without marks and Markdown.
     */
    text: string;
    /**
     * Whether the sources say so.
     */
    verdict: Verdict;
    /**
     * How well it is supported, from 0 to 1; from 0.5 on if it is.
     */
    score: number;
    /**
     * Why, in words.
     */
    reason: string;
    /**
     * The numbers of the sources that it cites.
     */
    cited: number[];
    /**
     * The numbers of the sources that the verdict rests on.
     */
    sources: number[];
    /**
     * The numbers of the sources that it should cite instead.
     */
    suggested: number[];
    /**
     * What the sources say about it.
     */
    evidence: VerdictEvidence[];
    /**
     * What it says otherwise than a source.
     */
    differences: Difference[];
    /**
     * What of it no source says.
     */
    unsupported: AnswerRange[];
    /**
     * Its quotation, if it has one; the first that is altered, if there is one.
     */
    quotation?: VerifiedQuotation;
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
 * What a block is.
 */
export type ExtractedBlockKind = "heading" | "paragraph" | "list-item" | "code" | "table" | "quotation" | "formula" | "caption" | "note";

/**
 * What a long call is doing, and in which unit it counts.
 */
export type Phase = "model" | "extracting" | "chunking" | "searchable" | "embedding" | "searching" | "exporting" | "importing" | "converting";

/**
 * What a prompt quotes of a hit.
 */
export type Quote = "evidence" | "passage";

/**
 * What a search found. It is plain data.
 */
export interface SearchResult {
    /**
     * The query as it was given.
     */
    query: string;
    /**
     * The hits, best first.
     */
    hits: Hit[];
    /**
     * Whether any of them is likely to answer: its `relevance` is 0.25 or more.
     */
    answerable: boolean;
    /**
     * Whether the query was longer than the model takes, so that only its beginning was embedded.
     */
    queryTruncated: boolean;
    /**
     * How many chunks had no vector yet and could be found by their words only.
     */
    unembedded: number;
    /**
     * How far the model was: vectors took part only with `"ready"`.
     */
    model: ModelStatus;
    /**
     * Hits that are not returned because the stored texts of their documents are damaged; mostly empty.
     */
    damaged: DamagedHit[];
    /**
     * The generation that was searched.
     */
    generation: number;
    /**
     * The same in few words, to be kept, and to repeat it: how it was searched, and what was found.
     */
    retrieval: Retrieval;
    /**
     * What the search did, where `explain` asked for it.
     */
    trace?: Trace;
}

/**
 * What a second stage did.
 */
export interface RerankTrace {
    /**
     * How many candidates there were to score: each passage once, less those whose texts are damaged.
     */
    candidates: number;
    /**
     * How many of them were scored, the first ones.
     */
    scored: number;
    /**
     * How much their scores counted, from 0 to 1: `rerank.weight`, as far as the stages agree.
     */
    weight: number;
    /**
     * Why no more were: there were none, or `rerank.budget` was used up.
     */
    end: "done" | "budget";
}

/**
 * What a sentence and a source say differently.
 */
export interface Difference {
    /**
     * In which way.
     */
    kind: DifferenceKind;
    /**
     * Where the sentence says it: its first UTF-16 code unit in the answer.
     */
    start: number;
    /**
     * The UTF-16 code unit after its last.
     */
    end: number;
    /**
     * What it says.
     */
    claimed: string;
    /**
     * What the source says.
     */
    found: VerdictEvidence;
}

/**
 * What a sentence rests on: a passage of a source.
 */
export interface VerdictEvidence {
    /**
     * The number of the source.
     */
    source: number;
    /**
     * Its first UTF-16 code unit in the source's document, or in the source's text where it is from none; absent for what
     * stands around the source only.
     */
    start?: number;
    /**
     * The UTF-16 code unit after its last; absent likewise.
     */
    end?: number;
    /**
     * What it says.
     */
    text: string;
}

/**
 * What a sweep tries of each option, in every combination; of an option that is left out, what the setting has.
 */
export interface SweepOptions {
    /**
     * The measure to choose by, such as `"ndcg@10"`.
     */
    measure: string;
    /**
     * Arms.
     */
    modes?: SearchMode[];
    /**
     * How much vectors count.
     */
    denseWeights?: number[];
    /**
     * How much a second stage counts.
     */
    rerank?: number[];
    /**
     * Numbers of hits.
     */
    k?: number[];
    /**
     * Ways of cutting documents.
     */
    chunkings?: ChunkingOptions[];
}

/**
 * What a text is embedded as; some models treat the two differently.
 */
export type EmbedRole = "passage" | "query";

/**
 * What a text may become while somebody types.
 */
export interface Suggestions {
    /**
     * The text with its last word completed, the commonest word first; its words are in small letters.
     */
    completions: string[];
    /**
     * The text with words of the collection in the place of those that it does not have; absent where it has all, or
     * nothing like them.
     */
    correction?: string;
}

/**
 * What a word added to a hit's BM25 score.
 */
export interface TermScore {
    /**
     * The word.
     */
    term: string;
    /**
     * What it added.
     */
    score: number;
    /**
     * What of the chunk, its headings and the document's title matched it, the closest first.
     */
    forms: FormTrace[];
}

/**
 * What an answer was held against.
 */
export interface VerifiedSource {
    /**
     * By which number the verdicts name it, from 1.
     */
    number: number;
    /**
     * The id of its document; empty where it is from none.
     */
    document: string;
    /**
     * Its title.
     */
    title: string;
    /**
     * Its first UTF-16 code unit in its document.
     */
    start: number;
    /**
     * The UTF-16 code unit after its last.
     */
    end: number;
    /**
     * What it says.
     */
    text: string;
    /**
     * Whether the answer could cite it; it could not cite what else was retrieved, or found in the collection.
     */
    citable: boolean;
}

/**
 * What an import did.
 */
export interface ImportReport {
    /**
     * How many documents came.
     */
    added: number;
    /**
     * How many documents went, because they were replaced.
     */
    removed: number;
    /**
     * With `merge`: how many documents of the file were there already, the very same.
     */
    unchanged: number;
    /**
     * With `merge`: how many documents of the file were left out, because another one of the same id is there.
     */
    differing: number;
    /**
     * How many records of the audit trail came, those included that had been deleted and left a line.
     */
    records: number;
    /**
     * How many chunks of the documents that came have no vector; they are embedded in the background.
     */
    unembedded: number;
}

/**
 * What became of a document that was to be added.
 */
export type AddOutcome = { status: "added"; id: string; chunks: number } | { status: "unchanged"; id: string; chunks: number } | { status: "failed"; error: ErrorInfo };

/**
 * What became of an answer.
 */
export interface Verification {
    /**
     * The verdict about each sentence, in order.
     */
    sentences: SentenceVerdict[];
    /**
     * What it was held against, by number.
     */
    sources: VerifiedSource[];
}

/**
 * What becomes of what a collection holds when a file is imported. With neither, a collection that holds something is left as it
 * is, and the import fails with `collection-not-empty`.
 */
export interface ImportOptions {
    /**
     * Whether the file takes the place of all documents, and of the audit trail; the default is `false`.
     */
    replace?: boolean;
    /**
     * Whether the documents of the file are added whose ids are not there, with their vectors; the default is `false`. The vectors
     * have to be of one model. The file's audit trail is left out.
     */
    merge?: boolean;
}

/**
 * What is measured.
 */
export interface EvaluateOptions {
    /**
     * The setting that is reported; the default is how `search` searches.
     */
    setting?: SettingOptions;
    /**
     * Settings that it is compared with, question by question; not with a sweep.
     */
    against?: SettingOptions[];
    /**
     * Settings to choose from: the best on half of the questions is held against the setting on the other half.
     */
    sweep?: SweepOptions;
    /**
     * What random draws are made from, a whole number; the default is 0. The same seed gives the same report, but for times.
     */
    seed?: number;
}

/**
 * What one arm said of a hit.
 */
export interface ArmTrace {
    /**
     * The cosine, or the BM25 score.
     */
    score: number;
    /**
     * The place among the arm's candidates, from 1; absent where only the other arm found the hit.
     */
    rank?: number;
    /**
     * The part of the fused score that comes from this arm.
     */
    share: number;
}

/**
 * What one search did: what was asked, which paths ran, what was found, with what scores. It is plain data.
 */
export interface Trace {
    /**
     * The query as it was given.
     */
    query: string;
    /**
     * Which arms were asked for.
     */
    mode: SearchMode;
    /**
     * How their scores became one.
     */
    fusion: FusionName;
    /**
     * How much each arm counted; together 1.
     */
    weights: FusionWeights;
    /**
     * The constant k of reciprocal rank fusion.
     */
    rankConstant?: number;
    /**
     * The filter as it was given, in JSON.
     */
    filter?: string;
    /**
     * The generation that was searched.
     */
    generation: number;
    /**
     * The fingerprint of the model that made the stored vectors; absent while there are none.
     */
    fingerprint?: string;
    /**
     * All chunks of the collection.
     */
    chunks: number;
    /**
     * Those of them that the filter let through.
     */
    eligible: number;
    /**
     * Those of all that had no vector yet.
     */
    unembedded: number;
    /**
     * How many chunks were candidates of one arm or the other.
     */
    candidates: number;
    /**
     * What each word of the query weighs.
     */
    terms: TermTrace[];
    /**
     * How each segment of the index was searched by vectors; empty where the dense arm did not run.
     */
    segments: SegmentTrace[];
    /**
     * What the second stage did; absent where there was none.
     */
    rerank?: RerankTrace;
    /**
     * Why each hit stands where it stands, in the order of the hits.
     */
    hits: HitTrace[];
    /**
     * How long each stage took.
     */
    times: StageTimes;
}

/**
 * What runs in the inner loops, which is chosen by a short measurement.
 */
export interface KernelsInfo {
    /**
     * In the layers of models. Embeddings differ a little from one to another.
     */
    layers: KernelsName;
    /**
     * In what compares vectors. Scores are the same with all.
     */
    vectors: KernelsName;
}

/**
 * What the core tells the collection's worker.
 */
export type CoreEvent = { change: ChangeEvent } | { problem: ProblemEvent };

/**
 * What to do with passages of which none even may answer the question.
 */
export type Unanswerable = "abstain" | "quote";

/**
 * What to verify besides the answer.
 */
export interface VerifySources {
    /**
     * What the answer cites by numbers from 1 on.
     */
    sources: VerifiableSource[];
    /**
     * What else was retrieved, which it cannot cite; the default is nothing.
     */
    others?: VerifiableSource[];
    /**
     * Whether what none of these supports is looked for in the whole collection; the default is `false`.
     */
    everywhere?: boolean;
}

/**
 * Where questions come from; one of them.
 */
export interface QuestionFile {
    /**
     * A file of questions: JSON (an array, or an object a line) or, where its name ends in `.csv` or `.tsv`, CSV.
     */
    text?: string;
    /**
     * Its name.
     */
    name?: string;
    /**
     * The questions of a collection in the layout of BEIR: `queries.jsonl`.
     */
    queries?: string;
    /**
     * Which documents answer them: `qrels/test.tsv`.
     */
    qrels?: string;
    /**
     * How many questions are made of the collection's own sentences, at most.
     */
    knownItems?: number;
}

/**
 * Which arms of the index a search uses.
 */
export type SearchMode = "hybrid" | "dense" | "lexical";

/**
 * Why a hit stands where it stands.
 */
export interface HitTrace {
    /**
     * The fused score, before any second stage.
     */
    fused: number;
    /**
     * The place among all candidates by that score, from 1.
     */
    rank: number;
    /**
     * What the dense arm said.
     */
    dense?: ArmTrace;
    /**
     * What the lexical arm said.
     */
    lexical?: ArmTrace;
    /**
     * The part of the fused score that stands in for the dense arm's share, where the chunk has no vector yet but other
     * candidates have.
     */
    neutral?: number;
    /**
     * The BM25 score by words of the query.
     */
    terms: TermScore[];
    /**
     * What relevance goes by beside words: how close hit and query are in meaning, from 0, as texts that have nothing to do
     * with each other, to 1; absent where there is no vector.
     */
    closeness?: number;
    /**
     * What relevance goes by beside meaning: the share of the query's words, weighed by their rarity, that the hit holds;
     * absent where no word counts.
     */
    wordShare?: number;
    /**
     * The score of the second stage, where there was one.
     */
    reranked?: number;
}

/** What went wrong; the `code` of an `IbidError`. */
export type ErrorCode =
| "invalid-argument"
| "invalid-id"
| "empty-query"
| "invalid-filter"
| "empty-document"
| "document-too-large"
| "invalid-utf8"
| "binary-content"
| "malformed-document"
| "document-encrypted"
| "document-no-text"
| "unsupported-media-type"
| "model-file-missing"
| "model-file-corrupt"
| "model-file-truncated"
| "model-file-html"
| "model-unreachable"
| "model-deferred"
| "model-invalid"
| "model-unsupported"
| "model-mismatch"
| "chat-failed"
| "chat-unavailable"
| "chat-remote"
| "store-conflict"
| "store-corrupt"
| "store-too-new"
| "store-quota"
| "store-unavailable"
| "store-blocked"
| "store-lost"
| "file-foreign"
| "file-corrupt"
| "file-truncated"
| "file-too-new"
| "collection-not-empty"
| "locked"
| "wrong-key"
| "not-encrypted"
| "deleted"
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
     * Lets one more secret open the collection; returns its id.
     */
    addKey(secret: CollectionSecret): Promise<number>;
    /**
     * Adds documents, or replaces those of the same ids; resolves when they are found by their words.
     */
    add(documents: DocumentInput[], options: AddOptions | undefined, task: Task): Promise<AddOutcome[]>;
    /**
     * Answers by the sentences that answer, or abstains.
     */
    answer(question: string, options: AnswerOptions & SearchOptions | undefined, scorer: PassageScorer | null | undefined, task: Task): Promise<ExtractiveAnswer>;
    /**
     * Lets another secret open the collection in the place of the one that it was opened with.
     */
    changeKey(to: CollectionSecret): Promise<void>;
    /**
     * Says whether the trail holds together.
     */
    checkTrail(task: Task): Promise<TrailCheck>;
    /**
     * Reads everything and lists what is damaged.
     */
    check(task: Task): Promise<DamagedDocument[]>;
    /**
     * Deletes all records; returns how many there were.
     */
    clearTrail(): Promise<number>;
    /**
     * How many documents a filter accepts.
     */
    count(filter: Record<string, unknown>): Promise<number>;
    /**
     * Makes an encrypted collection plain.
     */
    decrypt(task: Task): Promise<void>;
    /**
     * Deletes records by number; returns how many there were.
     */
    deleteRecords(numbers: number[]): Promise<number>;
    /**
     * Deletes the collection and everything in it.
     */
    destroy(): Promise<void>;
    /**
     * Embeds what an earlier visit left without vectors.
     */
    embedBacklog(task: Task): Promise<void>;
    /**
     * Waits until documents are embedded, as far as there is a model for it; returns how many of their chunks have no
     * vector then.
     */
    embedDocuments(ids: string[], task: Task): Promise<number>;
    /**
     * Embeds texts.
     */
    embed(texts: string[], role: EmbedRole, task: Task): Promise<Embedding[]>;
    /**
     * Encrypts a plain collection.
     */
    encrypt(secret: CollectionSecret, task: Task): Promise<void>;
    /**
     * Measures how well questions are answered, under one setting or several.
     */
    evaluate(questions: QuestionFile, options: EvaluateOptions | undefined, scorer: PassageScorer | null | undefined, task: Task): Promise<EvaluationReport>;
    /**
     * Writes everything into a file, encrypted if there is a secret.
     */
    exportTo(sink: FileSink, secret: CollectionSecret | undefined, task: Task): Promise<void>;
    /**
     * The fingerprint of the model that made the stored vectors, if there are any.
     */
    fingerprint(): Promise<string | undefined>;
    /**
     * A document with its text, or a range of it.
     */
    get(id: string, range: TextRange | undefined): Promise<StoredDocument | undefined>;
    /**
     * Resolves when no call is under way that somebody waits for.
     */
    idle(task: Task): Promise<void>;
    /**
     * Takes what a file holds, which the secret opens if there is one.
     */
    importFrom(source: FileSource, options: ImportOptions | undefined, secret: CollectionSecret | undefined, task: Task): Promise<ImportReport>;
    /**
     * Counts, backlog, model, build and workers.
     */
    info(): Promise<CollectionInfo>;
    /**
     * All documents, ordered by id.
     */
    list(): Promise<DocumentSummary[]>;
    /**
     * Where a range of a document's text stands in the original; `undefined` where the id is unknown.
     */
    locate(id: string, range: TextRange): Promise<SourcePlace[] | undefined>;
    /**
     * Merges segments and has graphs built, where that is due.
     */
    maintain(graphs: GraphBuilder, task: Task): Promise<void>;
    /**
     * Says that nobody has asked for the model yet.
     */
    modelDeferred(): void;
    /**
     * Says that the model cannot be loaded, and why.
     */
    modelFailed(error: ErrorInfo): void;
    /**
     * Says how far the loading of the model is, in bytes, or that it has begun again.
     */
    modelLoading(done: number, total: number): void;
    /**
     * Opens the collection `name`, or creates it, encrypted if there is a secret. Its model comes later.
     */
    static open(name: string, options: OpenOptions, watcher: (event: CoreEvent) => void, secret: CollectionSecret | undefined): Promise<WasmCollection>;
    /**
     * Builds a cited prompt from passages that are there already.
     */
    promptOf(result: SearchResult, options: PromptOptions | undefined, counter: TextCounter | null | undefined, task: Task): Promise<Prompt>;
    /**
     * Builds a cited prompt from what a search with the same options finds; `counter` counts its tokens, if there is one.
     */
    prompt(query: string, options: PromptOptions & SearchOptions | undefined, scorer: PassageScorer | null | undefined, counter: TextCounter | null | undefined, task: Task): Promise<Prompt>;
    /**
     * Records as the lines of an export, from one number to before another; of damaged ones what is wrong.
     */
    recordLines(from: number, to: number): Promise<string[]>;
    /**
     * The numbers of the first record that may be there and of the last one.
     */
    recordNumbers(): Promise<[number, number]>;
    /**
     * Adds a record to the trail; returns its number. It comes as JSON, which keeps numbers exact.
     */
    record(account: string): Promise<number>;
    /**
     * Embeds everything with the model that is here, where the stored vectors are of another one.
     */
    reindex(task: Task): Promise<void>;
    /**
     * Lets the secret of an id no longer open the collection.
     */
    removeKey(id: number): Promise<void>;
    /**
     * Removes the documents that a filter accepts; returns how many there were.
     */
    removeWhere(filter: Record<string, unknown>): Promise<number>;
    /**
     * Removes documents by id; returns how many there were.
     */
    remove(ids: string[]): Promise<number>;
    /**
     * Repeats the search of a record; `scorer` is its second stage.
     */
    replay(number: number, scorer: PassageScorer | null | undefined, task: Task): Promise<Replay>;
    /**
     * Finds the chunks that answer each of some queries best, all in one generation.
     */
    searchMany(queries: string[], options: SearchOptions | undefined, scorer: PassageScorer | null | undefined, task: Task): Promise<SearchResult[]>;
    /**
     * Finds the chunks that answer a query best; `scorer` is the second stage where the options ask for one.
     */
    search(query: string, options: SearchOptions | undefined, scorer: PassageScorer | null | undefined, task: Task): Promise<SearchResult>;
    /**
     * Takes the model, and the workers that embed with it; returns the model's fingerprint. Loading it holds up everything
     * else for a while.
     */
    setModel(files: ModelFiles, pool: EmbeddingPool): string;
    /**
     * Completes and corrects a text while somebody types it.
     */
    suggest(text: string, options: SuggestOptions | undefined): Promise<Suggestions>;
    /**
     * Holds an answer against its sources.
     */
    verify(answer: string, sources: VerifySources, task: Task): Promise<Verification>;
    /**
     * Whether it is in memory, and gone when it is closed.
     */
    readonly isMemory: boolean;
    /**
     * The number of the last commit when it was opened; 0 for a collection that was new then.
     */
    readonly openedAt: number;
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
    embed(texts: string[], parts: Uint32Array | number[], role: EmbedRole): Promise<EmbeddedTexts>;
    /**
     * Loads the model.
     */
    constructor(files: ModelFiles);
}

/**
 * A cross-encoder.
 */
export class WasmScorer {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Loads the model.
     */
    constructor(files: ModelFiles);
    /**
     * The score of each passage.
     */
    score(query: string, passages: string[], task: Task): Promise<Float32Array>;
    /**
     * What tells it from other models.
     */
    readonly fingerprint: string;
}

/**
 * Holds an answer against its sources while it comes.
 */
export class WasmVerifier {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * The verdicts about the sentences so far that further pieces may still change.
     */
    draft(): SentenceVerdict[];
    /**
     * Ends the answer: the verdicts about the rest of its sentences. The next piece begins another answer.
     */
    finish(): SentenceVerdict[];
    /**
     * For an answer that cites these sources.
     */
    constructor(sources: VerifySources);
    /**
     * Goes on with the answer. Gives the verdicts about sentences that no further piece can change.
     */
    push(piece: string): SentenceVerdict[];
}

/**
 * The graph of the vectors of a segment of `rows` rows, from stored values to a stored value. Takes half a millisecond for
 * each vector, and memory that this instance keeps: call it where the instance is thrown away.
 */
export function buildGraph(rows: number, runs: Uint8Array[]): Uint8Array;

/**
 * The build that runs.
 */
export function buildName(): BuildName;

/**
 * Chooses the kernels of models and of vectors by short measurements, unless they are chosen; returns their names, for workers that
 * are to compute the same, and for the next time.
 *
 * # Errors
 * `internal` where the names cannot be made an object.
 */
export function chooseKernels(): KernelsInfo;

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
 * The fingerprint of the model with these files, which need not be loaded for it.
 */
export function modelFingerprint(manifest: Uint8Array | number[], tokenizer: Uint8Array | number[]): string;

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
 * Chooses the kernels of models by name, and those of vectors where they are named, unless they are chosen.
 *
 * # Errors
 * `invalid-argument` where this build has none of this name for models.
 */
export function useKernels(layers: KernelsName, vectors?: KernelsName): void;

/**
 * How many embedding workers `options` ask for on a machine of so many cores (0 where that is not known).
 */
export function workerLimit(options: OpenOptions, cores: number): number;

