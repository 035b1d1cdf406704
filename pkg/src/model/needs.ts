/** Which model each collection of this origin needs, in Cache Storage: what vectors are stored of is not to be dropped. */
import { type Digest, ModelCache } from "./cache.js";

/** The model of a collection. */
export interface Need {
  /** The absolute address of its folder. */
  folder: string;
  /** The key of its manifest. */
  manifest: string;
  fingerprint: string;
}

const FILE = "collection";

/** The needs by the name of the collection. Like the cache they are in, they know no errors. */
export class ModelNeeds {
  readonly #cache: ModelCache;

  private constructor(cache: ModelCache) {
    this.#cache = cache;
  }

  static async open(digest: Digest): Promise<ModelNeeds> {
    return new ModelNeeds(await ModelCache.open(`${globalThis.origin}/ibid/`, digest));
  }

  async read(collection: string): Promise<Need | undefined> {
    const entry = await this.#cache.read(FILE, collection);
    return entry && JSON.parse(new TextDecoder().decode(entry.bytes));
  }

  async write(collection: string, need: Need): Promise<void> {
    await this.#cache.write(FILE, collection, new TextEncoder().encode(JSON.stringify(need)));
  }

  async remove(collection: string): Promise<void> {
    await this.#cache.remove((file, key) => file === FILE && key === collection);
  }

  /** The needs of all collections for models of `folder`. */
  async of(folder: string): Promise<Need[]> {
    const collections = await this.#cache.keys(FILE);
    const needs = await Promise.all(collections.map((collection) => this.read(collection)));
    return needs.filter((need) => need !== undefined).filter((need) => need.folder === folder);
  }
}
