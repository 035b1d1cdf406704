import { openCollection } from "ibid";

const collection = await openCollection("contracts", { assetsUrl: "/ibid/" });
const { build } = await collection.info();

export { build };
