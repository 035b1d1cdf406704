// Encrypted collections: what a stranger finds on the disk, who is let in, and the ways from plain to encrypted and back.

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { launchProfile } from "../../scripts/browser.js";
import { createStaticServer, listen } from "../../scripts/serve.js";
import { ModelFolder } from "./model-folder.js";
import { fromRoot, packageSite } from "./package-site.js";
import { TINY_FILES, TINY_MANIFEST } from "./tiny-model.js";

const tiny = new ModelFolder("/tiny/").writeModel(TINY_MANIFEST, TINY_FILES);
const scenario = packageSite({}, (request, response) => tiny.handle(request, response));

/** A word that stands nowhere else. */
const secret = () => Array.from({ length: 14 }, () => "bcdfghjklmnpqrstvwxz"[randomInt(20)]).join("");

/** Fifty of them, by where they are planted. */
function plantedSecrets() {
  const some = (count) => Array.from({ length: count }, secret);
  return {
    ids: some(8),
    titles: some(8),
    texts: some(12),
    fileNames: some(6),
    metadataKeys: some(4),
    metadataValues: some(4),
    questions: some(8),
  };
}

/** Puts secrets into a collection, in the page. */
async function plant({ secrets, passphrase }) {
  const options = { model: "/tiny/", workers: 0, trail: true };
  const collection = await openReady("vault", passphrase ? { ...options, passphrase } : options);
  const { ids, titles, texts, fileNames, metadataKeys, metadataValues, questions } = secrets;
  for (const [at, id] of ids.entries()) {
    await collection.add({
      id,
      title: titles[at],
      content: `# Notes\n\nThe ${texts[at]} is kept by the river. ${texts[8 + (at % 4)]} is not.`,
      metadata: { [metadataKeys[at % 4]]: metadataValues[at % 4] },
    });
  }
  for (const name of fileNames) {
    await collection.add({
      id: `file ${fileNames.indexOf(name)}`,
      content: new File(["A file."], `${name}.txt`),
    });
  }
  for (const question of questions) {
    await collection.answer(`Who keeps the ${question} by the river?`);
  }
  const { hits } = await collection.search(texts[0], { mode: "lexical" });
  await collection.close();
  return hits[0].document;
}

/** Which of `words` are in anything that the origin stores, in the page: databases, caches, local storage. */
async function storedWords(words) {
  const done = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const texts = [JSON.stringify({ ...localStorage, ...sessionStorage })];
  const read = (bytes) => {
    for (const encoding of ["latin1", "utf-16le"]) texts.push(new TextDecoder(encoding).decode(bytes));
    texts.push(new TextDecoder("utf-16le").decode(bytes.slice(1)));
  };
  for (const { name } of await indexedDB.databases()) {
    texts.push(name);
    const database = await done(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const records = database.transaction(store).objectStore(store);
      const [keys, values] = await Promise.all([done(records.getAllKeys()), done(records.getAll())]);
      texts.push(JSON.stringify(keys));
      for (const value of values) read(new Uint8Array(value));
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      texts.push(name, request.url);
      read(new Uint8Array(await (await cache.match(request)).arrayBuffer()));
    }
  }
  return words.filter((word) => texts.some((text) => text.includes(word)));
}

/** Which of `words` are in the files below a folder, in UTF-8 or UTF-16. */
async function wordsInFiles(folder, words) {
  const found = new Set();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    for (const word of words) {
      if (bytes.includes(word) || bytes.includes(Buffer.from(word, "utf16le"))) found.add(word);
    }
  }
  return [...found];
}

/** Plants secrets in a profile of its own, closes the browser, and looks for them. */
async function leftOnDisk(address, secrets, passphrase) {
  const profile = await mkdtemp(join(tmpdir(), "ibid-profile-"));
  try {
    const visit = async (look, argument) => {
      const context = await launchProfile(profile);
      try {
        const page = await context.newPage();
        await page.goto(address);
        return await page.evaluate(look, argument);
      } finally {
        await context.close();
      }
    };
    const words = [...Object.values(secrets).flat(), ...(passphrase ? [passphrase] : [])];
    assert.equal(await visit(plant, { secrets, passphrase }), secrets.ids[0]);
    const inFiles = await wordsInFiles(profile, words);
    const inStorage = await visit(storedWords, words);
    return { inFiles, inStorage };
  } finally {
    await rm(profile, { recursive: true, force: true });
  }
}

test("of fifty secrets none is on the disk, and all are without encryption", {
  timeout: 600_000,
}, async () => {
  const files = createStaticServer(fromRoot("tests/e2e/page"), { "/pkg": fromRoot("pkg/dist") });
  const server = createServer((request, response) => {
    if (!tiny.handle(request, response)) files.emit("request", request, response);
  });
  const address = await listen(server);
  try {
    const secrets = plantedSecrets();
    const words = Object.values(secrets).flat();
    assert.equal(words.length, 50);
    const plain = await leftOnDisk(address, secrets, undefined);
    assert.deepEqual(plain.inStorage.toSorted(), words.toSorted(), "the scan finds what is there");
    // LevelDB compresses: what is cut in pieces by that is not found here.
    assert.ok(plain.inFiles.length > 25, `${plain.inFiles.length} of 50 are found in the files`);

    const sealed = await leftOnDisk(address, secrets, secret());
    assert.deepEqual(sealed, { inFiles: [], inStorage: [] });
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

/** Opens `papers` in the page under a name of its globals, with a document if it is new; returns what became of it. */
const open = (page, options) =>
  page.evaluate(async (options) => {
    return await outcome(async () => {
      globalThis.papers = await openReady("papers", { model: "/tiny/", workers: 0, ...options });
      if ((await papers.list()).length === 0) {
        await papers.add({ id: "heron", content: "The heron nests by the river." });
      }
      const { hits } = await papers.search("heron");
      return hits[0].document;
    });
  }, options);

const close = (page) => page.evaluate(() => papers.close());

/** What the page sees of the database: the names of its parts, and whether its text can be read. */
const stored = (page) =>
  page.evaluate(async () => {
    const opening = indexedDB.open("ibid/papers");
    const database = await new Promise((resolve) => {
      opening.onsuccess = () => resolve(opening.result);
    });
    const parts = database.transaction("parts").objectStore("parts");
    const [keys, values] = await Promise.all(
      [parts.getAllKeys(), parts.getAll()].map(
        (request) =>
          new Promise((resolve) => {
            request.onsuccess = () => resolve(request.result);
          }),
      ),
    );
    database.close();
    const isReadable = values.some((value) =>
      new TextDecoder("latin1").decode(value).includes("heron nests"),
    );
    return { names: keys.map(([name]) => name.split("/")[0]), isReadable };
  });

scenario("a wrong passphrase, none, and one for a plain collection are told apart", async ({ visit }) => {
  const page = await visit();
  assert.equal((await open(page, { passphrase: "correct horse" })).result, "heron");
  assert.deepEqual(
    await page.evaluate(async () => (await papers.info()).encryption.keys.map((key) => key.kind)),
    ["passphrase"],
  );
  await close(page);
  const wrong = await open(page, { passphrase: "correct hearse" });
  assert.equal(wrong.code, "wrong-key");
  assert.ok(!JSON.stringify(wrong).includes("hearse"));
  assert.equal((await open(page, {})).code, "locked");
  assert.equal((await open(page, { passphrase: "" })).code, "invalid-argument");
  assert.equal((await open(page, { passphrase: 7 })).code, "invalid-argument");
  assert.equal((await open(page, { key: { type: "secret" } })).code, "invalid-argument");
  assert.equal((await open(page, { lockAfter: 0 })).code, "invalid-argument");
  assert.equal((await open(page, { passphrase: "correct horse" })).result, "heron");

  const other = await page.evaluate(async () => {
    const plain = await openReady("plain", { model: "/tiny/", workers: 0 });
    await plain.add({ id: "a", content: "Plain." });
    const { encryption } = await plain.info();
    await plain.close();
    const opened = await outcome(() => openReady("plain", { model: "/tiny/", passphrase: "it" }));
    return { encryption, opened };
  });
  assert.equal(other.encryption, undefined);
  assert.equal(other.opened.code, "not-encrypted");
  assert.match(other.opened.message, /encrypt\(\)/);
});

scenario(
  "another passphrase takes the place of the first, also where another tab has it open",
  async ({ visit }) => {
    const [page, other] = [await visit(), await visit()];
    await open(page, { passphrase: "first" });
    await open(other, { passphrase: "first" });
    await page.evaluate(() => papers.changeKey({ to: { passphrase: "second" } }));
    await other.evaluate(() => papers.add({ id: "late", content: "It came late." }));
    assert.equal(await page.evaluate(async () => (await papers.list()).length), 2);
    await close(page);
    assert.equal((await open(page, { passphrase: "first" })).code, "wrong-key");
    assert.equal((await open(page, { passphrase: "second" })).result, "heron");
  },
);

scenario("keys of the page open a collection, though nobody can extract them", async ({ visit }) => {
  const page = await visit();
  const seen = await page.evaluate(async () => {
    const make = (name, usages) => crypto.subtle.generateKey({ name, length: 256 }, false, usages);
    const keys = [
      await make("AES-GCM", ["encrypt", "decrypt"]),
      await make("AES-GCM", ["wrapKey", "unwrapKey"]),
      await make("AES-KW", ["wrapKey", "unwrapKey"]),
    ];
    const stranger = await make("AES-KW", ["wrapKey", "unwrapKey"]);
    const options = { model: "/tiny/", workers: 0 };
    const collection = await openReady("keys", { ...options, key: keys[0] });
    await collection.add({ id: "a", content: "Locked away." });
    await collection.addKey({ key: keys[1] });
    const last = await collection.addKey({ key: keys[2] });
    await collection.close();
    const opens = async (key) => {
      const opened = await outcome(async () => {
        const collection = await openReady("keys", { ...options, key });
        const { text } = await collection.get("a");
        await collection.close();
        return text;
      });
      return opened.code ?? opened.result;
    };
    const before = [];
    for (const key of [...keys, stranger]) before.push(await opens(key));
    const again = await openReady("keys", { ...options, key: keys[0] });
    await again.removeKey(last);
    const kinds = (await again.info()).encryption.keys.map((key) => [key.kind, key.own]);
    await again.close();
    const useless = await outcome(async () =>
      openReady("keys", { ...options, key: await make("AES-CTR", ["encrypt", "decrypt"]) }),
    );
    return { before, after: await opens(keys[2]), kinds, useless: useless.code };
  });
  const text = "Locked away.";
  assert.deepEqual(seen.before, [text, text, text, "wrong-key"]);
  assert.equal(seen.after, "wrong-key");
  assert.deepEqual(seen.kinds, [
    ["key", true],
    ["key", false],
  ]);
  assert.equal(seen.useless, "invalid-argument");
});

scenario("a collection is encrypted and made plain again while tabs have it open", async ({ visit }) => {
  const [page, other] = [await visit(), await visit()];
  await open(page, {});
  await open(other, {});
  assert.equal((await stored(page)).isReadable, true);
  const phases = await page.evaluate(async () => {
    const phases = [];
    await papers.encrypt({ passphrase: "it" }, { onProgress: ({ phase }) => phases.push(phase) });
    return [...new Set(phases)];
  });
  assert.deepEqual(phases, ["converting"]);
  const sealed = await stored(page);
  assert.equal(sealed.isReadable, false);
  assert.deepEqual([...new Set(sealed.names)], ["sealed"]);
  assert.equal(await page.evaluate(async () => (await papers.search("heron")).hits[0].document), "heron");
  assert.equal((await other.evaluate(() => outcome(() => papers.list()))).code, "locked");
  assert.equal(
    (await page.evaluate(() => outcome(() => papers.encrypt({ passphrase: "two" })))).code,
    "invalid-argument",
  );
  await close(other);
  assert.equal((await open(other, { passphrase: "it" })).result, "heron");

  await page.evaluate(() => papers.decrypt());
  const plain = await stored(page);
  assert.equal(plain.isReadable, true);
  assert.ok(!plain.names.includes("sealed"));
  assert.equal(await page.evaluate(async () => (await papers.search("heron")).hits[0].document), "heron");
  assert.equal((await other.evaluate(() => outcome(() => papers.list()))).code, "not-encrypted");
  await close(page);
  assert.equal((await open(page, {})).result, "heron");
});

scenario("a locked collection answers nothing, and one that nobody asks locks itself", async ({ visit }) => {
  const page = await visit();
  await open(page, { passphrase: "it" });
  const locked = await page.evaluate(async () => {
    const pending = outcome(() => papers.check());
    await papers.lock();
    return [await pending, await outcome(() => papers.search("heron")), await outcome(() => papers.info())];
  });
  assert.deepEqual(
    locked.map(({ code }) => code),
    ["locked", "locked", "locked"],
  );
  assert.equal((await open(page, { passphrase: "it", lockAfter: 1000 })).result, "heron");
  // Whoever asks keeps it open; what asks is no clock, so the wait is for the end alone.
  const ended = await page.evaluate(async () => {
    await papers.list();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return outcome(() => papers.list());
  });
  assert.equal(ended.code, "locked");
  assert.equal((await open(page, { passphrase: "it" })).result, "heron");
});
