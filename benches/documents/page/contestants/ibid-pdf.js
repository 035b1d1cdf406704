// The package's whole way of a PDF file, as its worker goes it: positions from pdf.js, then layout.

import { readPdf } from "/pkg/documents/pdf.js";
import init, { layOutDocument } from "/pkg/wasm/ibid_documents.js";

const addresses = {
  module: "/pkg/pdfjs/pdf.min.mjs",
  worker: "/pkg/pdfjs/pdf.worker.min.mjs",
  characterMaps: `${location.origin}/pkg/pdfjs/cmaps/`,
  standardFonts: `${location.origin}/pkg/pdfjs/standard_fonts/`,
  wasm: `${location.origin}/pkg/pdfjs/wasm/`,
};

export async function open() {
  await init({ module_or_path: "/pkg/wasm/ibid_documents_bg.wasm" });
  return {
    async read(bytes) {
      const read = layOutDocument(await readPdf(bytes, { addresses }));
      const { length } = read.extracted;
      read.free();
      return length;
    },
  };
}
