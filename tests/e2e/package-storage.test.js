// What the package keeps on the device, told and freed.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { ModelFolder } from "./model-folder.js";
import { packageSite } from "./package-site.js";
import { TINY_FILES, TINY_MANIFEST } from "./tiny-model.js";

const MIB = 1024 * 1024;

/** The folders of the test that runs: one with the tiny model, and an empty one. */
let tiny;
let large;
const handlers = () => [tiny, large].filter((folder) => folder !== undefined);
const site = packageSite({}, (request, response) =>
  handlers().some((folder) => folder.handle(request, response)),
);

function scenario(name, run) {
  site(name, async (visitor, server) => {
    tiny = new ModelFolder("/tiny/").writeModel(TINY_MANIFEST, TINY_FILES);
    large = new ModelFolder("/large/");
    try {
      await run(visitor, server);
    } finally {
      large.cut();
    }
  });
}

/** Writes a model that downloads like a real one, which nobody opens. */
function writeLarge() {
  const files = {
    "tokenizer.json": Buffer.from(JSON.stringify(randomBytes(2499).toString("hex"))),
    "weights.safetensors": randomBytes(10 * MIB + 4321),
  };
  large.writeModel(TINY_MANIFEST, files);
}

/** Opens a collection with the tiny model and a document, and leaves it in the globals of the page. */
const openPapers = (page) =>
  page.evaluate(async () => {
    globalThis.collection = await openReady("papers", { model: "/tiny/", workers: 0 });
    await collection.add({ id: "heron", content: "The heron nests by the river." });
  });

const findByMeaning = (page) =>
  page.evaluate(async () => (await collection.search("bird", { mode: "dense" })).hits.length);

const kept = (page) => page.evaluate(() => keptModelFiles());

/** The bytes of what is kept of model folders. */
const keptBytes = (page) =>
  page.evaluate(async () => {
    const cache = await caches.open("ibid-models-v1");
    let bytes = 0;
    for (const request of await cache.keys()) {
      if (new URL(request.url).pathname.startsWith("/ibid/")) continue;
      bytes += (await (await cache.match(request)).arrayBuffer()).byteLength;
    }
    return bytes;
  });

const clear = (page) => page.evaluate(() => ibid.clearModels());

const ALL = ["GET model.json", "GET tokenizer.json", "GET weights.safetensors"];

scenario(
  "models are removed from all folders, and downloaded again when they are needed",
  async ({ visit }) => {
    writeLarge();
    const page = await visit();
    await openPapers(page);
    await page.evaluate(async () => {
      await loadFolder("/large/");
      await caches.open("of the page").then((cache) => cache.put("/note", new Response("its own")));
    });
    const bytes = await keptBytes(page);
    assert.ok(bytes > 10 * MIB);
    assert.equal(await clear(page), bytes);
    // Which model the vectors are of is known still, and how they were computed.
    const names = (await kept(page)).map((entry) => entry.split(" ")[0]);
    assert.deepEqual(names, ["/ibid/collection", "/ibid/kernels"]);
    assert.ok(await page.evaluate(async () => (await caches.match("/note")) !== undefined));
    assert.equal(await clear(page), 0);

    tiny.asked();
    await page.reload();
    await openPapers(page);
    assert.equal(await findByMeaning(page), 1);
    assert.deepEqual(tiny.asked(), ALL);
  },
);

scenario("parts of a download go too, and it begins anew", async ({ visit }) => {
  writeLarge();
  const page = await visit();
  large.fail("weights.safetensors", { after: 9 * MIB });
  await page.evaluate(async () => {
    const controller = new AbortController();
    const loading = outcome(() => loadFolder("/large/", { signal: controller.signal }));
    while ((globalThis.arrived?.done ?? 0) < 9 * 1024 * 1024) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    controller.abort();
    await loading;
  });
  const parts = (await kept(page)).filter((entry) => /weights\.safetensors .*\.\d+$/.test(entry));
  assert.equal(parts.length, 2);
  const bytes = await keptBytes(page);
  assert.equal(await clear(page), bytes);
  assert.deepEqual(await kept(page), []);
  large.asked();
  await page.evaluate(() => loadFolder("/large/"));
  assert.deepEqual(large.asked(), ALL);
});

scenario("a collection that is open goes on without the files of its model", async ({ visit }) => {
  const page = await visit();
  await openPapers(page);
  await clear(page);
  for (const file of ["model.json", ...Object.keys(TINY_FILES)]) tiny.remove(file);
  tiny.asked();
  const added = await page.evaluate(() => collection.add({ id: "owl", content: "The owl hunts at night." }));
  assert.equal(added.unembedded, 0);
  assert.equal(await findByMeaning(page), 2);
  assert.deepEqual(tiny.asked(), []);
});

scenario("a model that is being downloaded arrives all the same", async ({ visit, errors }) => {
  writeLarge();
  const page = await visit();
  large.fail("weights.safetensors", { after: 9 * MIB });
  await page.evaluate(() => {
    globalThis.loading = loadFolder("/large/");
  });
  await page.waitForFunction((bytes) => (globalThis.arrived?.done ?? 0) >= bytes, 9 * MIB, { polling: 20 });
  await clear(page);
  large.cut();
  const first = await page.evaluate(() => loading);
  assert.deepEqual(await page.evaluate(() => loadFolder("/large/")), first);
  const others = errors.splice(0).filter((error) => !/net::ERR_/.test(error));
  assert.deepEqual(others, []);
});

scenario("where nothing can be kept there is nothing to remove", async ({ visit }) => {
  const page = await visit();
  const freed = await page.evaluate(async () => {
    const freed = [];
    const real = globalThis.caches;
    const refusing = { open: () => Promise.reject(new DOMException("blocked", "SecurityError")) };
    for (const value of [undefined, refusing]) {
      Object.defineProperty(globalThis, "caches", { value, configurable: true });
      freed.push(await ibid.clearModels());
    }
    Object.defineProperty(globalThis, "caches", { value: real });
    freed.push(await ibid.clearModels());
    return freed;
  });
  assert.deepEqual(freed, [0, 0, 0]);
});

/** Has `navigator.storage` of the page be what `storage` makes of it. */
const withStorage = (page, storage) =>
  page.evaluate(`Object.defineProperty(navigator, "storage", { value: ${storage}, configurable: true })`);

scenario("info says how much is stored, and how much may be", async ({ visit }) => {
  const page = await visit();
  await openPapers(page);
  const read = () =>
    page.evaluate(async () => {
      const { storage } = navigator;
      let told;
      storage.estimate = async () => {
        const { usage, quota } = await StorageManager.prototype.estimate.call(storage);
        told = { used: usage, quota, persisted: false };
        return { usage, quota };
      };
      const { storage: said, generation } = await collection.info();
      return { storage: said, told: { ...told, generation, place: "device", evicted: false } };
    });
  const before = await read();
  assert.deepEqual(before.storage, before.told);
  assert.ok(before.storage.quota > before.storage.used);
  const weights = TINY_FILES["weights.safetensors"].length;
  assert.ok(before.storage.used > weights, `${before.storage.used} of ${weights} bytes and more`);

  await page.evaluate(() =>
    caches.open("of the page").then((cache) => cache.put("/much", new Response("x".repeat(3e6)))),
  );
  const { storage } = await read();
  assert.ok(storage.used >= before.storage.used + 3e6);
});

scenario(
  "storage is made persistent where the browser grants it",
  async ({ context, visit }, { address }) => {
    const page = await visit();
    await openPapers(page);
    assert.equal(await page.evaluate(() => ibid.persistStorage()), false);
    assert.equal(await page.evaluate(async () => (await collection.info()).storage.persisted), false);
    const devtools = await context.newCDPSession(page);
    const { targetInfo } = await devtools.send("Target.getTargetInfo");
    await devtools.send("Browser.grantPermissions", {
      browserContextId: targetInfo.browserContextId,
      origin: new URL(address).origin,
      permissions: ["durableStorage"],
    });
    assert.equal(await page.evaluate(() => ibid.persistStorage()), true);
    assert.equal(await page.evaluate(async () => (await collection.info()).storage.persisted), true);
  },
);

scenario("what a browser does not tell of its storage is absent", async ({ visit }) => {
  const page = await visit();
  await openPapers(page);
  const read = () =>
    page.evaluate(async () => {
      const { generation, place, evicted, ...storage } = (await collection.info()).storage;
      return [await ibid.persistStorage(), storage];
    });
  for (const [storage, told] of [
    ["undefined", {}],
    ["{}", {}],
    ["{ estimate: async () => ({ usage: 7 }), persisted: async () => true }", { used: 7, persisted: true }],
    ["{ estimate: async () => ({}), persist: async () => false }", {}],
    [
      "{ estimate: () => Promise.reject(new TypeError('opaque')), persist: () => Promise.reject(new TypeError('opaque')) }",
      {},
    ],
  ]) {
    await withStorage(page, storage);
    assert.deepEqual(await read(), [false, told], storage);
  }
});

scenario("a collection that the browser took away is told from one that never was", async ({ visit }) => {
  const page = await visit();
  const found = await page.evaluate(async () => {
    const open = async () => {
      const collection = await openReady("papers", { model: "/tiny/", workers: 0 });
      return { collection, evicted: (await collection.info()).storage.evicted };
    };
    const deleteDatabase = () =>
      new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase("ibid/papers"); // as an eviction does
        Object.assign(request, { onsuccess: resolve, onerror: reject, onblocked: reject });
      });
    const told = [];
    const first = await open();
    told.push(first.evicted);
    await first.collection.add({ id: "lease", content: "The landlord repairs the roof." });
    await first.collection.close();
    const again = await open();
    told.push(again.evicted);
    await again.collection.close();
    await deleteDatabase();
    const evicted = await open();
    told.push(evicted.evicted);
    await evicted.collection.close();
    await ibid.deleteCollection("papers");
    const deleted = await open();
    told.push(deleted.evicted);
    await deleted.collection.add({ id: "lease", content: "The landlord repairs the roof." });
    await deleted.collection.destroy();
    const destroyed = await open();
    told.push(destroyed.evicted);
    await destroyed.collection.close();
    return told;
  });
  assert.deepEqual(found, [false, false, true, false, false]);
});

scenario("what is to be in memory leaves nothing, and is this tab's alone", async ({ visit }) => {
  const page = await visit();
  const found = await page.evaluate(async () => {
    const options = { model: "/tiny/", workers: 0, storage: "memory" };
    const [one, other] = [await openReady("papers", options), await openReady("papers", options)];
    await one.add({ id: "lease", content: "The landlord repairs the roof." });
    const { hits } = await one.search("roof");
    const { storage, documents } = await one.info();
    const ofOther = await other.info();
    await one.close();
    await other.close();
    const again = await openReady("papers", options);
    const { documents: left } = await again.info();
    await again.close();
    const open = (storage) => outcome(() => openReady("papers", { ...options, storage }));
    return {
      hits: hits.map(({ document }) => document),
      place: storage.place,
      evicted: storage.evicted ?? null,
      documents: [documents, ofOther.documents, left],
      databases: await indexedDB.databases(),
      notes: Object.keys(localStorage),
      needs: (await (await caches.open("ibid-models-v1")).keys())
        .map(({ url }) => url)
        .filter((url) => url.includes("papers")),
      refused: (await open("disk")).code,
    };
  });
  assert.deepEqual(found, {
    hits: ["lease"],
    place: "memory",
    evicted: null,
    documents: [1, 0, 0],
    databases: [],
    notes: [],
    needs: [],
    refused: "invalid-argument",
  });
});

scenario("where the browser stores nothing, memory is taken by who says so", async ({ context, visit }) => {
  // A worker as it is in a window whose storage is forbidden.
  await context.route("**/workers/worker.js", async (route) => {
    const response = await route.fetch();
    const forbid =
      "Object.defineProperty(self, 'indexedDB', { get() { throw new DOMException('', 'SecurityError'); } });";
    await route.fulfill({ response, body: `${forbid}\n${await response.text()}` });
  });
  const page = await visit();
  const found = await page.evaluate(async () => {
    const options = { model: "/tiny/", workers: 0 };
    const refused = await outcome(() => openReady("papers", options));
    const collection = await openReady("papers", { ...options, storage: "device-or-memory" });
    await collection.add({ id: "lease", content: "The landlord repairs the roof." });
    const { storage } = await collection.info();
    const { hits } = await collection.search("roof");
    return { refused: refused.code, place: storage.place, hits: hits.length };
  });
  assert.deepEqual(found, { refused: "store-unavailable", place: "memory", hits: 1 });
});
