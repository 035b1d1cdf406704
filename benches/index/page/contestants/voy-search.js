// voy-search: a k-d tree in WebAssembly, made for bundlers that can import a .wasm file.

import * as glue from "/rivals/voy-search/voy_search_bg.js";

/** Resources cross as one JSON text each, of which there is a longest. */
const BATCH = 1000;

export async function load() {
  const source = fetch("/rivals/voy-search/voy_search_bg.wasm");
  const { instance } = await WebAssembly.instantiateStreaming(source, { "./voy_search_bg.js": glue });
  glue.__wbg_set_wasm(instance.exports);
}

export function build({ vectors }) {
  const index = new glue.Voy();
  const embeddings = (start) =>
    vectors.slice(start, start + BATCH).map((vector, at) => {
      const id = String(start + at);
      return { id, title: "", url: id, embeddings: [...vector] };
    });
  for (let at = 0; at < vectors.length; at += BATCH) index.add({ embeddings: embeddings(at) });
  return {
    search: ({ vector }, k) => index.search(vector, k).neighbors.map(({ id }) => Number(id)),
    bytes() {
      const json = index.serialize();
      // A longer string than the browser can hold arrives empty.
      if (json === "") throw new Error("Invalid string length");
      return new Blob([json]).size;
    },
  };
}
