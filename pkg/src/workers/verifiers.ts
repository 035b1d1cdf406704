/** Answers that are being written, each with what holds it against its sources. */

import { IbidError } from "../error.js";
import type { SentenceVerdict, VerifySources, WasmVerifier } from "../wasm/ibid_simd128.js";

/** How many answers may be under way; one that nobody ends goes when others need its place. */
const MOST = 64;

export class Verifiers {
  /** By number, those that were used last at the end. */
  readonly #open = new Map<number, WasmVerifier>();
  #last = 0;

  /** The number of a new one. */
  open(create: new (sources: VerifySources) => WasmVerifier, sources: VerifySources): number {
    const verifier = new create(sources);
    const [oldest] = this.#open.keys();
    if (this.#open.size >= MOST && oldest !== undefined) {
      this.#close(oldest);
    }
    this.#last += 1;
    this.#open.set(this.#last, verifier);
    return this.#last;
  }

  /** @throws IbidError `closed` where it was finished, or gave its place to others. */
  get(number: number): WasmVerifier {
    const verifier = this.#open.get(number);
    if (verifier === undefined) {
      throw new IbidError(
        "closed",
        `the verifier was finished, or ${MOST} others were begun after it was used last`,
      );
    }
    this.#open.delete(number);
    this.#open.set(number, verifier);
    return verifier;
  }

  /** The last verdicts of an answer; its memory is given back. */
  finish(number: number): SentenceVerdict[] {
    const verifier = this.get(number);
    this.#open.delete(number);
    const verdicts = verifier.finish();
    verifier.free(); // after a trap there is nothing to be freed
    return verdicts;
  }

  #close(number: number): void {
    this.#open.get(number)?.free();
    this.#open.delete(number);
  }
}
