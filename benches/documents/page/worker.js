// A contestant in a worker of its own: it reads files that are there already.

import { wasmBytes } from "/page/wasm-memory.js";
import { answer } from "/page/worker.js";

let contestant;
let files;

answer({
  async open({ adapter, settings }) {
    contestant = await (await import(`./contestants/${adapter}.js`)).open(settings);
  },

  async load(addresses) {
    files = await Promise.all(
      addresses.map(async (address) => new Uint8Array(await (await fetch(address)).arrayBuffer())),
    );
  },

  /** Reads all files, one after another: milliseconds, and the characters of text that there were. */
  async read() {
    // What takes a file may keep or change its bytes.
    const copies = files.map((bytes) => bytes.slice());
    const start = performance.now();
    let characters = 0;
    for (const bytes of copies) characters += await contestant.read(bytes);
    return { ms: performance.now() - start, characters };
  },

  wasmBytes,
});
