// A collection as one file: exported in one profile and imported in another, over what is there, and damaged.

import assert from "node:assert/strict";
import { visitOfflinePage } from "./package-site.js";
import { tinySite } from "./tiny-model.js";

const scenario = tinySite();

/** Opens a collection with some documents and a record of the trail. */
async function openHouse(name) {
  globalThis.collection = await openReady(name, { model: "/tiny/", trail: true });
  await collection.addMany([
    { id: "lease", title: "Lease", content: "The landlord repairs the roof. 🏠", metadata: { year: 2024 } },
    { id: "guide", content: "The bins are emptied on Tuesday.\n\n".repeat(300) },
    { id: "gone", content: "The cellar is damp." },
    { id: "page", content: new Blob(["<h1>Keys</h1><p>The key of the door.</p>"], { type: "text/html" }) },
  ]);
  await collection.remove("gone");
  await collection.answer("Who repairs the roof?");
}

/** All that readers see. */
async function seen(collection) {
  const hits = {};
  for (const query of ["who repairs the roof?", "key of the door", "Tuesday"]) {
    for (const mode of ["lexical", "dense", "hybrid"]) {
      const found = await collection.search(query, { mode });
      hits[`${query} ${mode}`] = found.hits.map(({ document, chunk, score }) => [
        document,
        chunk.text,
        score,
      ]);
    }
  }
  const documents = [];
  for (const { id, metadata } of await collection.list()) {
    const { text } = await collection.get(id);
    documents.push([id, metadata, text, await collection.locate(id, { start: 0, end: 4 })]);
  }
  const trail = await (await collection.trail.export()).text();
  return { hits, documents, trail, broken: (await collection.trail.check()).broken };
}

async function prepare({ context, visit }) {
  const content = `${openHouse}\n${seen}\nObject.assign(globalThis, { openHouse, seen });`;
  await context.addInitScript({ content });
  return visit();
}

/** What a profile has noted of the kernels that it has chosen. */
async function kernelsNote() {
  const cache = await caches.open("ibid-models-v1");
  const { url } = (await cache.keys()).find(({ url }) => new URL(url).pathname === "/ibid/kernels");
  const response = await cache.match(url);
  return { url, body: await response.text(), headers: [...response.headers] };
}

/** Has another profile begin with that note. */
async function keepNote({ url, body, headers }) {
  const cache = await caches.open("ibid-models-v1");
  await cache.put(url, new Response(body, { headers }));
}

/** The same for a page that itself works without a connection. */
const prepareOffline = (visitor) => visitOfflinePage(() => prepare(visitor));

scenario("a file from one profile gives another the same hits and scores, offline", async (visitor, site) => {
  const page = await prepare(visitor);
  await page.evaluate(openHouse, "house");
  const { bytes, before, phases } = await page.evaluate(async () => {
    const phases = new Set();
    const file = await collection.export({ onProgress: ({ phase }) => phases.add(phase) });
    const bytes = Array.from(new Uint8Array(await file.arrayBuffer()));
    return { bytes, before: await seen(collection), phases: [...phases] };
  });
  assert.deepEqual(phases, ["exporting"]);
  assert.equal(before.trail.split("\n").length, 2);

  const other = await site.newVisitor();
  try {
    const target = await prepareOffline(other);
    // Of two devices that chose other kernels the questions' vectors differ a little.
    await target.evaluate(keepNote, await page.evaluate(kernelsNote));
    // What it takes to open a collection is on this device from here on.
    await target.evaluate(async () => (await openReady("first", { model: "/tiny/" })).close());
    await other.context.setOffline(true);
    const found = await target.evaluate(async (bytes) => {
      const collection = await openReady("house", { model: "/tiny/" });
      const progress = [];
      const file = new Blob([new Uint8Array(bytes)]);
      const report = await collection.import(file, { onProgress: (it) => progress.push(it) });
      const after = await seen(collection);
      const { backlog } = await collection.info();
      await collection.close();
      const reopened = await openReady("house", { model: "/tiny/" });
      return { report, after, again: await seen(reopened), backlog, last: progress.at(-1) };
    }, bytes);
    const nothing = { removed: 0, unchanged: 0, differing: 0, unembedded: 0 };
    assert.deepEqual(found.report, { added: 3, records: 1, ...nothing });
    assert.deepEqual([found.last.phase, found.last.done], ["importing", found.last.total]);
    assert.equal(found.backlog, 0);
    assert.deepEqual(found.after, before);
    assert.deepEqual(found.again, before);
    assert.deepEqual(other.errors, []);
  } finally {
    await other.context.close();
  }
});

scenario("what is there is replaced, or merged with, by who says so", async (visitor) => {
  const page = await prepare(visitor);
  await page.evaluate(openHouse, "house");
  const found = await page.evaluate(async () => {
    const file = await collection.export();
    const before = await seen(collection);
    const other = await openReady("other", { model: "/tiny/" });
    await other.addMany([
      { id: "own", content: "A shed of our own." },
      { id: "guide", content: "Another guide." },
    ]);
    const refused = await outcome(() => other.import(file));
    const both = await outcome(() => other.import(file, { replace: true, merge: true }));
    const merged = await other.import(file, { merge: true });
    const ids = (await other.list()).map(({ id }) => id);
    const guide = (await other.get("guide")).text;
    // As a stream, and as another tab sees it.
    const changes = new Promise((resolve) => collection.on("change", resolve));
    const replaced = await other.import(file.stream(), { replace: true });
    const after = await seen(other);
    const same = await collection.import(file, { replace: true });
    await changes;
    return { refused, both, merged, ids, guide, replaced, before, after, same, own: await seen(collection) };
  });
  assert.equal(found.refused.code, "collection-not-empty");
  assert.equal(found.both.code, "invalid-argument");
  const { added, differing, removed, records } = found.merged;
  assert.deepEqual(
    { added, differing, removed, records },
    { added: 2, differing: 1, removed: 0, records: 0 },
  );
  assert.deepEqual(found.ids, ["guide", "lease", "own", "page"]);
  assert.equal(found.guide, "Another guide.");
  assert.deepEqual([found.replaced.added, found.replaced.removed], [3, 4]);
  assert.deepEqual(found.after, found.before);
  assert.deepEqual([found.same.added, found.same.removed], [3, 3]);
  assert.deepEqual(found.own, found.before);
});

scenario("another tab sees an import whole", async (visitor) => {
  const page = await prepare(visitor);
  await page.evaluate(openHouse, "house");
  const tab = await visitor.visit();
  await tab.evaluate(async () => {
    globalThis.collection = await openReady("house", { model: "/tiny/" });
    globalThis.before = await seen(collection);
    globalThis.changed = new Promise((resolve) => collection.on("change", resolve));
  });
  await page.evaluate(async () => {
    const other = await openReady("other", { model: "/tiny/" });
    await other.add({ id: "only", content: "The only document." });
    await collection.import(await other.export(), { replace: true });
  });
  const found = await tab.evaluate(async () => {
    const { documents } = await changed;
    return {
      documents,
      listed: (await collection.list()).map(({ id }) => id),
      before: before.documents.length,
    };
  });
  assert.deepEqual(found, { documents: 1, listed: ["only"], before: 3 });
});

scenario("a damaged, cut or foreign file changes nothing and says where it is damaged", async (visitor) => {
  const page = await prepare(visitor);
  await page.evaluate(openHouse, "house");
  const { files, same } = await page.evaluate(async () => {
    const file = await collection.export();
    const before = JSON.stringify(await seen(collection));
    const bytes = new Uint8Array(await file.arrayBuffer());
    const flipped = bytes.slice();
    flipped[bytes.length >> 1] ^= 1;
    const broken = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes.slice(0, 100));
        controller.error(new Error("the wire was cut"));
      },
    });
    const files = {};
    const given = {
      flipped: new Blob([flipped]),
      cut: file.slice(0, file.size - 1),
      empty: new Blob([]),
      json: new Blob(['{"id": "no such file"}, and more of it']),
      broken,
      number: 7,
    };
    for (const [name, it] of Object.entries(given)) {
      files[name] = await outcome(() => collection.import(it, { replace: true }));
    }
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    files.aborted = await outcome(() =>
      collection.import(file, { replace: true, signal: controller.signal, onProgress }),
    );
    return { files, same: JSON.stringify(await seen(collection)) === before };
  });
  const codes = Object.fromEntries(Object.entries(files).map(([name, { code }]) => [name, code]));
  assert.deepEqual(codes, {
    flipped: "file-corrupt",
    cut: "file-truncated",
    empty: "file-truncated",
    json: "file-foreign",
    broken: "invalid-argument",
    number: "invalid-argument",
    aborted: "aborted",
  });
  assert.match(files.flipped.message, /^byte \d+, record "[a-z]+\/\S+": /);
  assert.match(files.broken.message, /the wire was cut/);
  assert.ok(same);
});

scenario("a file is encrypted on request and opens with its passphrase or key alone", async (visitor) => {
  const page = await prepare(visitor);
  await page.evaluate(openHouse, "house");
  const found = await page.evaluate(async () => {
    const algorithm = { name: "AES-KW", length: 256 };
    const key = await crypto.subtle.generateKey(algorithm, false, ["wrapKey", "unwrapKey"]);
    const codeOf = (promise) => promise.then(() => "none").catch((error) => error.code);
    const files = {
      plain: await collection.export(),
      passphrase: await collection.export({ passphrase: "a house" }),
      key: await collection.export({ key }),
    };
    const has = async (file, text) => (await file.text()).includes(text);
    const before = await seen(collection);
    const target = await openReady("other", { model: "/tiny/" });
    const codes = {
      locked: await codeOf(target.import(files.passphrase)),
      wrongPassphrase: await codeOf(target.import(files.passphrase, { passphrase: "a home" })),
      wrongKind: await codeOf(target.import(files.key, { passphrase: "a house" })),
      plain: await codeOf(target.import(files.plain, { key })),
      both: await codeOf(target.import(files.key, { key, passphrase: "a house" })),
      empty: await codeOf(collection.export({ passphrase: "" })),
      cut: await codeOf(target.import(files.key.slice(0, files.key.size - 1), { key })),
      altered: await codeOf(target.import(new Blob([files.key.slice(0, files.key.size - 1), "?"]), { key })),
    };
    const { documents } = await target.info();
    await target.import(files.passphrase, { passphrase: "a house" });
    const after = await seen(target);
    await target.import(files.key, { key, replace: true });
    return {
      shown: { plain: await has(files.plain, "lease"), sealed: await has(files.passphrase, "lease") },
      codes,
      documents,
      same: [after, await seen(target)].map((one) => JSON.stringify(one) === JSON.stringify(before)),
    };
  });
  assert.deepEqual(found.codes, {
    locked: "locked",
    wrongPassphrase: "wrong-key",
    wrongKind: "wrong-key",
    plain: "not-encrypted",
    both: "invalid-argument",
    empty: "invalid-argument",
    cut: "file-truncated",
    altered: "file-corrupt",
  });
  assert.deepEqual(found.shown, { plain: true, sealed: false });
  assert.deepEqual([found.documents, found.same], [0, [true, true]]);
});
