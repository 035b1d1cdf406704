/**
 * Reads PDF files with pdf.js, of which only the positions of text are used: order, paragraphs and tables are found by the core.
 *
 * pdf.js is not imported but loaded from an address, so that a page which never adds a PDF file never fetches it.
 */
import { aborted, IbidError } from "../error.js";
import { type Drawn, type Fonts, type Nodes, type PageReader, readPage, wellFormed } from "./pdf-page.js";

/** Where the files of the package `pdfjs-dist` are, of this origin. */
export interface PdfAddresses {
  /** `build/pdf.min.mjs` */
  module: string;
  /** `build/pdf.worker.min.mjs` */
  worker: string;
  /** The folder `cmaps/`, with a slash at its end; files in Chinese, Japanese and Korean may need it. */
  characterMaps?: string;
  /** The folder `standard_fonts/`, with a slash at its end; what the widths of fonts that are not in the file follow from. */
  standardFonts?: string;
  /** The folder `wasm/`, with a slash at its end. */
  wasm?: string;
}

/** What to read, and how far to go. */
export interface PdfOptions {
  /** Where pdf.js is. */
  addresses: PdfAddresses;
  /** What opens an encrypted file. */
  password?: string | undefined;
  /** Ends the reading; it then rejects with `aborted`. */
  signal?: AbortSignal | undefined;
  /** Called after each page, with how many are done of how many. */
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** How long the file may take to open, and how long each page, in milliseconds. */
  timeout?: number;
}

/** A document as pdf.js reads it, in the form that the core takes. */
export interface PositionedDocument {
  title: string;
  author: string;
  subject: string;
  keywords: string;
  language: string;
  /** When it was made, as the file says it, such as `D:20240131120000+01'00'`. */
  created: string;
  /** When it was last changed, in the same form. */
  modified: string;
  /** What items name by their place: name, whether it is bold and italic, ascent and descent in parts of the size. */
  fonts: [name: string, bold: boolean, italic: boolean, ascent: number, descent: number][];
  /** The bookmarks in order, with their depths from 1. */
  outline: [title: string, level: number][];
  /** The pages that could be read. */
  pages: PositionedPage[];
  /** The numbers of those that could not be. */
  unread: number[];
}

/** A page as it is shown, in points from its upper left corner. */
export interface PositionedPage {
  number: number;
  label: string;
  width: number;
  height: number;
  items: Drawn[];
  nodes: Nodes;
}

/** Pages after which nothing more is read, and bookmarks. */
const MOST_PAGES = 20_000;
const MOST_BOOKMARKS = 5_000;

/** How long opening, and a page, may take, unless the caller says otherwise. */
const TIMEOUT = 20_000;

/** How many pages may never come to an end before the file is given up. */
const MOST_STUCK = 3;

/** What is used of pdf.js; its own types would make it a dependency of everyone's. */
interface PdfModule {
  PDFWorker: new (options: { port: Worker; verbosity: number }) => { destroy(): void };
  getDocument(options: object): { promise: Promise<Pdf>; destroy(): Promise<void> };
}

interface Pdf {
  numPages: number;
  getPage(number: number): Promise<PageReader>;
  getPageLabels(): Promise<(string | null)[] | null>;
  getOutline(): Promise<Bookmark[] | null>;
  getMetadata(): Promise<{ info: Record<string, unknown>; metadata: { get(name: string): unknown } | null }>;
}

interface Bookmark {
  title: string;
  items: Bookmark[];
}

/** A file that is open, in a worker of its own. */
interface Opened {
  pdf: Pdf;
  close(): Promise<void>;
}

/**
 * Reads the positions of all text of a PDF file.
 *
 * A page that takes longer than the time limit is left out and named in `unread`; so is one that is damaged.
 *
 * @throws IbidError `document-encrypted` without the right password, `malformed-document` for a file that is no PDF, is
 * damaged or does not open in time, `aborted`, `internal` where pdf.js cannot be loaded.
 */
export async function readPdf(bytes: Uint8Array, options: PdfOptions): Promise<PositionedDocument> {
  const module = await load(options);
  let opened = await open(module, bytes, options);
  try {
    const { pdf } = opened;
    const [document, labels] = await Promise.all([
      describe(pdf, options),
      optional(pdf.getPageLabels(), options),
    ]);
    const total = Math.min(pdf.numPages, MOST_PAGES);
    const fonts: Fonts = new Map();
    let stuck = 0;
    for (let number = 1; number <= total; number++) {
      const page = await limited(readPage(opened.pdf, number, fonts), options).catch(
        (error: unknown) => error,
      );
      if (isPage(page)) {
        document.pages.push({ number, label: wellFormed(labels?.[number - 1] ?? ""), ...page });
      } else if (page instanceof IbidError && page.code === "aborted") {
        throw page;
      } else {
        document.unread.push(number);
        if (page instanceof TimeoutError) {
          // Nothing ends a page's reading but the end of its worker.
          stuck += 1;
          if (stuck >= MOST_STUCK) {
            throw malformed(`${stuck} of its pages do not come to an end, the last of them page ${number}`);
          }
          await opened.close();
          opened = await open(module, bytes, options);
        }
      }
      options.onProgress?.(number, total);
    }
    for (let number = total + 1; number <= Math.min(pdf.numPages, total + MOST_PAGES); number++) {
      document.unread.push(number);
    }
    for (const font of fonts.values()) {
      document.fonts[font.index] = [font.name, font.bold, font.italic, font.ascent, font.descent];
    }
    return document;
  } finally {
    await opened.close();
  }
}

async function load({ addresses, signal }: PdfOptions): Promise<PdfModule> {
  if (signal?.aborted) {
    throw aborted(signal.reason);
  }
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ addresses.module)) as PdfModule;
  } catch (cause) {
    throw unavailable(addresses.module, cause);
  }
}

function unavailable(address: string, cause: unknown): IbidError {
  return new IbidError("internal", `the PDF reader cannot be loaded from ${address}`, { cause });
}

/** Opens the file in a new worker: pdf.js takes it from its bytes, which a second opening needs again. */
async function open(module: PdfModule, bytes: Uint8Array, options: PdfOptions): Promise<Opened> {
  const { addresses, password } = options;
  // A worker that pdf.js starts itself looks for `window`, and answers on the port of the worker that it is in.
  const port = new Worker(addresses.worker, { type: "module" });
  const broken = new Promise<never>((_, reject) => {
    port.addEventListener("error", (event) => {
      event.preventDefault();
      reject(unavailable(addresses.worker, event.message));
    });
  });
  broken.catch(() => {});
  const worker = new module.PDFWorker({ port, verbosity: 0 });
  const task = module.getDocument({
    worker,
    data: bytes.slice(),
    ...(password === undefined ? {} : { password }),
    ...(addresses.characterMaps ? { cMapUrl: addresses.characterMaps, cMapPacked: true } : {}),
    ...(addresses.standardFonts ? { standardFontDataUrl: addresses.standardFonts } : {}),
    ...(addresses.wasm ? { wasmUrl: addresses.wasm } : {}),
    // What is fetched and drawn in the document of a page does not exist here.
    useWorkerFetch: true,
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
  });
  const close = async () => {
    // It answers no more where it is stuck: what cannot be ended in order is ended all the same.
    await Promise.race([task.destroy().catch(() => {}), pause(1000)]);
    worker.destroy();
    port.terminate();
  };
  try {
    return { pdf: await limited(Promise.race([task.promise, broken]), options), close };
  } catch (error) {
    await close();
    throw whyNotOpened(error);
  }
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

function malformed(message: string, cause?: unknown): IbidError {
  return new IbidError("malformed-document", message, { cause });
}

/** What took too long. */
class TimeoutError extends Error {}

/** What `work` gives, unless it takes too long or the caller aborts. */
async function limited<T>(work: Promise<T>, { signal, timeout = TIMEOUT }: PdfOptions): Promise<T> {
  let end = () => {};
  const ended = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new TimeoutError("it took too long")), timeout);
    const abort = () => reject(aborted(signal?.reason));
    signal?.addEventListener("abort", abort);
    end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    if (signal?.aborted) {
      abort();
    }
  });
  // Whichever is late must not be reported as unhandled.
  work.catch(() => {});
  try {
    return await Promise.race([work, ended]);
  } finally {
    end();
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** What `work` gives; `null` where it fails, but not where the caller aborts. */
async function optional<T>(work: Promise<T>, options: PdfOptions): Promise<T | null> {
  try {
    return await limited(work, options);
  } catch (error) {
    if (error instanceof IbidError) {
      throw error;
    }
    return null;
  }
}

async function describe(pdf: Pdf, options: PdfOptions): Promise<PositionedDocument> {
  const [described, outline] = await Promise.all([
    optional(pdf.getMetadata(), options),
    optional(pdf.getOutline(), options),
  ]);
  const info = described?.info ?? {};
  const text = (...values: unknown[]) => {
    const found = values.flat().find((value) => typeof value === "string" && value.trim() !== "");
    return typeof found === "string" ? wellFormed(found.trim().slice(0, 1000)) : "";
  };
  const extra = (name: string) => described?.metadata?.get(name);
  return {
    title: text(info.Title, extra("dc:title")),
    author: text(info.Author, extra("dc:creator")),
    subject: text(info.Subject, extra("dc:description")),
    keywords: text(info.Keywords, extra("pdf:keywords")),
    language: text(info.Language, extra("dc:language")),
    created: text(info.CreationDate, extra("xmp:createdate")),
    modified: text(info.ModDate, extra("xmp:modifydate")),
    fonts: [],
    outline: bookmarks(outline),
    pages: [],
    unread: [],
  };
}

/** The bookmarks in order; a loop of them ends with the limit. */
function bookmarks(roots: Bookmark[] | null): PositionedDocument["outline"] {
  const found: PositionedDocument["outline"] = [];
  const waiting = (roots ?? []).map((bookmark) => ({ bookmark, level: 1 })).reverse();
  for (let next = waiting.pop(); next && found.length < MOST_BOOKMARKS; next = waiting.pop()) {
    const { bookmark, level } = next;
    found.push([wellFormed(String(bookmark.title).slice(0, 500)), level]);
    waiting.push(
      ...(bookmark.items ?? []).map((bookmark) => ({ bookmark, level: Math.min(level + 1, 100) })).reverse(),
    );
  }
  return found;
}

function isPage(value: unknown): value is Omit<PositionedPage, "number" | "label"> {
  return typeof value === "object" && value !== null && "items" in value;
}
