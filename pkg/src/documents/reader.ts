/** Reading documents of other formats than text and Markdown, in a worker that is started for the first of them. */
import type { Assets } from "../assets.js";
import { aborted, IbidError } from "../error.js";
import { nameOf, Peer } from "../workers/peer.js";
import { starter } from "../workers/start.js";

/** What the worker is asked. */
export interface ReadRequest {
  bytes: Uint8Array;
  /** The media type as the caller names it, or as the browser knows it. */
  declared: string | undefined;
  fileName: string | undefined;
  charset: string | undefined;
  password: string | undefined;
  wasmUrl: string | undefined;
  pdfUrl: string | undefined;
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

/** Reads documents, one after another. */
export class DocumentReader {
  readonly #assets: Assets;
  #peer: Peer<ReadRequest, ReadNote> | undefined;
  #underWay = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(assets: Assets) {
    this.#assets = assets;
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
        // Nothing but the worker's end ends the reading of a file; where it reads others, too, this one is read in vain.
        if (this.#underWay === 1) {
          this.end();
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
        this.#idle = setTimeout(() => this.end(), IDLE_LIMIT);
      }
    }
  }

  #start(): Peer<ReadRequest, ReadNote> {
    if (this.#peer === undefined || this.#peer.hasEnded) {
      if (typeof Worker === "undefined") {
        throw new IbidError(
          "store-unavailable",
          "documents are read in browsers only: there is no Worker here",
        );
      }
      const { documentsUrl } = this.#assets;
      this.#peer =
        documentsUrl === undefined
          ? new Peer(starter(START, "documents-worker.js", WORKER), nameOf("workers/documents-worker.js"))
          : new Peer(
              starter(() => new Worker(documentsUrl, WORKER), documentsUrl, WORKER),
              `the worker ${documentsUrl}`,
            );
    }
    return this.#peer;
  }

  /** Ends the worker; what it is reading rejects with `closed`. */
  end(): void {
    clearTimeout(this.#idle);
    this.#peer?.end({ code: "closed", message: "the worker that reads documents has been ended" });
    this.#peer = undefined;
  }
}
