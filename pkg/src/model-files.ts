/** Fetching a model folder from the page's own origin. */
import { IbidError } from "./error.js";
import { type ModelFileName, type ModelFiles, modelFileSizes, type Progress } from "./wasm/ibid.js";

/**
 * Fetches `model.json` from the folder at `url`, then the files that it lists. Sizes and hashes are checked later, by
 * the model itself.
 *
 * @throws IbidError `model-file-missing` where a file cannot be fetched, `model-invalid` where `model.json` is malformed.
 */
export async function fetchModel(url: string, onProgress: (progress: Progress) => void): Promise<ModelFiles> {
  const manifest = await fetchFile(new URL("model.json", url), () => {});
  const sizes = modelFileSizes(manifest);
  const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  let done = 0;
  const count = (bytes: number) => {
    done += bytes;
    onProgress({ phase: "model", done, total });
  };
  const fetchListed = (name: ModelFileName) => fetchFile(new URL(name, url), count, sizes[name]);
  const [tokenizer, weights] = await Promise.all([
    fetchListed("tokenizer.json"),
    fetchListed("weights.safetensors"),
  ]);
  return { manifest, tokenizer, weights };
}

async function fetchFile(url: URL, onBytes: (bytes: number) => void, expected = 0): Promise<Uint8Array> {
  const missing = (why: string, cause?: unknown) =>
    new IbidError("model-file-missing", `the model file ${url} could not be fetched: ${why}`, { cause });
  let response: Response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw missing(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (!response.ok || response.body === null) {
    throw missing(`HTTP status ${response.status}`);
  }
  try {
    return await readAll(response.body, onBytes, expected);
  } catch (cause) {
    throw missing("the connection broke off", cause);
  }
}

/** An array of `size` bytes, or an empty one where a damaged `model.json` claims more than there can be. */
function allocate(size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch {
    return new Uint8Array();
  }
}

/** Reads a stream into one array; `expected` is its size where that is known, to copy each byte once only. */
async function readAll(
  stream: ReadableStream<Uint8Array>,
  onBytes: (bytes: number) => void,
  expected: number,
): Promise<Uint8Array> {
  let bytes = allocate(expected);
  let length = 0;
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (length + part.value.length > bytes.length) {
      const larger = new Uint8Array(Math.max(2 * bytes.length, length + part.value.length));
      larger.set(bytes.subarray(0, length));
      bytes = larger;
    }
    bytes.set(part.value, length);
    length += part.value.length;
    onBytes(part.value.length);
  }
  return bytes.subarray(0, length);
}
