/** What is kept of model folders on this device, in Cache Storage. */
import { hexOf } from "../hex.js";
import type { Core } from "../workers/core.js";
import { addressOf, attempt, notesFolder, openCache, type Place, placeOf, SIZE_HEADER } from "./entries.js";

/** The bytes of a file. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Computes a sha256, in lower-case hex. */
export type Digest = (bytes: Bytes) => Promise<string>;

/** The header of an entry with the hash of its body. */
const HASH_HEADER = "ibid-sha256";

/** A stored body, whose hash is right, and the headers it was stored with. */
export interface Entry {
  bytes: Bytes;
  headers: Headers;
}

/**
 * The entries of one model folder, by file name and key. Storage may be absent, full or damaged; nothing here is an
 * error: what cannot be read is absent, and what cannot be written is not kept.
 */
export class ModelCache {
  readonly #folder: string;
  readonly #digest: Digest;
  readonly #cache: Cache | undefined;

  private constructor(folder: string, digest: Digest, cache: Cache | undefined) {
    this.#folder = folder;
    this.#digest = digest;
    this.#cache = cache;
  }

  /** Opens the entries of the folder at the absolute address `folder`, which ends in a slash. */
  static async open(folder: string, digest: Digest): Promise<ModelCache> {
    return new ModelCache(folder, digest, await openCache());
  }

  /** Opens what is noted beside the files of models, under names without a dot, which no such file has. */
  static openNotes(digest: Digest): Promise<ModelCache> {
    return ModelCache.open(notesFolder(), digest);
  }

  /** Whether anything can be kept. */
  get available(): boolean {
    return this.#cache !== undefined;
  }

  /** The entry with its content checked, against `sha256` if given. A damaged one is removed. */
  async read(file: string, key: string, sha256?: string): Promise<Entry | undefined> {
    const address = addressOf(this.#folder, file, key);
    const response = await attempt(() => this.#cache?.match(address));
    if (response === undefined) {
      return undefined;
    }
    const bytes = await attempt(async () => new Uint8Array(await response.arrayBuffer()));
    if (
      bytes !== undefined &&
      (await this.#digest(bytes)) === (sha256 ?? response.headers.get(HASH_HEADER))
    ) {
      return { bytes, headers: response.headers };
    }
    await attempt(() => this.#cache?.delete(address));
    return undefined;
  }

  /** Stores an entry; `sha256` is the hash of `bytes` where it is known. Whether it is stored. */
  async write(
    file: string,
    key: string,
    bytes: Bytes,
    { sha256, headers }: { sha256?: string; headers?: Record<string, string> } = {},
  ): Promise<boolean> {
    const cache = this.#cache;
    if (cache === undefined) {
      return false;
    }
    const hash = sha256 ?? (await this.#digest(bytes));
    const facts = { [HASH_HEADER]: hash, [SIZE_HEADER]: String(bytes.length) };
    const response = new Response(bytes, { headers: { ...headers, ...facts } });
    const put = () => cache.put(addressOf(this.#folder, file, key), response).then(() => true);
    return (await attempt(put)) ?? false;
  }

  /** The keys of the entries of `file`. */
  async keys(file: string): Promise<string[]> {
    return (await this.#entries()).filter((entry) => entry.file === file).map(({ key }) => key);
  }

  /** Removes the entries of the folder that `unwanted` picks by file name and key. */
  async remove(unwanted: (file: string, key: string) => boolean): Promise<void> {
    for (const { request, file, key } of await this.#entries()) {
      if (unwanted(file, key)) {
        await attempt(() => this.#cache?.delete(request));
      }
    }
  }

  async #entries(): Promise<Place[]> {
    const requests = (await attempt(() => this.#cache?.keys())) ?? [];
    return requests.flatMap(placeOf).filter(({ folder }) => folder === this.#folder);
  }
}

/** The beginning of a file that has not arrived whole, in parts of `PartStore.size` bytes. */
export class PartStore {
  /** The bytes of each part. */
  static readonly size = 4 * 1024 * 1024;

  readonly #cache: ModelCache;
  readonly #file: string;
  readonly #key: string;

  /** @param key what the parts belong to: those of another key are never read. */
  constructor(cache: ModelCache, file: string, key: string) {
    this.#cache = cache;
    this.#file = file;
    this.#key = `${key}.`;
  }

  read(index: number): Promise<Entry | undefined> {
    return this.#cache.read(this.#file, this.#key + index);
  }

  async write(index: number, bytes: Bytes, headers: Record<string, string>): Promise<void> {
    await this.#cache.write(this.#file, this.#key + index, bytes, { headers });
  }

  clear(): Promise<void> {
    return this.#cache.remove((file, key) => file === this.#file && key.startsWith(this.#key));
  }
}

/** Hashes by the browser where the context is secure, which is fast; else by the core. */
export function digestOf(core: Core): Digest {
  return async (bytes) => {
    if (globalThis.crypto?.subtle === undefined) {
      return core.sha256(bytes);
    }
    return hexOf(await crypto.subtle.digest("SHA-256", bytes));
  };
}
