// #region open
import { openCollection } from "ibid";

const collection = await openCollection("leases", { model: "all-minilm-l6-v2" });
// #endregion open

// #region add
const LEASE = `# Lease

## Repairs

The landlord repairs the roof and the windows. The tenant pays for small repairs up to 100 euros.

## Notice

The notice period is three months to the end of a month.
`;

const added = collection.add({ id: "lease", title: "Lease", content: LEASE, mediaType: "text/markdown" });
// #endregion add

// #region ask
const form = document.querySelector("form");
const answer = document.querySelector("#answer");
const sources = document.querySelector("#sources");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await added;
  const question = String(new FormData(form).get("question"));
  const { text, citations } = await collection.answer(question, { words: 60 });
  answer.textContent = text || "The documents do not say.";
  sources.replaceChildren(
    ...citations.map(({ section, quote }) => {
      const item = document.createElement("li");
      item.textContent = `${section.join(" › ")}: “${quote}”`;
      return item;
    }),
  );
});
form.querySelector("button").disabled = false;
// #endregion ask

// #region check
/** Whether the quote is what the document has at the place that the citation names. */
export async function isExact({ document: id, start, end, quote }) {
  const { text } = await collection.get(id, { start, end });
  return text === quote;
}
// #endregion check

Object.assign(globalThis, { collection, isExact }); // for whoever tries it in the browser's console
