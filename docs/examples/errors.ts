import { openCollection } from "ibid";

const collection = await openCollection("contracts");
const file = new File([new Uint8Array([0, 1, 2])], "contract.txt");

// #region told
import { IbidError } from "ibid";

async function add(file: File): Promise<string> {
  try {
    await collection.add({ id: file.name, content: file });
    return "It is here.";
  } catch (error) {
    if (!(error instanceof IbidError)) throw error;
    if (error.code === "document-no-text") return "Scanned pages have no text.";
    if (error.code === "store-quota") return "This device has no room for it.";
    return `${error.code}: ${error.message}`; // for the developer
  }
}
// #endregion told

const told = await add(file);

export { told };
