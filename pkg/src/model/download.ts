/** Fetching one file of a model folder, also over a connection that breaks off. */
import { IbidError } from "../error.js";
import type { ErrorCode } from "../wasm/ibid_simd128.js";
import { type Bytes, PartStore } from "./cache.js";

/** Before each further try, in milliseconds. Bytes that had not arrived before start the list anew. */
const PAUSES = [500, 1000, 2000, 4000];

/** Statuses with which servers say that a file does not exist; object stores that may not be listed say 403. */
const ABSENT = [403, 404, 410];

/** Statuses below 500 that may be different next time. */
const TEMPORARY = [408, 429];

/** How many parts may wait to be written, each a copy, before the download waits for them. */
const MOST_UNWRITTEN = 2;

/** A file that could not be fetched. */
export class DownloadError extends IbidError {
  constructor(
    code: ErrorCode,
    message: string,
    /** `absent` where the server does not have the file, `temporary` where it may answer another time. */
    readonly nature: "absent" | "temporary" | "final",
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}

/** How to fetch a file. */
export interface DownloadOptions {
  /** Ends the download; it then rejects with anything. */
  signal?: AbortSignal | undefined;
  /** The size that the file must have, in bytes. */
  size?: number;
  /** Where what has arrived is kept until all has. */
  parts?: PartStore;
  /** How the browser's own cache is used. */
  cache?: RequestCache;
  /** Whether failures that may pass are tried again. */
  retry?: boolean;
  /** Called with the bytes that have arrived, which are fewer than before where the file had to be started again. */
  onLength?: (length: number) => void;
}

export interface Downloaded {
  bytes: Bytes;
  /** Whether some of the bytes came with an earlier response. */
  resumed: boolean;
}

/**
 * Fetches the file at the absolute address `url`. What arrived before a break is asked for no more, where the server
 * supports ranges and still has the same file by its `ETag` or `Last-Modified`.
 *
 * @throws DownloadError `model-file-missing` for an error status, `model-file-html` for a web page,
 * `model-file-truncated` and `model-file-corrupt` for a file shorter or longer than `size`, `model-unreachable` where
 * there is no answer or it breaks off too often.
 */
export async function download(url: string, options: DownloadOptions = {}): Promise<Downloaded> {
  return new Download(url, options).run();
}

/** What tells two versions of a file at one address apart. */
interface Version {
  etag: string | null;
  lastModified: string | null;
}

class Download {
  readonly #url: string;
  readonly #options: DownloadOptions;
  #bytes: Bytes;
  #length = 0;
  /** The most that arrived in any try. */
  #furthest = 0;
  #resumed = false;
  /** Of what has arrived; absent where it can't be continued. */
  #version: Version | undefined;
  /** The parts that are written or on their way. */
  #partsWritten = 0;
  #partsUnwritten = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(url: string, options: DownloadOptions) {
    this.#url = url;
    this.#options = options;
    this.#bytes = allocate(options.size ?? 0);
  }

  async run(): Promise<Downloaded> {
    await this.#restore();
    const pauses = this.#options.retry ? PAUSES : [];
    for (let failures = 0; ; failures++) {
      const furthest = this.#furthest;
      try {
        await this.#try();
        return { bytes: this.#bytes.subarray(0, this.#length), resumed: this.#resumed };
      } catch (error) {
        if (this.#furthest > furthest) {
          failures = 0;
        }
        const pause = pauses[failures];
        if (pause === undefined || !isTemporary(error)) {
          throw error;
        }
        await delay(pause, this.#options.signal);
      } finally {
        await this.#writing;
      }
    }
  }

  /** Takes up the parts that an earlier download left. */
  async #restore(): Promise<void> {
    for (let index = 0; ; index++) {
      const part = await this.#options.parts?.read(index);
      const version = part && versionOf(part.headers);
      if (part === undefined || version === undefined) {
        return;
      }
      this.#version ??= version;
      if (!sameVersion(version, this.#version)) {
        return;
      }
      this.#append(part.bytes);
      this.#partsWritten = index + 1;
      this.#resumed = true;
    }
  }

  async #try(): Promise<void> {
    const { size } = this.#options;
    if (this.#length !== size) {
      await this.#receive(await this.#request());
    }
    if (looksLikeHtml(this.#bytes.subarray(0, this.#length))) {
      throw this.#html();
    }
    if (size !== undefined && this.#length < size) {
      throw this.#wrongSize("model-file-truncated", "short", `${this.#length} bytes`);
    }
  }

  /** Asks for what is missing, or for all where the server does not continue. */
  async #request(): Promise<Response> {
    if (this.#length > 0 && this.#version !== undefined) {
      const response = await this.#fetch(rangeHeaders(this.#url, this.#length, this.#version));
      if (this.#continues(response)) {
        this.#resumed = true;
        return response;
      }
      const otherPart = response.status === 206 || response.status === 416;
      if (!otherPart) {
        return this.#begin(response);
      }
      await response.body?.cancel();
    }
    return this.#begin(await this.#fetch({}));
  }

  #fetch(headers: Record<string, string>): Promise<Response> {
    const { signal, cache } = this.#options;
    return request(this.#url, { headers, signal, ...(cache && { cache }) });
  }

  /** Whether a response goes on exactly where the same file broke off. */
  #continues({ status, headers }: Response): boolean {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
    const [, from, total] = range ?? [];
    const { size } = this.#options;
    return (
      status === 206 &&
      Number(from) === this.#length &&
      (size === undefined || total === "*" || Number(total) === size) &&
      sameVersion(versionOf(headers), this.#version)
    );
  }

  /** Takes a response that is the whole file; nothing of an earlier one remains. */
  #begin(response: Response): Response {
    const { status, headers, ok } = response;
    if (!ok) {
      throw refused(this.#url, status);
    }
    if (headers.get("content-type")?.startsWith("text/html")) {
      throw this.#html();
    }
    this.#forget();
    this.#version = versionOf(headers);
    if (this.#options.size === undefined) {
      this.#bytes = allocate(Number(headers.get("content-length")));
    }
    return response;
  }

  #forget(): void {
    this.#length = 0;
    this.#resumed = false;
    if (this.#partsWritten > 0) {
      this.#partsWritten = 0;
      this.#writing = this.#writing.then(() => this.#options.parts?.clear());
    }
  }

  async #receive(response: Response): Promise<void> {
    const reader = response.body?.getReader();
    if (reader === undefined) {
      return; // a response without a body is an empty file
    }
    for (let part = await this.#next(reader); !part.done; part = await this.#next(reader)) {
      this.#append(part.value);
      if (this.#length > (this.#options.size ?? Number.POSITIVE_INFINITY)) {
        reader.cancel().catch(() => {});
        throw looksLikeHtml(this.#bytes)
          ? this.#html()
          : this.#wrongSize("model-file-corrupt", "long", `${this.#length} bytes or more`);
      }
      this.#persist();
      if (this.#partsUnwritten > MOST_UNWRITTEN) {
        await this.#writing;
      }
    }
  }

  async #next(reader: ReadableStreamDefaultReader<Bytes>): Promise<ReadableStreamReadResult<Bytes>> {
    try {
      return await reader.read();
    } catch (cause) {
      const { signal, size } = this.#options;
      signal?.throwIfAborted();
      const arrived = size === undefined ? `${this.#length} bytes` : `${this.#length} of ${size} bytes`;
      throw unreachable(this.#url, `the connection broke off after ${arrived}`, cause);
    }
  }

  #append(part: Bytes): void {
    const length = this.#length + part.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(part, this.#length);
    this.#length = length;
    this.#furthest = Math.max(this.#furthest, length);
    this.#options.onLength?.(length);
  }

  /** Keeps the parts that are complete, without waiting for it. */
  #persist(): void {
    const { parts } = this.#options;
    if (parts === undefined || this.#version === undefined) {
      return;
    }
    const headers = versionHeaders(this.#version);
    for (; this.#length >= (this.#partsWritten + 1) * PartStore.size; this.#partsWritten++) {
      const index = this.#partsWritten;
      const part = this.#bytes.slice(index * PartStore.size, (index + 1) * PartStore.size);
      this.#partsUnwritten++;
      this.#writing = this.#writing.then(async () => {
        await parts.write(index, part, headers);
        this.#partsUnwritten--;
      });
    }
  }

  #html(): DownloadError {
    this.#forget();
    const message = `the model file ${this.#url} is a web page: the server answers so for what it does not have`;
    return new DownloadError("model-file-html", message, "absent");
  }

  #wrongSize(code: ErrorCode, adjective: string, found: string): DownloadError {
    this.#forget();
    const message = `the model file ${this.#url} is too ${adjective}: expected ${this.#options.size} bytes, found ${found}`;
    return new DownloadError(code, message, "final");
  }
}

/** `fetch` whose failure is a `DownloadError`. */
export async function request(
  url: string,
  { signal, ...init }: Omit<RequestInit, "signal"> & { signal: AbortSignal | undefined },
): Promise<Response> {
  try {
    return await fetch(url, { ...init, ...(signal && { signal }) });
  } catch (cause) {
    signal?.throwIfAborted();
    throw unreachable(url, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** The server answered with an error status. */
export function refused(url: string, status: number): DownloadError {
  const passing = status >= 500 || TEMPORARY.includes(status);
  const nature = ABSENT.includes(status) ? "absent" : passing ? "temporary" : "final";
  const message = `the model file ${url} could not be fetched: HTTP status ${status}`;
  return new DownloadError("model-file-missing", message, nature);
}

/** There was no answer, or not all of it. */
export function unreachable(url: string, why: string, cause?: unknown): DownloadError {
  const message = `the model file ${url} could not be fetched and is not cached: ${why}`;
  return new DownloadError("model-unreachable", message, "temporary", { cause });
}

/** The version of a response's file; absent where two responses cannot be told to be of the same bytes. */
function versionOf(headers: Headers): Version | undefined {
  const version = { etag: headers.get("etag"), lastModified: headers.get("last-modified") };
  // Ranges of a compressed response count compressed bytes.
  return strongest(version) === null || headers.has("content-encoding") ? undefined : version;
}

/** A weak `ETag` does not promise equal bytes. */
function strongest({ etag, lastModified }: Version): string | null {
  return etag?.startsWith('"') ? etag : lastModified;
}

function sameVersion(one: Version | undefined, other: Version | undefined): boolean {
  return one !== undefined && one.etag === other?.etag && one.lastModified === other.lastModified;
}

function versionHeaders({ etag, lastModified }: Version): Record<string, string> {
  return { ...(etag !== null && { etag }), ...(lastModified !== null && { "last-modified": lastModified }) };
}

function rangeHeaders(url: string, from: number, version: Version): Record<string, string> {
  const condition = strongest(version);
  // To another origin the condition would need that server's consent first; the response is compared in any case.
  const conditional = condition !== null && new URL(url).origin === globalThis.location?.origin;
  return { range: `bytes=${from}-`, ...(conditional && { "if-range": condition }) };
}

function looksLikeHtml(bytes: Bytes): boolean {
  return /^\s*<(!doctype html|html)\b/i.test(new TextDecoder().decode(bytes.subarray(0, 256)));
}

/** An array of `size` bytes, or an empty one where somebody claims more than there can be. */
function allocate(size: number): Bytes {
  try {
    return new Uint8Array(size);
  } catch {
    return new Uint8Array();
  }
}

/** Resolves after `milliseconds`, or when `signal` aborts. */
function delay(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener("abort", end);
  });
}

export function isTemporary(error: unknown): boolean {
  return error instanceof DownloadError && error.nature === "temporary";
}
