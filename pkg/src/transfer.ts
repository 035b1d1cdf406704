/** Files of collections: what the page gives to be imported. */

import { expectSignal } from "./abort.js";
import type { CallOptions } from "./client.js";
import { aborted, IbidError } from "./error.js";
import { classOf, isBlob } from "./plain.js";
import { type SecretOptions, secretOf } from "./secret.js";
import type { ImportOptions as CoreImportOptions } from "./wasm/ibid_simd128.js";

/** What encrypts the file, if anything does, and how to follow and abort the export; phase `exporting` counts stored parts. */
export interface ExportOptions extends CallOptions, SecretOptions {}

/**
 * What becomes of what the collection holds, what opens the file if it is encrypted, and how to follow and abort the import; phase
 * `importing` counts stored parts.
 */
export interface ImportOptions extends CoreImportOptions, CallOptions, SecretOptions {}

/** What is left of options once what follows the call, and what encrypts or opens the file, has been taken out. */
export function splitOptions<T extends ExportOptions>({ signal, onProgress, passphrase, key, ...others }: T) {
  const call: CallOptions = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  return { call, secret: secretOf({ passphrase, key }), others };
}

/** A file as the worker reads it: it can be handed over without its bytes. An abort cancels a stream. */
export async function fileOf(
  file: Blob | ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Blob> {
  expectSignal(signal);
  if (isBlob(file)) {
    return file;
  }
  if (classOf(file) !== "ReadableStream") {
    throw new IbidError("invalid-argument", "file: expected a Blob or a ReadableStream");
  }
  // A Blob for each piece, which the browser may keep on disk. (A Response would make one, and not say why it could not.)
  const pieces: Blob[] = [];
  let cancel = () => {};
  try {
    const reader = file.getReader();
    cancel = () => void reader.cancel(signal?.reason).catch(() => {});
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted) {
      cancel();
    }
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      pieces.push(new Blob([read.value as Uint8Array<ArrayBuffer>]));
    }
    if (signal?.aborted) {
      throw aborted(signal.reason);
    }
    return new Blob(pieces);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw cause instanceof IbidError
      ? cause
      : new IbidError("invalid-argument", `file: it cannot be read: ${why}`, { cause });
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}
