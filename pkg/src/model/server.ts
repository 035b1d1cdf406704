/** What the server has of a model folder: telling whether it changed, fetching it, and keeping what was fetched. */

import { IbidError } from "../error.js";
import type { ModelFileName, ModelFiles, Progress } from "../wasm/ibid_simd128.js";
import type { Core } from "../workers/core.js";
import { quantize } from "../workers/quantizer.js";
import { type Bytes, type Digest, digestOf, PartStore } from "./cache.js";
import { DownloadError, type DownloadOptions, download, unreachable } from "./download.js";
import {
  type CurrentModel,
  type FileDigests,
  fileKey,
  type KeptModel,
  type KeptModels,
  MANIFEST,
} from "./kept.js";
import { fetchSource, type ModelSource, SOURCE_WEIGHTS, type SourceFiles } from "./source.js";

/** How long a server may take to say what a folder holds, in milliseconds, where a model of it is kept. */
const PATIENCE = 5000;

/** What a folder on the server holds: a model, or the source of one. */
export type FolderContent = { manifest: Bytes } | { source: ModelSource };

interface ServerOptions {
  /** Told the bytes of the files that have arrived. */
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal | undefined;
  wasmUrl?: string | undefined;
  /** The fingerprint of the only model that is taken; it is not kept. */
  pinned?: string;
}

export class ModelServer {
  readonly #folder: string;
  readonly #core: Core;
  readonly #models: KeptModels;
  readonly #options: ServerOptions;
  readonly #digest: Digest;

  /** @param models what is kept of `folder`, and will be */
  constructor(folder: string, core: Core, models: KeptModels, options: ServerOptions = {}) {
    this.#folder = folder;
    this.#core = core;
    this.#models = models;
    this.#options = options;
    this.#digest = digestOf(core);
  }

  /**
   * Asks what the folder holds. Where a model is kept that would do, the server has `PATIENCE` for all of it and one try,
   * else as long as the browser waits and several.
   */
  async look(): Promise<FolderContent> {
    const { signal, pinned } = this.#options;
    const isKept = pinned === undefined && (await this.#models.current()) !== undefined;
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
      const source = absent && (await fetchSource(this.#folder, this.#digest, options));
      if (!source) {
        throw error;
      }
      return { source };
    }
  }

  /** The current model, if it is what the folder holds; whether its files are undamaged is not looked at. */
  async unchanged(content: FolderContent): Promise<CurrentModel | undefined> {
    const current = await this.#models.current();
    const isSame =
      "source" in content
        ? current?.source === content.source.identity
        : current?.source === undefined && current?.manifest === (await this.#digest(content.manifest));
    return isSame ? current : undefined;
  }

  /** Whether the device has room to keep `content` beside what is kept already. */
  async hasRoom(content: FolderContent): Promise<boolean> {
    const { quota, usage } = (await navigator.storage?.estimate?.()) ?? {};
    const needed =
      "source" in content
        ? content.source.weightsSize
        : (await this.#models.missing(content.manifest)).reduce((sum, { bytes }) => sum + bytes, 0);
    return quota === undefined || usage === undefined || needed <= quota - usage;
  }

  /**
   * Fetches what is not kept of the model, and makes it the current one.
   *
   * @throws IbidError as `download` does, `model-file-corrupt`, and `model-mismatch` for another model than the pinned one,
   * of which nothing is kept
   */
  fetch(content: FolderContent): Promise<KeptModel> {
    return this.#exclusively(async () => {
      // Another tab may have done it meanwhile.
      const unchanged = (await this.unchanged(content)) && (await this.#models.find());
      if (unchanged !== undefined) {
        this.#refuseOther(unchanged.files);
        return unchanged;
      }
      return "source" in content ? this.#quantize(content.source) : this.#fetchModel(content.manifest);
    });
  }

  async #fetchModel(manifest: Bytes): Promise<KeptModel> {
    const digests = this.#core.modelFileDigests(manifest);
    return this.#keep(await this.#fetchFiles(manifest, digests));
  }

  /** The files that `manifest` lists, fetched as far as they are not kept. */
  fetchFiles(manifest: Bytes): Promise<ModelFiles> {
    return this.#exclusively(() => this.#fetchFiles(manifest, this.#core.modelFileDigests(manifest)));
  }

  async #fetchFiles(manifest: Bytes, digests: FileDigests): Promise<ModelFiles> {
    const progress = this.#progress(sizeOf(digests));
    // With the manifest it makes the fingerprint: a model that is refused has not cost its weights.
    const accept = (tokenizer: Bytes) => this.#refuseOther({ manifest, tokenizer });
    const tokenizer = await this.#fetchFile("tokenizer.json", digests, progress, accept);
    const weights = await this.#fetchFile("weights.safetensors", digests, progress);
    return { manifest, tokenizer, weights };
  }

  /** @param accept throws before anything is kept of a file that is as its digest says, and still not wanted */
  async #fetchFile(
    name: ModelFileName,
    digests: FileDigests,
    progress: ByteProgress,
    accept = (_: Bytes) => {},
  ): Promise<Bytes> {
    const { bytes: size } = digests[name];
    const key = fileKey(digests[name]);
    const kept = await this.#models.cache.read(name, key, key);
    if (kept !== undefined) {
      accept(kept.bytes);
      progress.reach(name, size);
      return kept.bytes;
    }
    const parts = new PartStore(this.#models.cache, name, key);
    const options = { ...this.#downloadOptions(name, progress), size, parts };
    let { bytes, resumed } = await download(this.#folder + name, options);
    let found = await this.#digest(bytes);
    if (found !== key && resumed) {
      // A server may give two versions of a file the same ETag.
      await parts.clear();
      ({ bytes } = await download(this.#folder + name, options));
      found = await this.#digest(bytes);
    }
    try {
      if (found !== key) {
        const message = `the model file ${this.#folder}${name} is damaged: expected sha256 ${key}, found sha256 ${found}`;
        throw new IbidError("model-file-corrupt", message);
      }
      accept(bytes);
      await this.#models.cache.write(name, key, bytes, { sha256: key });
    } finally {
      await parts.clear();
    }
    return bytes;
  }

  /** The quantised model of a source folder. */
  async #quantize({ files, identity, weightsSize }: ModelSource): Promise<KeptModel> {
    const { signal, wasmUrl } = this.#options;
    const small = Object.values<Bytes>(files).reduce((sum, file) => sum + file.length, 0);
    const progress = this.#progress(small + weightsSize);
    progress.reach("config.json", small);
    const parts = new PartStore(this.#models.cache, SOURCE_WEIGHTS, identity);
    const { bytes: weights } = await download(this.#folder + SOURCE_WEIGHTS, {
      ...this.#downloadOptions(SOURCE_WEIGHTS, progress),
      parts,
    });
    const source: SourceFiles = { ...files, weights };
    const request = { files: source, name: folderName(this.#folder), wasmUrl };
    const quantizing = quantize(request, signal).then((model) => {
      this.#refuseOther(model);
      return model;
    });
    const model = await quantizing.catch(async (error) => {
      if (isContentAtFault(error)) {
        await parts.clear(); // or what is wrong with them would be there forever
      }
      throw error;
    });
    const digests = this.#core.modelFileDigests(model.manifest);
    for (const [name, file] of [
      ["tokenizer.json", model.tokenizer],
      ["weights.safetensors", model.weights],
    ] as const) {
      const key = fileKey(digests[name]);
      await this.#models.cache.write(name, key, file as Bytes, { sha256: key });
    }
    return this.#keep(model, identity);
  }

  /** Makes a model the current one; its files are kept already, where there is room. */
  async #keep(files: ModelFiles, source?: string): Promise<KeptModel> {
    const manifest = files.manifest as Bytes;
    const key = await this.#digest(manifest);
    const fingerprint = this.#core.modelFingerprint(manifest, files.tokenizer);
    const current = { manifest: key, fingerprint, ...(source !== undefined && { source }) };
    await this.#models.setCurrent(manifest, current);
    return { files, manifest: key, fingerprint };
  }

  #refuseOther({ manifest, tokenizer }: Pick<ModelFiles, "manifest" | "tokenizer">): void {
    const { pinned } = this.#options;
    if (pinned === undefined) {
      return;
    }
    const found = this.#core.modelFingerprint(manifest, tokenizer);
    if (found !== pinned) {
      const message = `the model in ${this.#folder} is not the pinned one: expected fingerprint ${pinned}, found fingerprint ${found}`;
      throw new IbidError("model-mismatch", message);
    }
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#models.exclusively(work, this.#options.signal);
  }

  #downloadOptions(name: string, progress: ByteProgress): DownloadOptions {
    return {
      signal: this.#options.signal,
      // One copy on the device is enough.
      cache: this.#models.cache.available ? "no-store" : "no-cache",
      retry: true,
      onLength: (length) => progress.reach(name, length),
    };
  }

  #progress(total: number): ByteProgress {
    return new ByteProgress(total, this.#options.onProgress ?? (() => {}));
  }
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
  return error instanceof IbidError && /^model-(invalid|unsupported|mismatch|file-)/.test(error.code);
}

function sizeOf(digests: FileDigests): number {
  return Object.values(digests).reduce((sum, { bytes }) => sum + bytes, 0);
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
