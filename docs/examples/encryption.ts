// #region open
import { deleteCollection, IbidError, openCollection } from "ibid";

const options = { passphrase: "correct horse battery staple", lockAfter: 15 * 60_000 };
const files = await openCollection("patient-files", options);
await files.add({ id: "visit", content: "The patient is allergic to penicillin." });
// #endregion open

// #region wrong
await files.close();
let refused = "";
try {
  await openCollection("patient-files", { passphrase: "guess" });
} catch (error) {
  if (error instanceof IbidError) refused = error.code; // "wrong-key"
}
// #endregion wrong

// #region change
const opened = await openCollection("patient-files", options);
await opened.changeKey({ to: { passphrase: "a better one, written down nowhere" } });
const { encryption } = await opened.info();
// #endregion change

// #region key
const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
const id = await opened.addKey({ key }); // kept in IndexedDB, for example: it cannot be read out
await opened.removeKey(id);
// #endregion key

// #region file
const file = await opened.export({ passphrase: "for the courier" }); // a Blob: patient-files.ibid
const copy = await openCollection("copy", { passphrase: "another one" });
const { added } = await copy.import(file, { passphrase: "for the courier" });
// #endregion file

// #region lock
await opened.lock();
let afterwards = "";
try {
  await opened.search("penicillin");
} catch (error) {
  if (error instanceof IbidError) afterwards = error.code; // "locked"
}
// #endregion lock

await copy.destroy();
await deleteCollection("patient-files");

export { added, afterwards, encryption, refused };
