// Who is compared: an adapter of page/contestants with its settings, and the knobs that each search may turn. Every
// knob has a label, which is empty where there is only one way to search.

const ibid = (build, settings = {}) => ({ adapter: "ibid", settings: { build, ...settings } });

/** A scan over all vectors, with sketches and without, and what users get. */
const byMeaning = [
  { label: "exact scan", by: "exact" },
  { label: "scan", by: "scan" },
  { label: "default", by: "meaning" },
];

/** How many candidates a search of hnswlib keeps: more finds more, and takes longer. */
const EF = [10, 20, 40, 80, 160, 320];

/** Ours, with the names that the report looks for. */
export const OURS = { vectors: "ibid relaxed", default: "default" };

/** Search by meaning. The parameters of hnswlib are its defaults. */
export const VECTORS = {
  // Linked at any size, to see from which on a walk is faster than a scan.
  "ibid relaxed": {
    ...ibid("relaxed", { linked: true }),
    knobs: [...byMeaning, { label: "walk", by: "walk" }],
  },
  "ibid simd128": { ...ibid("simd128"), knobs: byMeaning },
  "hnswlib-wasm": {
    adapter: "hnswlib-wasm",
    settings: { m: 16, efConstruction: 200 },
    knobs: EF.map((ef) => ({ label: `ef ${ef}`, ef })),
  },
  edgevec: {
    adapter: "edgevec",
    settings: { binary: true },
    knobs: [
      { label: "f32" },
      ...[3, 10, 30].map((rescore) => ({ label: `1 bit, rescored x ${rescore}`, rescore })),
    ],
  },
  "altor-vec": { missing: "not in the npm registry" },
  "voy-search": { adapter: "voy-search", settings: {}, knobs: [{ label: "" }] },
  "@orama/orama": {
    adapter: "orama",
    settings: {},
    knobs: [0, 0.4, 0.8].map((similarity) => ({
      label: `similarity ${similarity}`,
      mode: "vector",
      similarity,
    })),
  },
  "client-vector-search": { adapter: "client-vector-search", settings: {}, knobs: [{ label: "" }] },
};

/** Search by words and by both. */
export const WORDS = {
  "ibid relaxed": {
    ...ibid("relaxed"),
    knobs: [
      { label: "words", by: "words" },
      { label: "both", by: "both" },
    ],
  },
  minisearch: { adapter: "minisearch", settings: {}, knobs: [{ label: "words" }] },
  "@orama/orama": {
    adapter: "orama",
    settings: {},
    knobs: [
      { label: "words", mode: "fulltext" },
      { label: "both", mode: "hybrid", similarity: 0 },
    ],
  },
};

/** One row in so many passes the filter. */
export const SELECTIVITIES = [100, 1000];

/** Ours with and without filters: as users get it, and by a scan, whose rows the other must find. */
export const FILTERED = {
  "ibid relaxed": {
    ...ibid("relaxed"),
    knobs: [
      { label: "unfiltered", by: "meaning" },
      ...SELECTIVITIES.flatMap((every) => [
        { label: `1 in ${every}, scan`, by: "scan", every },
        { label: `1 in ${every}`, by: "meaning", every },
      ]),
    ],
  },
};
