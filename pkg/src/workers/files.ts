/** Files of collections as the core writes and reads them, a piece at a time. */

import { IbidError } from "../error.js";
import type { FileSink, FileSource } from "../wasm/ibid_simd128.js";

/** How many bytes are read together: 1 MiB. */
const BYTES_PER_READ = 1 << 20;

/** Collects a file. Each piece is a Blob of its own, so that the browser can put it on disk; none stays in the worker's memory. */
export class BlobSink implements FileSink {
  #pieces: Blob[] = [];

  begin(): void {
    this.#pieces = [];
  }

  write(bytes: Uint8Array): void {
    this.#pieces.push(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  }

  /** What was written. */
  blob(): Blob {
    return new Blob(this.#pieces, { type: "application/x-ibid" });
  }
}

/** Reads a file. */
export class BlobSource implements FileSource {
  readonly #file: Blob;
  #at = 0;

  constructor(file: Blob) {
    this.#file = file;
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#at >= this.#file.size) {
      return undefined;
    }
    const piece = this.#file.slice(this.#at, this.#at + BYTES_PER_READ);
    this.#at += piece.size;
    try {
      return new Uint8Array(await piece.arrayBuffer());
    } catch (thrown) {
      // It was moved or changed since it was chosen, for example.
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      throw new IbidError("invalid-argument", `file: it cannot be read: ${why}`);
    }
  }
}
