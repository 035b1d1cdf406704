import { openCollection } from "ibid";

const collection = await openCollection("contracts");
await collection.add({ id: "lease", content: "The landlord repairs the roof." });

// #region export
const file = await collection.export(); // a Blob: save it as contracts.ibid, send it, keep it
// #endregion export

// #region import
const other = await openCollection("contracts-here");
const { added } = await other.import(file); // on another device, in another collection
// #endregion import

// #region merge
await collection.add({ id: "loan", content: "The bank may ask for repairs." });
const newer = await collection.export({ passphrase: "for the courier" });
const report = await other.import(newer, { merge: true, passphrase: "for the courier" });

// report.added is 1, report.unchanged is 1
// #endregion merge

export { added, report };
