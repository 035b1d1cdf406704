/** What a caller may add as a document, brought into the form that the core takes. */
import { isCoreText, isSaidToBeText, type Said } from "./documents/kind.js";
import type { DocumentReader, ReadNote } from "./documents/reader.js";
import { IbidError } from "./error.js";
import type { Metadata, MetadataOf, NewMetadata } from "./metadata.js";
import { classOf, isBlob, isFile, plainMetadata } from "./plain.js";
import type { DocumentInput, ExtractedText, Language } from "./wasm/ibid_simd128.js";

/** The core's limit, checked here too so that a huge file is not read first. */
const maxContentBytes = 64 * 2 ** 20;

/** A document to add, with metadata of type `M`. */
export type NewDocument<M extends MetadataOf<M> = Metadata> = NewDocumentFields & NewDocumentMetadata<M>;

/** What every document to add has. */
export interface NewDocumentFields {
  /** Unique in the collection, 1 to 1,024 bytes of UTF-8; adding an existing id replaces that document. */
  id: string;
  /** Shown to people and included in what is embedded; the default is the document's own title, else the file's name. */
  title?: string;
  /**
   * Text, a file, or the bytes of one, up to 64 MiB; or a text that was extracted elsewhere, such as `{ pages: ["…", "…"] }`.
   */
  content: string | Blob | ArrayBuffer | Uint8Array | ExtractedText;
  /**
   * How the content is to be read: as text, Markdown, HTML, CSV, TSV, JSON, JSON Lines, a mail (EML), PDF, DOCX, PPTX, XLSX,
   * ODT or EPUB. What files of the last seven are, their bytes say; other kinds are told by this, else by the file's name and
   * type; where nothing is said, it is plain text.
   */
  mediaType?: string;
  /** The charset of a text that is not UTF-8 or UTF-16 and does not say it, such as `windows-1252`. */
  charset?: string;
  /** What opens an encrypted PDF. */
  password?: string;
  /** What it is written in; the default, `"auto"`, is the collection's `language` or, without one, what its text tells. */
  language?: "auto" | Language;
}

/** What a document to add says of itself; it can be left out where no field is needed. */
export type NewDocumentMetadata<M extends MetadataOf<M> = Metadata> =
  Record<never, never> extends M
    ? {
        /**
         * Values to show and to filter by, beside those that the document has of itself: `author`, `date` and others. Dates are
         * kept as strings in ISO 8601.
         */
        metadata?: NewMetadata<M>;
      }
    : {
        /**
         * Values to show and to filter by, beside those that the document has of itself: `author`, `date` and others. Dates are
         * kept as strings in ISO 8601.
         */
        metadata: NewMetadata<M>;
      };

/** Extracts documents of a media type that this library does not read, or not as it should be. */
export type Extractor = (bytes: Uint8Array) => ExtractedText | Promise<ExtractedText>;

/** What turns documents into what the core takes. */
export interface Conversion {
  reader: DocumentReader;
  /** By media type, in small letters. */
  extractors: ReadonlyMap<string, Extractor>;
  signal?: AbortSignal | undefined;
  onPage?: ((note: ReadNote) => void) | undefined;
}

/** Reads the content of a file; everything is checked by the core. The buffers named in `transfer` are ours to move. */
export async function toDocumentInput(
  document: NewDocument,
  transfer: Transferable[],
  conversion: Conversion,
): Promise<DocumentInput> {
  if (typeof document !== "object" || document === null) {
    throw new IbidError("invalid-argument", "document: expected an object with id and content");
  }
  const { content, charset, password, ...given } = document;
  const rest = cloneable({ ...given, metadata: plainMetadata(given.metadata, document.id) });
  if (["function", "symbol"].includes(typeof content)) {
    throw new IbidError(
      "invalid-argument",
      `document ${JSON.stringify(document.id)}: the content is a ${typeof content}`,
    );
  }
  if (rest.mediaType !== undefined && typeof rest.mediaType !== "string") {
    return { ...rest, content } as DocumentInput; // the core says what is wrong with it
  }
  const file = isFile(content) ? content : undefined;
  const fileType = isBlob(content) ? content.type : undefined;
  const said: Said = { mediaType: rest.mediaType, fileName: file?.name, fileType };
  const input = { ...rest, ...(isBlob(content) && { fileName: file?.name, fileType }) };
  const extractor = conversion.extractors.get(essence(rest.mediaType ?? fileType ?? ""));
  if (extractor === undefined && typeof content === "string" && isSaidToBeText(said) !== false) {
    return { ...input, content } as DocumentInput;
  }
  const bytes = await bytesOf(content, document.id);
  if (bytes === undefined) {
    return { ...input, content } as DocumentInput;
  }
  if (extractor !== undefined) {
    const mediaType = rest.mediaType ?? fileType;
    return { ...input, mediaType, content: cloneable(await extractor(bytes)) } as DocumentInput;
  }
  if (charset === undefined && isCoreText(bytes, said)) {
    if (isBlob(content)) {
      transfer.push(bytes.buffer);
    }
    return { ...input, content: bytes } as DocumentInput;
  }
  // The caller's own bytes stay his.
  const own = isBlob(content) || typeof content === "string" ? bytes : bytes.slice();
  const { reader, signal, onPage } = conversion;
  const declared = rest.mediaType ?? fileType;
  const request = { bytes: own, declared, fileName: file?.name, charset, password };
  const { mediaType, extracted } = await reader.read(request, signal, onPage).catch((error) => {
    throw naming(document.id, error);
  });
  transfer.push(extracted.buffer);
  return { ...input, mediaType, extracted } as DocumentInput;
}

function essence(mediaType: string): string {
  return (mediaType.split(";")[0] ?? "").trim().toLowerCase();
}

/** The bytes of a document's content; `undefined` where it is something else. */
async function bytesOf(content: NewDocument["content"], id: string): Promise<Uint8Array | undefined> {
  if (isBlob(content)) {
    refuseTooLarge(content.size, id);
    return new Uint8Array(await readBlob(content, id));
  }
  if (typeof content === "string") {
    return new TextEncoder().encode(content);
  }
  // By their names, since they may be of another frame.
  if (classOf(content) === "ArrayBuffer") {
    return new Uint8Array(content as ArrayBuffer);
  }
  return classOf(content) === "Uint8Array" ? (content as Uint8Array) : undefined;
}

function refuseTooLarge(size: number, id: string): void {
  if (size > maxContentBytes) {
    const message = `document ${JSON.stringify(id)} has ${size} bytes, the limit is ${maxContentBytes}`;
    throw new IbidError("document-too-large", message);
  }
}

/** The error with the document that it is about. */
function naming(id: string, error: unknown): unknown {
  if (!(error instanceof IbidError) || error.code === "aborted") {
    return error;
  }
  return new IbidError(error.code, `document ${JSON.stringify(id)}: ${error.message}`, { cause: error });
}

/** A copy of everything but the content. What has no copy could not be sent, nor the documents that are sent with it. */
function cloneable<T>(fields: T): T {
  try {
    return structuredClone(fields);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new IbidError("invalid-argument", `document: it cannot be sent to the worker: ${why}`, { cause });
  }
}

async function readBlob(blob: Blob, id: string): Promise<ArrayBuffer> {
  try {
    return await blob.arrayBuffer();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new IbidError(
      "invalid-argument",
      `document ${JSON.stringify(id)}: the file cannot be read: ${why}`,
      { cause },
    );
  }
}
