/** The model of a collection for vector stores of LangChain.js. */
import { Embeddings, type EmbeddingsParams } from "@langchain/core/embeddings";
import type { Collection } from "../collection.js";

/** What has a model: any open collection. */
export type EmbeddingCollection = Pick<Collection, "embed">;

export interface IbidEmbeddingsFields extends EmbeddingsParams {
  /** The open collection whose model embeds; nothing is stored in it. */
  collection: EmbeddingCollection;
}

/** Embeds on this device, with unit vectors. Texts beyond what the model takes are embedded by their beginnings. */
export class IbidEmbeddings extends Embeddings {
  readonly #collection: EmbeddingCollection;

  constructor({ collection, ...params }: IbidEmbeddingsFields) {
    super(params);
    this.#collection = collection;
  }

  override async embedDocuments(texts: string[]): Promise<number[][]> {
    const embeddings = await this.#collection.embed(texts, "passage");
    return embeddings.map(({ vector }) => Array.from(vector));
  }

  override async embedQuery(text: string): Promise<number[]> {
    const [embedding] = await this.#collection.embed([text], "query");
    return Array.from(embedding?.vector ?? []);
  }
}
