/// <reference lib="esnext.disposable" preserve="true" />

import { expectSignal, untilAborted } from "./abort.js";
import { type Added, Addition, type AddManyOptions, type AddManyOutcome } from "./addition.js";
import { DEFAULT_MODEL, modelPlace, type PinnedModel } from "./addresses.js";
import { type GeneratedAnswer, type GenerateOptions, generate } from "./answering.js";
import { type AssetOptions, resolveAssets } from "./assets.js";
import { type CallOptions, type Scorer, type TokenCounter, WorkerClient } from "./client.js";
import type { Conversion, Extractor, NewDocument } from "./content.js";
import { DocumentReader } from "./documents/reader.js";
import { type EgressInfo, egressInfo } from "./egress.js";
import { IbidError } from "./error.js";
import { type QuestionSource, questionFile } from "./evaluating.js";
import type { Filter } from "./filter.js";
import { IdleTimer } from "./idle.js";
import type { DocumentSummary, Metadata, MetadataOf, SearchResult, StoredDocument } from "./metadata.js";
import { Order } from "./order.js";
import { plainFilter } from "./plain.js";
import type { CollectionEvents, CollectionInfo, Opened, ScorerPlace } from "./protocol.js";
import { secretOf } from "./secret.js";
import { storageInfo } from "./storage.js";
import { type Account, accountOf, Trail } from "./trail.js";
import { type ExportOptions, fileOf, type ImportOptions, splitOptions } from "./transfer.js";
import { Verifier, type VerifyOptions, verifySources } from "./verifier.js";
import type {
  CollectionSecret,
  AnswerOptions as CoreAnswerOptions,
  EvaluateOptions as CoreEvaluateOptions,
  OpenOptions as CoreOptions,
  PromptOptions as CorePromptOptions,
  RerankOptions as CoreRerankOptions,
  SearchOptions as CoreSearchOptions,
  SearchResult as CoreSearchResult,
  DamagedDocument,
  Embedding,
  EmbedRole,
  EvaluationReport,
  ExtractiveAnswer,
  ImportReport,
  Prompt,
  SourcePlace,
  Suggestions,
  SuggestOptions,
  TextRange,
  Verification,
} from "./wasm/ibid_simd128.js";
import { forgotten, observed, wasThere } from "./witness.js";
import { mayBeOnline } from "./workers/online.js";
import { nameOf, Peer, type Reason } from "./workers/peer.js";
import { starter } from "./workers/start.js";

/** How to open a collection. */
export interface OpenOptions extends CoreOptions, CallOptions, AssetOptions {
  /**
   * The name of a model, which is that of its folder below `modelsUrl`, or the address of a model folder, ours or one in the
   * layout of Hugging Face; the default is the name `all-minilm-l6-v2`. A string with a slash is an address. The model is kept
   * on this device and used from there offline. With a fingerprint no other model is taken, whatever the server has.
   */
  model?: string | URL | PinnedModel;
  /**
   * The name or the address of a cross-encoder, for searches with `rerank` and without a function of their own. It is
   * loaded with the first of them, and kept on this device like the model; a fingerprint pins it, too.
   */
  reranker?: string | URL | PinnedModel;
  /**
   * The address of the folder that models with a name are in; the default is `models/`, relative to the page. Pages that
   * change their own address as they are used say `/models/` rather.
   */
  modelsUrl?: string | URL;
  /**
   * Whether the model is loaded as soon as the collection is open; the default is `true`. With `false` no file of it is asked for before
   * {@link Collection.loadModel} is called, as where people agree to the download first. Until then the state of `info().model` is
   * `"deferred"`: documents are added without vectors, and are found by their words.
   */
  loadModel?: boolean;
  /** What reads documents of other media types, by media type; these go before what the library can read itself. */
  extractors?: Record<string, Extractor>;
  /**
   * Encrypts all that is stored of the collection: a new one, or one that was encrypted with this passphrase; a plain one is
   * `not-encrypted`, see {@link Collection.encrypt}. It must not be empty. Who forgets it has lost the collection.
   */
  passphrase?: string;
  /**
   * The same with a key of the page's own in the place of a passphrase: a `CryptoKey` of AES-GCM or AES-KW, best one that cannot be
   * extracted.
   */
  key?: CryptoKey;
  /**
   * Locks the collection as {@link Collection.lock} does once nothing was asked of it for so many milliseconds: 1 to
   * 2,147,483,647. By default it is never locked by itself.
   */
  lockAfter?: number;
  /** Whether answers are recorded from the beginning, see {@link Collection.trail}; the default is `false`. */
  trail?: boolean;
}

/** A second stage: the best candidates are scored again, each together with the query. */
export interface RerankOptions extends CoreRerankOptions {
  /**
   * What scores the passages; each is a chunk, or the `window` of it, with its title and headings. Without it the cross-encoder
   * scores that the collection was opened with.
   */
  scorer?: Scorer;
}

/** How to search. */
export interface RetrievalOptions<M extends MetadataOf<M> = Metadata>
  extends Omit<CoreSearchOptions, "filter" | "rerank">,
    CallOptions {
  /** Which documents may be found, by their metadata; the default is all. */
  filter?: Filter<M>;
  /** A second stage; `true` stands for `{}`. Hits beyond its candidates follow as they would without it. */
  rerank?: RerankOptions | boolean;
}

/** How to search, and which of the hits are returned. */
export interface SearchOptions<M extends MetadataOf<M> = Metadata> extends RetrievalOptions<M> {
  /**
   * How many of the best hits are left out, to show others than a page before had: from 0, the default. They are found all the same
   * and take their part of `evidence.sentences`.
   */
  offset?: number;
}

/** How to search for what a prompt quotes, and how to build it. */
export interface PromptOptions<M extends MetadataOf<M> = Metadata>
  extends RetrievalOptions<M>,
    CorePromptOptions {
  /** Counts tokens as the chat model does that gets the prompt; without it the embedding model's are counted. */
  countTokens?: TokenCounter;
}

/** How to search for what answers, and how to answer with sentences of the documents. */
export interface ExtractiveOptions<M extends MetadataOf<M> = Metadata>
  extends Omit<RetrievalOptions<M>, "expand" | "evidence">,
    CoreAnswerOptions {
  /** Says so; nothing else is done where there is no `model`. */
  extractive?: true;
}

/** What is measured, and with what progress: phase `searching` counts searches. */
export interface EvaluateOptions extends CoreEvaluateOptions, CallOptions {}

/** Which of the documents are listed. */
export interface ListOptions {
  /** How many of them are left out, from 0, the default. */
  offset?: number;
  /** The most that are listed, from 1; the default is all. */
  limit?: number;
}

/** Where it was recorded: see {@link Collection.trail}. */
export interface Recorded {
  /** The number of the record; absent where nothing is recorded. */
  record?: number;
}

/** Why a locked collection answers nothing. */
const LOCKED: Reason = {
  code: "locked",
  message: "the collection is locked: open it again with its passphrase or key",
};

/** What a collection is made of beside its worker. */
interface CollectionParts {
  conversion: Conversion;
  /** Whether the trail is kept. */
  isRecorded: boolean;
  storage: Opened;
  /** Whether an earlier one of this name was evicted, if that is known. */
  evicted: boolean | undefined;
}

/**
 * Opens the collection `name` of this origin, or creates it; `M` is the type of its documents' metadata. Resolves when its store is open; the model loads beside it,
 * and `onProgress` hears of that also afterwards. What needs no model does not wait for it: `info().model` says how far it
 * is, and {@link Collection.loadModel} waits for it, or tries again where it could not be loaded.
 *
 * @throws IbidError with, among others, the codes `invalid-argument`, `store-unavailable`, `store-too-new`,
 * `store-corrupt`, `aborted`; `locked` for an encrypted collection without `passphrase` or `key`, `wrong-key` for a wrong one,
 * `not-encrypted` for a plain collection with one.
 */
export async function openCollection<M extends MetadataOf<M> = Metadata>(
  name: string,
  options: OpenOptions = {},
): Promise<Collection<M>> {
  const {
    model = DEFAULT_MODEL,
    reranker,
    modelsUrl,
    loadModel = true,
    extractors,
    trail = false,
    assetsUrl,
    wasmUrl,
    workerUrl,
    pdfUrl,
    passphrase,
    key,
    lockAfter,
    signal,
    onProgress,
    ...core
  } = { ...options };
  if (lockAfter !== undefined && !IdleTimer.accepts(lockAfter)) {
    throw new IbidError("invalid-argument", "options.lockAfter: expected 1 to 2,147,483,647 milliseconds");
  }
  expectSignal(signal ?? undefined);
  const extracting = toExtractors(extractors);
  assertPage();
  const assets = resolveAssets({ assetsUrl, wasmUrl, workerUrl, pdfUrl });
  const client = startWorker(assets.workerUrl);
  const abort = () =>
    client.end({ code: "aborted", message: "the caller aborted the opening", cause: signal?.reason });
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const settings = {
      name,
      owner: core.storage === "memory" ? undefined : name,
      model: modelPlace("model", model, modelsUrl),
      reranker: reranker ? modelPlace("reranker", reranker, modelsUrl) : undefined,
      wasmUrl: assets.wasmUrl,
      withModel: loadModel,
      core,
    };
    const before = wasThere(name);
    const opening = client.call("open", [settings, secretOf({ passphrase, key })], signal && { signal });
    // What is wrong with the model is told by info(), and by whatever needs it.
    if (loadModel) {
      client.call("loadModel", [], onProgress && { onProgress }).catch(() => {});
    }
    const storage = await opening;
    const evicted = observed(client, name, storage, before);
    const reader = new DocumentReader(assets);
    const conversion = { reader, extractors: extracting };
    const collection = new Collection<M>(client, name, { conversion, isRecorded: trail, storage, evicted });
    if (lockAfter !== undefined) {
      client.whenIdle(lockAfter, () => void collection.lock());
    }
    return collection;
  } catch (error) {
    client.end({ code: "closed", message: "the collection could not be opened" });
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/**
 * Deletes the collection `name` from this device without opening it, also where it cannot be opened any more: after
 * `store-corrupt` or `store-too-new`. Deleting one that does not exist is no error.
 *
 * @throws IbidError `store-blocked` where another tab does not let go, `store-unavailable`.
 */
export async function deleteCollection(name: string, options: AssetOptions = {}): Promise<void> {
  assertPage();
  const { workerUrl, wasmUrl } = resolveAssets({ ...options });
  const client = startWorker(workerUrl);
  try {
    await forgotten(name, () => client.call("deleteCollection", [name, wasmUrl]));
  } finally {
    client.end({ code: "closed", message: "the collection is deleted" });
  }
}

/** Of servers Node has no workers; Deno and Bun have them, but no page whose address others begin at. */
function assertPage(): void {
  if (!globalThis.Worker || !globalThis.location) {
    throw new IbidError(
      "store-unavailable",
      "collections live in browsers only: there is no Worker or page here",
    );
  }
}

const WORKER: WorkerOptions = { type: "module", name: "ibid" };

function startWorker(url: string | undefined): WorkerClient {
  if (url !== undefined) {
    const start = () => new Worker(url, WORKER);
    return new WorkerClient(new Peer(starter(start, url, WORKER), `the worker ${url}`));
  }
  // Bundlers recognise a worker by exactly this expression.
  const start = () =>
    new Worker(new URL("./workers/worker.js", import.meta.url), { type: "module", name: "ibid" });
  return new WorkerClient(new Peer(starter(start, "worker.js", WORKER), nameOf("workers/worker.js")));
}

function toExtractors(extractors: Record<string, Extractor> = {}): Map<string, Extractor> {
  for (const [mediaType, extractor] of Object.entries(extractors)) {
    if (typeof extractor !== "function") {
      throw new IbidError(
        "invalid-argument",
        `options.extractors[${JSON.stringify(mediaType)}]: expected a function`,
      );
    }
  }
  return new Map(Object.entries(extractors).map(([mediaType, it]) => [mediaType.toLowerCase(), it]));
}

type VerifyCall = VerifyOptions & { everywhere?: boolean; signal?: AbortSignal };

/** What is recorded of an answer from elsewhere. */
function given(answer: string, { prompt, question }: VerifyOptions, verification: Verification): Account {
  const account = accountOf((prompt ?? {}) as Partial<Prompt>);
  return {
    ...account,
    ...(question !== undefined && { question }),
    answer: { kind: "given", text: answer },
    verification,
  };
}

type Plain = Record<string, unknown>;

/** How many hits the core returns where no `k` is given. */
const DEFAULT_HITS = 8;

/** The most that it can be asked for. */
const MOST_HITS = 2 ** 32 - 1;

/** The parts of a search's options: what the core is told, where the second stage is, and what stays on the page. */
function searchCall<M extends MetadataOf<M>>(options: RetrievalOptions<M>) {
  const { signal, onProgress, rerank, filter, ...others } = { ...options };
  const rest = filter === undefined ? others : { ...others, filter: plainFilter(filter) as Plain };
  const { scorer, ...second } = typeof rerank === "object" ? { ...rerank } : { scorer: undefined };
  if (scorer !== undefined) {
    callable("options.rerank.scorer", scorer);
  }
  if (typeof (rerank ?? false) !== "boolean" && typeof rerank !== "object") {
    throw new IbidError("invalid-argument", "options.rerank: expected a boolean or an object");
  }
  const isAsked = rerank === true || (typeof rerank === "object" && rerank !== null);
  const place: ScorerPlace | undefined = isAsked ? (scorer ? "page" : "model") : undefined;
  const core = isAsked ? { ...rest, rerank: second } : rest;
  return {
    core,
    place,
    call: { ...(signal && { signal }), ...(onProgress && { onProgress }), ...(scorer && { scorer }) },
  };
}

/** The parts of a search's options where some of the best hits are left out: the core is asked for these, too. */
function pagedCall<M extends MetadataOf<M>>(options: SearchOptions<M>) {
  const { offset = 0, ...rest } = { ...options };
  wholeNumber("options.offset", offset, 0);
  const { core, ...others } = searchCall<M>(rest as RetrievalOptions<M>);
  const k = core.k ?? DEFAULT_HITS;
  // One that is none is left to the core, which names it as it was given.
  const isPaged = offset > 0 && Number.isInteger(k) && k > 0 && k <= MOST_HITS;
  return { ...others, core: isPaged ? { ...core, k: Math.min(k + offset, MOST_HITS) } : core, offset };
}

/** What was found without the best `offset` hits, and without what the trace says of them. */
function from(offset: number, result: CoreSearchResult): CoreSearchResult {
  if (offset === 0) {
    return result;
  }
  const { hits, trace } = result;
  return {
    ...result,
    hits: hits.slice(offset),
    ...(trace && { trace: { ...trace, hits: trace.hits.slice(offset) } }),
  };
}

/** All of them: a name that is misspelt would be waited for in vain. */
const EVENTS: Record<keyof CollectionEvents, true> = {
  change: true,
  backlog: true,
  model: true,
  space: true,
  problem: true,
};

function callable(name: string, value: unknown): void {
  if (typeof value !== "function") {
    throw new IbidError("invalid-argument", `${name}: expected a function`);
  }
}

function wholeNumber(name: string, value: unknown, least: number): void {
  if (!Number.isSafeInteger(value) || (value as number) < least) {
    throw new IbidError("invalid-argument", `${name}: expected a whole number from ${least}`);
  }
}

/**
 * An open collection of documents whose metadata are of type `M`. Everything happens in its worker; the page is never blocked.
 */
export class Collection<M extends MetadataOf<M> = Metadata> {
  static {
    // Where a browser has no such symbol yet, a method of this name would be called "undefined".
    if (Symbol.asyncDispose !== undefined) {
      Collection.prototype[Symbol.asyncDispose] = Collection.prototype.close;
    }
  }

  /** {@link close}, for `await using`; missing in browsers that have no `Symbol.asyncDispose`. */
  declare [Symbol.asyncDispose]: () => Promise<void>;

  readonly #client: WorkerClient;
  readonly #conversion: Conversion;
  readonly #order = new Order();
  readonly #isMemory: boolean;
  readonly #evicted: boolean | undefined;
  #egress: Promise<EgressInfo> | undefined;

  /** What was asked, found and answered, as far as it is recorded: by default nothing is. */
  readonly trail: Trail;

  /** @internal Use {@link openCollection}. */
  constructor(
    client: WorkerClient,
    /** The name that it was opened by. */
    readonly name: string,
    { conversion, isRecorded, storage, evicted }: CollectionParts,
  ) {
    this.#client = client;
    this.#conversion = conversion;
    this.trail = new Trail(client, isRecorded);
    this.#isMemory = storage.isMemory;
    this.#evicted = evicted;
  }

  /**
   * Resolves when the model is ready. One that could not be loaded is tried again.
   *
   * @throws IbidError with, among others, the codes `model-unreachable`, `model-file-missing`, `model-file-corrupt`,
   * `model-invalid`, `model-mismatch` for another than the pinned one, `aborted`; aborted, the model goes on loading for
   * others.
   */
  loadModel(options: CallOptions = {}): Promise<void> {
    return this.#client.during(() => this.#client.call("loadModel", [], options));
  }

  /**
   * Resolves when everything that the collection does later can be done without a network: the model is here and kept where the
   * browser keeps anything, so is the `reranker`, if one was named; workers have their code, and what reads documents of other
   * formats is loaded, with the fonts and maps of characters that PDF files may need (some 5 MB in all before compression). One
   * worker that reads documents stays from then on, where otherwise it ends when it has nothing to do. The page itself stays in
   * memory as long as it is open; loading it anew takes a service worker.
   *
   * @throws IbidError as {@link loadModel} does, and `internal` where a worker or its WebAssembly cannot be loaded
   */
  async prepareOffline(options: CallOptions = {}): Promise<void> {
    await this.#client.during(async () => {
      await Promise.all([this.#client.call("prepareOffline", [], options), this.#readEgress()]);
      await untilAborted(this.#conversion.reader.prepare(), options.signal); // not where the collection is closed by now
    });
  }

  /**
   * Adds a document, or replaces the one of the same id, and resolves when it is embedded. It is durable and found by
   * its words long before: progress says so with phase `searchable`. Aborted before that, nothing has changed; aborted
   * later, the document stays and its remaining chunks wait in the backlog. Where the model cannot be had, or is another
   * than that of the stored vectors, it resolves without them: `unembedded` says how many are missing.
   *
   * Calls of `add`, `addMany`, `remove` and `removeWhere` take effect in the order in which they are made, awaited or not. Of
   * an `addMany` this holds for the first documents; those of a stream, and later ones, are added as they come.
   */
  add(document: NewDocument<M>, options: CallOptions = {}): Promise<Added> {
    const addition = new Addition(this.#client, this.#order, this.#conversion, options);
    return this.#client.during(() => addition.addOne(document as NewDocument));
  }

  /**
   * Adds many documents, from a list, a generator or a stream of them, and resolves when they are embedded, as
   * {@link add} does. They are committed as they come, some at a time, and no more than some are held at once; unchanged
   * ones are skipped, so an interrupted call can simply be repeated. Where a list probably needs more room than the browser has left,
   * the event `space` says so before anything is added. Each has its outcome, in order: one that cannot be
   * added holds up no other. With `atomic` all are added in one commit or, if one cannot be, none is and the call rejects.
   */
  addMany(
    documents: Iterable<NewDocument<M>> | AsyncIterable<NewDocument<M>>,
    options: AddManyOptions = {},
  ): Promise<AddManyOutcome[]> {
    const addition = new Addition(this.#client, this.#order, this.#conversion, options);
    // A list as it is now: callers empty theirs and fill it anew before this one was read.
    const all = (Array.isArray(documents) ? [...documents] : documents) as
      | Iterable<NewDocument>
      | AsyncIterable<NewDocument>;
    return this.#client.during(() => addition.addMany(all));
  }

  /** Removes documents by id and returns how many there were; unknown ids are ignored. */
  remove(ids: string | readonly string[]): Promise<number> {
    // A copy, since callers may empty theirs before it is this call's turn; what is no list is left to the core.
    const list = typeof ids === "string" ? [ids] : Array.isArray(ids) ? [...ids] : (ids as string[]);
    return this.#order.take().send(async () => () => this.#client.call("remove", [list]));
  }

  /** Removes the documents that `filter` accepts, in one commit, and returns how many there were. */
  async removeWhere(filter: Filter<M>): Promise<number> {
    const plain = plainFilter(filter) as Plain;
    return this.#order.take().send(async () => () => this.#client.call("removeWhere", [plain]));
  }

  /**
   * A document with its extracted text, which all spans refer to; `undefined` where the id is unknown. With a range only
   * that part of the text is read and returned.
   */
  get(id: string, range?: TextRange): Promise<StoredDocument<M> | undefined> {
    return this.#client.call("get", [id, range]) as Promise<StoredDocument<M> | undefined>;
  }

  /** Whether there is a document of this id. Its text may be damaged. */
  has(id: string): Promise<boolean> {
    return this.#client.call("has", [id]);
  }

  /**
   * Where a range of a document's text stands in the original: bytes of a text file, paragraphs of a Word document, cells of
   * a sheet, rectangles on the pages of a PDF. `undefined` where the id is unknown.
   */
  locate(id: string, range: TextRange): Promise<SourcePlace[] | undefined> {
    return this.#client.call("locate", [id, range]);
  }

  /** Documents without their texts, ordered by id: all of them, or a page. */
  async list(options: ListOptions = {}): Promise<DocumentSummary<M>[]> {
    const { offset = 0, limit } = { ...options };
    wholeNumber("options.offset", offset, 0);
    if (limit !== undefined) {
      wholeNumber("options.limit", limit, 1);
    }
    return this.#client.call("list", [offset, limit]) as Promise<DocumentSummary<M>[]>;
  }

  /** How many documents there are, or how many of them `filter` accepts. */
  async count(filter?: Filter<M>): Promise<number> {
    if (filter !== undefined) {
      return this.#client.call("count", [plainFilter(filter) as Plain]);
    }
    const { documents } = await this.#client.call("info", []);
    return documents;
  }

  /**
   * Counts, backlog, model, what is done in the background, build and workers, the storage of the origin, and where requests may go.
   * For the latter the first call, or {@link prepareOffline}, asks for the headers of the page and of the worker's script, which
   * browsers mostly have at hand; where there is no network then, they stay unknown until there is.
   */
  async info(): Promise<CollectionInfo> {
    const [info, storage, egress] = await Promise.all([
      this.#client.call("info", []),
      storageInfo(),
      this.#readEgress(),
    ]);
    const { generation } = info;
    const place = this.#isMemory ? "memory" : "device";
    const evicted = this.#evicted !== undefined && { evicted: this.#evicted };
    return { ...info, storage: { place, ...storage, generation, ...evicted }, egress };
  }

  /** What can be read is read once: policies do not change while a page is open. */
  async #readEgress(): Promise<EgressInfo> {
    this.#egress ??= this.#client.call("policies", []).then(egressInfo);
    const reading = this.#egress;
    const isWhole = await reading.then(
      ({ page, worker }) => ![page.connect, page.load, worker.connect, worker.load].includes("unknown"),
      () => false,
    );
    if (!isWhole && !mayBeOnline() && this.#egress === reading) {
      this.#egress = undefined;
    }
    return reading;
  }

  /**
   * Finds the chunks that answer `query` best. What stands in quotation marks is looked for word by word. Until the model
   * is ready, chunks are found by their words, and the result's `model` says so; with mode `"dense"` it is waited for.
   */
  async search(query: string, options: SearchOptions<M> = {}): Promise<SearchResult<M>> {
    const { core, place, call, offset } = pagedCall(options);
    const result = await this.#client.call("search", [query, core, place], call);
    return from(offset, result) as SearchResult<M>;
  }

  /**
   * Finds chunks for each of `queries` as {@link search} does, in order and all in the same generation. The queries are embedded
   * together; progress counts them with phase `searching`. One that is empty fails the call, and the message names it.
   */
  async searchMany(queries: readonly string[], options: SearchOptions<M> = {}): Promise<SearchResult<M>[]> {
    const { core, place, call, offset } = pagedCall(options);
    const results = await this.#client.call("searchMany", [queries as string[], core, place], call);
    return results.map((result) => from(offset, result)) as SearchResult<M>[];
  }

  /**
   * Completes the last word of `text`, where nothing comes after it, and corrects words that no document has: for a box that
   * suggests while somebody types. Nothing is embedded. A word that no document has may still be meant: a correction is to
   * be offered, not taken.
   *
   * @throws IbidError with the code `invalid-argument` for a `limit` of 0, `closed`.
   */
  suggest(text: string, options: SuggestOptions = {}): Promise<Suggestions> {
    return this.#client.call("suggest", [text, options]);
  }

  /**
   * Builds a cited prompt within a token budget: for a query from the best passages that a search finds, or from the hits
   * of a search that was made already; then those that say how to search are none. Where nothing that was found even may
   * answer, nothing is quoted, unless `unanswerable` is `"quote"`.
   */
  async prompt(query: string | SearchResult<M>, options: PromptOptions<M> = {}): Promise<Prompt> {
    const { countTokens, ...others } = { ...options };
    if (countTokens !== undefined) {
      callable("options.countTokens", countTokens);
    }
    const { core, place, call } = searchCall(this.#explained(others));
    const counted = { ...call, countTokens };
    const isCounted = countTokens !== undefined;
    if (typeof query === "object" && query !== null) {
      const { explain: _, ...building } = core as PromptOptions;
      return this.#client.call("promptOf", [query as CoreSearchResult, building, isCounted], counted);
    }
    return this.#client.call("prompt", [query, core, place, isCounted], counted);
  }

  /**
   * Answers with the sentences of the documents that answer, word for word, cited and shortened to what answers; no language
   * model is needed. Where nothing that was found even may answer, the answer is empty.
   */
  async answer(question: string, options?: ExtractiveOptions<M>): Promise<ExtractiveAnswer & Recorded>;
  /**
   * Has a language model answer: builds the prompt, streams, holds each sentence against the sources as it comes, and asks the
   * model once more for claims that failed. Where nothing is quoted, the model is not asked.
   *
   * @throws ChatError where the model fails, and IbidError as {@link prompt} and {@link verify} do.
   */
  async answer(question: string, options: GenerateOptions<M>): Promise<GeneratedAnswer & Recorded>;
  async answer(
    question: string,
    options: ExtractiveOptions<M> | GenerateOptions<M> = {},
  ): Promise<(ExtractiveAnswer | GeneratedAnswer) & Recorded> {
    const { extractive, ...rest } = { ...options } as ExtractiveOptions<M>;
    if ("model" in rest) {
      if (extractive !== undefined) {
        throw new IbidError("invalid-argument", "options: there is a model, so the answer is not extractive");
      }
      const engine = {
        prompt: (question: string, options: PromptOptions<M>) => this.prompt(question, options),
        verifier: (options: VerifyOptions) => new Verifier(this.#client, options),
        verify: this.#verify.bind(this),
      };
      const answer = await this.#client.during(() => generate(engine, question, rest as GenerateOptions<M>));
      return this.#recorded(answer, ({ prompt, text, verification, rounds }) => ({
        ...accountOf(prompt),
        answer: { kind: "model", text },
        verification,
        ...(rounds.length > 1 && {
          rounds: rounds.map(({ text, verification }) => ({ text, sentences: verification.sentences })),
        }),
      }));
    }
    const { core, place, call } = searchCall(this.#explained(rest));
    const answer = await this.#client.call("answer", [question, core, place], call);
    return this.#recorded(answer, ({ text, citations, retrieval }) => ({
      question,
      retrieval,
      answer: { kind: "extractive", text, citations },
    }));
  }

  /**
   * Holds each sentence of an answer against the sources that it cites, and then against all others: no language model takes
   * part. What the numbers of marks such as `[1]` stand for is told by `prompt` or `sources`.
   *
   * @throws IbidError `invalid-argument`, `aborted`, `closed`.
   */
  async verify(answer: string, options: VerifyCall = {}): Promise<Verification & Recorded> {
    const verification = await this.#verify(answer, options);
    return this.#recorded(verification, (verification) => given(answer, options, verification));
  }

  /** Holds an answer against its sources while it comes, as {@link verify} does once it is whole. */
  verifier(options: VerifyOptions): Verifier {
    const record = async (answer: string) => {
      if (!this.trail.recording) {
        return undefined;
      }
      const verification = await this.#verify(answer, options);
      return this.trail.record(() => given(answer, options, verification));
    };
    return new Verifier(this.#client, options, record);
  }

  async #verify(
    answer: string,
    { everywhere = false, signal, ...options }: VerifyCall,
  ): Promise<Verification> {
    const sources = { ...verifySources(options), everywhere };
    return this.#client.call("verify", [answer, sources], signal === undefined ? {} : { signal });
  }

  /** Options with `explain`, where what is found is to be recorded with its trace. */
  #explained<O extends { explain?: boolean }>(options: O): O {
    return this.trail.recording ? { explain: true, ...options } : options;
  }

  /** Records an answer, if that is asked for, and says under which number. */
  async #recorded<A extends object>(answer: A, account: (answer: A) => Account): Promise<A & Recorded> {
    const record = await this.trail.record(() => account(answer));
    return record === undefined ? answer : { ...answer, record };
  }

  /**
   * Measures how well questions are answered, with intervals by bootstrap: under one setting, several compared question by
   * question, or the best of many, chosen on half of the questions and held against the other half. Nothing is stored.
   *
   * @throws IbidError `invalid-argument` naming the question or option at fault; what made the loading of the model fail;
   * `aborted`
   */
  async evaluate(questions: QuestionSource, options: EvaluateOptions = {}): Promise<EvaluationReport> {
    const { signal, onProgress, ...core } = { ...options };
    const call = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
    return this.#client.call("evaluate", [await questionFile(questions), core], call);
  }

  /** Embeds texts with the collection's model; the vectors have unit length. */
  async embed(
    texts: readonly string[],
    role: EmbedRole = "passage",
    options: CallOptions = {},
  ): Promise<Embedding[]> {
    return this.#client.call("embed", [texts as string[], role], options);
  }

  /**
   * Embeds everything anew where the stored vectors are of another model than the one that the server has now. Searches go
   * on meanwhile, by words. The new vectors are put aside and take the place of the old ones in one commit at the end; after
   * an interruption, a reload for example, it goes on where it was.
   */
  reindex(options: CallOptions = {}): Promise<void> {
    return this.#client.call("reindex", [], options);
  }

  /**
   * The whole collection as one file (`.ibid`): documents, what they are found by, vectors and the audit trail. It is encrypted with
   * `passphrase` or `key`, and plain without, even where the collection is encrypted. It is collected piece by piece, so that the
   * browser can keep it on disk. `import` reads it, here or elsewhere, and so does the command line.
   *
   * @throws IbidError `store-corrupt` where something is damaged: see {@link check}; `aborted`, `closed`
   */
  export(options: ExportOptions = {}): Promise<Blob> {
    const { call, secret, others } = splitOptions({ ...options });
    const [name] = Object.keys(others);
    if (name !== undefined) {
      // Without this a misspelt passphrase would make a plain file.
      return Promise.reject(
        new IbidError("invalid-argument", `options: there is no property ${JSON.stringify(name)}`),
      );
    }
    return this.#client.call("export", [secret], call);
  }

  /**
   * Takes what an exported file holds, in one commit: searches see all of it or nothing, in every tab. Nothing is embedded again,
   * and rankings are the same to the bit. With `replace` it takes the place of everything, with `merge` documents are added whose
   * ids are not there; otherwise the collection has to be empty. An error means that nothing was changed.
   *
   * @throws IbidError `collection-not-empty`; `locked` for an encrypted file without `passphrase` or `key`, `wrong-key` for a wrong
   * one, `not-encrypted` for a plain file with one; `file-foreign`, `file-corrupt`, `file-truncated`, `file-too-new`, which say where in
   * the file; `model-mismatch` where vectors of two models would be merged; `store-conflict` where another tab changes documents
   * meanwhile; `store-quota`, `aborted`, `closed`
   */
  async import(file: Blob | ReadableStream<Uint8Array>, options: ImportOptions = {}): Promise<ImportReport> {
    const { call, secret, others } = splitOptions({ ...options });
    const turn = this.#order.take();
    return this.#client.during(() =>
      turn.send(async () => {
        const blob = await fileOf(file, call.signal);
        return () => this.#client.call("import", [blob, others, secret], call);
      }),
    );
  }

  /** Reads everything and lists what is damaged, by document. */
  check(options: CallOptions = {}): Promise<DamagedDocument[]> {
    return this.#client.call("check", [], options);
  }

  /**
   * Calls `listener` with what happens to the collection, in this tab and in others. Returns a function that ends that.
   *
   * @throws IbidError `invalid-argument` for a name that no event has, and where `listener` is no function
   */
  on<N extends keyof CollectionEvents>(name: N, listener: (event: CollectionEvents[N]) => void): () => void {
    if (!Object.hasOwn(EVENTS, name)) {
      const names = Object.keys(EVENTS).join(", ");
      throw new IbidError(
        "invalid-argument",
        `name: ${JSON.stringify(name)} is no event; there are ${names}`,
      );
    }
    callable("listener", listener);
    return this.#client.on(name, listener);
  }

  /**
   * Encrypts a plain collection, in one step for whoever reads it: tabs that have it open get `locked` from then on. It is encrypted
   * once this resolves; what of the plain text is left in files of the browser until it clears them up is not in its power. Aborted
   * or interrupted, the collection is as it was. Progress counts parts with phase `converting`.
   *
   * @throws IbidError `invalid-argument` for an encrypted collection and for an empty passphrase; `store-conflict` where another tab
   * does not stop writing, `store-quota` where there is no room for both forms at once, `aborted`.
   */
  encrypt(secret: CollectionSecret, options: CallOptions = {}): Promise<void> {
    return this.#client.call("encrypt", [secret], options);
  }

  /**
   * Makes an encrypted collection plain, as {@link encrypt} encrypts it: tabs that have it open get `not-encrypted`.
   *
   * @throws IbidError `not-encrypted` for a plain collection; otherwise as {@link encrypt}.
   */
  decrypt(options: CallOptions = {}): Promise<void> {
    return this.#client.call("decrypt", [], options);
  }

  /**
   * Lets another passphrase or key open the collection in the place of the one that it was opened with. Nothing else is written anew:
   * who has an older copy of the stored data, and the old passphrase, can still read that copy. Tabs that have it open go on.
   *
   * @throws IbidError `not-encrypted` for a plain collection, `invalid-argument`.
   */
  changeKey({ to }: { to: CollectionSecret }): Promise<void> {
    return this.#client.call("changeKey", [to]);
  }

  /**
   * Lets one more passphrase or key open the collection, up to 16, and returns the `id` that `info().encryption` lists it under.
   *
   * @throws IbidError `not-encrypted` for a plain collection, `invalid-argument`.
   */
  addKey(secret: CollectionSecret): Promise<number> {
    return this.#client.call("addKey", [secret]);
  }

  /**
   * Lets the passphrase or key of this `id` no longer open the collection.
   *
   * @throws IbidError `invalid-argument` for an unknown one and for the last one, `not-encrypted`.
   */
  removeKey(id: number): Promise<void> {
    return this.#client.call("removeKey", [id]);
  }

  /**
   * Closes the collection and ends its worker, and with it goes all that was in memory of keys and content, as far as a page can have
   * it so. Calls that are under way, and later ones, reject with code `locked`; what is committed stays.
   */
  async lock(): Promise<void> {
    this.#client.end(LOCKED);
    this.#conversion.reader.end();
  }

  /** Resolves when the collection answers no more, with why: it was closed, locked or deleted, or its worker has ended. */
  get closed(): Promise<IbidError> {
    return this.#client.ended.then(({ code, message }) => new IbidError(code, message));
  }

  /** Closes the collection. Calls that are under way reject with code `closed`; what is committed stays. */
  async close(): Promise<void> {
    this.#client.end({ code: "closed", message: "the collection is closed" });
    this.#conversion.reader.end();
  }

  /** Deletes the collection and everything in it from this device, and closes it. */
  async destroy(): Promise<void> {
    const destroy = () => this.#client.call("destroy", []);
    try {
      await (this.#isMemory ? destroy() : forgotten(this.name, destroy));
    } finally {
      await this.close();
    }
  }
}
