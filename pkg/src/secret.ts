/** Passphrases and keys among the options of a call. */

import type { CollectionSecret } from "./wasm/ibid_simd128.js";

/** What encrypts and opens: one of the two, or neither. */
export interface SecretOptions {
  /** Any text but an empty one. Who forgets it has lost what it encrypts. */
  passphrase?: string;
  /** A `CryptoKey` of AES-GCM or AES-KW of the page's own; it need not be extractable. */
  key?: CryptoKey;
}

/** What was given; the core refuses both together. */
export function secretOf({ passphrase, key }: SecretOptions): CollectionSecret | undefined {
  return passphrase === undefined && key === undefined
    ? undefined
    : ({ passphrase, key } as CollectionSecret);
}
