/** Waiting no longer than until a signal aborts, whether or not what is waited for heeds it. */
import { aborted, IbidError } from "./error.js";

/** @throws IbidError `invalid-argument` where `signal` is none: its controller, for example */
export function expectSignal(signal: AbortSignal | undefined): void {
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw new IbidError("invalid-argument", "options.signal: expected an AbortSignal");
  }
}

/** @throws IbidError `invalid-argument` where `signal` is none, `aborted` where it has aborted */
export function checkSignal(signal: AbortSignal | undefined): void {
  expectSignal(signal);
  if (signal?.aborted) {
    throw aborted(signal.reason);
  }
}

/**
 * What `promise` resolves to, or rejects with; but `aborted` as soon as `signal` aborts. A value that comes after that goes
 * to `late`, which lets go of what it holds.
 */
export function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  late: (value: T) => void = () => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(aborted(signal?.reason));
      promise.then(late).catch(() => {}); // nobody waits for it any more
    };
    if (signal?.aborted) {
      abort();
      return;
    }
    signal?.addEventListener("abort", abort, { once: true });
    const settled = () => signal?.removeEventListener("abort", abort);
    promise.then(
      (value) => {
        settled();
        resolve(value);
      },
      (error) => {
        settled();
        // What heeds the signal may be told of it first, and rejects with whatever it likes.
        reject(signal?.aborted ? aborted(signal.reason) : error);
      },
    );
  });
}
