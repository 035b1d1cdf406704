/**
 * Opening PDF files in workers of pdf.js.
 *
 * A worker takes longer to start, and to become fast, than most files take to read; so the worker of a file that was read without
 * any failure waits for the next one. After a failure, an abort or a page that does not come to an end it is not used again, but
 * where files are to be read without a network.
 */
import { aborted, IbidError } from "../error.js";
import { starter } from "../workers/start.js";
import { limited, pause, TimeoutError } from "./limits.js";
import type { PdfAddresses, PdfOptions } from "./pdf.js";
import { PdfData, prepareData } from "./pdf-data.js";
import type { PageReader } from "./pdf-page.js";

/** A file that is open, alone in its worker. */
export interface Opened {
  pdf: Pdf;
  /** Closes the file. Where all went well, its worker waits for the next one; otherwise it ends. */
  close(isSound: boolean): Promise<void>;
}

/** What is used of a file of pdf.js; its own types would make it a dependency of everyone's. */
export interface Pdf {
  numPages: number;
  getPage(number: number): Promise<PageReader>;
  getPageLabels(): Promise<(string | null)[] | null>;
  getOutline(): Promise<Bookmark[] | null>;
  getMetadata(): Promise<{ info: Record<string, unknown>; metadata: { get(name: string): unknown } | null }>;
}

export interface Bookmark {
  title: string;
  items: Bookmark[];
}

/** What is used of pdf.js. */
interface PdfModule {
  PDFWorker: new (options: { port: Worker; verbosity: number }) => PdfWorker;
  getDocument(options: object): { promise: Promise<Pdf>; destroy(): Promise<void> };
}

interface PdfWorker {
  /** Resolves when it reads files. */
  promise: Promise<unknown>;
  destroy(): void;
}

const WORKER: WorkerOptions = { type: "module" };

/** A worker of pdf.js with its script. */
class Reader {
  readonly address: string;
  /** Rejects when the worker breaks. */
  readonly broken: Promise<never>;
  readonly #port: Worker;
  #isBroken = false;
  #worker: PdfWorker | undefined;

  constructor(address: string) {
    this.address = address;
    // A worker that pdf.js starts itself looks for `window`, and answers on the port of the worker that it is in.
    this.#port = starter(() => new Worker(address, WORKER), address, WORKER)();
    this.broken = new Promise((_, reject) => {
      this.#port.addEventListener("error", (event) => {
        event.preventDefault();
        this.#isBroken = true;
        reject(unavailable(address, event.message));
      });
    });
    this.broken.catch(() => {});
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** The worker as pdf.js takes it. */
  of(module: PdfModule): PdfWorker {
    this.#worker ??= new module.PDFWorker({ port: this.#port, verbosity: 0 });
    return this.#worker;
  }

  end(): void {
    this.#worker?.destroy();
    this.#port.terminate();
  }
}

/**
 * After {@link prepare}, one that is used where no other waits. It may have failed to read a file, but has closed that in order; one
 * that is stuck never comes here.
 */
let spare: Reader | undefined;
let isPrepared = false;

/** The reader of the last file, which waits for the next one until the worker ends that it is in. */
let waiting: Reader | undefined;

/** The reader that waits, or a new one. */
function takeReader(address: string): Reader {
  const reader = [waiting, spare].find((reader) => reader?.address === address);
  if (reader === undefined) {
    return new Reader(address);
  }
  if (reader === waiting) {
    waiting = undefined;
  } else {
    spare = undefined;
  }
  if (reader.isBroken) {
    reader.end();
    return takeReader(address);
  }
  return reader;
}

/**
 * Resolves when files can be read without a network, whatever fonts and maps of characters they need.
 *
 * @throws IbidError `internal` where pdf.js cannot be loaded
 */
export async function prepare({ module: address, worker }: PdfAddresses): Promise<void> {
  isPrepared = true;
  const module = await load(address);
  if (spare?.address !== worker || spare.isBroken) {
    spare?.end();
    spare = new Reader(worker);
  }
  const isReading = Promise.race([spare.of(module).promise, spare.broken]);
  await Promise.all([isReading, prepareData(new URL(".", address).href)]);
}

/** Lets a reader wait for the next file, unless another does already or it is of no use any more. */
function putBack(reader: Reader): void {
  if (waiting === undefined && !reader.isBroken) {
    waiting = reader;
  } else {
    reader.end();
  }
}

/**
 * Opens a file. The bytes stay, as a second opening needs them again.
 *
 * @throws IbidError as `readPdf` does
 */
export async function open(bytes: Uint8Array, options: PdfOptions): Promise<Opened> {
  const { addresses, signal } = options;
  if (signal?.aborted) {
    throw aborted(signal.reason);
  }
  // The worker starts while the module loads.
  const reader = takeReader(addresses.worker);
  let close: Opened["close"] = async () => reader.end();
  try {
    const module = await load(addresses.module);
    const task = module.getDocument(settings(reader.of(module), bytes, options));
    close = async (isSound) => {
      // It answers no more where it is stuck: what cannot be ended in order is ended all the same.
      const isClosed = await Promise.race([hasSucceeded(task.destroy()), pause(1000)]);
      if (isSound && isClosed) {
        putBack(reader);
      } else if (isPrepared && isClosed && spare === undefined && !reader.isBroken) {
        spare = reader; // without a network there may never be another one
      } else {
        reader.end();
      }
    };
    return { pdf: await limited(Promise.race([task.promise, reader.broken]), options), close };
  } catch (error) {
    await close(false);
    throw whyNotOpened(error);
  }
}

async function load(address: string): Promise<PdfModule> {
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ address)) as PdfModule;
  } catch (cause) {
    throw unavailable(address, cause);
  }
}

function settings(worker: PdfWorker, bytes: Uint8Array, { addresses, password }: PdfOptions): object {
  return {
    worker,
    data: bytes.slice(),
    ...(password === undefined ? {} : { password }),
    ...(addresses.characterMaps ? { cMapUrl: addresses.characterMaps, cMapPacked: true } : {}),
    ...(addresses.standardFonts ? { standardFontDataUrl: addresses.standardFonts } : {}),
    ...(addresses.wasm ? { wasmUrl: addresses.wasm } : {}),
    // What is fetched and drawn in the document of a page does not exist here.
    useWorkerFetch: false,
    BinaryDataFactory: PdfData,
    disableFontFace: true,
    useSystemFonts: false,
    isOffscreenCanvasSupported: false,
    isImageDecoderSupported: false,
    isEvalSupported: false,
    // Names of fonts, without which bold is not known.
    fontExtraProperties: true,
    // Pictures are never looked at.
    maxImageSize: 1,
    enableXfa: false,
    verbosity: 0,
  };
}

function hasSucceeded(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

function unavailable(address: string, cause: unknown): IbidError {
  return new IbidError("internal", `the PDF reader cannot be loaded from ${address}`, { cause });
}

function whyNotOpened(error: unknown): IbidError {
  if (error instanceof IbidError) {
    return error;
  }
  if (error instanceof TimeoutError) {
    return malformed("the file does not open in time", error);
  }
  const { name, message, code } = error as { name?: string; message?: string; code?: number };
  if (name === "PasswordException") {
    const why = code === 2 ? "the password does not open it" : "it is encrypted, and no password was given";
    return new IbidError("document-encrypted", why, { cause: error });
  }
  return malformed(`it cannot be read as PDF: ${message ?? error}`, error);
}

export function malformed(message: string, cause?: unknown): IbidError {
  return new IbidError("malformed-document", message, { cause });
}
