// #region storage
import { clearModels, openCollection, persistStorage } from "ibid";

const collection = await openCollection("contracts");
const isSafe = await persistStorage(); // the browser may ask the user, or decide by itself
const { used, quota, persisted } = (await collection.info()).storage; // of the whole origin, in bytes
// #endregion storage

// #region space
collection.on("space", ({ needed, free }) => console.warn(`${needed} bytes needed, ${free} free`));
// #endregion space

// #region memory
const fleeting = await openCollection("draft", { storage: "memory" });
const { place } = (await fleeting.info()).storage;
// #endregion memory

// #region check
await collection.add({ id: "lease", content: "The landlord repairs the roof." });
const damage = await collection.check(); // [{ id, kind, message }, …]; empty where all is well
// #endregion check

// #region clear
await collection.loadModel();
const freed = await clearModels(); // bytes

// #endregion clear

export { damage, freed, isSafe, persisted, place, quota, used };
