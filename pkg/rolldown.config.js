// What `tsc` wrote is the input; entries are replaced where they are, so that the addresses in them stay right.

import { dirname, resolve, sep } from "node:path";

// Each worker and what they share in one file apiece: a worker starts before a collection opens, and every level of modules
// that import each other would be a round trip. Exports keep their names, so that files of two versions that a cache has
// mixed fail rather than take one function for another.

const WORKERS = [
  "worker",
  "embedding-worker",
  "scoring-worker",
  "graph-worker",
  "quantize-worker",
  "documents-worker",
];

const workers = {
  input: Object.fromEntries(WORKERS.map((name) => [name, `dist/workers/${name}.js`])),
  output: {
    dir: "dist/workers",
    format: "es",
    entryFileNames: "[name].js",
    chunkFileNames: "shared-[name].js",
    minifyInternalExports: false,
  },
};

// What goes with frameworks, and what few pages need, each an entry of its own, so that the package itself does not grow by it. The package's own
// modules stay where they are: a page has them once, and `import.meta.url` in them tells where the workers are.

const SUBPATHS = ["live", "react", "langchain", "ai", "element", "passkey"];

const inside = SUBPATHS.map((name) => resolve(import.meta.dirname, "dist", name) + sep);

const subpaths = {
  input: Object.fromEntries(SUBPATHS.map((name) => [`${name}/index`, `dist/${name}/index.js`])),
  external: (id, importer) =>
    importer !== undefined &&
    (!/^[./]/.test(id) || !inside.some((folder) => resolve(dirname(importer), id).startsWith(folder))),
  output: {
    dir: "dist",
    format: "es",
    entryFileNames: "[name].js",
    chunkFileNames: "live/shared-[name].js",
    minifyInternalExports: false,
  },
  checks: { moduleLevelDirective: false }, // `"use client"` begins an entry, where it is kept
};

export default [workers, subpaths];
