/** A collection as what finds documents in a chain of LangChain.js. */
import { CallbackManager, parseCallbackConfigArg } from "@langchain/core/callbacks/manager";
import { Document, type DocumentInterface } from "@langchain/core/documents";
import { BaseRetriever, type BaseRetrieverInput } from "@langchain/core/retrievers";
import { ensureConfig, type RunnableConfig, raceWithSignal } from "@langchain/core/runnables";
import type { Collection, SearchOptions } from "../collection.js";
import { IbidError } from "../error.js";
import type { Hit, Metadata, MetadataOf } from "../metadata.js";

/** Where a passage stands, so that it can be cited: `pageContent === text.slice(start, end)` of the document's text. */
export interface CitationMetadata<M extends MetadataOf<M> = Metadata> {
  /** The document's id in the collection. */
  document: string;
  /** Its title; may be empty. */
  title: string;
  /** The first UTF-16 code unit of the passage in the document's extracted text. */
  start: number;
  /** The UTF-16 code unit after its last. */
  end: number;
  /** The headings that it stands under, outermost first. */
  section: string[];
  /** The number of the page or slide that it begins on; absent where the document has none. */
  page?: number;
  /** What it needs before it to be read alone, such as the names of a table's columns; mostly empty. */
  lead: string;
  /** What it needs after it; mostly empty. */
  tail: string;
  /** What hits are ranked by; comparable within one search only. */
  score: number;
  /** From 0 to 1, how likely it has to do with what is asked; comparable across searches. */
  relevance: number;
  /** The document's own metadata. */
  metadata: M;
}

export interface IbidRetrieverFields<M extends MetadataOf<M> = Metadata> extends BaseRetrieverInput {
  /** The open collection that is searched. */
  collection: Pick<Collection<M>, "search">;
  /** How it is searched: `k`, `filter`, `minRelevance` and others. */
  search?: Omit<SearchOptions<M>, "signal">;
  /**
   * Whether LangSmith may see what is asked and found, where its tracing is on: it sends both to another machine, which people
   * should be told before. The default is `false`: then a call is refused before anything of it is sent.
   */
  allowTracing?: boolean;
}

/** The name under which LangChain.js knows LangSmith's handler. */
const LANGSMITH = "langchain_tracer";

/**
 * Finds passages in an open collection; nothing leaves the device. What other steps of a chain send, and tracing that sees these,
 * is not its business.
 */
export class IbidRetriever<M extends MetadataOf<M> = Metadata> extends BaseRetriever<CitationMetadata<M>> {
  static override lc_name(): string {
    return "IbidRetriever";
  }

  override lc_namespace = ["ibid", "retrievers"];

  readonly #collection: Pick<Collection<M>, "search">;
  readonly #search: Omit<SearchOptions<M>, "signal">;
  readonly #allowTracing: boolean;

  constructor({ collection, search = {}, allowTracing = false, ...fields }: IbidRetrieverFields<M>) {
    super(fields);
    this.#collection = collection;
    this.#search = search;
    this.#allowTracing = allowTracing;
  }

  /** @throws IbidError `chat-remote` where LangSmith would see what is asked and found; otherwise as `collection.search` does. */
  override async invoke(
    query: string,
    options?: RunnableConfig,
  ): Promise<DocumentInterface<CitationMetadata<M>>[]> {
    const config: RunnableConfig = ensureConfig(parseCallbackConfigArg(options));
    if (!this.#allowTracing) {
      const manager = await CallbackManager.configure(config.callbacks, this.callbacks);
      if (manager?.handlers.some(({ name }) => name === LANGSMITH)) {
        const message =
          "LangSmith's tracing is on and would send what is asked and found to another machine; switch it off, " +
          "or set allowTracing: true where that is wanted";
        throw new IbidError("chat-remote", message);
      }
    }
    return raceWithSignal(super.invoke(query, config), config.signal);
  }

  override async _getRelevantDocuments(query: string): Promise<DocumentInterface<CitationMetadata<M>>[]> {
    const { hits } = await this.#collection.search(query, this.#search);
    return hits.map(toDocument);
  }
}

function toDocument<M extends MetadataOf<M>>({
  document,
  title,
  metadata,
  chunk,
  passage,
  score,
  relevance,
}: Hit<M>): Document<CitationMetadata<M>> {
  const { text, start, end, lead, tail } = passage;
  const { section, page } = chunk;
  return new Document({
    id: `${document}#${start}-${end}`,
    pageContent: text,
    metadata: {
      document,
      title,
      start,
      end,
      section,
      ...(page !== undefined && { page }),
      lead,
      tail,
      score,
      relevance,
      metadata,
    },
  });
}
