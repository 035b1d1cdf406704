/** Fetching one file over connections that break, into a file that a later call goes on with. */
import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Content } from "./content.js";
import { codeOf, diskFailure, Failure } from "./failure.js";
import { type Answer, ask, type FileFacts, PassingError, reasonOf } from "./request.js";

/** Before each further try, in milliseconds. Bytes that had not arrived before start the list anew. */
const PAUSES = [500, 1000, 2000, 4000];

/** The bytes of a file. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** A file to be fetched. */
export interface RemoteFile {
  url: string;
  /** The size that it must have; what the server says of it, where it is not known. */
  bytes?: number | undefined;
  /** Its sha256 in lower-case hex, likewise. */
  sha256?: string | undefined;
}

export interface DownloadOptions {
  /** For how many milliseconds a server may send nothing. */
  timeout: number;
  signal: AbortSignal;
  /** Told how many bytes are there, of how many if that is known. */
  onProgress?: (arrived: number, total: number | undefined) => void;
  /** Told why a try failed, and that there will be another one. */
  onRetry?: (reason: string) => void;
}

/** A file that is there, and as it must be. */
export interface Downloaded {
  content: Bytes;
  sha256: string;
  facts: FileFacts;
}

/**
 * Fetches `file` to `path`, unless it is there already. What arrives is kept in `path` with `.partial` behind it, and asked
 * for no more, as long as the server supports ranges. `undefined` where the server has no such file.
 *
 * @throws Failure `network` where the server refuses, is not reached or breaks off too often; `integrity` for another size or
 * hash, and then nothing of it is kept; `disk`
 */
export async function download(
  file: RemoteFile,
  path: string,
  options: DownloadOptions,
): Promise<Downloaded | undefined> {
  const partial = `${path}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const kept = await readFile(path).catch(() => undefined);
    const hash = kept && sha256Of(kept);
    if (kept !== undefined && hash !== undefined && mismatch(file, kept, hash) === undefined) {
      options.onProgress?.(kept.length, kept.length);
      return { content: kept, sha256: hash, facts: {} };
    }
    for (let isResumed = (await sizeOf(partial)) > 0; ; isResumed = false) {
      const facts = await new Download(file, partial, options).run();
      if (facts === undefined) {
        return undefined;
      }
      const content = await readFile(partial);
      const sha256 = sha256Of(content);
      const wrong = mismatch({ ...facts, ...defined(file) }, content, sha256);
      if (wrong === undefined) {
        await rename(partial, path);
        return { content, sha256, facts };
      }
      await rm(partial, { force: true });
      if (!isResumed) {
        throw new Failure("integrity", `${file.url} ${wrong}; what was downloaded of it is deleted`);
      }
      // What an earlier call left may have been of something else: once more from the beginning.
    }
  } catch (error) {
    throw diskFailure(path, error);
  }
}

class Download {
  readonly #file: RemoteFile;
  readonly #partial: string;
  readonly #options: DownloadOptions;
  #facts: FileFacts = {};
  /** The size of the file, as far as it is known. */
  #expected: number | undefined;
  /** How many bytes are there. */
  #length = 0;
  /** The most that were there after any try. */
  #furthest = 0;

  constructor(file: RemoteFile, partial: string, options: DownloadOptions) {
    this.#file = file;
    this.#partial = partial;
    this.#options = options;
    this.#expected = file.bytes;
  }

  async run(): Promise<FileFacts | undefined> {
    this.#length = await sizeOf(this.#partial);
    this.#furthest = this.#length;
    for (let failures = 0; ; ) {
      try {
        return (await this.#try()) ? this.#facts : undefined;
      } catch (error) {
        if (!(error instanceof PassingError)) {
          throw error;
        }
        failures = this.#length > this.#furthest ? 1 : failures + 1;
        this.#furthest = Math.max(this.#furthest, this.#length);
        const pause = PAUSES[failures - 1];
        if (pause === undefined) {
          throw this.#givenUp(error);
        }
        this.#options.onRetry?.(error.message);
        await setTimeout(pause, undefined, { signal: this.#options.signal }).catch(() => {});
        this.#options.signal.throwIfAborted();
      }
    }
  }

  /** Whether there is such a file; then all of it is there now. */
  async #try(): Promise<boolean> {
    if (this.#length > 0 && this.#length === this.#file.bytes) {
      return true;
    }
    const { timeout, signal } = this.#options;
    const headers: Record<string, string> = this.#length > 0 ? { range: `bytes=${this.#length}-` } : {};
    const answer = await ask(this.#file.url, { headers, timeout, signal });
    const { status, content, bytes, facts } = answer;
    if (status === 200 || status === 206) {
      this.#facts = facts;
      await this.#receive(answer);
      return true;
    }
    content.discard();
    if (status === 416 && this.#length > 0) {
      if (bytes === this.#length) {
        this.#facts = facts;
        return true;
      }
      await this.#forget();
      throw new PassingError("the server has no more of it");
    }
    if (status === 404 || status === 410) {
      return false;
    }
    throw this.#refused(status);
  }

  async #receive({ status, headers, content, bytes, facts }: Answer): Promise<void> {
    if (headers["content-type"]?.startsWith("text/html")) {
      content.discard();
      const message = `${this.#file.url} is answered with a web page: something between here and the hub wants attention first`;
      throw new Failure("network", message);
    }
    const expected = this.#file.bytes ?? facts.bytes ?? bytes;
    const other = [facts.bytes, bytes].find((size) => size !== undefined && size !== expected);
    if (other !== undefined) {
      content.discard();
      throw new Failure("integrity", `${this.#file.url} has ${other} bytes, expected ${expected}`);
    }
    this.#expected = expected;
    if (status === 206 && !headers["content-range"]?.startsWith(`bytes ${this.#length}-`)) {
      content.discard();
      await this.#forget();
      throw new PassingError("the server sent another part than it was asked for");
    }
    if (status === 200) {
      await this.#forget(); // it begins anew
    }
    await this.#append(content, expected);
    if (this.#length < (expected ?? 0)) {
      throw new PassingError(`the connection ended after ${this.#length} of ${expected} bytes`);
    }
  }

  /** Writes what comes as it comes: what has arrived when a connection breaks is on disk. */
  async #append(content: Content, expected = Number.POSITIVE_INFINITY): Promise<void> {
    const file = await open(this.#partial, "a");
    try {
      for await (const part of attempt(content, this.#options.signal)) {
        if (this.#length + part.length > expected) {
          await this.#forget();
          throw new Failure("integrity", `${this.#file.url} has more than ${expected} bytes`);
        }
        await file.writeFile(part);
        this.#length += part.length;
        this.#options.onProgress?.(this.#length, Number.isFinite(expected) ? expected : undefined);
      }
    } finally {
      await file.close();
    }
  }

  async #forget(): Promise<void> {
    if (this.#length > 0) {
      await rm(this.#partial, { force: true });
      this.#length = 0;
    }
  }

  #refused(status: number): Error {
    if (status >= 500 || status === 408 || status === 429) {
      return new PassingError(`HTTP status ${status}`);
    }
    const { url } = this.#file;
    const account =
      "the repository does not exist, or wants an account: download it there, and give its folder";
    const why = status === 401 || status === 403 ? `: ${account}` : "";
    return new Failure("network", `${url} could not be fetched: HTTP status ${status}${why}`);
  }

  #givenUp(error: PassingError): Failure {
    const total = this.#expected;
    const arrived = total === undefined ? `${this.#length}` : `${this.#length} of ${total}`;
    const kept =
      this.#length > 0 ? `; ${arrived} bytes are kept, and the same command goes on from there` : "";
    const ways = this.#length > 0 ? "" : "; behind a proxy HTTPS_PROXY does, and --from names a mirror";
    const message = `${this.#file.url} could not be fetched: ${error.message}${kept}${ways}`;
    return new Failure("network", message, { cause: error });
  }
}

/** The content of which the end may come another time, if not now. */
async function* attempt(content: Content, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } catch (error) {
    signal.throwIfAborted();
    throw new PassingError(reasonOf(error), { cause: error });
  }
}

/** What is wrong with a file's content, if anything is. */
function mismatch(expected: Partial<RemoteFile>, content: Uint8Array, sha256: string): string | undefined {
  if (expected.bytes !== undefined && content.length !== expected.bytes) {
    return `has ${content.length} bytes, expected ${expected.bytes}`;
  }
  return expected.sha256 === undefined || expected.sha256 === sha256
    ? undefined
    : `is not the file that it must be: expected sha256 ${expected.sha256}, found ${sha256}`;
}

export function sha256Of(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return 0;
    }
    throw error;
  }
}

/** The fields that have a value. */
function defined(file: RemoteFile): Partial<RemoteFile> {
  return Object.fromEntries(Object.entries(file).filter(([, value]) => value !== undefined));
}
