/** Work that may take too long, or that its caller may no longer want. */
import { aborted, IbidError } from "../error.js";

/** How long a step may take, and what ends it. */
export interface Limits {
  /** Ends the step, which then rejects with `aborted`. */
  signal?: AbortSignal | undefined;
  /** In milliseconds. */
  timeout?: number;
}

/** How long a step may take unless the caller says otherwise. */
const TIMEOUT = 20_000;

/** What took too long. */
export class TimeoutError extends Error {}

/** What `work` gives, unless it takes too long or the caller aborts. */
export async function limited<T>(work: Promise<T>, { signal, timeout = TIMEOUT }: Limits): Promise<T> {
  let end = () => {};
  const ended = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new TimeoutError("it took too long")), timeout);
    const abort = () => reject(aborted(signal?.reason));
    signal?.addEventListener("abort", abort);
    end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    if (signal?.aborted) {
      abort();
    }
  });
  // Whichever is late must not be reported as unhandled.
  work.catch(() => {});
  try {
    return await Promise.race([work, ended]);
  } finally {
    end();
  }
}

/** Resolves later, with `false`. */
export function pause(milliseconds: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), milliseconds));
}

/** What `work` gives; `null` where it fails, but not where the caller aborts. */
export async function optional<T>(work: Promise<T>, limits: Limits): Promise<T | null> {
  try {
    return await limited(work, limits);
  } catch (error) {
    if (error instanceof IbidError) {
      throw error;
    }
    return null;
  }
}
