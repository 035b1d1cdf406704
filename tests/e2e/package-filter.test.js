// Filters over the metadata of documents, through the package in a real browser.

import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { packageSite } from "./package-site.js";

const scenario = packageSite();

/** Opens a collection of contracts, whose every text has the word "contract", and defines what tests are written with. */
async function prepare() {
  const collection = await ibid.openCollection("contracts");
  const contract = (id, metadata) => ({ id, content: `The contract called ${id}.`, metadata });
  await collection.addMany([
    contract("lease", { year: 2021, tags: ["rent", "roof"], due: new Date("2024-05-31"), signed: true }),
    contract("sale", { year: 2022, tags: ["roof"], due: "2024-05-31T22:30:00Z", signed: false }),
    contract("loan", { year: 2023.5, tags: [], due: "2024-06-01T00:00+02:00" }),
    contract("note", {
      "a.b": "dotted",
      dates: [new Date(0)],
      due: null,
      pages: [3, 0.5],
      mixed: [1, "1", null],
    }),
  ]);
  const found = async (filter, options) => {
    const { hits } = await collection.search("contract", { mode: "lexical", ...options, filter });
    return hits.map(({ document }) => document).sort();
  };
  Object.assign(globalThis, { collection, found });
}

const FOUND = [
  ["no filter", () => found(undefined), ["lease", "loan", "note", "sale"]],
  ["null as filter", () => found(null), ["lease", "loan", "note", "sale"]],
  ["everything", () => found({}), ["lease", "loan", "note", "sale"]],
  ["a year", () => found({ year: 2022 }), ["sale"]],
  ["a fraction", () => found({ year: { $gt: 2023.4999999999998 } }), ["loan"]],
  ["a range", () => found({ year: { $gte: 2021, $lt: 2023 } }), ["lease", "sale"]],
  ["years", () => found({ year: { $in: [2021, 2023.5] } }), ["lease", "loan"]],
  ["other years", () => found({ year: { $nin: [2021, 2023.5] } }), ["note", "sale"]],
  ["a boolean", () => found({ signed: false }), ["sale"]],
  ["a missing field", () => found({ signed: { $exists: false } }), ["loan", "note"]],
  ["a tag", () => found({ tags: { $contains: "roof" } }), ["lease", "sale"]],
  ["two tags", () => found({ tags: { $contains: ["rent", "roof"] } }), ["lease"]],
  ["a string in ISO 8601", () => found({ due: { $gt: "2024-05-31T22:00Z" } }), ["sale"]],
  ["a string as SQL writes it", () => found({ due: { $gt: "2024-05-31 22:00:00 +0000" } }), ["sale"]],
  ["a Date", () => found({ due: new Date("2024-06-01T00:00:00+02:00") }), ["loan"]],
  ["a day", () => found({ due: "2024-05-31" }), ["lease"]],
  [
    "Dates",
    () => found({ due: { $gte: new Date("2024-05-31T22:00Z"), $lt: new Date(8.64e15) } }),
    ["loan", "sale"],
  ],
  ["null", () => found({ due: null }), ["note"]],
  ["no null", () => found({ due: { $ne: null } }), ["lease", "loan", "sale"]],
  ["a null that is there", () => found({ due: { $exists: true } }), ["lease", "loan", "note", "sale"]],
  ["a number among others", () => found({ pages: 0.5 }), ["note"]],
  ["two numbers", () => found({ pages: { $contains: [0.5, 3] } }), ["note"]],
  ["one of two numbers", () => found({ pages: { $in: [3, 4] } }), ["note"]],
  ["a null among others", () => found({ mixed: { $contains: [null, "1"] } }), ["note"]],
  ["a Date among others", () => found({ dates: { $contains: new Date(0) } }), ["note"]],
  ["a dotted name", () => found({ "a.b": "dotted" }), ["note"]],
  ["several", () => found({ $or: [{ year: 2021 }, { $not: { year: { $lt: 9e9 } } }] }), ["lease", "note"]],
  ["an object without prototype", () => found(Object.assign(Object.create(null), { year: 2022 })), ["sale"]],
  ["vectors only", () => found({ tags: "roof" }, { mode: "dense" }), ["lease", "sale"]],
  ["both arms", () => found({ tags: "roof" }, { mode: "hybrid" }), ["lease", "sale"]],
];

scenario("a filter decides which documents are found", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(prepare);
  const unlike = [];
  for (const [name, call, expected] of FOUND) {
    const { result, ...refused } = await page.evaluate(`outcome(${call})`);
    if (!isDeepStrictEqual(result, expected)) unlike.push([name, result, refused]);
  }
  assert.deepEqual(unlike, []);
});

const REFUSED = [
  [() => found([]), "filter: expected an object, found an array"],
  [() => found("year"), "filter: expected an object, found a string"],
  [() => found({ year: { $gt: "2021" } }), "filter.year.$gt: the field holds numbers, not strings"],
  [() => found({ $and: [{}, { tags: { $gt: true } }] }), /^filter\.\$and\[1\]\.tags\.\$gt: .*no order$/],
  [() => found({ year: { $gtt: 1 } }), /^filter\.year\.\$gtt: unknown operator/],
  [() => found({ year: undefined }), /^filter\.year: .*found undefined$/],
  [() => found({ year: { $in: [1, Number.NaN] } }), /^filter\.year\.\$in\[1\]: .*found NaN$/],
  [() => found({ year: { $lt: Number.POSITIVE_INFINITY } }), /^filter\.year\.\$lt: .*found Infinity$/],
  [() => found({ year: { $lt: 1n } }), /^filter\.year\.\$lt: .*found a bigint$/],
  [() => found({ "a.b": () => 1 }), /^filter\["a\.b"\]: .*found a function$/],
  [() => found({ due: { $lt: new Date("soon") } }), "filter.due.$lt: the date is invalid"],
  [() => found({ year: { $in: [1, ...new Array(1), 2] } }), /^filter\.year\.\$in\[1\]: .*found undefined$/],
  [() => found({ year: new Map([["$gt", 1]]) }), /^filter\.year: .*found a Map$/],
  [
    () => {
      const filter = { $or: [] };
      filter.$or.push({ $not: filter });
      return found(filter);
    },
    "filter.$or[0].$not: it contains itself",
  ],
  [
    () => {
      let filter = {};
      for (let depth = 0; depth < 100_000; depth++) filter = { $not: filter };
      return found(filter);
    },
    "filter: it is nested too deeply",
  ],
  [
    () => collection.prompt("contract", { filter: { year: { $exists: 1 } } }),
    /^filter\.year\.\$exists: expected true/,
  ],
];

scenario("what is no filter is a typed error that names the place", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(prepare);
  const unlike = [];
  for (const [call, message] of REFUSED) {
    const refused = await page.evaluate(`outcome(${call})`);
    const named = message instanceof RegExp ? message.test(refused.message) : message === refused.message;
    if (refused.code !== "invalid-filter" || !named) unlike.push([String(call), refused]);
  }
  assert.deepEqual(unlike, []);
});

scenario("a filter can name an object twice, and decides what a prompt quotes", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(prepare);
  const cited = await page.evaluate(async () => {
    const roof = { tags: "roof" };
    const filter = { $and: [roof, roof], year: { $ne: 2022 } };
    const { citations } = await collection.prompt("contract", { filter, unanswerable: "quote" });
    return citations.map(({ document }) => document);
  });
  assert.deepEqual(cited, ["lease"]);
});

scenario("nulls and arrays in metadata come back as they were given", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(prepare);
  const [stored, hit] = await page.evaluate(async () => {
    const { hits } = await collection.search("contract", { mode: "lexical", filter: { pages: 3 } });
    return [(await collection.get("note")).metadata, hits[0].metadata];
  });
  const { due, pages, mixed } = stored;
  assert.deepEqual({ due, pages, mixed }, { due: null, pages: [3, 0.5], mixed: [1, "1", null] });
  assert.deepEqual(hit, stored);
});

scenario("dates in metadata come back as strings in ISO 8601", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(prepare);
  const metadata = await page.evaluate(async () =>
    Promise.all(["lease", "note"].map(async (id) => (await collection.get(id)).metadata)),
  );
  assert.equal(metadata[0].due, "2024-05-31T00:00:00.000Z");
  assert.deepEqual(metadata[1].dates, ["1970-01-01T00:00:00.000Z"]);
});

scenario("documents that were removed or replaced count no more", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(prepare);
  const results = await page.evaluate(async () => {
    await collection.remove("sale");
    await collection.add({ id: "loan", content: "The contract is text now.", metadata: { year: "2022" } });
    const both = [await found({ year: "2022" }), await found({ year: 2022 }), await found({ year: 2021 })];
    await collection.remove("lease");
    return [...both, await outcome(() => found({ year: 2022 }))];
  });
  assert.deepEqual(results.slice(0, 3), [["loan"], [], ["lease"]]);
  assert.deepEqual(
    [results[3].code, results[3].message],
    ["invalid-filter", "filter.year: the field holds strings, not numbers or arrays of numbers"],
  );
});
