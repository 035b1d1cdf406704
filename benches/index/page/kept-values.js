// Values in IndexedDB, for contestants that leave it to their users where their index is kept.

const STORE = "values";

/** The result of a request of IndexedDB. */
export const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function open() {
  const request = indexedDB.open("kept-values", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return settled(request);
}

/** Makes one request of the store; resolves to its result once that is durable. */
async function use(mode, makeRequest) {
  const database = await open();
  try {
    const transaction = database.transaction(STORE, mode);
    const request = makeRequest(transaction.objectStore(STORE));
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    return request.result;
  } finally {
    database.close();
  }
}

/** Keeps a value that can be cloned; an older one of the same key goes. */
export const keepValue = (key, value) => use("readwrite", (store) => store.put(value, key));

/** The value of a key. */
export const readValue = (key) => use("readonly", (store) => store.get(key));
