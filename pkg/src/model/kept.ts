/** The models of a folder that are kept on this device: what the server had last, and what collections need. */

import type { FileDigest, ModelFileName, ModelFiles } from "../wasm/ibid_simd128.js";
import type { Core } from "../workers/core.js";
import { type Bytes, digestOf, ModelCache } from "./cache.js";
import { ModelNeeds, NEED_KINDS, type Need, type NeedKind } from "./needs.js";

export type FileDigests = Record<ModelFileName, FileDigest>;

export const MANIFEST = "model.json";
/** The key of the entry that names the current manifest; manifests and all other files have their hash as key. */
const CURRENT_KEY = "current";

/** What the server had last. */
export interface CurrentModel {
  /** The key of its manifest. */
  manifest: string;
  fingerprint: string;
  /** The identity of the source that was quantised to it, if it was. */
  source?: string;
}

/** A model whose files are all there and undamaged. */
export interface KeptModel {
  files: ModelFiles;
  /** The key of its manifest. */
  manifest: string;
  fingerprint: string;
}

/** Storage may be absent, full or damaged; nothing here is an error. */
export class KeptModels {
  readonly #folder: string;
  readonly #core: Core;
  readonly #needs: ModelNeeds;
  /** The entries of the folder. */
  readonly cache: ModelCache;

  private constructor(folder: string, core: Core, cache: ModelCache, needs: ModelNeeds) {
    this.#folder = folder;
    this.#core = core;
    this.#needs = needs;
    this.cache = cache;
  }

  /** Opens what is kept of the folder at the absolute address `folder`, which ends in a slash. */
  static async open(folder: string, core: Core): Promise<KeptModels> {
    const digest = digestOf(core);
    const [cache, needs] = await Promise.all([ModelCache.open(folder, digest), ModelNeeds.open(digest)]);
    return new KeptModels(folder, core, cache, needs);
  }

  async current(): Promise<CurrentModel | undefined> {
    const entry = await this.cache.read(MANIFEST, CURRENT_KEY);
    return entry && JSON.parse(new TextDecoder().decode(entry.bytes));
  }

  /** The model with the fingerprint, the current one before others, or the current one where none is asked for. */
  async find(fingerprint?: string): Promise<KeptModel | undefined> {
    if (fingerprint === undefined) {
      const current = await this.current();
      return current && this.#read(current);
    }
    for (const model of await this.#wanted()) {
      const kept = model.fingerprint === fingerprint && (await this.#read(model));
      if (kept) {
        return kept;
      }
    }
    return undefined;
  }

  /** The model with the fingerprint, which is computed from its files: what was noted of them is not relied on. */
  async findPinned(fingerprint: string): Promise<KeptModel | undefined> {
    const kept = await this.find(fingerprint);
    const isPinned =
      kept && this.#core.modelFingerprint(kept.files.manifest, kept.files.tokenizer) === fingerprint;
    return isPinned ? kept : undefined;
  }

  async #read({ manifest, fingerprint }: CurrentModel | Need): Promise<KeptModel | undefined> {
    const entry = await this.cache.read(MANIFEST, manifest, manifest);
    const files = entry && (await this.readFiles(entry.bytes));
    return files && { files, manifest, fingerprint };
  }

  /** The files that a manifest lists, where all are kept and undamaged. */
  async readFiles(manifest: Bytes): Promise<ModelFiles | undefined> {
    const digests = this.#digests(manifest);
    if (digests === undefined) {
      return undefined;
    }
    const read = (name: ModelFileName) => {
      const key = fileKey(digests[name]);
      return this.cache.read(name, key, key);
    };
    const [tokenizer, weights] = await Promise.all([read("tokenizer.json"), read("weights.safetensors")]);
    return tokenizer && weights && { manifest, tokenizer: tokenizer.bytes, weights: weights.bytes };
  }

  /**
   * Makes a model the current one if its files could be kept, so that the current model is always a whole one. What is
   * not needed any more is dropped then. To be called by what runs exclusively.
   */
  async setCurrent(manifest: Bytes, current: CurrentModel): Promise<void> {
    const { manifest: key } = current;
    const written =
      (await this.missing(manifest)).length === 0 &&
      (await this.cache.write(MANIFEST, key, manifest, { sha256: key })) &&
      (await this.cache.write(MANIFEST, CURRENT_KEY, new TextEncoder().encode(JSON.stringify(current))));
    await (written && this.#clean());
  }

  /** What is not kept of the files that a manifest lists. */
  async missing(manifest: Bytes): Promise<FileDigest[]> {
    const digests = Object.entries(this.#core.modelFileDigests(manifest));
    const kept = await Promise.all(digests.map(([name]) => this.cache.keys(name)));
    return digests
      .filter(([, digest], at) => !kept[at]?.includes(fileKey(digest)))
      .map(([, digest]) => digest);
  }

  /**
   * Drops what belongs neither to the current model nor to one that a collection needs, unless something is being
   * fetched, after which that is done anyway.
   */
  async clean(): Promise<void> {
    const { locks } = navigator;
    if (locks === undefined) {
      return this.#clean();
    }
    await locks.request(this.#lock, { ifAvailable: true }, async (lock) => {
      await (lock && this.#clean());
    });
  }

  /** Runs `work` while no other tab or worker fetches into the same folder; they find there what it stored. */
  async exclusively<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const { locks } = navigator;
    if (locks === undefined || !this.cache.available) {
      return work();
    }
    return locks.request(this.#lock, signal ? { signal } : {}, work);
  }

  get #lock(): string {
    return `ibid-model ${this.#folder}`;
  }

  async #clean(): Promise<void> {
    const wanted = new Set([CURRENT_KEY]);
    for (const { manifest } of await this.#wanted()) {
      const entry = await this.cache.read(MANIFEST, manifest, manifest);
      const digests = entry && this.#digests(entry.bytes);
      if (digests !== undefined) {
        wanted.add(manifest);
        Object.values(digests).forEach((digest) => void wanted.add(fileKey(digest)));
      }
    }
    await this.cache.remove((_, key) => !wanted.has(key));
  }

  /** The current model and those that collections need, which are to be kept. */
  async #wanted(): Promise<(CurrentModel | Need)[]> {
    const current = await this.current();
    const needs = await this.#needs.of(this.#folder);
    return current ? [current, ...needs] : needs;
  }

  /** Absent where this version cannot read the manifest. */
  #digests(manifest: Bytes): FileDigests | undefined {
    try {
      return this.#core.modelFileDigests(manifest);
    } catch {
      return undefined;
    }
  }
}

/**
 * Keeps the model with this manifest as long as the collection needs it. What it needed before for the same is dropped
 * where nothing else needs it.
 *
 * @param collection its name; without one, here and below, nothing is noted: a collection in memory is gone before it could need it
 * @param url the address of the model's folder
 */
export async function needModel(
  core: Core,
  collection: string | undefined,
  { url, manifest, fingerprint }: { url: string; manifest: Uint8Array; fingerprint: string },
  kind: NeedKind = "collection",
): Promise<void> {
  if (collection === undefined) {
    return;
  }
  const digest = digestOf(core);
  const needs = await ModelNeeds.open(digest);
  const before = await needs.read(collection, kind);
  const need = { folder: folderOf(url), manifest: await digest(manifest as Bytes), fingerprint };
  await needs.write(collection, kind, need);
  if (before && (before.folder !== need.folder || before.manifest !== need.manifest)) {
    await (await KeptModels.open(before.folder, core)).clean();
  }
}

/** The collection needs no model any more for what is named; one that is deleted needs none at all. */
export async function releaseModel(
  core: Core,
  collection: string | undefined,
  kinds: readonly NeedKind[] = NEED_KINDS,
): Promise<void> {
  if (collection === undefined) {
    return;
  }
  const needs = await ModelNeeds.open(digestOf(core));
  for (const kind of kinds) {
    const need = await needs.read(collection, kind);
    if (need !== undefined) {
      await needs.remove(collection, kind);
      await (await KeptModels.open(need.folder, core)).clean();
    }
  }
}

/** The fingerprint of the model that the vectors of the collection are of, if that is known. */
export async function neededFingerprint(
  core: Core,
  collection: string | undefined,
): Promise<string | undefined> {
  if (collection === undefined) {
    return undefined;
  }
  const needs = await ModelNeeds.open(digestOf(core));
  return (await needs.read(collection, "collection"))?.fingerprint;
}

/** The address of the folder that `url` is in or is, with a slash at its end. */
export function folderOf(url: string): string {
  return new URL(".", url).href;
}

/** The key of a file. */
export function fileKey({ sha256 }: FileDigest): string {
  return sha256.toLowerCase();
}
