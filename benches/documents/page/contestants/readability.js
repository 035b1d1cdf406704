// @mozilla/readability over linkedom, which is a DOM where a worker has none.

import { parseHTML } from "/rivals/linkedom/worker.js";

/** The class of a CommonJS module. */
async function load(address) {
  const module = {};
  new Function("module", await (await fetch(address)).text())(module);
  return module.exports;
}

export async function open() {
  const Readability = await load("/rivals/@mozilla/readability/Readability.js");
  const decoder = new TextDecoder();
  return {
    read(bytes) {
      const { document } = parseHTML(decoder.decode(bytes));
      return new Readability(document).parse()?.textContent.length ?? 0;
    },
  };
}
