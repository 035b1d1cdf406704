// Who is compared in opening what is stored: adapters of ../index/page/contestants that can restore what they kept, with
// their settings and the knob of the one search.

const orama = (settings) => ({ adapter: "orama", settings, knob: { mode: "fulltext" } });

export const RIVALS = {
  "@orama/orama, objects": orama({}),
  "@orama/orama, JSON": orama({ asJson: true }),
  edgevec: { adapter: "edgevec", settings: {}, knob: {} },
  "hnswlib-wasm": {
    adapter: "hnswlib-wasm",
    settings: { m: 16, efConstruction: 200 },
    knob: { ef: 40 },
  },
};
