/**
 * A note outside of the database that a collection is there, by which an evicted one is told from one that never was.
 *
 * Chromium evicts databases and caches but not `localStorage`, where the note is. Firefox and WebKit remove all of an origin at once:
 * there an evicted collection looks new. The note is the name alone, which the database's own name tells, too.
 */

const key = (name: string) => `ibid/collection/${name}`;

/** There is none in workers, and pages may be denied it. */
function attempt<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(localStorage);
  } catch {
    return undefined;
  }
}

/** Notes that there is a collection of this name. */
export function testify(name: string): void {
  attempt((storage) => storage.setItem(key(name), "1"));
}

/** Whether that was noted; `undefined` where notes cannot be had. */
export function wasThere(name: string): boolean | undefined {
  return attempt((storage) => storage.getItem(key(name)) !== null);
}

/** Takes the note back: the collection was deleted. */
export function forget(name: string): void {
  attempt((storage) => storage.removeItem(key(name)));
}
