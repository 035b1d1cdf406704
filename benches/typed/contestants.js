// Who answers queries as people type them: adapters with their settings, and the knobs of each. Adapters of rivals are those
// of ../index/page/contestants.

const rival = (adapter, knobs, settings = {}) => ({
  script: `/index/contestants/${adapter}.js`,
  settings,
  knobs,
});

export const CONTESTANTS = {
  ibid: {
    script: "/package.js",
    settings: {},
    knobs: ["lexical", "hybrid"].map((mode) => ({ label: mode, mode })),
  },
  minisearch: rival("minisearch", [
    { label: "" },
    { label: "fuzzy 0.2, prefix", options: { fuzzy: 0.2, prefix: true } },
  ]),
  "@orama/orama": rival("orama", [
    { label: "", mode: "fulltext" },
    { label: "tolerance 1", mode: "fulltext", tolerance: 1 },
  ]),
  flexsearch: rival("flexsearch", [{ label: "" }]),
  "flexsearch, forward": rival("flexsearch", [{ label: "" }], { tokenize: "forward" }),
};
