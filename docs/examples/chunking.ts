import { openCollection } from "ibid";

const text = Array.from(
  { length: 12 },
  (_, n) =>
    `Clause ${n + 1}. The tenant of flat ${n + 1} keeps the stairs clean and locks the cellar at night.`,
).join("\n\n");

// #region sizes
const fine = await openCollection("fine", { chunking: { target: 48, max: 64, overlap: 16 } });
const coarse = await openCollection("coarse", { chunking: { target: 256, max: 256, overlap: 0 } });
await Promise.all([fine.loadModel(), coarse.loadModel()]); // tokens are counted by the model, not estimated
const small = await fine.add({ id: "rules", content: text });
const large = await coarse.add({ id: "rules", content: text });
// #endregion sizes

// #region expand
const { hits } = await fine.search("who cleans the stairs of flat 7?", { k: 1, expand: 1 });
const [hit] = hits;
const isWider = hit !== undefined && hit.passage.text.length > hit.chunk.text.length;
// #endregion expand

// #region evaluate
const report = await coarse.evaluate([
  { question: "who keeps the stairs of flat 7 clean?", documents: ["rules"] },
]);
const ndcg = report.runs[0]?.measures["ndcg@10"]?.mean;

// #endregion evaluate

export { isWider, large, ndcg, small };
