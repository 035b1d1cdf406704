// edgevec: HNSW in f32, or over vectors of one bit with the best rescored in f32. In version 0.9.0 its flat index takes
// binary vectors only, and with its metrics for cosine and dot product a search returns the rows that are least alike:
// vectors of length 1 rank the same by their distance.

import init, { EdgeVec, EdgeVecConfig, MetricType } from "/rivals/edgevec/edgevec.js";

export async function load() {
  await init();
}

/** `binary` asks for vectors of one bit beside those in f32; `ef` is fixed when an index is made. */
export function build({ vectors, dimensions }, { binary, ef }) {
  const config = new EdgeVecConfig(dimensions);
  config.setMetricType(MetricType.L2);
  if (ef !== undefined) config.ef_search = ef;
  const index = new EdgeVec(config);
  if (binary) index.enableBQ();
  const rows = new Map(vectors.map((vector, row) => [index.insert(vector), row]));
  const search = (vector, k, { rescore }) =>
    rescore === undefined ? index.search(vector, k) : index.searchBQRescored(vector, k, rescore);
  return {
    search: ({ vector }, k, knob) => search(vector, k, knob).map(({ id }) => rows.get(id)),
    bytes() {
      const chunks = index.save_stream();
      let bytes = 0;
      for (let chunk = chunks.next_chunk(); chunk; chunk = chunks.next_chunk()) bytes += chunk.length;
      return bytes;
    },
  };
}
