/** A search that follows what is typed. */
import { useEffect, useState, useSyncExternalStore } from "react";
import type { Collection } from "../collection.js";
import { LiveSearch, type LiveSearchOptions, type SearchState } from "../live/search.js";
import type { Hit, Metadata, MetadataOf } from "../metadata.js";
import { useStable } from "./use-stable.js";

/** How far a search is, and its hits. */
export interface FoundHits<M extends MetadataOf<M> = Metadata> extends SearchState<M> {
  /** The hits of `result`; none before there is one. */
  hits: readonly Hit<M>[];
}

const NO_HITS: readonly never[] = [];

/**
 * Finds what answers `query`, as `collection.search` does: again for each query, each set of options, and each change of the
 * collection. Hits stay until others are there. Options may be written in place: what counts is what they say, and of a
 * `scorer` that it is there.
 */
export function useSearch<M extends MetadataOf<M> = Metadata>(
  collection: Collection<M> | undefined,
  query: string,
  options: LiveSearchOptions<M> = {},
): FoundHits<M> {
  const [search] = useState(() => new LiveSearch<M>());
  const state = useSyncExternalStore(search.subscribe, search.snapshot, search.snapshot);
  const asked = useStable({ query, options });
  useEffect(() => search.ask(collection, asked.query, asked.options), [search, collection, asked]);
  useEffect(() => () => search.end(), [search]);
  return { ...state, hits: state.result?.hits ?? NO_HITS };
}
