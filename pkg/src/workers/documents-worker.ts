/** The worker that reads documents of other formats than text and Markdown. */
import { readPdf } from "../documents/pdf.js";
import { prepare } from "../documents/pdf-file.js";
import type { PrepareRequest, ReadAnswer, ReadRequest } from "../documents/reader.js";
import { IbidError } from "../error.js";
import * as documents from "../wasm/ibid_documents.js";
import { compile } from "./compile.js";
import { reportPanicsOf } from "./panic.js";
import { serve } from "./serve.js";

let loading: Promise<unknown> | undefined;

serve<ReadRequest | PrepareRequest>(async (request, exchange) => {
  await load(request.wasmUrl);
  if (!("bytes" in request)) {
    await prepare(addresses(request.pdfUrl));
    return { answer: undefined };
  }
  const mediaType = documents.detectDocument(request.bytes, request.declared, request.fileName);
  const read =
    mediaType === "application/pdf"
      ? await readPages(request, (done, total) => exchange.note({ done, total }))
      : documents.readDocument(request.bytes, mediaType, request.declared, request.charset);
  const answer: ReadAnswer = { mediaType, extracted: read.extracted };
  read.free();
  return { answer, transfer: [answer.extracted.buffer as ArrayBuffer] };
});

async function readPages(
  { bytes, password, pdfUrl }: ReadRequest,
  onProgress: (done: number, total: number) => void,
) {
  const positioned = await readPdf(bytes, { addresses: addresses(pdfUrl), password, onProgress });
  return documents.layOutDocument(positioned);
}

async function load(wasmUrl: string | undefined): Promise<void> {
  // The literal address lets bundlers find the binary.
  const binary =
    wasmUrl === undefined
      ? new URL("../wasm/ibid_documents_bg.wasm", import.meta.url)
      : new URL("ibid_documents_bg.wasm", wasmUrl);
  loading ??= compile(binary)
    .then((module) => documents.default({ module_or_path: module }))
    .then(() => reportPanicsOf(documents));
  try {
    await loading;
  } catch (cause) {
    loading = undefined;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new IbidError("internal", `the WebAssembly module ${binary} could not be loaded: ${why}`, {
      cause,
    });
  }
}

/** Where pdf.js is: in the package, or in a copy of its folder `pdfjs`. */
function addresses(folder: string | undefined) {
  // Literal addresses of files alone: bundlers fail at that of a folder, even where it is put together.
  const { module, worker } =
    folder === undefined
      ? {
          module: new URL("../pdfjs/pdf.min.mjs", import.meta.url),
          worker: new URL("../pdfjs/pdf.worker.min.mjs", import.meta.url),
        }
      : { module: new URL("pdf.min.mjs", folder), worker: new URL("pdf.worker.min.mjs", folder) };
  const at = (path: string) => new URL(path, absolute(module)).href;
  return {
    module: absolute(module),
    worker: absolute(worker),
    characterMaps: at("cmaps/"),
    standardFonts: at("standard_fonts/"),
    wasm: at("wasm/"),
  };
}

/** Some bundlers leave addresses without an origin, which are `URL`s by their name only. */
function absolute({ href }: URL): string {
  return URL.canParse(href) ? href : new URL(href, globalThis.location.origin).href;
}
