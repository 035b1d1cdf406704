// edgevec: HNSW in f32, or over vectors of one bit with the best rescored in f32. In version 0.9.0 its flat index takes
// binary vectors only, and with its metrics for cosine and dot product a search returns the rows that are least alike:
// vectors of length 1 rank the same by their distance.

import init, { EdgeVec, EdgeVecConfig, MetricType } from "/rivals/edgevec/edgevec.js";
import { keepValue, readValue } from "../kept-values.js";

/** The name of what is kept. */
const FILE = "edgevec";

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
  const ids = vectors.map((vector) => index.insert(vector));
  return {
    ...searches(index, ids),
    bytes() {
      const chunks = index.save_stream();
      let bytes = 0;
      for (let chunk = chunks.next_chunk(); chunk; chunk = chunks.next_chunk()) bytes += chunk.length;
      return bytes;
    },
    async save() {
      await index.save(FILE);
      await keepValue(FILE, ids);
    },
  };
}

/** What users keep beside it to know their documents again, here the ids of the rows, is read beside it. */
export async function restore() {
  const [index, ids] = await Promise.all([EdgeVec.load(FILE), readValue(FILE)]);
  return searches(index, ids);
}

/** @param {number[]} ids of the rows */
function searches(index, ids) {
  const rows = new Map(ids.map((id, row) => [id, row]));
  const search = (vector, k, { rescore }) =>
    rescore === undefined ? index.search(vector, k) : index.searchBQRescored(vector, k, rescore);
  return {
    search: ({ vector }, k, knob) => search(vector, k, knob).map(({ id }) => rows.get(id)),
  };
}
