/** A worker's own end: it says which version it is, answers what it is asked, and reports what it does not survive. */

import { toErrorMessage } from "../error.js";
import { VERSION } from "../version.js";
import { lastPanic } from "./panic.js";
import type { FromWorker, ToWorker } from "./wire.js";

declare const self: DedicatedWorkerGlobalScope;

/** What answers a request. */
export interface Reply {
  answer: unknown;
  /** Buffers that move to whoever asked instead of being copied. */
  transfer?: Transferable[];
}

/** A request that is being answered. */
export interface Exchange<Note> {
  /** Sends something to whoever asked. */
  note(note: unknown): void;
  /** Called with what whoever asked has to say about it; does nothing until it is replaced. */
  onNote(note: Note): void;
}

/**
 * Answers requests from now on, several at a time.
 *
 * @param answer rejects where a request fails
 * @param isFatal tells from what it rejected with whether this instance of the core can go on
 */
export function serve<Request, Note = never>(
  answer: (request: Request, exchange: Exchange<Note>) => Promise<Reply>,
  isFatal: (thrown: unknown) => boolean = isTrap,
): void {
  const exchanges = new Map<number, Exchange<Note>>();
  const receive = async (id: number, request: Request) => {
    const exchange: Exchange<Note> = { note: (note) => post({ id, note }), onNote: () => {} };
    exchanges.set(id, exchange);
    try {
      const { answer: answered, transfer } = await answer(request, exchange);
      post({ id, answer: answered }, transfer);
    } catch (thrown) {
      isFatal(thrown) ? fail(thrown) : post({ id, error: toErrorMessage(thrown) });
    } finally {
      exchanges.delete(id);
    }
  };
  self.addEventListener("error", (event) => fail(event.error ?? event.message));
  self.addEventListener("unhandledrejection", (event) => fail(event.reason));
  self.addEventListener("messageerror", () => fail("a message was lost"));
  self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
    if ("request" in data) {
      void receive(data.id, data.request as Request);
    } else {
      exchanges.get(data.id)?.onNote(data.note as Note);
    }
  });
  post({ hello: VERSION });
}

/** Whether the core trapped, after which its memory cannot be trusted. */
export function isTrap(thrown: unknown): boolean {
  return thrown instanceof WebAssembly.RuntimeError;
}

/** Reports that this worker cannot go on: whoever started it must give it up. */
export function fail(thrown: unknown): void {
  post({ fatal: { code: "internal", message: lastPanic() ?? toErrorMessage(thrown).message } });
}

function post(message: FromWorker, transfer: Transferable[] = []): void {
  self.postMessage(message, transfer);
}
