/** A worker, for whoever starts it: its start, what is asked of it, and all the ways in which it fails. */
import { type ErrorMessage, IbidError } from "../error.js";
import { VERSION } from "../version.js";
import type { FromWorker, ToWorker } from "./wire.js";

/** How long a worker may take until its script runs, in milliseconds: ten times what a slow connection needs. */
const START_LIMIT = 60_000;

/** Why nothing can be asked any more. */
export interface Reason extends ErrorMessage {
  cause?: unknown;
}

/** What is asked, beside the request itself. */
export interface RequestOptions<Note> {
  /** Buffers that move to the worker instead of being copied. */
  transfer?: Transferable[];
  /**
   * After how many milliseconds without an answer the worker is taken for dead and ended, counted from when it was sent.
   * Absent or 0, the answer may take as long as it takes.
   */
  limit?: number;
  /** Called for each note that the worker sends about the request. */
  onNote?: (note: Note) => void;
}

/** A request that is under way. */
export interface Asked<Answer> {
  /** Rejects with an `IbidError`: what the worker answered with, or why it cannot answer. */
  answer: Promise<Answer>;
  /** Tells the worker something more; nothing happens once it has answered. */
  note: (note: unknown) => void;
}

interface Pending {
  resolve: (answer: never) => void;
  reject: (error: IbidError) => void;
  onNote: ((note: never) => void) | undefined;
  patience?: ReturnType<typeof setTimeout>;
}

/** Takes requests of the type `Request`, and sends notes of the type `Note` about them. */
export class Peer<Request, Note = never> {
  /**
   * Resolves when the worker ends by itself: it could not be started, is of another version, trapped, threw, or did not
   * answer in time. What is under way then rejects with the same reason. Never resolves after {@link end}.
   */
  readonly died: Promise<Reason>;
  /** Resolves once the worker's script runs and is of this version; rejects where it ends before. */
  readonly started: Promise<void>;
  readonly #worker: Worker | undefined;
  readonly #name: string;
  readonly #pending = new Map<number, Pending>();
  /** What is sent once the worker has said hello; `undefined` from then on. */
  #waiting: (() => void)[] | undefined = [];
  #lastId = 0;
  #ended: Reason | undefined;
  #startPatience: ReturnType<typeof setTimeout> | undefined;
  #onDeath: (reason: Reason) => void = () => {};
  #onStart: () => void = () => {};
  #onNoStart: (error: IbidError) => void = () => {};

  /**
   * Starts a worker; where that fails, all requests reject.
   *
   * @param start constructs the worker, in the expression by which bundlers recognise one
   * @param name what errors call the worker
   * @param startLimit after how many milliseconds without a hello it is taken for dead; 0: it may take as long as it takes
   */
  constructor(start: () => Worker, name: string, startLimit = START_LIMIT) {
    this.#name = name;
    this.died = new Promise((resolve) => {
      this.#onDeath = resolve;
    });
    this.started = new Promise((resolve, reject) => {
      this.#onStart = resolve;
      this.#onNoStart = reject;
    });
    this.started.catch(() => {}); // most do not ask
    try {
      this.#worker = start();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#die({ code: "internal", message: `${name} could not be started: ${why}`, cause });
      return;
    }
    this.#worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => this.#receive(data));
    this.#worker.addEventListener("messageerror", () => this.#fail("a message of it was lost"));
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      // Of a script that did not load the event tells nothing.
      this.#fail(event.message ? `it threw: ${event.message}` : NOT_LOADED);
    });
    if (startLimit > 0) {
      const message = `it did not say hello within ${startLimit / 1000} seconds: is it a worker of ibid?`;
      this.#startPatience = setTimeout(() => this.#fail(message), startLimit);
    }
  }

  /** Whether nothing can be asked any more. */
  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Asks for something. Nothing reaches a worker of another version. */
  request<Answer>(request: Request, options: RequestOptions<Note> = {}): Asked<Answer> {
    const id = ++this.#lastId;
    const { limit = 0, transfer = [], onNote } = options;
    const answer = new Promise<Answer>((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(toError(this.#ended));
        return;
      }
      const pending: Pending = { resolve, reject, onNote };
      this.#pending.set(id, pending);
      this.#send({ id, request }, transfer);
      this.#whenStarted(() => {
        if (limit > 0 && this.#pending.has(id)) {
          const message = `it did not answer within ${limit / 1000} seconds`;
          pending.patience = setTimeout(() => this.#fail(message), limit);
        }
      });
    });
    const note = (note: unknown) => {
      if (this.#pending.has(id)) {
        this.#send({ id, note });
      }
    };
    return { answer, note };
  }

  /** Ends the worker; requests that are under way, and later ones, reject with `reason`. */
  end(reason: Reason): void {
    if (this.#ended !== undefined) {
      return;
    }
    this.#ended = reason;
    this.#onNoStart(toError(reason));
    this.#waiting = undefined;
    clearTimeout(this.#startPatience);
    this.#worker?.terminate();
    for (const { reject, patience } of this.#pending.values()) {
      clearTimeout(patience);
      reject(toError(reason));
    }
    this.#pending.clear();
  }

  #die(reason: Reason): void {
    if (this.#ended === undefined) {
      this.#onDeath(reason);
      this.end(reason);
    }
  }

  #fail(why: string): void {
    this.#die({ code: "internal", message: `${this.#name} failed: ${why}` });
  }

  #send(message: ToWorker, transfer: Transferable[] = []): void {
    this.#whenStarted(() => {
      try {
        this.#worker?.postMessage(message, transfer);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        const what = `an argument cannot be sent to the worker: ${why}`;
        this.#settle(message.id)?.reject(toError({ code: "invalid-argument", message: what, cause }));
      }
    });
  }

  #whenStarted(then: () => void): void {
    if (this.#waiting === undefined) {
      then();
    } else {
      this.#waiting.push(then);
    }
  }

  /** Takes a request out of those that are under way. */
  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    clearTimeout(pending?.patience);
    this.#pending.delete(id);
    return pending;
  }

  #receive(message: FromWorker): void {
    if (this.#ended !== undefined) {
      return;
    }
    if (this.#waiting !== undefined) {
      this.#greet(message);
    } else if ("fatal" in message) {
      this.#die(message.fatal);
    } else if ("note" in message) {
      this.#pending.get(message.id)?.onNote?.(message.note as never);
    } else if ("error" in message) {
      this.#settle(message.id)?.reject(toError(message.error));
    } else if ("answer" in message) {
      this.#settle(message.id)?.resolve(message.answer as never);
    }
  }

  /** Takes the first message, which may be anything: who knows what a server has at the address. */
  #greet(first: unknown): void {
    const hello = typeof first === "object" && first !== null && "hello" in first ? first.hello : undefined;
    if (hello !== VERSION) {
      const version = typeof hello === "string" ? `version ${hello}` : "no version";
      this.#fail(
        `it is of ${version} of ibid, and what started it of version ${VERSION}: one of the two comes from an old cache, or workerUrl names the worker of another release`,
      );
      return;
    }
    clearTimeout(this.#startPatience);
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#onStart();
    for (const then of waiting) {
      then();
    }
  }
}

/** Why a worker's script, or one that it imports, may not have arrived. */
const NOT_LOADED =
  "its script could not be loaded; the server may not have it (404) or send it as another type than JavaScript's, or not allow another origin to use it (CORS), or a Content-Security-Policy may forbid it (worker-src)";

/** An error of its own for each who waits. */
function toError({ code, message, ...options }: Reason): IbidError {
  return new IbidError(code, message, options);
}

/** What errors call a worker of this package, whose address only the server or a bundler decides. */
export function nameOf(file: string): string {
  return `the worker ${file} that ${globalThis.location?.href} starts`;
}
