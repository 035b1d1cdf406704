/** What this origin stores on the device, over all collections: how much, how safely, and what can be had again. */
import { IbidError } from "./error.js";
import { removeModelFiles } from "./model/clear.js";
import { attempt } from "./model/entries.js";

/** What the browser tells of this origin's storage; what it does not tell is absent. */
export interface StorageInfo {
  /** What is stored, collections and models and what else the origin has, in bytes; browsers may round it. */
  used?: number;
  /** The most that may be stored, in bytes. */
  quota?: number;
  /** Whether the browser keeps it when the device runs short of space, until the user clears it. */
  persisted?: boolean;
}

/** The same, and what of a collection is safely there. */
export interface CollectionStorage extends StorageInfo {
  /** Where the collection is: see the option `storage`. What is in `"memory"` is gone once it is closed. */
  place: "device" | "memory";
  /** The generation that was committed last, here or in another tab, as far as this one knows: it outlives whatever happens to the page. */
  generation: number;
  /**
   * Whether there was a collection of this name before, and what it held was gone when it was opened though nobody had called
   * `deleteCollection`: the browser evicted it, or somebody cleared the site's data in part. Absent where that cannot be known;
   * Firefox and Safari remove the note of it, too, so that `false` says nothing there.
   */
  evicted?: boolean;
}

/**
 * Asks the browser to keep what this origin stores also when the device runs short of space. It may ask the user, and
 * decides by itself what it takes for a reason, such as that the page is installed or often visited.
 *
 * @returns whether it does; `false` also where it cannot be asked, as in pages that are neither HTTPS nor local
 */
export async function persistStorage(): Promise<boolean> {
  return (await attempt(() => navigator.storage?.persist?.())) ?? false;
}

/**
 * Removes the files of all models that are kept of this origin, and parts of those that did not arrive whole. Collections
 * stay, and those that are open go on with the models that they have loaded; what is opened next downloads its model again.
 * A model that is being downloaded meanwhile is used, and may not be kept.
 *
 * @returns how many bytes were freed; 0 where nothing is kept, or nothing can be
 */
export async function clearModels(): Promise<number> {
  return removeModelFiles();
}

/** What the names of the databases that collections live in begin with. */
const DATABASE_PREFIX = "ibid/";

/**
 * The names of all collections of this origin, in order, without opening one.
 *
 * @throws IbidError `store-unavailable` where the browser does not tell.
 */
export async function listCollections(): Promise<string[]> {
  try {
    const databases = await indexedDB.databases();
    // WebKit lists what is left of a creation that was aborted, too, with the version 0; the standard leaves it out.
    const names = databases.filter(({ version }) => version !== 0).map(({ name = "" }) => name);
    return names
      .filter((name) => name.startsWith(DATABASE_PREFIX))
      .map((name) => name.slice(DATABASE_PREFIX.length))
      .sort();
  } catch (cause) {
    const message = "the browser does not tell which collections there are";
    throw new IbidError("store-unavailable", message, { cause });
  }
}

/** What the browser tells at the moment. */
export async function storageInfo(): Promise<StorageInfo> {
  const [estimate, persisted] = await Promise.all([
    attempt(() => navigator.storage?.estimate?.()),
    attempt(() => navigator.storage?.persisted?.()),
  ]);
  const { usage, quota } = estimate ?? {};
  return {
    ...(usage !== undefined && { used: usage }),
    ...(quota !== undefined && { quota }),
    ...(persisted !== undefined && { persisted }),
  };
}
