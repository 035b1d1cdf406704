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

// #region turns
const prompt = await collection.prompt("And how fast must she do it?", {
  budget: 3000,
  countTokens: (texts) => texts.map((text) => Math.ceil(text.length / 4)), // the chat model's own counting
  turns: [
    { role: "user", content: "Who repairs the roof?" },
    { role: "assistant", content: "The landlord [1]." },
  ],
});
// #endregion turns

// #region result
const result = await collection.search("who repairs the roof?", { k: 8, expand: 1 });
const quoting = await collection.prompt(result, { budget: 3000 });
// #endregion result

// #region template
const german = await collection.prompt("Wer repariert das Dach?", {
  instructions: "Antworte auf Deutsch, und nur mit dem, was in den Quellen steht.",
  examples: [{ question: "Wer zahlt das Wasser?", answer: "Der Mieter [1]." }],
  unanswerable: "quote",
});
// #endregion template

// #region format
const { body } = await collection.prompt("who repairs the roof?", { format: "documents" });
// body: what Anthropic's interface takes, with a document block and citations enabled for each source
// #endregion format

const roles = prompt.messages.map(({ role }) => role);
const quotes = [prompt, quoting].map(({ citations }) => citations[0]?.quote);
const [system] = german.messages;

export { body, quotes, roles, system };
