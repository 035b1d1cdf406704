// Metadata by a type of the caller's, as a strict consumer sees them. It is compiled, never run: see consumer.ts.

import {
  type Collection,
  type DocumentSummary,
  type Filter,
  type Hit,
  listCollections,
  type Metadata,
  type MetadataOf,
  type NewDocument,
  openCollection,
  type SearchOptions,
  type SearchResult,
  type StoredDocument,
} from "ibid";
import { is } from "./is.js";

/** An interface, which has no index signature. */
interface Contract {
  year: number;
  state: "draft" | "signed";
  tags: readonly string[];
  public: boolean;
  due?: string;
  ended: string | null;
  pages?: number[];
}

/** Some fields are known, and there may be others. */
type Loose = { year: number; [field: string]: string | number };

export async function opens(): Promise<void> {
  const contracts = await openCollection<Contract>("contracts");
  is<Collection<Contract>>()(contracts);
  is<Collection<Metadata>>()(await openCollection("anything"));
  // @ts-expect-error: no metadata can hold a function
  await openCollection<{ year: () => number }>("contracts");
  // @ts-expect-error: what is stored is a string
  await openCollection<{ due: Date }>("contracts");
  is<string[]>()(await listCollections());
}

export async function writes(contracts: Collection<Contract>): Promise<void> {
  const metadata = { year: 2024, state: "draft", tags: ["roof"], public: true, ended: null } as const;
  await contracts.add({ id: "lease", content: "text", metadata });
  await contracts.add({
    id: "lease",
    content: "text",
    metadata: { ...metadata, due: new Date(), ended: new Date(), pages: [1] },
  });
  const documents: NewDocument<Contract>[] = [{ id: "lease", content: "text", metadata }];
  await contracts.addMany(documents);
  // @ts-expect-error: fields are needed, so metadata are
  await contracts.add({ id: "lease", content: "text" });
  // @ts-expect-error: a field is missing
  await contracts.add({ id: "lease", content: "text", metadata: { year: 2024 } });
  // @ts-expect-error: a state that is not among them
  await contracts.add({ id: "lease", content: "text", metadata: { ...metadata, state: "lost" } });
  // @ts-expect-error: a date is no year
  await contracts.add({ id: "lease", content: "text", metadata: { ...metadata, year: new Date() } });
  // @ts-expect-error: a field that is not among them
  await contracts.add({ id: "lease", content: "text", metadata: { ...metadata, yaer: 2024 } });
  // @ts-expect-error: so in lists
  await contracts.addMany([{ id: "lease", content: "text", metadata: { year: "2024" } }]);
}

export async function writesWithoutMetadata(notes: Collection<{ author?: string }>): Promise<void> {
  await notes.add({ id: "note", content: "text" });
  await notes.add({ id: "note", content: "text", metadata: { author: "Ada" } });
  // @ts-expect-error: an author is a string
  await notes.add({ id: "note", content: "text", metadata: { author: 7 } });
}

export async function reads(contracts: Collection<Contract>): Promise<void> {
  const result = await contracts.search("roof", { offset: 8, k: 8 });
  is<SearchResult<Contract>>()(result);
  is<Hit<Contract>[]>()(result.hits);
  is<number | undefined>()(result.hits[0]?.metadata.year);
  is<"draft" | "signed" | undefined>()(result.hits[0]?.metadata.state);
  is<string | undefined>()(result.hits[0]?.chunk.text);
  // @ts-expect-error: a field that is not among them
  result.hits[0]?.metadata.yaer;
  is<SearchResult<Contract>[]>()(await contracts.searchMany(["roof", "door"]));
  is<SearchResult<Contract>[]>()(await contracts.searchMany(["roof", "door"] as const));
  await contracts.prompt(result);
  is<StoredDocument<Contract> | undefined>()(await contracts.get("lease"));
  is<DocumentSummary<Contract>[]>()(await contracts.list({ offset: 10, limit: 5 }));
  is<readonly string[] | undefined>()((await contracts.list())[0]?.metadata.tags);
  is<boolean>()(await contracts.has("lease"));
  is<number>()(await contracts.count());
  // @ts-expect-error: pages are of lists and of hits, prompts have a budget
  await contracts.prompt("roof", { offset: 8 });
}

export const filters: Filter<Contract>[] = [
  {},
  { year: 2024 },
  { year: { $gte: 2020, $lt: 2024, $ne: 2022 } },
  { year: { $in: [2020, 2021], $nin: [1999], $exists: true, $not: { $gt: 2022 } } },
  { state: "draft" },
  { state: { $in: ["draft", "signed"] } },
  { state: { $contains: "sign" } },
  { tags: "roof" },
  { tags: { $contains: ["roof", "door"] } },
  { tags: { $in: ["roof"] } },
  { public: true },
  { public: { $ne: null } },
  { due: { $lt: new Date() } },
  { due: { $contains: "2024-" } },
  { ended: null },
  { ended: { $gt: "2024-01-01" } },
  { pages: { $contains: 3 } },
  { $or: [{ year: 2024 }, { $and: [{ public: true }, { $not: { tags: "roof" } }] }] },
  { $not: { year: 2024 } },
];

export const refused: Filter<Contract>[] = [
  // @ts-expect-error: a field that is not among them
  { yaer: 2024 },
  // @ts-expect-error: a number is no string
  { year: "2024" },
  // @ts-expect-error: so in operators
  { year: { $gte: "2020" } },
  // @ts-expect-error: so in lists
  { year: { $in: [2020, "2021"] } },
  // @ts-expect-error: a number is no date
  { year: new Date() },
  // @ts-expect-error: a number contains nothing
  { year: { $contains: 2 } },
  // @ts-expect-error: so where it is not
  { year: { $not: { $contains: 2 } } },
  // @ts-expect-error: a state that is not among them
  { state: "lost" },
  // @ts-expect-error: booleans have no order
  { public: { $gt: false } },
  // @ts-expect-error: arrays have no order
  { tags: { $gt: "roof" } },
  // @ts-expect-error: an element is a string
  { tags: { $contains: 3 } },
  // @ts-expect-error: an array is equal to no array
  { tags: ["roof"] },
  // @ts-expect-error: an operator that is not among them
  { year: { $adn: [2024] } },
  // @ts-expect-error: an operator that is not among them
  { $adn: [{ year: 2024 }] },
  // @ts-expect-error: a list of filters is needed
  { $and: { year: 2024 } },
  // @ts-expect-error: so inside of others
  { $or: [{ yaer: 2024 }] },
  // @ts-expect-error: so inside of the opposite
  { $not: { yaer: 2024 } },
  // @ts-expect-error: the opposite stands alone
  { $not: { year: 2024 }, public: true },
];

export async function everywhere(contracts: Collection<Contract>): Promise<void> {
  const options: SearchOptions<Contract> = { filter: { tags: "roof" } };
  await contracts.search("roof", options);
  await contracts.answer("roof", { filter: { year: 2024 } });
  await contracts.answer("roof", { model: () => "", filter: { year: 2024 } });
  await contracts.removeWhere({ year: { $lt: 2000 } });
  // @ts-expect-error: a field that is not among them
  await contracts.search("roof", { filter: { yaer: 2024 } });
  // @ts-expect-error: so in many searches
  await contracts.searchMany(["roof"], { filter: { yaer: 2024 } });
  // @ts-expect-error: so in prompts
  await contracts.prompt("roof", { filter: { yaer: 2024 } });
  // @ts-expect-error: so in answers
  await contracts.answer("roof", { filter: { yaer: 2024 } });
  // @ts-expect-error: so where a model answers
  await contracts.answer("roof", { model: () => "", filter: { yaer: 2024 } });
  // @ts-expect-error: so where documents are removed
  await contracts.removeWhere({ yaer: { $lt: 2000 } });
}

export const loose: Filter<Loose>[] = [
  { year: 2024, author: "Ada", $and: [{ author: { $contains: "A" } }] },
  // @ts-expect-error: what is known of a field holds
  { year: "2024" },
];

export const open: Filter[] = [
  { year: { $gte: 2020 }, tags: { $contains: ["roof"] }, $or: [{ signed: true }, { $not: { due: null } }] },
  // @ts-expect-error: an operator that is not among them
  { year: { $adn: 2020 } },
  // @ts-expect-error: a filter stands in a list
  { $and: { year: 2020 } },
];

/** A function over any collection. */
export async function years<M extends MetadataOf<M> & { year?: number }>(
  collection: Collection<M>,
): Promise<(number | undefined)[]> {
  return (await collection.list()).map(({ metadata }) => metadata.year);
}

export async function anyCollection(contracts: Collection<Contract>, notes: Collection): Promise<void> {
  is<(number | undefined)[]>()(await years(contracts));
  is<(number | undefined)[]>()(await years(notes));
}
