// Each worker and what they share in one file apiece: a worker starts before a collection opens, and every level of modules
// that import each other would be a round trip. What `tsc` wrote is the input; entries are replaced where they are, so that
// the addresses in them stay right. Exports keep their names, so that files of two versions that a cache has mixed fail
// rather than take one function for another.

const WORKERS = [
  "worker",
  "embedding-worker",
  "scoring-worker",
  "graph-worker",
  "quantize-worker",
  "documents-worker",
];

export default {
  input: Object.fromEntries(WORKERS.map((name) => [name, `dist/workers/${name}.js`])),
  output: {
    dir: "dist/workers",
    format: "es",
    entryFileNames: "[name].js",
    chunkFileNames: "shared-[name].js",
    minifyInternalExports: false,
  },
};
