// What browsers download, by entry: a change that makes it larger than here is seen, and says so here.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, constants } from "node:zlib";
import { DIST, importsOf } from "./package-files.js";

/** The most that each entry may have, with all that it imports of the package, in bytes after brotli at quality 9. */
const LIMITS = {
  "index.js": 52_000,
  "workers/worker.js": 46_000,
  "workers/embedding-worker.js": 34_000,
  "workers/scoring-worker.js": 34_000,
  "workers/graph-worker.js": 18_000,
  "workers/quantize-worker.js": 18_000,
  "workers/documents-worker.js": 16_000,
  "wasm/ibid_relaxed_bg.wasm": 1_520_000,
  "wasm/ibid_simd128_bg.wasm": 1_520_000,
  "wasm/ibid_documents_bg.wasm": 620_000,
  "pdfjs/pdf.min.mjs": 130_000,
  "pdfjs/pdf.worker.min.mjs": 360_000,
};

for (const [entry, limit] of Object.entries(LIMITS)) {
  test(`${entry} has no more than ${limit} bytes, compressed`, () => {
    const files = entry.endsWith(".js") ? importsOf(entry).files : [entry];
    const bytes = files.reduce((sum, file) => sum + compressed(readFileSync(join(DIST, file))), 0);
    assert.ok(bytes <= limit, `it has ${bytes}`);
    assert.ok(bytes > limit / 2, `it has ${bytes}: the limit says nothing any more`);
  });
}

/** @param {Buffer} content */
const compressed = (content) =>
  brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }).length;
