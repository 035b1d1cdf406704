/** What pdf.js asks for beside its scripts: fonts that files do not hold, and maps of characters. Each is fetched once. */
import { IbidError } from "../error.js";

/** The addresses of pdf.js's folders, under the names that it has for them, each with a slash at its end. */
interface Folders {
  cMapUrl?: string | null;
  standardFontDataUrl?: string | null;
  wasmUrl?: string | null;
}

/** What arrived, or is on its way, by its address. */
const fetched = new Map<string, Promise<Uint8Array>>();

/** Fetches for pdf.js, in the place of its own way, which needs a page. */
export class PdfData {
  readonly #folders: Folders;

  constructor(folders: Folders) {
    this.#folders = folders;
  }

  async fetch({ kind, filename }: { kind: keyof Folders; filename: string }): Promise<Uint8Array> {
    return bytesAt(`${this.#folders[kind]}${filename}`);
  }
}

/**
 * Fetches all fonts and maps of characters that are there.
 *
 * @param folder that of pdf.js, which has a list of them in `files.json`; where that is missing, as in a bundle without `pdfUrl`, or a server
 * answers with a page instead, they are missing, too
 * @throws IbidError `internal` where one is listed and does not arrive, or the server fails
 */
export async function prepareData(folder: string): Promise<void> {
  const address = new URL("files.json", folder);
  const list = await fetch(address);
  if (list.status >= 500) {
    throw refused(address.href, list);
  }
  const paths: unknown = list.ok ? await list.json().catch(() => undefined) : undefined;
  if (!Array.isArray(paths)) {
    return;
  }
  await Promise.all(paths.map((path) => bytesAt(new URL(path as string, folder).href)));
}

function bytesAt(address: string): Promise<Uint8Array> {
  const known = fetched.get(address);
  if (known !== undefined) {
    return known;
  }
  const arriving = download(address);
  fetched.set(address, arriving);
  arriving.catch(() => fetched.delete(address)); // the next file may have a connection
  return arriving;
}

async function download(address: string): Promise<Uint8Array> {
  const response = await fetch(address);
  if (!response.ok) {
    throw refused(address, response);
  }
  return new Uint8Array(await response.arrayBuffer());
}

function refused(address: string, { status }: Response): IbidError {
  const why = `the server answered with status ${status}`;
  return new IbidError("internal", `what the PDF reader needs cannot be loaded from ${address}: ${why}`);
}
