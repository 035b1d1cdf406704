import { openCollection } from "ibid";

const collection = await openCollection("house");
await collection.loadModel();
await collection.addMany([
  {
    id: "lease",
    content: "The landlord repairs the roof within 14 days. The deposit is three monthly rents.",
  },
  { id: "rules", content: "Bicycles are kept in the cellar. The bins are emptied on Tuesday morning." },
  { id: "garden", content: "The pear tree is pruned in February. Compost belongs behind the shed." },
]);

// #region evaluate
const questions = [
  { question: "who repairs the roof?", documents: ["lease"] },
  {
    question: "where do bicycles go?",
    spans: [{ document: "rules", quote: "Bicycles are kept in the cellar." }],
  },
  { question: "who is the mayor?", answerable: false },
];
const report = await collection.evaluate(questions, { against: [{ mode: "lexical" }] });
const ndcg = report.runs[0]?.measures["ndcg@10"]; // { mean, low, high, count }
// #endregion evaluate

// #region sweep
const swept = await collection.evaluate(questions, {
  sweep: { measure: "ndcg@10", modes: ["hybrid", "lexical"] },
});
const advice = swept.choice?.says; // a sentence
// #endregion sweep

// #region known
const known = await collection.evaluate({ knownItems: 100 }); // at most so many
const found = known.runs[0]?.measures["mrr@10"]?.mean;
// #endregion known

const auc = report.runs[0]?.auc;

export { advice, auc, found, ndcg };
