// The package's part for documents, as its worker calls it.

import init, { readDocument } from "/pkg/wasm/ibid_documents.js";

export async function open({ mediaType }) {
  await init({ module_or_path: "/pkg/wasm/ibid_documents_bg.wasm" });
  return {
    read(bytes) {
      const read = readDocument(bytes, mediaType, undefined, undefined);
      const { length } = read.extracted;
      read.free();
      return length;
    },
  };
}
