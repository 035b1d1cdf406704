/** What a caller may add as a document, brought into the form that the core takes. */
import { IbidError } from "./error.js";
import { plainMetadata } from "./plain.js";
import type { DocumentInput, Language, MetadataElement, MetadataValue } from "./wasm/ibid_simd128.js";

/** The core's limit, checked here too so that a huge file is not read first. */
const maxContentBytes = 64 * 2 ** 20;

/** A document to add. */
export interface NewDocument {
  /** Unique in the collection, 1 to 1,024 bytes of UTF-8; adding an existing id replaces that document. */
  id: string;
  /** Shown to people and included in what is embedded; the default is the file's name, else empty. */
  title?: string;
  /** Text, a file, or the bytes of one (UTF-8), up to 64 MiB. */
  content: string | Blob | ArrayBuffer | Uint8Array;
  /** `text/plain` or `text/markdown`; the default follows from the file's name and type, else `text/plain`. */
  mediaType?: string;
  /** What it is written in; the default, `"auto"`, is the collection's `language` or, without one, what its text tells. */
  language?: "auto" | Language;
  /** Values to show and to filter by. Dates are kept as strings in ISO 8601. */
  metadata?: Record<string, MetadataValue | Date | readonly (MetadataElement | Date)[]>;
}

/** Reads the content of a file; everything is checked by the core. The buffers named in `transfer` are ours to move. */
export async function toDocumentInput(
  document: NewDocument,
  transfer: Transferable[],
): Promise<DocumentInput> {
  if (typeof document !== "object" || document === null) {
    throw new IbidError("invalid-argument", "document: expected an object with id and content");
  }
  const { content, ...given } = document;
  const rest = cloneable({ ...given, metadata: plainMetadata(given.metadata, document.id) });
  if (typeof Blob !== "undefined" && content instanceof Blob) {
    const file = typeof File !== "undefined" && content instanceof File ? content : undefined;
    if (content.size > maxContentBytes) {
      const message = `document ${JSON.stringify(document.id)} has ${content.size} bytes, the limit is ${maxContentBytes}`;
      throw new IbidError("document-too-large", message);
    }
    const bytes = new Uint8Array(await readBlob(content, document.id));
    transfer.push(bytes.buffer);
    return {
      ...rest,
      title: rest.title ?? file?.name,
      content: bytes,
      fileName: file?.name,
      fileType: content.type,
    } as DocumentInput;
  }
  if (content instanceof ArrayBuffer) {
    return { ...rest, content: new Uint8Array(content) } as DocumentInput;
  }
  if (["function", "symbol"].includes(typeof content)) {
    throw new IbidError(
      "invalid-argument",
      `document ${JSON.stringify(document.id)}: the content is a ${typeof content}`,
    );
  }
  return { ...rest, content } as DocumentInput;
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
