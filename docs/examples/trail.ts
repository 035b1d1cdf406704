// #region record
import { openCollection } from "ibid";

const collection = await openCollection("contracts", { trail: true }); // off by default
await collection.loadModel();
await collection.add({ id: "lease", content: "The landlord repairs the roof." });
const { record = 0 } = await collection.answer("who repairs the roof?");
// #endregion record

// #region replay
const { identical, documents } = await collection.trail.replay(record);
// #endregion replay

// #region export
const file = await collection.trail.export(); // a Blob of JSON Lines
const { head, broken } = await collection.trail.check(); // keep head where you cannot change it
// #endregion export

// #region read
const newest = await collection.trail.list({ limit: 10 });
await collection.trail.remove(record); // its number and its hash stay
const gone = await collection.trail.get(record);
// #endregion read

const size = file.size;
const isDeleted = gone !== undefined && "deleted" in gone;
const listed = newest.length;

export { broken, documents, head, identical, isDeleted, listed, record, size };
