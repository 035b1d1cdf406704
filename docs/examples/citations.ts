import { openCollection } from "ibid";

const collection = await openCollection("leases");
await collection.loadModel();
await collection.add({
  id: "lease",
  title: "Lease",
  mediaType: "text/markdown",
  content:
    "# Lease\n\n## Repairs\n\nThe landlord repairs the roof within 14 days. The tenant pays for small repairs up to 100 euros.\n",
});

// #region prompt
const prompt = await collection.prompt("Who repairs the roof?", { budget: 1000 });
const { messages } = prompt; // for any chat model
const [citation] = prompt.citations; // what [1] stands for
// #endregion prompt

// #region exact
const lease = await collection.get("lease");
const isExact = citation && lease?.text.slice(citation.start, citation.end) === citation.quote;
// #endregion exact

// #region answer
const answer = await collection.answer("Who repairs the roof?", { words: 40 });
// answer.text: sentences of the documents, each with its mark
// #endregion answer

// #region verify
const { sentences } = await collection.verify(
  "The landlord repairs the roof within 30 days [1]. The tenant pays for small repairs up to 100 euros.",
  { prompt },
);
const verdicts = sentences.map(({ verdict }) => verdict);

// #endregion verify

// #region model
import type { ChatModel } from "ibid";

// Any function from messages to text is a model. This one always says the same, wrongly.
const model: ChatModel = async () => "The landlord repairs the roof within 60 days [1].";

const generated = await collection.answer("Who repairs the roof?", {
  model,
  retry: false,
  onVerdicts: (verdicts) => console.log(verdicts.map(({ verdict }) => verdict)),
});
const failed = generated.verification?.sentences.filter(({ verdict }) => verdict !== "supported") ?? [];
// #endregion model

const failedVerdicts = failed.map(({ verdict }) => verdict);

export { answer, citation, failedVerdicts, isExact, messages, verdicts };
