/** Folders in the layout of Hugging Face, which are quantised on this device. */
import type { Bytes, Digest } from "./cache.js";
import { DownloadError, type DownloadOptions, download, isTemporary, refused, request } from "./download.js";

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
