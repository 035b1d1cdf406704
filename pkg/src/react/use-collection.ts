/** A collection for as long as a component shows it. */
import { useMemo, useSyncExternalStore } from "react";
import type { Collection } from "../collection.js";
import { type CollectionState, type SharedOptions, sharedCollection, UNOPENED } from "../live/shared.js";
import type { Metadata, MetadataOf } from "../metadata.js";
import { useStable } from "./use-stable.js";

/**
 * The collection `name`, opened when the first component that shows it is mounted, and closed soon after the last one is gone.
 * Components with the same name and the same options share one; of `extractors` those of the first count. Options may be
 * written in place.
 */
export function useCollection<M extends MetadataOf<M> = Metadata>(
  name: string,
  options: SharedOptions = {},
): CollectionState<Collection<M>> {
  const stable = useStable(options);
  const { subscribe, snapshot } = useMemo(() => sharedCollection(name, stable), [name, stable]);
  const state: CollectionState<unknown> = useSyncExternalStore(subscribe, snapshot, () => UNOPENED);
  return state as CollectionState<Collection<M>>;
}
