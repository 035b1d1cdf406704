/** Loading a model folder: from what is kept of it on this device, and from its server. */

import { type ErrorMessage, IbidError, toErrorMessage } from "../error.js";
import type { ModelFiles, Progress } from "../wasm/ibid_simd128.js";
import type { Core } from "../workers/core.js";
import type { Bytes } from "./cache.js";
import { DownloadError, isTemporary } from "./download.js";
import { folderOf, type KeptModel, KeptModels } from "./kept.js";
import { ModelServer } from "./server.js";

/** How to load a model. */
export interface LoadOptions {
  /** Told the bytes of the files that have arrived. */
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal | undefined;
  /** Where the core is, as given to `loadCore`. */
  wasmUrl?: string | undefined;
  /** The name by which the model was asked for, if it was: a folder that is not there can be made by it. */
  name?: string | undefined;
  /** Of the model that stored vectors are of. Another model is loaded only where this one is not to be had. */
  fingerprint?: string | undefined;
  /** Whether the server is asked first, and its model taken; `fingerprint` then makes no difference. */
  newest?: boolean;
  /**
   * The fingerprint that the model must have, in lower case: any other is refused. Where it is kept the server is not
   * asked. `fingerprint` and `newest` then make no difference.
   */
  pinned?: string | undefined;
}

/** A model whose files have the sizes and hashes that its manifest says. */
export interface LoadedModel {
  files: ModelFiles;
  /**
   * Asks the server whether it has the same model still, unless it was asked already. Another one is fetched and kept for
   * those who ask for the newest. Rejects only if
   * the core traps; `signal` ends it early.
   */
  check: () => Promise<ServerCheck>;
}

/** What became of asking the server. */
export type ServerCheck =
  /** It has the same model, be it in files that are formatted differently. */
  | { server: "same" }
  /** It has another model, which is kept now, too. */
  | { server: "other"; fingerprint: string }
  /** The model is pinned: what the server has makes no difference. */
  | { server: "unasked" }
  /** It did not answer, or what it has cannot be used or kept. */
  | { server: "unknown"; error: ErrorMessage };

/**
 * Loads the model in the folder at the absolute address `url`, which is a model folder or one in the layout of Hugging
 * Face. The latter is quantised here, once. What was loaded is kept in Cache Storage and used from there at once; whether
 * the folder has changed since, the result's `check` finds out. The server is waited for only where nothing is kept, or
 * not the model that was asked for; what is kept is used then, too, if it does not answer.
 *
 * @throws IbidError `model-file-missing` for an error status, `model-file-html`, `model-file-truncated` and
 * `model-file-corrupt` for other content than the manifest promises, `model-unreachable` without a connection where the
 * model is not kept; `model-invalid` and `model-unsupported` from the manifest or the source; `model-mismatch` where the
 * server has another model than the pinned one, and then nothing of what is kept has changed; `aborted`.
 */
export async function loadModel(url: string, core: Core, options: LoadOptions = {}): Promise<LoadedModel> {
  const { signal } = options;
  try {
    signal?.throwIfAborted();
    return await load(folderOf(url), core, options);
  } catch (error) {
    if (signal?.aborted) {
      throw new IbidError("aborted", "the caller aborted the loading of the model", { cause: error });
    }
    throw withAdvice(error, url, options.name);
  }
}

/** The error, with what would make the folder where a model was asked for by its name and there is none. */
function withAdvice(error: unknown, url: string, name: string | undefined): unknown {
  if (name === undefined || !(error instanceof DownloadError) || error.nature !== "absent") {
    return error;
  }
  const command = `npx ibid model add ${name} --to FOLDER`;
  const message = `${error.message}; there may be no model ${name} yet: \`${command}\` adds it, with the folder that is served as ${new URL("..", folderOf(url))}`;
  return new DownloadError(error.code, message, error.nature, { cause: error });
}

/**
 * Loads the model that `manifest` describes, which `loadModel` has loaded from `url` before. Its files come from what is
 * kept, by their hashes; only one that is not kept is fetched from the folder. The folder is not asked whether it has
 * changed, and what is kept of it otherwise stays.
 *
 * @throws IbidError as `loadModel` does for a file that has to be fetched
 */
export async function loadKept(url: string, core: Core, manifest: Uint8Array): Promise<ModelFiles> {
  const folder = folderOf(url);
  const models = await KeptModels.open(folder, core);
  const kept = await models.readFiles(manifest as Bytes);
  return kept ?? new ModelServer(folder, core, models).fetchFiles(manifest as Bytes);
}

async function load(folder: string, core: Core, options: LoadOptions): Promise<LoadedModel> {
  const { fingerprint, newest = false, pinned, onProgress = () => {}, name: _, ...unheard } = options;
  const models = await KeptModels.open(folder, core);
  const useKept = (model: KeptModel) => {
    const size = model.files.tokenizer.length + model.files.weights.length;
    onProgress({ phase: "model", done: size, total: size });
    return model.files;
  };
  if (pinned !== undefined) {
    const kept = await models.findPinned(pinned);
    const server = new ModelServer(folder, core, models, { ...unheard, onProgress, pinned });
    const files = kept ? useKept(kept) : (await server.fetch(await server.look())).files;
    return { files, check: async () => ({ server: "unasked" }) };
  }
  const kept = newest ? undefined : await models.find(fingerprint);
  if (kept !== undefined) {
    const inUse = kept.fingerprint;
    const server = new ModelServer(folder, core, models, unheard);
    return { files: useKept(kept), check: () => check(server, inUse) };
  }
  try {
    const server = new ModelServer(folder, core, models, { ...unheard, onProgress });
    const found = await server.look();
    const unchanged = (await server.unchanged(found)) && (await models.find());
    const files = unchanged ? useKept(unchanged) : (await server.fetch(found)).files;
    return { files, check: async () => ({ server: "same" }) };
  } catch (error) {
    const current = isTemporary(error) && (await models.find());
    if (!current) {
      throw error;
    }
    return {
      files: useKept(current),
      check: async () => ({ server: "unknown", error: toErrorMessage(error) }),
    };
  }
}

/** Fetches what the server has, if it is not the current model. */
async function check(server: ModelServer, inUse: string): Promise<ServerCheck> {
  try {
    const found = await server.look();
    const unchanged = await server.unchanged(found);
    if (unchanged === undefined && !(await server.hasRoom(found))) {
      const message = "there is no room for the model that the server has now";
      return { server: "unknown", error: { code: "store-quota", message } };
    }
    const { fingerprint } = unchanged ?? (await server.fetch(found));
    return fingerprint === inUse ? { server: "same" } : { server: "other", fingerprint };
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) {
      throw error; // the core has trapped
    }
    return { server: "unknown", error: toErrorMessage(error) };
  }
}
