import { openCollection } from "ibid";

// #region create
import { createPasskey, passkeyKey, passkeySupport } from "ibid/passkey";

/** On a click: it asks the person. */
export async function addPasskey(passphrase: string) {
  const collection = await openCollection("files", { passphrase });
  if ((await passkeySupport()) !== "unavailable") {
    const { passkey, key } = await createPasskey({ userName: "ada@example.org", siteName: "Contracts" });
    localStorage.passkey = JSON.stringify(passkey); // no secret
    await collection.addKey({ key });
  }
  await collection.close();
}
// #endregion create

// #region open
/** Another day, on a click. */
export async function openByPasskey() {
  return openCollection("files", { key: await passkeyKey(JSON.parse(localStorage.passkey)) });
}
// #endregion open
