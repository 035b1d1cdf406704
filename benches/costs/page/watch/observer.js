// What a worker of the package reads, shares out and holds, seen from where it meets the browser: IndexedDB, its embedding
// workers, WebAssembly. The page asks by a channel of the name that follows "?" in the worker's address.

import { wasmBytes } from "/page/wasm-memory.js";

/** Bytes of stored values that were read, by the first word of the part's name, such as "text" of "text/1f". */
const bytesRead = {};

/** The passages that embedding workers were given. */
const passages = [];

/** The name of the part that a request is for: a key is `[name, index]`, and a range begins with one. */
function partOf(query) {
  const key = query instanceof IDBKeyRange ? query.lower : query;
  return Array.isArray(key) && typeof key[0] === "string" ? key[0].split("/", 1)[0] : undefined;
}

const bytesOf = (value) =>
  (Array.isArray(value) ? value : [value]).reduce((sum, { byteLength }) => sum + byteLength, 0);

for (const method of ["get", "getAll"]) {
  const original = IDBObjectStore.prototype[method];
  IDBObjectStore.prototype[method] = function (query, ...rest) {
    const request = original.call(this, query, ...rest);
    const part = partOf(query);
    if (part !== undefined) {
      request.addEventListener("success", () => {
        bytesRead[part] = (bytesRead[part] ?? 0) + bytesOf(request.result ?? []);
      });
    }
    return request;
  };
}

const { postMessage } = Worker.prototype;
Worker.prototype.postMessage = function (message, ...rest) {
  const { texts, role } = message?.request ?? message ?? {};
  if (role === "passage") passages.push(...texts);
  return postMessage.call(this, message, ...rest);
};

const channel = new BroadcastChannel(self.location.search);
channel.addEventListener("message", () =>
  channel.postMessage({ bytesRead, passages, wasmBytes: wasmBytes() }),
);
