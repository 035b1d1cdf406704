// #region register
await navigator.serviceWorker.register("/offline-worker.js");
await navigator.serviceWorker.ready;

// #endregion register

// #region prepare
import { openCollection, persistStorage } from "ibid";

const collection = await openCollection("handbook");
await collection.add({ id: "leave", content: "Staff have thirty days of leave a year." });
await collection.prepareOffline(); // model, workers and what reads documents are here
const isSafe = await persistStorage(); // else the browser may evict it all when space runs short
// #endregion prepare

const ask = async (question: string) => (await collection.search(question)).hits[0]?.document;

export { ask, isSafe };
