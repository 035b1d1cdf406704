// hnswlib-wasm: hnswlib compiled to WebAssembly. `ef` may change between searches.

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
  return {
    search({ vector }, k, { ef }) {
      index.setEfSearch(ef);
      return [...index.searchKnn(vector, k, undefined).neighbors];
    },
    async bytes() {
      await index.writeIndex(FILE);
      await syncFileSystem("write");
      return largestStoredFile();
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

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
