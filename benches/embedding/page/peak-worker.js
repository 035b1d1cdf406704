// What this processor could do at most, in each build of the core.

import { answer } from "/page/worker.js";

let core;

answer({
  async open({ build }) {
    core = await import(`/core/index_${build}.js`);
    await core.default({ module_or_path: `/core/index_${build}_bg.wasm` });
  },
  /** The most products of small integers in a second. */
  peak: () => core.peak(),
});
