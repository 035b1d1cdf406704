import { openCollection } from "ibid";

const collection = await openCollection("house");
await collection.loadModel();
await collection.addMany([
  {
    id: "lease",
    title: "Lease",
    mediaType: "text/markdown",
    content:
      "# Repairs\n\nThe landlord repairs the slate roof within 14 days. Small repairs are the tenant's.",
    metadata: { year: 2024 },
  },
  {
    id: "rules",
    title: "House rules",
    content: "Bicycles are kept in the cellar.",
    metadata: { year: 2022 },
  },
]);

// #region search
const result = await collection.search('who repairs the "slate roof"?', {
  k: 8,
  filter: { year: { $gte: 2020 } },
  maxPerDocument: 2,
});
for (const { title, chunk, relevance } of result.hits) {
  console.log(title, chunk.section, chunk.text, relevance);
}
// #endregion search

// #region answerable
const elsewhere = await collection.search("how is a soufflé baked?");
const heading = elsewhere.answerable ? "Found" : "Nothing that fits; the nearest are";
// #endregion answerable

// #region evidence
const [hit] = result.hits;
const [best] = hit?.evidence ?? [];
const answering =
  hit && best && hit.chunk.text.slice(best.start - hit.chunk.start, best.end - hit.chunk.start);
// #endregion evidence

// #region rerank
const scorer = (query: string, passages: readonly string[]) =>
  passages.map((passage) => Number(passage.includes("cellar") && query.includes("bicycle")));
const reranked = await collection.search("the bicycle on the roof", {
  rerank: { candidates: 12, weight: 1, agreement: false, scorer },
  explain: true,
});
const scored = reranked.trace?.rerank?.scored;

// #endregion rerank

const order = reranked.hits.map(({ document }) => document);

export { answering, heading, order, result, scored };
