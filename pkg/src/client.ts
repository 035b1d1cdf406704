/** The page's end of the worker: numbered calls, their progress and their abortion. */
import { type ErrorMessage, IbidError } from "./error.js";
import { Estimate } from "./estimate.js";
import type { FromWorker, MethodName, Methods, PageScores } from "./protocol.js";
import type { Progress as CoreProgress } from "./wasm/ibid_simd128.js";

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

interface ScoreRequest {
  query: string;
  passages: string[];
}

interface Pending {
  scorer: Scorer | undefined;
  resolve: (result: never) => void;
  reject: (error: IbidError) => void;
  onProgress: CallOptions["onProgress"];
  estimate: Estimate;
}

export class WorkerClient {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  /** Why no call can be made any more. */
  #ended: ErrorMessage | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => this.#receive(data));
    worker.addEventListener("messageerror", () =>
      this.end({ code: "internal", message: "a message was lost" }),
    );
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.end({ code: "internal", message: event.message || "the worker could not be loaded" });
    });
  }

  /** Calls `method` in the worker. `transfer` lists buffers that move there instead of being copied. */
  call<M extends MethodName>(
    method: M,
    args: Parameters<Methods[M]>,
    options: CallOptions & { scorer?: Scorer | undefined } = {},
    transfer: Transferable[] = [],
  ): Promise<ReturnType<Methods[M]>> {
    const { signal, onProgress, scorer } = { ...options };
    if (this.#ended !== undefined) {
      return Promise.reject(new IbidError(this.#ended.code, this.#ended.message));
    }
    if (signal?.aborted) {
      return Promise.reject(
        new IbidError("aborted", "the caller aborted the operation", { cause: signal.reason }),
      );
    }
    const id = ++this.#lastId;
    const abort = () => this.#worker.postMessage({ id, abort: true });
    signal?.addEventListener("abort", abort, { once: true });
    const result = new Promise<ReturnType<Methods[M]>>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, onProgress, scorer, estimate: new Estimate() });
      try {
        this.#worker.postMessage({ id, method, args }, transfer);
      } catch (cause) {
        this.#pending.delete(id);
        const why = cause instanceof Error ? cause.message : String(cause);
        reject(
          new IbidError("invalid-argument", `an argument cannot be sent to the worker: ${why}`, { cause }),
        );
      }
    });
    return result.finally(() => signal?.removeEventListener("abort", abort));
  }

  /** Ends the worker; pending and later calls reject with `reason`. */
  end(reason: ErrorMessage): void {
    this.#ended ??= reason;
    this.#worker.terminate();
    for (const { reject } of this.#pending.values()) {
      reject(new IbidError(reason.code, reason.message));
    }
    this.#pending.clear();
  }

  /** Has the caller's function score passages for the worker. */
  async #score(id: number, scorer: Scorer | undefined, { query, passages }: ScoreRequest): Promise<void> {
    let scored: PageScores;
    try {
      // What is no number, a promise for example, becomes NaN, which the core refuses.
      scored = { scores: Array.from((await scorer?.(query, passages)) ?? [], Number) };
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      scored = { error: { code: "invalid-argument", message: `options.rerank.scorer threw: ${why}` } };
    }
    this.#worker.postMessage({ id, scored });
  }

  #receive(message: FromWorker): void {
    if ("fatal" in message) {
      this.end(message.fatal);
      return;
    }
    const pending = this.#pending.get(message.id);
    if (pending === undefined) {
      return;
    }
    if ("progress" in message) {
      pending.onProgress?.(withEstimate(message.progress, pending.estimate));
      return;
    }
    if ("score" in message) {
      void this.#score(message.id, pending.scorer, message.score);
      return;
    }
    this.#pending.delete(message.id);
    if ("error" in message) {
      pending.reject(new IbidError(message.error.code, message.error.message));
    } else {
      pending.resolve(message.result as never);
    }
  }
}

function withEstimate(progress: CoreProgress, estimate: Estimate): Progress {
  const { phase, done, total } = progress;
  const secondsLeft =
    phase === "embedding" ? estimate.secondsLeft(performance.now(), done, total) : undefined;
  return secondsLeft === undefined ? progress : { ...progress, secondsLeft };
}
