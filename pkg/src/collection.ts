import { type CallOptions, type Scorer, WorkerClient } from "./client.js";
import { type NewDocument, toDocumentInput } from "./content.js";
import { IbidError } from "./error.js";
import type { Filter } from "./filter.js";
import { plainFilter } from "./plain.js";
import type { ScorerPlace } from "./protocol.js";
import type {
  Added,
  CollectionInfo,
  OpenOptions as CoreOptions,
  PromptOptions as CorePromptOptions,
  RerankOptions as CoreRerankOptions,
  SearchOptions as CoreSearchOptions,
  DocumentInput,
  DocumentSummary,
  Embedding,
  EmbedRole,
  Hit,
  Prompt,
  StoredDocument,
  Trace,
} from "./wasm/ibid_simd128.js";

/** Where the worker and its WebAssembly are, for servers that put them elsewhere. */
export interface AssetOptions {
  /** The folder of `ibid_*_bg.wasm`, for servers that put them elsewhere than in `wasm/` beside the worker. */
  wasmUrl?: string | URL;
  /**
   * The address of `worker.js`, for servers that put it elsewhere than beside this module. `embedding-worker.js` must be
   * beside the worker.
   */
  workerUrl?: string | URL;
}

/** How to open a collection. */
export interface OpenOptions extends CoreOptions, CallOptions, AssetOptions {
  /**
   * The address of a model folder, ours or one in the layout of Hugging Face; the default is
   * `/models/all-minilm-l6-v2/` on the page's own origin. It is kept on this device and used from there offline.
   */
  model?: string | URL;
  /**
   * The address of the folder of a cross-encoder, for searches with `rerank` and without a function of their own. It is
   * loaded with the first of them, and kept on this device like the model.
   */
  reranker?: string | URL;
}

/** A second stage: the best candidates are scored again, each together with the query. */
export interface RerankOptions extends CoreRerankOptions {
  /**
   * What scores the passages; each is a chunk with its title and headings. Without it the cross-encoder scores that the
   * collection was opened with.
   */
  scorer?: Scorer;
}

/** How to search. */
export interface SearchOptions extends Omit<CoreSearchOptions, "filter" | "rerank">, CallOptions {
  /** Which documents may be found, by their metadata; the default is all. */
  filter?: Filter;
  /** A second stage; `true` stands for `{}`. Only candidates that it has scored are returned. */
  rerank?: RerankOptions | boolean;
}

/** How to search for what a prompt quotes, and how to build it. To see why a passage is quoted, search with `explain`. */
export interface PromptOptions extends Omit<SearchOptions, "explain">, CorePromptOptions {}

/** The hits of a search, best first. */
export interface Hits extends Array<Hit> {
  /** Whether the query was longer than the model takes, so that only its beginning was embedded. */
  queryTruncated: boolean;
  /** How many chunks had no vector yet and could be found by their words only. */
  unembedded: number;
  /** The generation that was searched. */
  generation: number;
  /** What the search did, where `explain` asked for it. */
  trace?: Trace;
}

/**
 * Opens the collection `name` of this origin, or creates it.
 *
 * @throws IbidError with, among others, the codes `model-unreachable`, `model-file-missing`, `model-file-corrupt`,
 * `model-mismatch`, `store-unavailable`, `store-too-new`, `aborted`.
 */
export async function openCollection(name: string, options: OpenOptions = {}): Promise<Collection> {
  const {
    model = "/models/all-minilm-l6-v2/",
    reranker,
    wasmUrl,
    workerUrl,
    signal,
    onProgress,
    ...core
  } = { ...options };
  const client = startWorker(workerUrl);
  const abort = () => client.end({ code: "aborted", message: "the caller aborted the opening" });
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const settings = {
      name,
      modelUrl: folderUrl("model", model),
      rerankerUrl: reranker && folderUrl("reranker", reranker),
      wasmUrl: wasmUrl && folderUrl("wasmUrl", wasmUrl),
      core,
    };
    const info = await client.call("open", [settings], {
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
    if (info.backlog > 0) {
      // What an earlier visit left unembedded goes on in the background; info() and add() show how far it is.
      client.call("embedBacklog", []).catch(() => {});
    }
    return new Collection(client, name);
  } catch (error) {
    client.end({ code: "closed", message: "the collection could not be opened" });
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/**
 * Deletes the collection `name` from this device without opening it, also where it cannot be opened any more: after
 * `model-mismatch`, `store-corrupt` or `store-too-new`. Deleting one that does not exist is no error.
 *
 * @throws IbidError `store-blocked` where another tab does not let go, `store-unavailable`.
 */
export async function deleteCollection(
  name: string,
  { wasmUrl, workerUrl }: AssetOptions = {},
): Promise<void> {
  const client = startWorker(workerUrl);
  try {
    await client.call("deleteCollection", [name, wasmUrl && folderUrl("wasmUrl", wasmUrl)]);
  } finally {
    client.end({ code: "closed", message: "the collection is deleted" });
  }
}

function startWorker(workerUrl: string | URL | undefined): WorkerClient {
  if (typeof Worker === "undefined") {
    throw new IbidError("store-unavailable", "collections live in browsers only: there is no Worker here");
  }
  if (workerUrl !== undefined) {
    return new WorkerClient(
      new Worker(absoluteUrl("workerUrl", workerUrl), { type: "module", name: "ibid" }),
    );
  }
  // Bundlers recognise a worker by exactly this expression.
  return new WorkerClient(
    new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "ibid" }),
  );
}

function absoluteUrl(option: string, url: string | URL): string {
  try {
    return new URL(url, globalThis.location?.href).href;
  } catch (cause) {
    throw new IbidError("invalid-argument", `options.${option}: ${JSON.stringify(url)} is not an address`, {
      cause,
    });
  }
}

/** The absolute address of a folder, which ends in a slash whether or not the caller wrote it. */
function folderUrl(option: string, url: string | URL): string {
  const absolute = new URL(absoluteUrl(option, url));
  if (!absolute.pathname.endsWith("/")) {
    absolute.pathname += "/";
  }
  return absolute.href;
}

type Plain = Record<string, unknown>;

/** The parts of a search's options: what the core is told, where the second stage is, and what stays on the page. */
function searchCall<O extends SearchOptions>(options: O) {
  const { signal, onProgress, rerank, filter, ...others } = { ...options };
  const rest = filter === undefined ? others : { ...others, filter: plainFilter(filter) as Plain };
  const { scorer, ...second } = typeof rerank === "object" ? { ...rerank } : { scorer: undefined };
  if (scorer !== undefined && typeof scorer !== "function") {
    throw new IbidError("invalid-argument", "options.rerank.scorer: expected a function");
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

/** An open collection. Everything happens in its worker; the page is never blocked. */
export class Collection {
  readonly #client: WorkerClient;

  /** @internal Use {@link openCollection}. */
  constructor(
    client: WorkerClient,
    /** The name that it was opened by. */
    readonly name: string,
  ) {
    this.#client = client;
  }

  /**
   * Adds a document, or replaces the one of the same id, and resolves when it is embedded. It is durable and found by
   * its words long before: progress says so with phase `searchable`. Aborted before that, nothing has changed; aborted
   * later, the document stays and its remaining chunks wait in the backlog.
   */
  async add(document: NewDocument, options: CallOptions = {}): Promise<Added> {
    const [added] = await this.addMany([document], options);
    return added as Added;
  }

  /**
   * Adds many documents. If one of them cannot be added the call rejects and names it, and none is added. Unchanged
   * documents are skipped, so an interrupted call can simply be repeated.
   */
  async addMany(documents: Iterable<NewDocument>, options: CallOptions = {}): Promise<Added[]> {
    if (typeof documents?.[Symbol.iterator] !== "function") {
      throw new IbidError("invalid-argument", "documents: expected a list of documents");
    }
    const transfer: Transferable[] = [];
    const inputs: DocumentInput[] = [];
    for (const document of documents) {
      inputs.push(await toDocumentInput(document, transfer));
    }
    return this.#client.call("add", [inputs], options, transfer);
  }

  /** Removes documents by id and returns how many there were; unknown ids are ignored. */
  remove(ids: string | readonly string[]): Promise<number> {
    return this.#client.call("remove", [typeof ids === "string" ? [ids] : (ids as string[])]);
  }

  /** A document with its extracted text, which all spans refer to; `undefined` where the id is unknown. */
  get(id: string): Promise<StoredDocument | undefined> {
    return this.#client.call("get", [id]);
  }

  /** All documents without their texts, ordered by id. */
  list(): Promise<DocumentSummary[]> {
    return this.#client.call("list", []);
  }

  /** Counts, backlog, model, build and workers. */
  info(): Promise<CollectionInfo> {
    return this.#client.call("info", []);
  }

  /** Finds the chunks that answer `query` best. What stands in quotation marks is looked for word by word. */
  async search(query: string, options: SearchOptions = {}): Promise<Hits> {
    const { core, place, call } = searchCall(options);
    const { hits, ...facts } = await this.#client.call("search", [query, core, place], call);
    return Object.assign(hits, facts);
  }

  /** Builds a cited prompt for `query` from the best passages, within a token budget. */
  async prompt(query: string, options: PromptOptions = {}): Promise<Prompt> {
    const { core, place, call } = searchCall(options);
    return this.#client.call("prompt", [query, core, place], call);
  }

  /** Embeds texts with the collection's model; the vectors have unit length. */
  async embed(
    texts: readonly string[],
    role: EmbedRole = "passage",
    options: CallOptions = {},
  ): Promise<Embedding[]> {
    return this.#client.call("embed", [texts as string[], role], options);
  }

  /** Closes the collection. Calls that are under way reject with code `closed`; what is committed stays. */
  async close(): Promise<void> {
    this.#client.end({ code: "closed", message: "the collection is closed" });
  }

  /** Deletes the collection and everything in it from this device, and closes it. */
  async destroy(): Promise<void> {
    try {
      await this.#client.call("destroy", []);
    } finally {
      await this.close();
    }
  }
}
