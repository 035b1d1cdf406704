/** Collections for LangChain.js: what finds documents in chains, and what makes vectors for other stores. */

export { type EmbeddingCollection, IbidEmbeddings, type IbidEmbeddingsFields } from "./embeddings.js";
export { type CitationMetadata, IbidRetriever, type IbidRetrieverFields } from "./retriever.js";
