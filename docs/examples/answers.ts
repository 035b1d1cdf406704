import { type ChatModel, openCollection } from "ibid";

const collection = await openCollection("leases");
await collection.loadModel();
await collection.add({
  id: "lease",
  title: "Lease",
  content: "The landlord repairs the roof within 14 days. The tenant pays for small repairs up to 100 euros.",
});

// #region extractive
const { text, citations, answerable } = await collection.answer("who repairs the roof?", { words: 60 });
// #endregion extractive

let asked = 0;
const model: ChatModel = async () => {
  asked += 1;
  return asked === 1
    ? "The landlord repairs the roof within 60 days [1]."
    : "The landlord repairs the roof within 14 days [1].";
};
const shown: string[] = [];
const judged: string[] = [];

// #region model
const answer = await collection.answer("who repairs the roof?", {
  model,
  onText: (text) => shown.push(text), // all of it so far
  onVerdicts: (verdicts) => judged.push(...verdicts.map(({ verdict }) => verdict)),
});
const verdicts = answer.verification?.sentences.map(({ verdict }) => verdict);
const rounds = answer.rounds.map(({ text }) => text); // two, where the model was asked once more

// #endregion model

export { answerable, citations, judged, rounds, shown, text, verdicts };
