// hnswlib-wasm: hnswlib compiled to WebAssembly. `ef` may change between searches.

import { settled } from "../kept-values.js";

// Its file system looks for IndexedDB on a window, which a worker has not.
globalThis.window ??= globalThis;

const FILE = "index.dat";

/** With the name of a file it would write the whole index after every point. */
const NO_AUTOSAVE = "";

let library;
let syncFileSystem;

export async function load() {
  const module = await import("/rivals/hnswlib-wasm/dist/hnswlib.js");
  library = await module.loadHnswlib();
  syncFileSystem = module.syncFileSystem;
}

export function build({ vectors, dimensions }, { m, efConstruction }) {
  const index = new library.HierarchicalNSW("ip", dimensions, NO_AUTOSAVE);
  index.initIndex(vectors.length, m, efConstruction, 100);
  // All at once it would copy every vector into one more array.
  for (const [row, vector] of vectors.entries()) index.addPoint(vector, row, false);
  const save = async () => {
    await index.writeIndex(FILE);
    await syncFileSystem("write");
  };
  return {
    ...searches(index),
    save,
    async bytes() {
      await save();
      return largestStoredFile();
    },
  };
}

export async function restore({ rows, dimensions }) {
  await syncFileSystem("read");
  const index = new library.HierarchicalNSW("ip", dimensions, NO_AUTOSAVE);
  await index.readIndex(FILE, rows);
  return searches(index);
}

function searches(index) {
  return {
    search({ vector }, k, { ef }) {
      index.setEfSearch(ef);
      return [...index.searchKnn(vector, k, undefined).neighbors];
    },
  };
}

/** The file system keeps each file as a value in IndexedDB. */
async function largestStoredFile() {
  const sizes = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await settled(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const values = await settled(database.transaction(store).objectStore(store).getAll());
      sizes.push(...values.map(({ contents }) => contents?.byteLength ?? 0));
    }
    database.close();
  }
  return Math.max(...sizes);
}
