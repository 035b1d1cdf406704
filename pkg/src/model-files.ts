/** Loading a model folder: from its server, and from what is kept of it on this device. */
import type { Core } from "./core.js";
import { IbidError } from "./error.js";
import { type Bytes, type Digest, ModelCache, PartStore } from "./model-cache.js";
import { DownloadError, type DownloadOptions, download, isTemporary, unreachable } from "./model-download.js";
import { fetchSource, type ModelSource, quantize, SOURCE_WEIGHTS, type SourceFiles } from "./model-source.js";
import type { FileDigest, ModelFileName, ModelFiles, Progress } from "./wasm/ibid_simd128.js";

/** How long a server may take to say what a folder holds, in milliseconds, where its model is cached. */
const PATIENCE = 5000;

const MANIFEST = "model.json";
/** The key of the cached manifest; other entries have their hash as key. */
const MANIFEST_KEY = "manifest";
/** The header of a cached manifest with the identity of the source that was quantised. */
const SOURCE_HEADER = "ibid-source";

/**
 * Loads the model in the folder at the absolute address `url`, which is a model folder or one in the layout of Hugging
 * Face. The latter is quantised here, once. What was loaded is kept in Cache Storage: as long as the folder does not
 * change, later calls only ask for `model.json`, and without a connection they take what is kept.
 *
 * The files have the sizes and hashes that the manifest says. `onProgress` is told the bytes of the files that have
 * arrived.
 *
 * @param wasmUrl where the core is, as given to `loadCore`
 * @throws IbidError `model-file-missing` for an error status, `model-file-html`, `model-file-truncated` and
 * `model-file-corrupt` for other content than the manifest promises, `model-unreachable` without a connection where the
 * model is not kept; `model-invalid` and `model-unsupported` from the manifest or the source; `aborted`.
 */
export async function loadModel(
  url: string,
  core: Core,
  onProgress: (progress: Progress) => void,
  signal?: AbortSignal,
  wasmUrl?: string,
): Promise<ModelFiles> {
  const loader = await openLoader(url, { core, onProgress, signal, wasmUrl });
  try {
    return await loader.load();
  } catch (error) {
    if (signal?.aborted) {
      throw new IbidError("aborted", "the caller aborted the loading of the model", { cause: error });
    }
    throw error;
  }
}

/**
 * Loads the model that `manifest` describes, which `loadModel` has loaded from `url` before. Its files come from what is
 * kept, by their hashes; only one that is not kept is fetched from the folder. The folder is not asked whether it has
 * changed, and what is kept of it otherwise stays.
 *
 * @throws IbidError as `loadModel` does for a file that has to be fetched
 */
export async function loadKept(url: string, core: Core, manifest: Uint8Array): Promise<ModelFiles> {
  const loader = await openLoader(url, { core, onProgress: () => {}, signal: undefined, wasmUrl: undefined });
  return loader.loadExactly(manifest as Bytes);
}

async function openLoader(
  url: string,
  options: Omit<LoaderOptions, "folder" | "digest" | "cache">,
): Promise<ModelLoader> {
  const folder = new URL(".", url).href;
  const digest: Digest = (bytes) => sha256(bytes, options.core);
  const cache = await ModelCache.open(folder, digest);
  return new ModelLoader({ ...options, folder, digest, cache });
}

type FileDigests = Record<ModelFileName, FileDigest>;

interface LoaderOptions {
  folder: string;
  core: Core;
  onProgress: (progress: Progress) => void;
  signal: AbortSignal | undefined;
  wasmUrl: string | undefined;
  digest: Digest;
  cache: ModelCache;
}

class ModelLoader {
  readonly #options: LoaderOptions;
  readonly #folder: string;
  readonly #cache: ModelCache;

  constructor(options: LoaderOptions) {
    this.#options = options;
    this.#folder = options.folder;
    this.#cache = options.cache;
  }

  async load(): Promise<ModelFiles> {
    this.#options.signal?.throwIfAborted();
    const kept = await this.#findKept();
    try {
      return await this.#loadCurrent(kept);
    } catch (error) {
      const model = isTemporary(error) && (await this.#useKept(kept));
      if (!model) {
        throw error;
      }
      return model;
    }
  }

  /** The model that `manifest` describes, whatever the folder has now. */
  async loadExactly(manifest: Bytes): Promise<ModelFiles> {
    const digests = this.#options.core.modelFileDigests(manifest);
    const kept = await this.#readFiles(manifest, digests);
    return kept ?? this.#exclusively(() => this.#fetchFiles(manifest, digests));
  }

  /** What the server has now, fetched as far as it is not kept. */
  async #loadCurrent(kept: KeptModel | undefined): Promise<ModelFiles> {
    const found = await this.#look(kept !== undefined);
    if ("source" in found) {
      return this.#loadSource(found.source, kept);
    }
    const { manifest } = found;
    const unchanged = kept?.source === undefined && equal(kept?.manifest, manifest);
    const model = unchanged && (await this.#useKept(kept));
    return model || this.#exclusively(() => this.#fetchModel(manifest));
  }

  /**
   * Asks what the folder holds. Where a model is kept the server has `PATIENCE` for all of it and one try, else as long
   * as the browser waits and several.
   */
  async #look(isKept: boolean): Promise<FolderContent> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const controller = new AbortController();
    const abort = () => controller.abort(signal?.reason);
    signal?.addEventListener("abort", abort);
    const giveUp = () =>
      controller.abort(unreachable(this.#folder + MANIFEST, `the server took more than ${PATIENCE} ms`));
    const timer = isKept ? setTimeout(giveUp, PATIENCE) : undefined;
    try {
      return await this.#fetchContent({ signal: controller.signal, cache: "no-cache", retry: !isKept });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  /** The manifest, or the source where there is none. */
  async #fetchContent(options: DownloadOptions): Promise<FolderContent> {
    try {
      const { bytes } = await download(this.#folder + MANIFEST, options);
      return { manifest: bytes };
    } catch (error) {
      const absent = error instanceof DownloadError && error.nature === "absent";
      const source = absent && (await fetchSource(this.#folder, this.#options.digest, options));
      if (!source) {
        throw error;
      }
      return { source };
    }
  }

  /** Fetches what is not kept of the model that `manifest` describes, and keeps it. */
  async #fetchModel(manifest: Bytes): Promise<ModelFiles> {
    const digests = this.#options.core.modelFileDigests(manifest);
    const model = await this.#fetchFiles(manifest, digests);
    await this.#keepManifest(manifest, digests);
    return model;
  }

  async #fetchFiles(manifest: Bytes, digests: FileDigests): Promise<ModelFiles> {
    const progress = this.#progress(sizeOf(digests));
    const tokenizer = await this.#fetchFile("tokenizer.json", digests, progress);
    const weights = await this.#fetchFile("weights.safetensors", digests, progress);
    return { manifest, tokenizer, weights };
  }

  async #fetchFile(name: ModelFileName, digests: FileDigests, progress: ByteProgress): Promise<Bytes> {
    const { bytes: size, sha256 } = digests[name];
    const key = sha256.toLowerCase();
    const kept = await this.#cache.read(name, key, key);
    if (kept !== undefined) {
      progress.reach(name, size);
      return kept.bytes;
    }
    const parts = new PartStore(this.#cache, name, key);
    const options = { ...this.#downloadOptions(name, progress), size, parts };
    let { bytes, resumed } = await download(this.#folder + name, options);
    let found = await this.#options.digest(bytes);
    if (found !== key && resumed) {
      // A server may give two versions of a file the same ETag.
      await parts.clear();
      ({ bytes } = await download(this.#folder + name, options));
      found = await this.#options.digest(bytes);
    }
    await (found === key && this.#cache.write(name, key, bytes, { sha256: key }));
    await parts.clear();
    if (found !== key) {
      const message = `the model file ${this.#folder}${name} is damaged: expected sha256 ${key}, found sha256 ${found}`;
      throw new IbidError("model-file-corrupt", message);
    }
    return bytes;
  }

  /** The quantised model of a source folder. */
  async #loadSource(source: ModelSource, kept: KeptModel | undefined): Promise<ModelFiles> {
    const current = (kept: KeptModel | undefined) => (kept?.source === source.identity ? kept : undefined);
    const model = await this.#useKept(current(kept));
    return (
      model ??
      this.#exclusively(
        // Another tab may have done it meanwhile.
        async () => (await this.#useKept(current(await this.#findKept()))) ?? this.#quantize(source),
      )
    );
  }

  async #quantize({ files, identity, weightsSize }: ModelSource): Promise<ModelFiles> {
    const { core, signal, wasmUrl } = this.#options;
    const small = Object.values<Bytes>(files).reduce((sum, file) => sum + file.length, 0);
    const progress = this.#progress(small + weightsSize);
    progress.reach("config.json", small);
    const parts = new PartStore(this.#cache, SOURCE_WEIGHTS, identity);
    const { bytes: weights } = await download(this.#folder + SOURCE_WEIGHTS, {
      ...this.#downloadOptions(SOURCE_WEIGHTS, progress),
      parts,
    });
    const source: SourceFiles = { ...files, weights };
    const request = { files: source, name: folderName(this.#folder), wasmUrl };
    const model = await quantize(request, signal).catch(async (error) => {
      if (isContentAtFault(error)) {
        await parts.clear(); // or what is wrong with them would be there forever
      }
      throw error;
    });
    const digests = core.modelFileDigests(model.manifest);
    for (const [name, file] of [
      ["tokenizer.json", model.tokenizer],
      ["weights.safetensors", model.weights],
    ] as const) {
      const { sha256 } = digests[name];
      await this.#cache.write(name, sha256, file as Bytes, { sha256 });
    }
    await this.#keepManifest(model.manifest as Bytes, digests, identity);
    return model;
  }

  #downloadOptions(name: string, progress: ByteProgress): DownloadOptions {
    return {
      signal: this.#options.signal,
      // One copy on the device is enough.
      cache: this.#cache.available ? "no-store" : "no-cache",
      retry: true,
      onLength: (length) => progress.reach(name, length),
    };
  }

  /** The model that is kept, if this version can read its manifest. */
  async #findKept(): Promise<KeptModel | undefined> {
    const entry = await this.#cache.read(MANIFEST, MANIFEST_KEY);
    if (entry === undefined) {
      return undefined;
    }
    try {
      const digests = this.#options.core.modelFileDigests(entry.bytes);
      return {
        manifest: entry.bytes,
        source: entry.headers.get(SOURCE_HEADER) ?? undefined,
        size: sizeOf(digests),
        files: this.#readFiles(entry.bytes, digests),
      };
    } catch {
      return undefined;
    }
  }

  /** The files, where all are kept and undamaged. */
  async #readFiles(manifest: Bytes, digests: FileDigests): Promise<ModelFiles | undefined> {
    const read = (name: ModelFileName) => {
      const key = digests[name].sha256.toLowerCase();
      return this.#cache.read(name, key, key);
    };
    const [tokenizer, weights] = await Promise.all([read("tokenizer.json"), read("weights.safetensors")]);
    return tokenizer && weights && { manifest, tokenizer: tokenizer.bytes, weights: weights.bytes };
  }

  async #useKept(kept: KeptModel | undefined): Promise<ModelFiles | undefined> {
    const model = await kept?.files;
    if (kept !== undefined && model !== undefined) {
      this.#progress(kept.size).reach(MANIFEST, kept.size);
    }
    return model;
  }

  /** Makes `manifest` the kept one; its files are kept already. What else is kept of the folder is removed. */
  async #keepManifest(manifest: Bytes, digests: FileDigests, source?: string): Promise<void> {
    await this.#cache.write(MANIFEST, MANIFEST_KEY, manifest, {
      ...(source !== undefined && { headers: { [SOURCE_HEADER]: source } }),
    });
    const wanted = new Set([
      MANIFEST_KEY,
      ...Object.values(digests).map(({ sha256 }) => sha256.toLowerCase()),
    ]);
    await this.#cache.remove((_, key) => !wanted.has(key));
  }

  /** Runs `work` while no other tab or worker fetches into the same cache; they find there what it stored. */
  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const { locks } = navigator;
    if (locks === undefined || !this.#cache.available) {
      return work();
    }
    const { signal } = this.#options;
    return locks.request(`ibid-model ${this.#folder}`, signal ? { signal } : {}, work);
  }

  #progress(total: number): ByteProgress {
    return new ByteProgress(total, this.#options.onProgress);
  }
}

/** What a folder on the server holds. */
type FolderContent = { manifest: Bytes } | { source: ModelSource };

/** What the cache has of the folder. */
interface KeptModel {
  manifest: Bytes;
  /** The identity of the source that it was made of, if it was quantised here. */
  source: string | undefined;
  /** The bytes of its files. */
  size: number;
  /** They are read while the server is asked whether they are still current. */
  files: Promise<ModelFiles | undefined>;
}

/** Reports the bytes of several files as one number that only grows. */
class ByteProgress {
  readonly #total: number;
  readonly #onProgress: (progress: Progress) => void;
  readonly #reached = new Map<string, number>();
  #done = 0;

  constructor(total: number, onProgress: (progress: Progress) => void) {
    this.#total = total;
    this.#onProgress = onProgress;
  }

  reach(name: string, length: number): void {
    this.#reached.set(name, Math.max(length, this.#reached.get(name) ?? 0));
    const done = [...this.#reached.values()].reduce((sum, length) => sum + length, 0);
    if (done > this.#done) {
      this.#done = done;
      this.#onProgress({ phase: "model", done, total: Math.max(this.#total, done) });
    }
  }
}

/** Whether the same files would fail again, unlike after an abort or for want of memory. */
function isContentAtFault(error: unknown): boolean {
  return error instanceof IbidError && /^model-(invalid|unsupported|file-)/.test(error.code);
}

/** By the browser where the context is secure, which is fast; else by the core. */
async function sha256(bytes: Bytes, core: Core): Promise<string> {
  if (globalThis.crypto?.subtle === undefined) {
    return core.sha256(bytes);
  }
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function sizeOf(digests: FileDigests): number {
  return Object.values(digests).reduce((sum, { bytes }) => sum + bytes, 0);
}

function equal(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one?.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** The last segment of an address that ends in a slash. */
function folderName(folder: string): string {
  const name = new URL(folder).pathname.split("/").at(-2) ?? "";
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
