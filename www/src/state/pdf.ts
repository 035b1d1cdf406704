/**
 * Pages of PDF files as they look, drawn by the package's copy of pdf.js. It is loaded for the first page that is shown, not
 * before.
 */

import { ownScript } from "./trusted.js";

/** The folder that the package's `pdfjs` is published in. */
export const PDFJS = `${import.meta.env.BASE_URL}pdfjs/`;

/** The most pixels of a drawn page: browsers of phones draw nothing on larger canvases. */
const MOST_PIXELS = 16_000_000;

/** What is used of pdf.js. */
interface PdfModule {
  PDFWorker: new (options: { port: Worker; verbosity: number }) => { destroy(): void };
  getDocument(options: object): { promise: Promise<PdfDocument>; destroy(): Promise<void> };
}

interface PdfDocument {
  numPages: number;
  getPage(number: number): Promise<PdfPage>;
}

interface PdfPage {
  getViewport(options: { scale: number }): Viewport;
  getTextContent(): Promise<{ items: { str?: string }[] }>;
  render(options: object): { promise: Promise<void>; cancel(): void };
}

interface Viewport {
  width: number;
  height: number;
}

/** Why a file does not open. */
export type Refusal = "locked" | "wrong-password" | "unreadable";

export class PdfError extends Error {
  constructor(
    readonly refusal: Refusal,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Whether these are the bytes of a PDF file. */
export async function isPdfFile(content: unknown): Promise<boolean> {
  if (!(content instanceof Blob)) {
    return false;
  }
  const head = await content
    .slice(0, 1024)
    .text()
    .catch(() => "");
  return head.includes("%PDF-");
}

let loading: Promise<PdfModule> | undefined;

function load(): Promise<PdfModule> {
  const address = new URL("pdf.min.mjs", new URL(PDFJS, document.baseURI)).href;
  loading ??= import(/* @vite-ignore */ address).catch((error) => {
    loading = undefined; // the next page tries again
    throw error;
  });
  return loading as Promise<PdfModule>;
}

/** A PDF file whose pages can be drawn. */
export class PdfFile {
  readonly #pdf: PdfDocument;
  readonly #end: () => void;
  #drawing: { cancel(): void } | undefined;
  /** Counts drawings; only the latest is of use. */
  #turn = 0;

  private constructor(pdf: PdfDocument, end: () => void) {
    this.#pdf = pdf;
    this.#end = end;
  }

  /** @throws PdfError */
  static async open(file: Blob, password: string | undefined): Promise<PdfFile> {
    const folder = new URL(PDFJS, document.baseURI);
    let pdfjs: PdfModule;
    let data: Uint8Array;
    try {
      [pdfjs, data] = await Promise.all([load(), file.arrayBuffer().then((bytes) => new Uint8Array(bytes))]);
    } catch (cause) {
      throw new PdfError("unreadable", messageOf(cause), { cause });
    }
    const port = new Worker(ownScript(new URL("pdf.worker.min.mjs", folder)), { type: "module" });
    const broken = new Promise<never>((_, reject) => {
      port.addEventListener("error", () => reject(new Error("the worker that reads it could not be loaded")));
    });
    broken.catch(() => {});
    const worker = new pdfjs.PDFWorker({ port, verbosity: 0 });
    const task = pdfjs.getDocument({
      worker,
      data,
      ...(password === undefined ? {} : { password }),
      cMapUrl: new URL("cmaps/", folder).href,
      cMapPacked: true,
      standardFontDataUrl: new URL("standard_fonts/", folder).href,
      wasmUrl: new URL("wasm/", folder).href,
      // In the place of those of the system its own would be loaded as fonts, of which the page's policy allows none.
      useSystemFonts: false,
      enableXfa: false,
      verbosity: 0,
    });
    const end = () => {
      void task.destroy().catch(() => {});
      worker.destroy();
      port.terminate();
    };
    try {
      return new PdfFile(await Promise.race([task.promise, broken]), end);
    } catch (cause) {
      end();
      const { name, code } = cause as { name?: string; code?: number };
      const refusal = name !== "PasswordException" ? "unreadable" : code === 2 ? "wrong-password" : "locked";
      throw new PdfError(refusal, messageOf(cause), { cause });
    }
  }

  get pages(): number {
    return this.#pdf.numPages;
  }

  /** The size of a page in points. */
  async size(number: number): Promise<{ width: number; height: number }> {
    const { width, height } = (await this.#pdf.getPage(number)).getViewport({ scale: 1 });
    return { width, height };
  }

  /** The text of a page as it is drawn, in no particular order. */
  async text(number: number): Promise<string> {
    const { items } = await (await this.#pdf.getPage(number)).getTextContent();
    return items.map(({ str }) => str ?? "").join(" ");
  }

  /** Draws a page as wide as this many pixels of the device; `undefined` where another drawing was begun meanwhile. */
  async draw(number: number, width: number): Promise<HTMLCanvasElement | undefined> {
    const turn = ++this.#turn;
    this.#drawing?.cancel();
    try {
      const page = await this.#pdf.getPage(number);
      if (turn !== this.#turn) {
        return undefined;
      }
      const whole = page.getViewport({ scale: 1 });
      const most = Math.sqrt(MOST_PIXELS / (whole.width * whole.height));
      const viewport = page.getViewport({ scale: Math.min(width / whole.width, most) });
      const canvas = document.createElement("canvas");
      canvas.width = Math.ceil(viewport.width);
      canvas.height = Math.ceil(viewport.height);
      const drawing = page.render({ canvas, viewport });
      this.#drawing = drawing;
      await drawing.promise;
      return turn === this.#turn ? canvas : undefined;
    } catch (error) {
      if (turn !== this.#turn) {
        return undefined;
      }
      throw new PdfError("unreadable", messageOf(error), { cause: error });
    }
  }

  close(): void {
    this.#turn += 1;
    this.#drawing?.cancel();
    this.#end();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
