/** Folders in the layout of Hugging Face, which are quantised on this device. */
import { type ErrorMessage, IbidError } from "./error.js";
import type { Bytes, Digest } from "./model-cache.js";
import {
  DownloadError,
  type DownloadOptions,
  download,
  isTemporary,
  refused,
  request,
} from "./model-download.js";
import type { ModelFiles } from "./wasm/ibid_simd128.js";

/** The large file of a source folder. */
export const SOURCE_WEIGHTS = "model.safetensors";

/** The contents of a source folder's files; the optional ones are those that sentence-transformers writes. */
export interface SourceFiles {
  config: Bytes;
  tokenizer: Bytes;
  weights: Bytes;
  modules?: Bytes;
  pooling?: Bytes;
  sentence?: Bytes;
  prompts?: Bytes;
}

/** A source folder without its weights. */
export interface ModelSource {
  files: Omit<SourceFiles, "weights">;
  /** The hash of everything that is known of the folder without fetching the weights. */
  identity: string;
  /** The size of the weights in bytes; 0 where the server does not say. */
  weightsSize: number;
}

/** What is asked of the throw-away worker. */
export interface QuantizeRequest {
  files: SourceFiles;
  name: string;
  wasmUrl: string | undefined;
}

export type QuantizeReply = { model: ModelFiles } | { error: ErrorMessage };

/**
 * Fetches what describes the model in the folder at `folder`; `undefined` where that is no source folder, because it has
 * no `config.json` that is JSON.
 *
 * @throws IbidError as `download` for a file that must exist.
 */
export async function fetchSource(
  folder: string,
  digest: Digest,
  options: DownloadOptions,
): Promise<ModelSource | undefined> {
  const config = await fetchOptional(`${folder}config.json`, options);
  if (config === undefined || !isJson(config)) {
    return undefined;
  }
  const optional = (name: string) => fetchOptional(folder + name, options);
  const [{ bytes: tokenizer }, modules, pooling, sentence, prompts, weights] = await Promise.all([
    download(`${folder}tokenizer.json`, options),
    optional("modules.json"),
    optional("1_Pooling/config.json"),
    optional("sentence_bert_config.json"),
    optional("config_sentence_transformers.json"),
    describeWeights(folder + SOURCE_WEIGHTS, options.signal),
  ]);
  const files = {
    config,
    tokenizer,
    ...(modules && { modules }),
    ...(pooling && { pooling }),
    ...(sentence && { sentence }),
    ...(prompts && { prompts }),
  };
  const hashes = Object.entries(files).map(async ([name, bytes]) => [name, await digest(bytes)]);
  const identity = JSON.stringify([weights, await Promise.all(hashes)]);
  return {
    files,
    identity: await digest(new TextEncoder().encode(identity)),
    weightsSize: weights.length,
  };
}

/** Quantises a source folder in a worker of its own, whose memory is free again afterwards. */
export async function quantize(
  request: QuantizeRequest,
  signal: AbortSignal | undefined,
): Promise<ModelFiles> {
  signal?.throwIfAborted();
  // Bundlers recognise a worker by exactly this expression.
  const worker = new Worker(new URL("./quantize-worker.js", import.meta.url), {
    type: "module",
    name: "ibid-quantize",
  });
  try {
    return await new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        const why = event.message || "the worker could not be loaded";
        reject(new IbidError("internal", `the model ${request.name} could not be quantised: ${why}`));
      });
      worker.addEventListener("message", ({ data }: MessageEvent<QuantizeReply>) => {
        if ("model" in data) {
          resolve(data.model);
        } else {
          reject(new IbidError(data.error.code, data.error.message));
        }
      });
      worker.postMessage(request, [request.files.weights.buffer]);
    });
  } finally {
    worker.terminate();
  }
}

async function fetchOptional(url: string, options: DownloadOptions): Promise<Bytes | undefined> {
  try {
    return (await download(url, options)).bytes;
  } catch (error) {
    if (error instanceof DownloadError && error.nature === "absent") {
      return undefined;
    }
    throw error;
  }
}

/** What a server tells of a large file without sending it; where it tells nothing, the same each time. */
async function describeWeights(url: string, signal: AbortSignal | undefined) {
  const { ok, status, headers } = await request(url, { method: "HEAD", cache: "no-cache", signal });
  if (!ok && isTemporary(refused(url, status))) {
    throw refused(url, status);
  }
  const header = (name: string) => (ok ? headers.get(name) : null);
  return {
    etag: header("etag"),
    lastModified: header("last-modified"),
    length: Number(header("content-length")),
  };
}

function isJson(bytes: Bytes): boolean {
  try {
    JSON.parse(new TextDecoder().decode(bytes));
    return true;
  } catch {
    return false;
  }
}
