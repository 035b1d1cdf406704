/** Which models each collection of this origin needs, in Cache Storage: they are not to be dropped. */
import { type Digest, ModelCache } from "./cache.js";

/** The model of a collection. */
export interface Need {
  /** The absolute address of its folder. */
  folder: string;
  /** The key of its manifest. */
  manifest: string;
  fingerprint: string;
}

/** What a collection needs a model for: its vectors are of it, or it was opened with it pinned. */
export type NeedKind = "collection" | "pinned-model" | "pinned-reranker";

export const NEED_KINDS: readonly NeedKind[] = ["collection", "pinned-model", "pinned-reranker"];

/** The needs by the name of the collection and their kind. Like the cache they are in, they know no errors. */
export class ModelNeeds {
  readonly #cache: ModelCache;

  private constructor(cache: ModelCache) {
    this.#cache = cache;
  }

  static async open(digest: Digest): Promise<ModelNeeds> {
    return new ModelNeeds(await ModelCache.openNotes(digest));
  }

  async read(collection: string, kind: NeedKind): Promise<Need | undefined> {
    const entry = await this.#cache.read(kind, collection);
    return entry && JSON.parse(new TextDecoder().decode(entry.bytes));
  }

  async write(collection: string, kind: NeedKind, need: Need): Promise<void> {
    await this.#cache.write(kind, collection, new TextEncoder().encode(JSON.stringify(need)));
  }

  async remove(collection: string, kind: NeedKind): Promise<void> {
    await this.#cache.remove((file, key) => file === kind && key === collection);
  }

  /** The needs of all collections for models of `folder`. */
  async of(folder: string): Promise<Need[]> {
    const needs = await Promise.all(NEED_KINDS.map((kind) => this.#ofKind(kind)));
    return needs.flat().filter((need) => need.folder === folder);
  }

  async #ofKind(kind: NeedKind): Promise<Need[]> {
    const collections = await this.#cache.keys(kind);
    const needs = await Promise.all(collections.map((collection) => this.read(collection, kind)));
    return needs.filter((need) => need !== undefined);
  }
}
