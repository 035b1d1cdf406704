/** Where the files are that the package needs beside its scripts, for pages whose bundler or server puts them elsewhere. */
import { absoluteUrl, folderUrl } from "./addresses.js";

/** Where the workers and their WebAssembly are, for pages that a bundler has parted from them, and servers that put them elsewhere. */
export interface AssetOptions {
  /**
   * The folder that `npx ibid assets` wrote, or a copy of the package's folder `dist`: all that follows is found in it. It may be
   * of another origin that allows it by CORS. It has to be of the same version: another one is refused.
   */
  assetsUrl?: string | URL;
  /** The folder of `ibid_*_bg.wasm`, for servers that put them elsewhere than in `wasm/` beside `workers/`. */
  wasmUrl?: string | URL;
  /** The address of `workers/worker.js`, where only the collection's worker is elsewhere. */
  workerUrl?: string | URL;
  /** The folder of a copy of `pdfjs`: PDF files in Chinese, Japanese and Korean may need what lies there. */
  pdfUrl?: string | URL;
}

/** Absolute addresses; what is absent is where the package, or a bundler, has it. */
export interface Assets {
  workerUrl: string | undefined;
  /** The worker that reads documents. */
  documentsUrl: string | undefined;
  wasmUrl: string | undefined;
  pdfUrl: string | undefined;
}

/**
 * What is named one by one counts before what is in the folder of all.
 *
 * @throws IbidError `invalid-argument` naming the option
 */
export function resolveAssets({ assetsUrl, wasmUrl, workerUrl, pdfUrl }: AssetOptions): Assets {
  const all = assetsUrl && folderUrl("assetsUrl", assetsUrl);
  const inAll = (path: string) => (all ? new URL(path, all).href : undefined);
  return {
    workerUrl: workerUrl === undefined ? inAll("workers/worker.js") : absoluteUrl("workerUrl", workerUrl),
    documentsUrl: inAll("workers/documents-worker.js"),
    wasmUrl: wasmUrl ? folderUrl("wasmUrl", wasmUrl) : inAll("wasm/"),
    pdfUrl: pdfUrl ? folderUrl("pdfUrl", pdfUrl) : inAll("pdfjs/"),
  };
}
