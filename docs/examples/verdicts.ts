import { openCollection } from "ibid";

const collection = await openCollection("house");
await collection.loadModel();
await collection.addMany([
  { id: "lease", title: "Lease", content: "The landlord repairs the roof within 14 days." },
  { id: "rules", title: "House rules", content: "Bicycles are kept in the cellar." },
]);
const prompt = await collection.prompt("Who repairs the roof?", { k: 1 });

// #region verify
const answer = "The landlord repairs the roof within 30 days [1]. Bicycles are kept in the cellar.";
const { sentences } = await collection.verify(answer, { prompt, everywhere: true });
for (const { text, verdict, reason, evidence, differences } of sentences) {
  console.log(verdict, text, reason, evidence, differences);
}
// #endregion verify

const pieces = [
  "The landlord repairs the ",
  "roof within 14 days [1].\n\nThe moon",
  " is made of cheese [1].",
];

// #region stream
const verifier = collection.verifier({ prompt });
const checked: string[] = [];
for (const piece of pieces) {
  for (const { verdict } of await verifier.push(piece)) checked.push(verdict);
}
for (const { verdict } of await verifier.finish()) checked.push(verdict);
// #endregion stream

// #region sources
const ofYourOwn = await collection.verify("The rent is 900 euros [1].", {
  sources: [{ title: "Letter", text: "From May on the rent is 900 euros." }],
});
// #endregion sources

const verdicts = [...sentences, ...ofYourOwn.sentences].map(({ verdict }) => verdict);

export { checked, verdicts };
