// The hooks for React, as a strict consumer sees them. It is compiled, never run: see consumer.ts.

import type { Collection, ExtractiveAnswer, GeneratedAnswer, Hit, Progress, Recorded } from "ibid";
import { useAnswer, useCollection, useSearch } from "ibid/react";
import { is } from "./is.js";

interface Contract {
  year: number;
}

export function useHooks(signal: AbortSignal): void {
  const { collection, error, progress } = useCollection<Contract>("contracts", { model: "/models/own/" });
  is<Collection<Contract> | undefined>()(collection);
  is<unknown>()(error);
  is<Progress | undefined>()(progress);
  const { hits, loading } = useSearch(collection, "roof", { filter: { year: { $gte: 2020 } }, debounce: 0 });
  is<readonly Hit<Contract>[]>()(hits);
  is<boolean>()(loading);
  // @ts-expect-error: a field that is not among them
  useSearch(collection, "roof", { filter: { yaer: 2020 } });
  // @ts-expect-error: what supersedes a search ends it
  useSearch(collection, "roof", { signal });
  is<(ExtractiveAnswer & Recorded) | undefined>()(useAnswer(collection, "who?", { words: 60 }).answer);
  const { answer, text } = useAnswer(collection, "who?", { model: () => "", filter: { year: 2024 } });
  is<(GeneratedAnswer & Recorded) | undefined>()(answer);
  is<string>()(text);
  // @ts-expect-error: its text comes back as state
  useAnswer(collection, "who?", { model: () => "", onText: () => {} });
}
