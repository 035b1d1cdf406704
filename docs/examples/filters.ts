// #region typed
import { openCollection } from "ibid";

interface Contract {
  year: number;
  state: "draft" | "signed";
  tags: string[];
  due?: string;
}

const contracts = await openCollection<Contract>("contracts");
await contracts.addMany([
  {
    id: "lease",
    content: "The landlord repairs the roof.",
    metadata: { year: 2024, state: "signed", tags: ["housing"] },
  },
  {
    id: "loan",
    content: "The bank may ask for repairs of the roof.",
    metadata: { year: 2019, state: "draft", tags: ["bank"], due: new Date("2026-01-31") },
  },
]);
// #endregion typed

// #region search
const recent = await contracts.search("who repairs the roof?", {
  filter: { year: { $gte: 2020 }, state: "signed", tags: { $contains: "housing" } },
});
const either = await contracts.search("who repairs the roof?", {
  filter: { $or: [{ year: { $lt: 2020 } }, { due: { $lt: new Date() } }] },
});
// #endregion search

// #region remove
const removed = await contracts.removeWhere({ state: "draft" });

// #endregion remove

// #region wrong
import { IbidError } from "ibid";

let told = "";
try {
  // @ts-expect-error: the types know that there is no such operator
  await contracts.search("roof", { filter: { year: { $above: 2020 } } });
} catch (error) {
  if (error instanceof IbidError) told = `${error.code}: ${error.message}`;
}
// #endregion wrong

const found = [recent, either].map(({ hits }) => hits.map(({ document }) => document));

export { found, removed, told };
