// The fault of faulty-embedder.js.

const fault = location.search.slice(1);
let batches = 0;

self.addEventListener("message", (event) => {
  const texts = event.data.request?.texts;
  if (texts === undefined) return;
  batches++;
  const fails = fault === "poison" ? texts.some((text) => text.includes("poison")) : fault && batches === 2;
  if (!fails) return;
  event.stopImmediatePropagation();
  if (fault !== "hangs") throw new Error(`the fault ${fault}`);
});
