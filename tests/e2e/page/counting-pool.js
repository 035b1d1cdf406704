// The collection's worker whose embedding workers tell the channel "embedded" how many texts they get.

import "/pkg/workers/worker.js";

const RealWorker = self.Worker;

self.Worker = class extends RealWorker {
  constructor(_, options) {
    super("/counting-embedder.js", options);
  }
};
