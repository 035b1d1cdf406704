/** The messages between a worker and whoever started it, whatever is asked. */
import type { ErrorMessage } from "../error.js";

/** Each request has one answer or error, under a number that is used once. */
export type ToWorker =
  | { id: number; request: unknown }
  /** Something more about a request that is under way. */
  | { id: number; note: unknown };

export type FromWorker =
  /** The first message of all: the version of the package that the worker is of. */
  | { hello: string }
  | { id: number; answer: unknown }
  | { id: number; error: ErrorMessage }
  /** Something about a request that is under way. */
  | { id: number; note: unknown }
  /** The worker cannot go on; every request that is under way has failed. */
  | { fatal: ErrorMessage };
