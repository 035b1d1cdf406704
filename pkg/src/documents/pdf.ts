/**
 * Reads PDF files with pdf.js, of which only the positions of text are used: order, paragraphs and tables are found by the core.
 *
 * pdf.js is not imported but loaded from an address, so that a page which never adds a PDF file never fetches it.
 */
import { IbidError } from "../error.js";
import { wellFormed } from "../pairs.js";
import { type Limits, limited, optional, TimeoutError } from "./limits.js";
import { type Bookmark, malformed, open, type Pdf } from "./pdf-file.js";
import { arrange, type Drawn, type FetchedPage, type Fonts, fetchPage, type Nodes } from "./pdf-page.js";

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

/** What to read, and how far to go: the limits hold for opening the file, and for each page. */
export interface PdfOptions extends Limits {
  /** Where pdf.js is. */
  addresses: PdfAddresses;
  /** What opens an encrypted file. */
  password?: string | undefined;
  /** Called after each page, with how many are done of how many. */
  onProgress?: ((done: number, total: number) => void) | undefined;
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

/** How many pages may never come to an end before the file is given up. */
const MOST_STUCK = 3;

/** How many pages are asked for before the first of them is there, so that pdf.js has always one to work on. */
const ABREAST = 3;

/**
 * Reads the positions of all text of a PDF file.
 *
 * A page that takes longer than the time limit is left out and named in `unread`; so is one that is damaged.
 *
 * @throws IbidError `document-encrypted` without the right password, `malformed-document` for a file that is no PDF, is
 * damaged or does not open in time, `aborted`, `internal` where pdf.js cannot be loaded.
 */
export async function readPdf(bytes: Uint8Array, options: PdfOptions): Promise<PositionedDocument> {
  let opened = await open(bytes, options);
  let isSound = false;
  try {
    const { pdf } = opened;
    const total = Math.min(pdf.numPages, MOST_PAGES);
    const described = Promise.all([describe(pdf, options), optional(pdf.getPageLabels(), options)]);
    let pages = new Pages(pdf, total, ABREAST);
    pages.ask(1);
    const [document, labels] = await described;
    const fonts: Fonts = new Map();
    let stuck = 0;
    for (let number = 1; number <= total; ) {
      const page = await limited(pages.read(number, fonts), options).catch((error: unknown) => error);
      if (isPage(page)) {
        document.pages.push({ number, label: wellFormed(labels?.[number - 1] ?? ""), ...page });
      } else if (page instanceof IbidError && page.code === "aborted") {
        throw page;
      } else if (page instanceof TimeoutError) {
        // Nothing ends a page's reading but the end of its worker. Which of several it is that is stuck shows when each is
        // read alone.
        const isAlone = pages.abreast === 1;
        stuck += isAlone ? 1 : 0;
        if (stuck >= MOST_STUCK) {
          throw malformed(`${stuck} of its pages do not come to an end, the last of them page ${number}`);
        }
        await opened.close(false);
        opened = await open(bytes, options);
        pages = new Pages(opened.pdf, total, 1);
        if (!isAlone) {
          continue;
        }
        document.unread.push(number);
      } else {
        document.unread.push(number);
      }
      options.onProgress?.(number, total);
      number += 1;
    }
    isSound = document.unread.length === 0;
    for (let number = total + 1; number <= Math.min(pdf.numPages, total + MOST_PAGES); number++) {
      document.unread.push(number);
    }
    for (const font of fonts.values()) {
      document.fonts[font.index] = [font.name, font.bold, font.italic, font.ascent, font.descent];
    }
    return document;
  } finally {
    await opened.close(isSound);
  }
}

/** The pages of a file in order, of which the next ones are asked for early. */
class Pages {
  readonly abreast: number;
  readonly #pdf: Pdf;
  readonly #total: number;
  readonly #asked = new Map<number, Promise<FetchedPage>>();

  constructor(pdf: Pdf, total: number, abreast: number) {
    this.#pdf = pdf;
    this.#total = total;
    this.abreast = abreast;
  }

  /** Asks for the page of this number and those that are read after it. */
  ask(number: number): void {
    for (let next = number; next < number + this.abreast && next <= this.#total; next++) {
      if (!this.#asked.has(next)) {
        const page = fetchPage(this.#pdf, next);
        // What fails is told when its turn comes.
        page.catch(() => {});
        this.#asked.set(next, page);
      }
    }
  }

  /** Reads the page of this number, and adds the fonts that it is the first to use. */
  async read(number: number, fonts: Fonts): Promise<Omit<PositionedPage, "number" | "label">> {
    this.ask(number);
    const page = this.#asked.get(number) ?? fetchPage(this.#pdf, number);
    this.#asked.delete(number);
    return arrange(await page, fonts);
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
