// #region open
import { openCollection } from "ibid";

const collection = await openCollection("contracts", {
  model: "all-minilm-l6-v2", // the folder /models/all-minilm-l6-v2/
  modelsUrl: "/models/",
});
await collection.add({ id: "lease", content: "The landlord repairs the roof." });
const { hits, model } = await collection.search("roof"); // by words, until the model is "ready"
// #endregion open

// #region state
await collection.loadModel(); // waits; rejects with a code where it cannot be had
const info = await collection.info();
const state = info.model.state;
const fingerprint = info.model.state === "ready" ? info.model.fingerprint : undefined;

// #endregion state

// #region pin
import { IbidError } from "ibid";

const url = "all-minilm-l6-v2";
const pinned = await openCollection("pinned", { model: { url, fingerprint: "0".repeat(64) } });
let refused = "";
try {
  await pinned.loadModel();
} catch (error) {
  if (error instanceof IbidError) refused = error.code; // "model-mismatch"
}

// #endregion pin

export { fingerprint, hits, model, refused, state };
