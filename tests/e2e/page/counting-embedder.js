// An embedding worker that counts; see counting-pool.js.

import "/pkg/workers/embedding-worker.js";

const channel = new BroadcastChannel("embedded");

self.addEventListener("message", ({ data }) => {
  const texts = data.request?.texts;
  if (texts !== undefined) channel.postMessage(texts.length);
});
