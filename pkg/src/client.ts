/** Calls of the page to a collection's worker: their progress, their abortion, and what the worker asks back. */
import { expectSignal } from "./abort.js";
import { aborted, IbidError } from "./error.js";
import { Estimate } from "./estimate.js";
import { IdleTimer } from "./idle.js";
import type {
  Call,
  CallNote,
  CollectionEvent,
  CollectionEvents,
  MethodName,
  Methods,
  PageNote,
  PageNumbers,
} from "./protocol.js";
import type { Progress as CoreProgress } from "./wasm/ibid_simd128.js";
import type { Peer, Reason } from "./workers/peer.js";

/** How far a long call has come. */
export interface Progress extends CoreProgress {
  /** With phase `embedding`: about how long it still takes; absent until that can be told. */
  secondsLeft?: number;
}

/** What every long call takes. */
export interface CallOptions {
  /** Aborts the call; it then rejects with code `aborted`. */
  signal?: AbortSignal;
  /** Called as the work goes on. */
  onProgress?: (progress: Progress) => void;
}

/** Scores how well each passage answers a query, one finite number for each; higher is better. */
export type Scorer = (query: string, passages: string[]) => ArrayLike<number> | Promise<ArrayLike<number>>;

/** Counts the tokens of texts as a chat model does, a whole number for each. */
export type TokenCounter = (texts: string[]) => ArrayLike<number> | Promise<ArrayLike<number>>;

/** The functions of the page that a call may ask. */
interface PageFunctions {
  scorer?: Scorer | undefined;
  countTokens?: TokenCounter | undefined;
}

/** Calls methods of the worker of one collection. */
export class WorkerClient {
  readonly #peer: Peer<Call, CallNote>;
  /** Listeners by the name of their event; `undefined` until there is one. */
  #listeners: Map<string, Set<(event: never) => void>> | undefined;
  #idle: IdleTimer | undefined;
  /** Resolves when nothing can be called any more, with why. */
  readonly ended: Promise<Reason>;
  #onEnd: (reason: Reason) => void = () => {};

  constructor(peer: Peer<Call, CallNote>) {
    this.#peer = peer;
    const ended = new Promise<Reason>((resolve) => {
      this.#onEnd = resolve;
    });
    this.ended = Promise.race([ended, peer.died]);
  }

  /** Calls `method` in the worker. `transfer` lists buffers that move there instead of being copied. */
  async call<M extends MethodName>(
    method: M,
    args: Parameters<Methods[M]>,
    options: CallOptions & PageFunctions = {},
    transfer: Transferable[] = [],
  ): Promise<ReturnType<Methods[M]>> {
    const { signal, onProgress, scorer, countTokens } = { ...options };
    expectSignal(signal);
    if (signal?.aborted && !this.#peer.hasEnded) {
      throw aborted(signal.reason);
    }
    // These two go on without anybody who waits.
    const answered = method === "watch" || method === "loadModel" ? undefined : this.#idle?.begin();
    const estimate = new Estimate();
    const onNote = (said: CallNote) => {
      if ("progress" in said) {
        try {
          onProgress?.(withEstimate(said.progress, estimate));
        } catch (thrown) {
          reportError(thrown); // the call is not at fault, and goes on
        }
      } else if ("event" in said) {
        this.tell(said.event);
      } else if ("score" in said) {
        const { query, passages } = said.score;
        const scoring = numbersOf("options.rerank.scorer", () => scorer?.(query, passages));
        void scoring.then((scored) => note({ scored } satisfies PageNote));
      } else {
        const counting = numbersOf("options.countTokens", () => countTokens?.(said.count));
        void counting.then((counted) => note({ counted } satisfies PageNote));
      }
    };
    const call = { method, args } as Call;
    const { answer, note } = this.#peer.request<ReturnType<Methods[M]>>(call, { transfer, onNote });
    const abort = () => note({ abort: true } satisfies PageNote);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await answer;
    } catch (error) {
      // The reason stays on the page: it may be anything, and need not be the worker's business.
      const isOurs = error instanceof IbidError && error.code === "aborted" && signal?.aborted;
      throw isOurs ? new IbidError("aborted", error.message, { cause: signal.reason }) : error;
    } finally {
      signal?.removeEventListener("abort", abort);
      answered?.();
    }
  }

  /** Calls `onIdle` once nothing has been asked, and no work was under way, for `limit` milliseconds. */
  whenIdle(limit: number, onIdle: () => void): void {
    this.#idle = new IdleTimer(limit, onIdle);
  }

  /** Does work on the page that calls follow from, and that is not idleness: reading documents, or a model's answer. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#idle?.begin();
    try {
      return await work();
    } finally {
      done?.();
    }
  }

  /** Has the worker tell of events from now on. Returns a function that takes the listener away. */
  on<N extends keyof CollectionEvents>(name: N, listener: (event: CollectionEvents[N]) => void): () => void {
    if (this.#listeners === undefined) {
      this.#listeners = new Map();
      this.call("watch", []).catch(() => {}); // it ends with the collection
    }
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // A function of its own, so that the same listener may be there twice.
    const own = (event: CollectionEvents[N]) => listener(event);
    listeners.add(own);
    return () => void listeners.delete(own);
  }

  /** Tells the listeners of an event, which the worker or the page itself has met. */
  tell({ name, event }: CollectionEvent): void {
    for (const listener of [...(this.#listeners?.get(name) ?? [])]) {
      try {
        listener(event as never);
      } catch (thrown) {
        reportError(thrown); // one listener's fault is not the others'
      }
    }
  }

  /** Ends the worker; pending and later calls reject with `reason`. */
  end(reason: Reason): void {
    this.#idle?.end();
    this.#peer.end(reason);
    this.#onEnd(reason);
  }
}

/** The numbers that a function of the caller's gives, for the worker. */
async function numbersOf(
  name: string,
  call: () => ArrayLike<number> | Promise<ArrayLike<number>> | undefined,
): Promise<PageNumbers> {
  try {
    // What is no number, a promise for example, becomes NaN, which the core refuses.
    return { numbers: Array.from((await call()) ?? [], Number) };
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return { error: { code: "invalid-argument", message: `${name} threw: ${why}` } };
  }
}

function withEstimate(progress: CoreProgress, estimate: Estimate): Progress {
  const { phase, done, total } = progress;
  const secondsLeft =
    phase === "embedding" ? estimate.secondsLeft(performance.now(), done, total) : undefined;
  return secondsLeft === undefined ? progress : { ...progress, secondsLeft };
}
