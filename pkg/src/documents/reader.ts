/** Reading documents of other formats than text and Markdown, in a worker that is started for the first of them. */
import type { Assets } from "../assets.js";
import { aborted } from "../error.js";
import { mayBeOnline } from "../workers/online.js";
import { nameOf, Peer, type Reason } from "../workers/peer.js";
import { starter } from "../workers/start.js";

/** What the worker is asked before the network goes: to load what it reads documents with. */
export interface PrepareRequest {
  wasmUrl: string | undefined;
  pdfUrl: string | undefined;
}

/** What the worker is asked. */
export interface ReadRequest extends PrepareRequest {
  bytes: Uint8Array;
  /** The media type as the caller names it, or as the browser knows it. */
  declared: string | undefined;
  fileName: string | undefined;
  charset: string | undefined;
  password: string | undefined;
}

/** What it answers. */
export interface ReadAnswer {
  mediaType: string;
  extracted: Uint8Array;
}

/** What it tells meanwhile: how many pages it has read. */
export interface ReadNote {
  done: number;
  total: number;
}

/** How long a worker that has nothing to do is kept: it holds the memory of the largest document that it has read. */
const IDLE_LIMIT = 10_000;

const WORKER: WorkerOptions = { type: "module", name: "ibid-documents" };

// Bundlers recognise a worker by exactly this expression.
const START = () =>
  new Worker(new URL("../workers/documents-worker.js", import.meta.url), {
    type: "module",
    name: "ibid-documents",
  });

type ReaderPeer = Peer<ReadRequest | PrepareRequest, ReadNote>;

/** Reads documents, one after another. */
export class DocumentReader {
  readonly #assets: Assets;
  #peer: ReaderPeer | undefined;
  /** A worker that has loaded everything, for when the one in use ends; only after {@link prepare}. */
  #spare: ReaderPeer | undefined;
  #isPrepared = false;
  #underWay = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(assets: Assets) {
    this.#assets = assets;
  }

  /**
   * Resolves when documents can be read without a network. A worker with all that it needs stands by from then on, and a worker that
   * has nothing to do is kept where no other can be had.
   *
   * @throws IbidError `internal` where something cannot be loaded
   */
  async prepare(): Promise<void> {
    this.#isPrepared = true;
    if (this.#spare === undefined || this.#spare.hasEnded) {
      this.#spare = startWorker(this.#assets.documentsUrl);
    }
    const spare = this.#spare;
    try {
      const { wasmUrl, pdfUrl } = this.#assets;
      await spare.request({ wasmUrl, pdfUrl }).answer;
    } catch (error) {
      // It may have begun to read documents meanwhile.
      if (this.#spare === spare) {
        spare.end(ENDED);
      }
      throw error;
    }
  }

  /**
   * The text of a document with its structure. The bytes move away from the caller.
   *
   * @throws IbidError with, among others, the codes `unsupported-media-type`, `malformed-document`, `document-encrypted`,
   * `document-no-text`, `document-too-large`, `aborted`; `internal` where the worker fails
   */
  async read(
    document: Omit<ReadRequest, "wasmUrl" | "pdfUrl">,
    signal?: AbortSignal,
    onPage?: (note: ReadNote) => void,
  ): Promise<ReadAnswer> {
    if (signal?.aborted) {
      throw aborted(signal.reason);
    }
    clearTimeout(this.#idle);
    this.#underWay += 1;
    const peer = this.#start();
    const { wasmUrl, pdfUrl } = this.#assets;
    const request = { ...document, wasmUrl, pdfUrl };
    let abort = () => {};
    const ended = new Promise<never>((_, reject) => {
      abort = () => {
        // Nothing but the worker's end ends the reading of a file; where it reads others, too, or is the last one that can be had,
        // this one is read in vain.
        if (this.#underWay === 1 && (this.#isComplete || mayBeOnline())) {
          this.#endWorker();
        }
        reject(aborted(signal?.reason));
      };
    });
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const transfer = [document.bytes.buffer as ArrayBuffer];
      const options = { transfer, ...(onPage && { onNote: onPage }) };
      return await Promise.race([peer.request<ReadAnswer>(request, options).answer, ended]);
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#underWay -= 1;
      if (this.#underWay === 0) {
        this.#idle = setTimeout(() => void this.#rest(), IDLE_LIMIT);
      }
    }
  }

  #start(): ReaderPeer {
    if (this.#peer === undefined || this.#peer.hasEnded) {
      const spare = this.#spare;
      this.#spare = undefined;
      this.#peer = spare === undefined || spare.hasEnded ? startWorker(this.#assets.documentsUrl) : spare;
      void this.#replenish();
    }
    return this.#peer;
  }

  /** Ends the worker that has nothing to do, unless it has to last and there is no other one. */
  async #rest(): Promise<void> {
    const isReplaced = await this.#replenish();
    if (this.#underWay === 0 && isReplaced) {
      this.#endWorker();
    }
  }

  /** Whether another worker stands by, if one has to. */
  get #isComplete(): boolean {
    return !this.#isPrepared || this.#spare?.hasEnded === false;
  }

  /** Has another worker stand by, if one has to and there is a network to start it from. Whether nothing is missing. */
  async #replenish(): Promise<boolean> {
    if (this.#isComplete) {
      return true;
    }
    if (!mayBeOnline()) {
      return false;
    }
    return this.prepare().then(
      () => true,
      () => false,
    );
  }

  #endWorker(): void {
    clearTimeout(this.#idle);
    this.#peer?.end(ENDED);
    this.#peer = undefined;
  }

  /** Ends the workers; what is being read rejects with `closed`. */
  end(): void {
    this.#isPrepared = false;
    this.#endWorker();
    this.#spare?.end(ENDED);
  }
}

const ENDED: Reason = { code: "closed", message: "the worker that reads documents has been ended" };

function startWorker(documentsUrl: string | undefined): ReaderPeer {
  return documentsUrl === undefined
    ? new Peer(starter(START, "documents-worker.js", WORKER), nameOf("workers/documents-worker.js"))
    : new Peer(
        starter(() => new Worker(documentsUrl, WORKER), documentsUrl, WORKER),
        `the worker ${documentsUrl}`,
      );
}
