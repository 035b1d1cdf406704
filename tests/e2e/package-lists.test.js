// What is there, in pages: collections, documents, and hits beyond the first ones.

import assert from "node:assert/strict";
import { damageParts } from "./stored-parts.js";
import { tinySite } from "./tiny-model.js";

const scenario = tinySite();

/** Ten documents, of which each has another number of the word that is looked for. */
async function openBirds() {
  globalThis.collection = await openReady("papers", { model: "/tiny/" });
  const documents = Array.from({ length: 10 }, (_, at) => ({
    id: `bird-${at}`,
    content: `${"owl ".repeat(at + 1)}nests`,
    metadata: { number: at },
  }));
  await collection.addMany(documents);
}

scenario("documents are counted, listed in pages, and asked for by id", async ({ visit }) => {
  const page = await visit();
  const found = await page.evaluate(async (openBirds) => {
    globalThis.collection = await openReady("papers", { model: "/tiny/" });
    const empty = [
      await collection.count(),
      await collection.has("bird-0"),
      (await collection.list()).length,
    ];
    await new Function(`return (${openBirds})()`)();
    const ids = async (options) => (await collection.list(options)).map(({ id }) => id);
    const before = {
      empty,
      count: await collection.count(),
      counted: [await collection.count({ number: { $gte: 7 } }), await collection.count({ number: 12 })],
      has: [await collection.has("bird-3"), await collection.has("bird")],
      all: (await ids()).length,
      page: await ids({ offset: 4, limit: 3 }),
      last: await ids({ offset: 8, limit: 3 }),
      beyond: await ids({ offset: 10 }),
      codes: await Promise.all(
        [{ offset: -1 }, { offset: 0.5 }, { limit: 0 }, { limit: "3" }].map((options) =>
          outcome(() => collection.list(options)),
        ),
      ),
      noIds: [await outcome(() => collection.has("")), await outcome(() => collection.has(7))],
    };
    await collection.remove("bird-3");
    return { before, after: [await collection.count(), await collection.has("bird-3")] };
  }, String(openBirds));
  const { codes, noIds, ...before } = found.before;
  assert.deepEqual(before, {
    empty: [0, false, 0],
    count: 10,
    counted: [3, 0],
    has: [true, false],
    all: 10,
    page: ["bird-4", "bird-5", "bird-6"],
    last: ["bird-8", "bird-9"],
    beyond: [],
  });
  assert.deepEqual(
    codes.map(({ code, message }) => `${code} ${message}`),
    [
      "invalid-argument options.offset: expected a whole number from 0",
      "invalid-argument options.offset: expected a whole number from 0",
      "invalid-argument options.limit: expected a whole number from 1",
      "invalid-argument options.limit: expected a whole number from 1",
    ],
  );
  assert.deepEqual(
    noIds.map(({ code }) => code),
    ["invalid-id", "invalid-argument"],
  );
  assert.deepEqual(found.after, [9, false]);
});

scenario("hits come in pages that together are those of one search", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(openBirds);
  const found = await page.evaluate(async () => {
    const search = async (options) => {
      const { hits, trace } = await collection.search("owl", {
        mode: "lexical",
        explain: true,
        ...options,
      });
      return { ids: hits.map(({ document }) => document), traced: trace.hits.length };
    };
    const many = await collection.searchMany(["owl", "nests"], { mode: "lexical", k: 2, offset: 3 });
    return {
      all: await search({ k: 10 }),
      pages: [await search({ k: 4 }), await search({ k: 4, offset: 4 }), await search({ k: 4, offset: 8 })],
      usual: [await search(), await search({ offset: 2 }), await search({ offset: 2, k: null })],
      many: many.map(({ hits }) => hits.map(({ document }) => document)),
      beyond: [await search({ offset: 10 }), await search({ offset: Number.MAX_SAFE_INTEGER })],
      refused: [
        await outcome(() => collection.search("owl", { offset: -1 })),
        await outcome(() => collection.search("owl", { offset: 3, k: 0 })),
        await outcome(() => collection.search("owl", { offset: 3, k: "4" })),
      ],
    };
  });
  const { ids } = found.all;
  assert.equal(ids.length, 10);
  assert.deepEqual(
    found.pages,
    [ids.slice(0, 4), ids.slice(4, 8), ids.slice(8)].map((ids) => ({ ids, traced: ids.length })),
  );
  assert.deepEqual(
    found.usual.map((page) => page.ids),
    [ids.slice(0, 8), ids.slice(2, 10), ids.slice(2, 10)],
  );
  assert.deepEqual(found.many[0], ids.slice(3, 5));
  assert.equal(found.many[1].length, 2);
  const none = { ids: [], traced: 0 };
  assert.deepEqual(found.beyond, [none, none]);
  assert.deepEqual(
    found.refused.map(({ code }) => code),
    ["invalid-argument", "invalid-argument", "invalid-argument"],
  );
  assert.match(found.refused[1].message, /k\b/);
  assert.match(found.refused[2].message, /options\.k.*"4"/);
});

scenario("a document whose text is damaged is there all the same", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(openBirds);
  await page.evaluate(() => collection.close());
  assert.ok((await page.evaluate(damageParts, "text/")) > 0);
  const found = await page.evaluate(async () => {
    const collection = await openReady("papers", { model: "/tiny/" });
    const ids = (await collection.list()).map(({ id }) => id);
    const texts = await Promise.all(ids.map((id) => outcome(() => collection.get(id))));
    const has = await Promise.all([...ids, "bird-10"].map((id) => collection.has(id)));
    return { codes: texts.map(({ code }) => code), has };
  });
  assert.ok(found.codes.includes("store-corrupt"));
  assert.deepEqual(found.has, [...found.codes.map(() => true), false]);
});

scenario("collections are listed by their names, without opening one", async ({ visit }) => {
  const page = await visit();
  const found = await page.evaluate(async () => {
    const names = [await ibid.listCollections()];
    for (const name of ["papers", "b/c", "Änderungen"]) {
      await (await ibid.openCollection(name, { model: "/tiny/" })).close();
    }
    await new Promise((resolve) => {
      indexedDB.open("other").onsuccess = resolve;
    });
    names.push(await ibid.listCollections());
    await ibid.deleteCollection("papers");
    names.push(await ibid.listCollections());
    delete IDBFactory.prototype.databases;
    return { names, old: await outcome(() => ibid.listCollections()) };
  });
  assert.deepEqual(found.names, [[], ["b/c", "papers", "Änderungen"], ["b/c", "Änderungen"]]);
  assert.equal(found.old.code, "store-unavailable");
});
