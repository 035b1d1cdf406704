// Room on the device: said before, named when it is missing, and nothing that was stored is lost.

import assert from "node:assert/strict";
import { tinySite } from "./tiny-model.js";

const MIB = 1024 * 1024;

// Chromium tells pages of 10 GiB that are free, whatever is; with this flag it tells what it goes by.
const scenario = tinySite({}, undefined, ["--disable-features=StaticStorageQuota"]);

/** Lets the site store so many bytes, beside what it stores already; without a number as many as the browser lets it. */
async function limit({ context, page, address }, room) {
  const devtools = await context.newCDPSession(page);
  const origin = new URL(address).origin;
  if (room === undefined) {
    await devtools.send("Storage.overrideQuotaForOrigin", { origin });
    return;
  }
  const { usage } = await devtools.send("Storage.getUsageAndQuota", { origin });
  await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: Math.ceil(usage + room) });
}

const open = (page) =>
  page.evaluate(async () => {
    globalThis.collection = await openReady("papers", { model: "/tiny/", workers: 0 });
    globalThis.told = [];
    collection.on("space", (event) => told.push(event));
    await collection.add({ id: "heron", content: "The heron nests by the river." });
    globalThis.find = async () =>
      (await collection.search("heron", { mode: "lexical" })).hits.map((hit) => hit.document);
  });

scenario(
  "a list that needs more room than there is is said so before, with what is missing",
  async (visitor, { address }) => {
    const page = await visitor.visit();
    await open(page);
    const add = (prefix) =>
      page.evaluate(async (prefix) => {
        const content = prose(20_000);
        const documents = [1, 2].map((n) => ({ id: `${prefix} ${n}`, content: `${n} ${content}` }));
        const added = await collection.addMany(documents);
        return {
          statuses: added.map(({ status }) => status),
          told: told.splice(0),
          size: 2 * content.length,
        };
      }, prefix);
    const before = await page.evaluate(async () => (await collection.info()).storage.used);
    const roomy = await add("roomy");
    const after = await page.evaluate(async () => (await collection.info()).storage.used);
    assert.deepEqual(roomy.told, [], "there is room enough");

    await limit({ context: visitor.context, page, address }, 0.5 * MIB);
    const [event] = (await add("tight")).told;
    assert.ok(event.free <= 0.5 * MIB && event.free >= 0, `${event.free} bytes are free`);
    assert.ok(event.needed > event.free);
    const stored = after - before;
    assert.ok(
      event.needed > stored / 2 && event.needed < stored * 4,
      `${event.needed} were expected, ${stored} taken`,
    );
  },
);

scenario(
  "a commit without room names what is needed and free; the generation before answers, and room lets it go on",
  async (visitor, { address }) => {
    const page = await visitor.visit();
    await page.evaluate(async () => {
      // Without a model, since every commit after a document's would be one of vectors.
      globalThis.collection = await ibid.openCollection("papers", { model: "/none/" });
      await collection.loadModel().catch(() => {});
      await collection.add({ id: "heron", content: "The heron nests by the river." });
    });
    visitor.errors.splice(0); // the model that is not there
    const place = { context: visitor.context, page, address };
    await limit(place, 0.05 * MIB);
    const refused = await page.evaluate(async () => {
      const content = prose(50_000);
      for (let n = 1; ; n++) {
        // The browser looks at what is left now and then, so the first ones may still fit.
        const before = (await collection.list()).map(({ id }) => id);
        const one = await outcome(() => collection.add({ id: `long ${n}`, content: `${n} ${content}` }));
        if (one.code === undefined) continue;
        const many = await outcome(() => collection.addMany([{ id: "many", content }]));
        const info = await collection.info();
        const { hits } = await collection.search("heron", { mode: "lexical" });
        return {
          before,
          errors: [one, many],
          isStored: info.storage.generation === info.generation,
          ids: (await collection.list()).map(({ id }) => id),
          found: hits.map(({ document }) => document),
        };
      }
    });
    for (const { code, message } of refused.errors) {
      assert.equal(code, "store-quota");
      assert.match(message, /: about [\d.]+ MiB are needed, and the browser tells of \d+ KiB that are free$/);
    }
    assert.ok(refused.isStored);
    assert.deepEqual(refused.found, ["heron"]);
    assert.deepEqual(refused.ids, refused.before);

    await limit(place);
    const after = await page.evaluate(async () => {
      const [{ status }] = await collection.addMany([{ id: "many", content: prose(50_000) }]);
      return {
        status,
        ids: (await collection.list()).map(({ id }) => id),
        damaged: await collection.check(),
      };
    });
    assert.deepEqual(after, { status: "added", ids: [...refused.before, "many"].sort(), damaged: [] });
  },
);
