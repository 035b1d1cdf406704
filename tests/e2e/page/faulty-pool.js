// The collection's worker where embedding workers fail, as the address says:
//
//   ?missing            there are none
//   ?refused            none can be started until somebody says so on the channel "workers"
//   ?first=throws       the first one throws when it gets its second batch
//   ?first=hangs        the first one never answers its second batch
//   ?all=poison         all of them die of a text with the word "poison"
//
// Waits of seconds, for workers that hang or idle, are a fifth as long here.

import "/pkg/workers/worker.js";

const faults = new URLSearchParams(location.search);
const RealWorker = self.Worker;
let started = 0;
let areRefused = faults.has("refused");
new BroadcastChannel("workers").onmessage = () => {
  areRefused = false;
};

class FaultyWorker extends RealWorker {
  constructor(_, options) {
    if (areRefused) throw new Error("no worker now");
    const fault = (started++ === 0 && faults.get("first")) || faults.get("all") || "";
    super(`/faulty-embedder.js?${fault}`, options);
  }
}

if (faults.has("missing")) delete self.Worker;
else self.Worker = FaultyWorker;

const realTimeout = self.setTimeout;
self.setTimeout = (callback, delay) => realTimeout(callback, delay >= 10_000 ? delay / 5 : delay);
