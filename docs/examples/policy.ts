import { openCollection } from "ibid";

const collection = await openCollection("contracts");
await collection.add({ id: "lease", content: "The landlord repairs the roof." });
const { egress } = await collection.info();
const isTight = egress.page.connect === "own-origin" && egress.worker.connect === "own-origin";

export { egress, isTight };
