// Put in front of a page's or a worker's own script: tells the channel "watched" what its policy refuses and what it fetches, and
// attempts a request when it is told to. Whoever listens is told who it is by the name of the worker.

const channel = new BroadcastChannel("watched");
const where = globalThis.document === undefined ? self.name : "page";

addEventListener("securitypolicyviolation", ({ blockedURI, effectiveDirective }) =>
  channel.postMessage({ where, refused: blockedURI, by: effectiveDirective }),
);

const realFetch = self.fetch;
self.fetch = (input, init) => {
  channel.postMessage({ where, fetched: String(input?.url ?? input) });
  return realFetch(input, init);
};

channel.addEventListener("message", async ({ data }) => {
  if (data.attempt === undefined || data.by !== where) return;
  try {
    await realFetch(data.attempt, { mode: "no-cors" });
    channel.postMessage({ where, attempted: "arrived" });
  } catch {
    channel.postMessage({ where, attempted: "refused" });
  }
});
