import { openCollection } from "ibid";

const collection = await openCollection("contracts");
const told: number[] = [];
const render = (documents: number) => told.push(documents);
const showWaiting = (chunks: number) => console.log(`${chunks} to embed`);

// #region on
const stop = collection.on("change", ({ documents }) => render(documents)); // generation, chunks and backlog, too
collection.on("backlog", ({ backlog }) => showWaiting(backlog)); // chunks without a vector
collection.on("model", ({ fingerprint }) => console.log(fingerprint)); // it is ready in this tab: search again
collection.on("problem", ({ activity, error }) => console.warn(activity, error.code)); // of this tab's background work
// #endregion on

const other = await openCollection("contracts"); // as another tab does
await other.add({ id: "lease", content: "The landlord repairs the roof." });
while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
stop();

const count = told.at(-1);

export { count };
