/** The embedding model of an open collection: loading it beside the store, and taking a newer one. */

import { toErrorMessage } from "../error.js";
import { type LoadedModel, type LoadOptions, loadModel } from "../model/files.js";
import { neededFingerprint, needModel, releaseModel } from "../model/kept.js";
import type { NeedKind } from "../model/needs.js";
import type { OpenSettings } from "../protocol.js";
import type { KernelsName, ModelFiles, Progress, WasmCollection } from "../wasm/ibid_simd128.js";
import type { Core, LoadedCore } from "./core.js";
import { settleKernels } from "./kernels.js";
import { startEmbeddingWorker, WorkerPool } from "./pool.js";
import { Standby } from "./standby.js";
import { unattended } from "./task.js";

/** For how many milliseconds calls come before a model that is here: making it ready holds them up. */
const PATIENCE = 500;

export class CollectionModel {
  readonly #core: Core;
  readonly #compiled: LoadedCore["compiled"];
  readonly #standby = new Standby(startEmbeddingWorker);
  #pool: WorkerPool | undefined;
  readonly #settings: OpenSettings;
  readonly #collection: Promise<WasmCollection>;
  readonly #onUse: (fingerprint: string) => void;
  readonly #listeners = new Set<(progress: Progress) => void>();
  #loading: Promise<void> | undefined;
  /** The fingerprint of the model in use. */
  #inUse: string | undefined;
  /** The content of its `model.json`. */
  #manifest: Uint8Array | undefined;
  #newer: string | undefined;

  /**
   * @param collection the collection, which may still be opening
   * @param onUse called when a model is ready that is another than before
   */
  constructor(
    { core, compiled }: LoadedCore,
    settings: OpenSettings,
    collection: Promise<WasmCollection>,
    onUse: (fingerprint: string) => void,
  ) {
    this.#core = core;
    this.#compiled = compiled;
    this.#settings = settings;
    this.#collection = collection;
    this.#onUse = onUse;
  }

  /** The fingerprint of another model that the server has by now. */
  get newer(): string | undefined {
    return this.#newer;
  }

  /** Loads the model, unless it is here or on its way. One that could not be loaded is tried again. */
  load(onProgress: (progress: Progress) => void): Promise<void> {
    this.#listeners.add(onProgress);
    this.#loading ??= this.#begin();
    return this.#loading.finally(() => this.#listeners.delete(onProgress));
  }

  /** Loads the model, of which the collection hears from the beginning to the end. */
  async #begin(): Promise<void> {
    const collection = await this.#collection;
    collection.modelLoading(0, 0);
    try {
      await this.#load({});
    } catch (error) {
      this.#loading = undefined;
      collection.modelFailed(toErrorMessage(error));
      throw error;
    }
  }

  /**
   * Resolves when the model is ready and nothing of it needs the network any more.
   *
   * @throws IbidError as {@link load}; `internal` where an embedding worker cannot be started
   */
  async prepare(onProgress: (progress: Progress) => void): Promise<void> {
    await this.load(onProgress);
    await this.#pool?.prepare();
  }

  /** Takes the model that the stored vectors are of by now, unless one is pinned. */
  async reload(): Promise<void> {
    await this.#loading?.catch(() => {});
    if (this.#settings.model.fingerprint === undefined) {
      await this.#load({});
    }
  }

  /** Takes the model that the server has now, if it is another one than that in use, or none is in use. */
  async loadNewest(onProgress: (progress: Progress) => void): Promise<void> {
    await this.load(onProgress).catch(() => {}); // the newest may be another one, and not fail
    this.#listeners.add(onProgress);
    try {
      await this.#load({ newest: true });
      this.#loading = Promise.resolve();
    } catch (error) {
      if (this.#inUse === undefined) {
        (await this.#collection).modelFailed(toErrorMessage(error)); // its progress was told
        throw error;
      }
    } finally {
      this.#listeners.delete(onProgress);
    }
  }

  /** Keeps the model in use on this device, since stored vectors are its own now. */
  async keep(): Promise<void> {
    await this.load(() => {});
    await this.#need();
  }

  async #load(options: LoadOptions): Promise<void> {
    const { owner, model: place, wasmUrl } = this.#settings;
    const fingerprint = (await this.#stored()) ?? (await neededFingerprint(this.#core, owner));
    const onProgress = (progress: Progress) => void this.#report(progress);
    const how = {
      name: place.name,
      wasmUrl,
      fingerprint,
      pinned: place.fingerprint,
      onProgress,
      ...options,
    };
    const model = await loadModel(place.url, this.#core, how);
    try {
      await this.#use(model);
    } catch (error) {
      // One that the core has no use for may have been kept, and been replaced on the server since.
      if (
        options.newest ||
        place.fingerprint !== undefined ||
        !["model-invalid", "model-unsupported"].includes(toErrorMessage(error).code)
      ) {
        throw error;
      }
      await this.#load({ newest: true });
    }
  }

  /**
   * The fingerprint of the model that the stored vectors are of. What was noted beside the models may be older: where a change of
   * models was committed and the browser ended at once.
   */
  async #stored(): Promise<string | undefined> {
    try {
      return await (await this.#collection).fingerprint();
    } catch {
      return undefined; // the collection says what is wrong
    }
  }

  async #use({ files, check }: LoadedModel): Promise<void> {
    const collection = await this.#collection;
    const idle = unattended((task) => collection.idle(task));
    await Promise.race([idle, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
    const kernels = await settleKernels(this.#core);
    if (this.#inUse === undefined || this.#inUse !== this.#fingerprintOf(files)) {
      const pool = this.#newPool(files, kernels);
      this.#inUse = collection.setModel(files, pool);
      this.#pool = pool;
      this.#onUse(this.#inUse);
      // Before the network goes. Where it is gone already, bulk work says so.
      void unattended((task) => collection.idle(task))
        .then(() => pool.prepare())
        .catch(() => {});
    }
    this.#manifest = files.manifest;
    const stored = await collection.fingerprint();
    if (stored === undefined || stored === this.#inUse) {
      await this.#need();
    }
    await this.#pin();
    // Only now: a newer model that the server has replaces what nobody needs.
    void check().then((found) => {
      this.#newer = found.server === "other" ? found.fingerprint : undefined;
    });
  }

  #fingerprintOf({ manifest, tokenizer }: ModelFiles): string {
    return this.#core.modelFingerprint(manifest, tokenizer);
  }

  #newPool(files: ModelFiles, kernels: KernelsName): WorkerPool {
    const { model, core } = this.#settings;
    const limit = this.#core.workerLimit(core, navigator.hardwareConcurrency ?? 0);
    const pooled = { url: model.url, manifest: files.manifest, compiled: this.#compiled, kernels };
    return new WorkerPool(limit, pooled, this.#standby);
  }

  /** Keeps the model in use on this device as long as the collection needs it for what is named. */
  async #need(kind: NeedKind = "collection"): Promise<void> {
    const { owner, model } = this.#settings;
    if (this.#manifest !== undefined && this.#inUse !== undefined) {
      const need = { url: model.url, manifest: this.#manifest, fingerprint: this.#inUse };
      await needModel(this.#core, owner, need, kind);
    }
  }

  /** Keeps the model in use if it is pinned, whatever vectors are stored. */
  async #pin(): Promise<void> {
    const { owner, model } = this.#settings;
    await (model.fingerprint === undefined
      ? releaseModel(this.#core, owner, ["pinned-model"])
      : this.#need("pinned-model"));
  }

  async #report(progress: Progress): Promise<void> {
    for (const listener of this.#listeners) {
      listener(progress);
    }
    (await this.#collection).modelLoading(progress.done, progress.total);
  }
}
