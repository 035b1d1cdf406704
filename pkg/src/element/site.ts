/** The documents of a static site, from a list in JSON, brought into a collection once. */
import type { Collection } from "../collection.js";
import type { NewDocument } from "../content.js";
import { IbidError } from "../error.js";
import { hexOf } from "../hex.js";
import type { Metadata } from "../metadata.js";
import type { Language } from "../wasm/ibid_simd128.js";

/** A document in the list. */
export interface SiteDocument {
  /** The default is its `url`, else its `file`. */
  id?: string;
  title?: string;
  /** Where a hit leads to, relative to the list; kept in the metadata. */
  url?: string;
  /** Its text. */
  content?: string;
  /** The address of a file with it, relative to the list, in place of `content`. */
  file?: string;
  /** How it is to be read; the default is what the server or the file's name says, and plain text for `content`. */
  mediaType?: string;
  language?: "auto" | Language;
  /** Further values to filter by. */
  metadata?: Metadata;
}

/** What is remembered of the last time: enough to see that there is nothing to do. */
interface Note {
  /** Of the list, in hexadecimal digits; empty where not all of it was added, or browsers do not hash. */
  hash: string;
  ids: string[];
}

/** How far the reading is, in documents. */
export type SiteProgress = (done: number, total: number) => void;

/**
 * Adds the documents of the list at `address`, and removes those that an earlier list had. Where the list is the very same as last
 * time no file is fetched; so it has to change with its files, by a version or a hash in their entries.
 *
 * @throws IbidError `invalid-argument` naming what is wrong with the list, or which files cannot be fetched; the others are added
 */
export async function indexSite(
  collection: Collection,
  address: URL,
  signal: AbortSignal,
  onProgress: SiteProgress,
): Promise<void> {
  const key = `ibid-search ${collection.name} ${address}`;
  const list = await (await fetchChecked(address, signal)).text();
  const hash = await hashOf(list);
  const before = readNote(key);
  if (hash !== undefined && before?.hash === hash) {
    // The collection may be gone and filled by others meanwhile: another list, or the page.
    const stored = new Set((await collection.list()).map(({ id }) => id));
    if (before.ids.every((id) => stored.has(id))) {
      return;
    }
  }
  const entries = checkedList(list, address);
  const failed: string[] = [];
  async function* documents(): AsyncGenerator<NewDocument> {
    for (const entry of entries) {
      try {
        yield await toDocument(entry, address, signal);
      } catch (error) {
        signal.throwIfAborted();
        failed.push(error instanceof Error ? error.message : String(error)); // the others are found all the same
      }
    }
  }
  const ids = entries.map(({ id }) => id);
  // Now, as whoever goes to another page meanwhile leaves behind what was added: a later list may not have it any more.
  writeNote(key, { hash: "", ids: [...new Set([...(before?.ids ?? []), ...ids])] });
  let done = 0;
  onProgress(done, entries.length);
  const outcomes = await collection.addMany(documents(), {
    signal,
    onProgress: (progress) => {
      if (progress.phase === "searchable") {
        done = Math.max(done, progress.done);
        onProgress(Math.min(done, entries.length), entries.length);
      }
    },
  });
  const kept = new Set(ids);
  await collection.remove(before?.ids.filter((id) => !kept.has(id)) ?? []);
  for (const outcome of outcomes) {
    if (outcome.status === "failed") {
      failed.push(`${JSON.stringify(outcome.id)}: ${outcome.error.message}`);
    }
  }
  writeNote(key, { hash: failed.length === 0 ? (hash ?? "") : "", ids });
  if (failed.length > 0) {
    throw new IbidError("invalid-argument", `${failed.length} of ${entries.length}: ${failed.join("; ")}`);
  }
}

type Entry = SiteDocument & { id: string };

function checkedList(text: string, address: URL): Entry[] {
  const refuse = (message: string): never => {
    throw new IbidError("invalid-argument", `${address}: ${message}`);
  };
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    refuse("it is not JSON");
  }
  if (!Array.isArray(list)) {
    return refuse("expected a list of documents");
  }
  const seen = new Set<string>();
  return list.map((entry: SiteDocument | null, at) => {
    if (typeof entry !== "object" || entry === null) {
      return refuse(`[${at}]: expected an object with content or file`);
    }
    if ((typeof entry.content === "string") === (typeof entry.file === "string")) {
      return refuse(`[${at}]: expected either content or file, as a string`);
    }
    const id = entry.id ?? entry.url ?? entry.file;
    if (typeof id !== "string") {
      return refuse(`[${at}]: expected an id, a url or a file`);
    }
    if (seen.has(id)) {
      return refuse(`[${at}]: ${JSON.stringify(id)} is the id of another document, too`);
    }
    seen.add(id);
    // What writes lists has null for what is not there.
    const said = Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null));
    return { ...said, id };
  });
}

async function toDocument(entry: Entry, address: URL, signal: AbortSignal): Promise<NewDocument> {
  const { id, title, url, content, file, mediaType, language, metadata } = entry;
  const document = {
    id,
    ...(title !== undefined && { title }),
    ...(mediaType !== undefined && { mediaType }),
    ...(language !== undefined && { language }),
    metadata: { ...metadata, ...(url !== undefined && { url: new URL(url, address).href }) },
  };
  if (file === undefined) {
    return { ...document, content: content ?? "" };
  }
  const source = new URL(file, address);
  const blob = await (await fetchChecked(source, signal)).blob();
  const name = decodeURIComponent(source.pathname.split("/").at(-1) ?? "");
  return { ...document, content: new File([blob], name, { type: blob.type }) };
}

async function fetchChecked(address: URL, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, { signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new IbidError("invalid-argument", `${address}: it cannot be fetched`, { cause });
  }
  if (!response.ok) {
    throw new IbidError("invalid-argument", `${address}: the server answered ${response.status}`);
  }
  return response;
}

/** `undefined` where browsers do not hash: on pages that are neither HTTPS nor local. */
async function hashOf(text: string): Promise<string | undefined> {
  const digest = await globalThis.crypto?.subtle?.digest("SHA-256", new TextEncoder().encode(text));
  return digest && hexOf(digest);
}

function readNote(key: string): Note | undefined {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "") as Note;
  } catch {
    return undefined; // there is none, or the browser keeps none
  }
}

function writeNote(key: string, note: Note): void {
  try {
    localStorage.setItem(key, JSON.stringify(note));
  } catch {
    // Where nothing is kept the list is read again, and what is unchanged is not added again.
  }
}
