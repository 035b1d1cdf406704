/** The entries of models in Cache Storage: under which addresses they are, and how to get at them. */

const CACHE_NAME = "ibid-models-v1";
/**
 * The parameter of an entry's address with its key. It keeps the address apart from the one that the file is fetched
 * from, for which a service worker may look into every cache of the origin.
 */
const KEY_PARAMETER = "ibid";
/** The header of an entry with the bytes of its body, which are not counted again to know them. */
export const SIZE_HEADER = "content-length";

/** Where an entry is. */
export interface Place {
  request: Request;
  folder: string;
  file: string;
  key: string;
}

/** The place of the entry with this request, where it is one of ours; else nothing. */
export function placeOf(request: Request): Place[] {
  const url = new URL(request.url);
  const key = url.searchParams.get(KEY_PARAMETER);
  const file = url.pathname.slice(url.pathname.lastIndexOf("/") + 1);
  return key === null ? [] : [{ request, folder: new URL(".", url).href, file, key }];
}

/** Of what is noted beside the files of models. */
export function notesFolder(): string {
  return `${globalThis.origin}/ibid/`;
}

/** The address of an entry. */
export function addressOf(folder: string, file: string, key: string): string {
  return `${folder}${file}?${new URLSearchParams({ [KEY_PARAMETER]: key })}`;
}

/** The cache that all entries are in; `undefined` where nothing can be kept. */
export function openCache(): Promise<Cache | undefined> {
  // `caches` is undefined in insecure contexts, and refuses where the reader has blocked storage.
  return attempt(() => globalThis.caches?.open(CACHE_NAME));
}

/** The result, or `undefined` where storage refuses. */
export async function attempt<T>(access: () => Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await access();
  } catch {
    return undefined;
  }
}
