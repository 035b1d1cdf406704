/**
 * A note outside of the database that a collection is there, by which an evicted one is told from one that never was.
 *
 * Chromium evicts databases and caches but not `localStorage`, where the note is. Firefox and WebKit remove all of an origin at once:
 * there an evicted collection looks new. The note is the name alone, which the database's own name tells, too.
 */

import type { WorkerClient } from "./client.js";
import type { Opened } from "./protocol.js";

const key = (name: string) => `ibid/collection/${name}`;

/** There is none in workers, and pages may be denied it. */
function attempt<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(localStorage);
  } catch {
    return undefined;
  }
}

function testify(name: string): void {
  attempt((storage) => storage.setItem(key(name), "1"));
}

/** Whether a collection of this name was noted; `undefined` where notes cannot be had. */
export function wasThere(name: string): boolean | undefined {
  return attempt((storage) => storage.getItem(key(name)) !== null);
}

/**
 * Notes that the collection is there, as soon as it is, and returns whether an earlier one was evicted.
 *
 * @param before what {@link wasThere} said before it was opened: since then another tab may have made it
 */
export function observed(
  client: WorkerClient,
  name: string,
  { generation, isMemory }: Opened,
  before: boolean | undefined,
): boolean | undefined {
  if (isMemory) {
    return undefined;
  }
  if (generation > 0) {
    testify(name);
    return false;
  }
  const unlisten = client.on("change", () => {
    unlisten();
    testify(name);
  });
  return before && wasThere(name);
}

/** Deletes a collection, with its note; one that could not be deleted keeps it. */
export async function forgotten(name: string, deletion: () => Promise<void>): Promise<void> {
  const noted = wasThere(name);
  attempt((storage) => storage.removeItem(key(name)));
  try {
    await deletion();
  } catch (error) {
    if (noted) {
      testify(name);
    }
    throw error;
  }
}
