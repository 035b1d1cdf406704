// Has one request to the database fail, as a browser has it fail. What follows is the browser's own.

/** What is asked of the database: by a read, a write, or to begin with either. */
const REQUESTS = [
  [IDBDatabase.prototype, ["transaction"]],
  [IDBObjectStore.prototype, ["put", "delete", "clear", "get", "getAll", "getAllKeys", "getKey", "count"]],
];

/** The ways in which a request fails, each with the error that it is told by. */
const WAYS = {
  /** The call itself throws. */
  thrown: "UnknownError",
  /** The browser gives the transaction up. */
  aborted: "UnknownError",
  /** There is no room for it. */
  full: "QuotaExceededError",
};

const channel = new BroadcastChannel("faults");
let left = Number.POSITIVE_INFINITY;
let way;
let failed;

channel.onmessage = ({ data }) => {
  if (data.arm !== undefined) {
    ({ after: left, way } = data.arm);
    failed = undefined;
  } else if (data.disarm) {
    left = Number.POSITIVE_INFINITY;
  } else {
    return; // an answer to somebody else
  }
  channel.postMessage({ answer: failed ?? null });
};

/** Fails as `way` says. */
function fail(target, name, request) {
  failed = `${name}, ${way}`;
  const error = new DOMException("a fault", WAYS[way]);
  if (way === "thrown") throw error;
  const result = request();
  const transaction = name === "transaction" ? result : target.transaction;
  queueMicrotask(() => {
    // Browsers give up between the events of a page, never while it asks.
    Object.defineProperty(transaction, "error", { value: error });
    transaction.abort();
  });
  return result;
}

for (const [prototype, names] of REQUESTS) {
  for (const name of names) {
    const real = prototype[name];
    prototype[name] = function (...args) {
      const request = () => real.apply(this, args);
      return left-- === 0 ? fail(this, name, request) : request();
    };
  }
}
