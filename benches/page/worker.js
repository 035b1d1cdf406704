// The worker's side of a contestant: it answers one request of the page after the other.

/** Answers requests by calling the method they name; what it throws, the page gets to see. */
export function answer(methods) {
  self.addEventListener("message", async ({ data: { method, args } }) => {
    try {
      self.postMessage({ result: await methods[method](...args) });
    } catch (error) {
      self.postMessage({ error: error?.message ?? String(error) });
    }
  });
}
