// The element, LangChain.js and the AI SDK, as a strict consumer sees them. It is compiled, never run: see consumer.ts. Their
// own declarations are not checked, which those of the AI SDK do not stand.

import type { Collection, Hit } from "ibid";
import { searchTool } from "ibid/ai";
import type { SelectDetail } from "ibid/element";
import { type CitationMetadata, IbidEmbeddings, IbidRetriever } from "ibid/langchain";
import { LiveSearch } from "ibid/live";

interface Contract {
  year: number;
}

export async function finds(collection: Collection<Contract>): Promise<CitationMetadata<Contract>[]> {
  const retriever = new IbidRetriever({ collection, search: { k: 4, filter: { year: { $gte: 2020 } } } });
  // @ts-expect-error: a field that is not among them
  new IbidRetriever({ collection, search: { filter: { yaer: 2020 } } });
  new IbidEmbeddings({ collection });
  return (await retriever.invoke("roof")).map(({ metadata }) => metadata);
}

export const tool = (collection: Collection<Contract>) => searchTool(collection, { filter: { year: 2024 } });

// @ts-expect-error: a field that is not among them
export const wrong = (collection: Collection<Contract>) => searchTool(collection, { filter: { yaer: 2024 } });

export function box(collection: Collection): string {
  const search = document.createElement("ibid-search");
  search.collection = collection;
  search.options = { k: 4, filter: { year: 2024 } };
  search.labels = { search: "Suche" };
  // @ts-expect-error: what is typed supersedes a search
  search.options = { signal: AbortSignal.abort() };
  search.addEventListener("ibid-select", (event) => {
    const { hit, url } = (event as CustomEvent<SelectDetail>).detail;
    const found: [Hit, string | undefined] = [hit, url];
    return found;
  });
  return search.value;
}

export function follows(collection: Collection<Contract>): () => void {
  const search = new LiveSearch<Contract>();
  search.ask(collection, "roof", { filter: { year: 2024 }, debounce: 0 });
  return search.subscribe(() => search.snapshot().result?.hits[0]?.metadata.year.toFixed());
}
