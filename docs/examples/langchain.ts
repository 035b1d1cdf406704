import { openCollection } from "ibid";
import { IbidRetriever } from "ibid/langchain";

const collection = await openCollection("contracts");
await collection.add({
  id: "lease",
  title: "Lease",
  content: "The landlord repairs the roof.",
  metadata: { year: 2024 },
});

const retriever = new IbidRetriever({ collection, search: { k: 4, filter: { year: { $gte: 2020 } } } });
const documents = await retriever.invoke("who repairs the roof?");

// documents[0].metadata: document, title, start, end, section, score, relevance,
// and metadata, the document's own: { year: 2024 }

export { documents };
