/** Metadata by a type of the caller's, and what carries them. Types only: nothing is checked when documents are read back. */
import type {
  DocumentSummary as CoreDocumentSummary,
  Hit as CoreHit,
  SearchResult as CoreSearchResult,
  StoredDocument as CoreStoredDocument,
  MetadataElement,
  MetadataValue,
} from "./wasm/ibid_simd128.js";

/** Metadata of which nothing is known but that they are values by the names of their fields. */
export type Metadata = Record<string, MetadataValue>;

/**
 * What a type of metadata has to be: an interface or an object type whose fields hold what is stored, which for a date is a
 * string. It is a promise of the caller's about all documents of the collection; fields that a file has of itself, such as
 * `author`, belong into it where they are to be filtered by.
 */
export type MetadataOf<M> = { [F in keyof M]?: MetadataValue | readonly MetadataElement[] };

/** Metadata as they are added: `Date`s may stand for strings, and lists may be read-only. */
export type NewMetadata<M> = { [F in keyof M]: NewValue<M[F]> };

type NewValue<V> = V extends readonly (infer E)[] ? readonly OrDate<E>[] : OrDate<V>;

/** A type that takes any string takes dates; one of chosen strings does not. */
type OrDate<V> = V extends string ? (string extends V ? V | Date : V) : V;

/** What is found of a document. */
export interface Hit<M extends MetadataOf<M> = Metadata> extends Omit<CoreHit, "metadata"> {
  /** The document's metadata. */
  metadata: M;
}

/** What a search found. It is plain data. */
export interface SearchResult<M extends MetadataOf<M> = Metadata> extends Omit<CoreSearchResult, "hits"> {
  /** The hits, best first. */
  hits: Hit<M>[];
}

/** A document without its text. */
export interface DocumentSummary<M extends MetadataOf<M> = Metadata>
  extends Omit<CoreDocumentSummary, "metadata"> {
  /** The metadata that it was added with, and those that it has of itself. */
  metadata: M;
}

/** A document with its extracted text. */
export interface StoredDocument<M extends MetadataOf<M> = Metadata>
  extends Omit<CoreStoredDocument, "metadata"> {
  /** The metadata that it was added with, and those that it has of itself. */
  metadata: M;
}
