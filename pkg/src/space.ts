/** How much of the device's storage documents will take, and whether that is left. */
import type { NewDocument } from "./content.js";
import { isBlob } from "./plain.js";
import { storageInfo } from "./storage.js";
import type { DocumentInput } from "./wasm/ibid_simd128.js";

/** What is needed and what is left, in bytes. Both are estimates: browsers round what is left, or make it vaguer on purpose. */
export interface SpaceEvent {
  /** What is about to be stored. */
  needed: number;
  /** What the origin may still store. */
  free: number;
}

/**
 * Bytes that are stored for each byte of text: the text itself, its words, and 384 to 400 bytes of a vector for each chunk; and
 * about as much again until the browser tidies up what it has written.
 */
const STORED_FOR_TEXT = 3;

/** What documents with this many bytes of text are about to take. */
export function neededFor(bytes: number): number {
  return bytes * STORED_FOR_TEXT;
}

/** The bytes of a document's content as far as they are known before it is read. Files of other formats hold less text than that. */
export function sizeOf({ content }: Pick<NewDocument, "content">): number {
  if (typeof content === "string") {
    return content.length;
  }
  if (isBlob(content)) {
    return content.size;
  }
  const { byteLength } = (content ?? {}) as { byteLength?: unknown };
  return typeof byteLength === "number" ? byteLength : 0;
}

/** The bytes, or UTF-16 code units, of a document's text once it is read. */
export function lengthOf({ content, extracted }: DocumentInput): number {
  return sizeOf({ content: (extracted ?? content) as NewDocument["content"] });
}

/** The same of several documents together. */
export function lengthOfAll(documents: readonly DocumentInput[]): number {
  return documents.reduce((sum, document) => sum + lengthOf(document), 0);
}

/** What is left for this origin; `undefined` where the browser does not tell. */
export async function freeSpace(): Promise<number | undefined> {
  const { used, quota } = await storageInfo();
  return used === undefined || quota === undefined ? undefined : Math.max(quota - used, 0);
}

/** What is missing for documents with this many bytes of text; `undefined` where nothing is, or nobody knows. */
export async function shortageFor(bytes: number): Promise<SpaceEvent | undefined> {
  const needed = neededFor(bytes);
  const free = await freeSpace();
  return free === undefined || needed <= free ? undefined : { needed, free };
}

/** Bytes for people. */
export function inWords(bytes: number): string {
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 2 ** 10)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
