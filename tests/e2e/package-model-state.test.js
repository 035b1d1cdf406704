// A collection whose model is another than before, is missing, or is long in coming: what works meanwhile, and how it
// gets its vectors in the end.

import assert from "node:assert/strict";
import { ModelFolder } from "./model-folder.js";
import { packageSite } from "./package-site.js";
import { TINY_FILES, TINY_MANIFEST, withPrefix } from "./tiny-model.js";

/** The folder of the test that runs. */
let folder = new ModelFolder("/folder/");
const site = packageSite({}, (request, response) => folder.handle(request, response));

/** Declares a test that begins with the tiny model on the server. */
function scenario(name, run) {
  site(name, async (visitor) => {
    folder = new ModelFolder("/folder/").writeModel(TINY_MANIFEST, TINY_FILES);
    try {
      await run(visitor);
    } finally {
      folder.cut();
    }
  });
}

/** Opens the collection of the page, and leaves it in its globals. */
async function open() {
  globalThis.collection = await ibid.openCollection("papers", { model: "/folder/" });
}

/** Adds three documents, and returns how many commits that took. */
async function addBirds() {
  const birds = ["heron", "owl", "plover"];
  await collection.addMany(birds.map((id) => ({ id, content: `The ${id} nests by the river.` })));
  return (await collection.info()).generation;
}

/** Waits until `info` of the collection of the page is as it should be, and returns it. */
const infoWhen = (page, condition) =>
  page.evaluate(`(async () => {
    for (;;) {
      const info = await collection.info();
      if ((${condition})(info)) return info;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })()`);

/** What is found by each arm, and what the result says of the model. */
async function ask() {
  const search = async (mode) => {
    const { result, code } = await outcome(() => collection.search("owl", { mode }));
    if (result === undefined) return code;
    return { found: result.hits.map(({ document }) => document), model: result.model };
  };
  const dense = await search("dense");
  return { lexical: await search("lexical"), hybrid: await search("hybrid"), dense };
}

/** All birds, in any order, by meaning. */
function assertFindsByMeaning({ dense }) {
  assert.equal(dense.model, "ready");
  assert.deepEqual(dense.found.toSorted(), ["heron", "owl", "plover"]);
}

/** Forgets that the browser logs answers that the test made go wrong. */
function expectNetworkErrors(errors) {
  const others = errors.splice(0).filter((error) => !/Failed to load resource|net::ERR_/.test(error));
  assert.deepEqual(others, []);
}

scenario("a model that is written in another way on the server is the same", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const generation = await page.evaluate(addBirds);

  const again = (content) => Buffer.from(JSON.stringify(JSON.parse(content), undefined, 2));
  folder.writeModel(TINY_MANIFEST, {
    ...TINY_FILES,
    "tokenizer.json": again(TINY_FILES["tokenizer.json"]),
  });
  folder.write("model.json", again(folder.read("model.json")));
  for (const forget of [false, true]) {
    if (forget) await page.evaluate(() => caches.delete("ibid-models-v1"));
    await page.reload();
    await page.evaluate(open);
    assertFindsByMeaning(await page.evaluate(ask));
    const info = await infoWhen(page, ({ activities }) => activities.length === 0);
    assert.equal(info.model.state, "ready");
    assert.deepEqual([info.backlog, info.newerModel], [0, undefined]);
    assert.equal(info.generation, generation, "nothing was embedded again");
  }
});

scenario("the kept model goes on where the server has another one by now", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const generation = await page.evaluate(addBirds);
  const { model } = await page.evaluate(() => collection.info());

  folder.writeModel(withPrefix("question: "), TINY_FILES);
  await page.reload();
  await page.evaluate(open);
  assertFindsByMeaning(await page.evaluate(ask));
  const info = await infoWhen(page, ({ newerModel }) => newerModel !== undefined);
  assert.deepEqual(info.model, model);
  assert.notEqual(info.newerModel, model.fingerprint);
  assert.equal(info.generation, generation);

  // What is added meanwhile is embedded with the kept model, too.
  await page.evaluate(() => collection.add({ id: "swan", content: "The swan moults in July." }));
  assert.equal((await page.evaluate(() => collection.info())).backlog, 0);

  await page.evaluate(() => collection.reindex());
  const after = await page.evaluate(() => collection.info());
  assert.deepEqual([after.model.state, after.model.fingerprint], ["ready", info.newerModel]);
  assert.deepEqual([after.backlog, after.newerModel, after.reindexing], [0, undefined, undefined]);
  await page.reload();
  await page.evaluate(open);
  const found = await page.evaluate(async () => {
    const { hits } = await collection.search("swan", { mode: "dense" });
    return { hits: hits.length, fingerprint: (await collection.info()).model.fingerprint };
  });
  assert.deepEqual(found, { hits: 4, fingerprint: info.newerModel });
});

/** Has another model on the server, and the one that was kept gone. */
async function replaceModel(page) {
  folder.writeModel(withPrefix("question: "), TINY_FILES);
  await page.evaluate(() => caches.delete("ibid-models-v1"));
  await page.reload();
  await page.evaluate(open);
}

scenario("without the kept model words are found, until everything is embedded anew", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  await page.evaluate(addBirds);
  const { model: before } = await page.evaluate(() => collection.info());

  await replaceModel(page);
  await page.evaluate(() => collection.loadModel());
  const { model } = await page.evaluate(() => collection.info());
  assert.deepEqual([model.state, model.stored], ["mismatch", before.fingerprint]);
  assert.notEqual(model.fingerprint, before.fingerprint);
  const byWords = { found: ["owl"], model: "mismatch" };
  assert.deepEqual(await page.evaluate(ask), { lexical: byWords, hybrid: byWords, dense: "model-mismatch" });
  const added = await page.evaluate(() =>
    collection.add({ id: "swan", content: "The swan moults in July." }),
  );
  assert.equal(added.unembedded, added.chunks);

  await page.evaluate(() => collection.remove("swan"));
  await page.evaluate(() => collection.reindex());
  const after = await page.evaluate(() => collection.info());
  assert.deepEqual([after.model.state, after.model.fingerprint], ["ready", model.fingerprint]);
  assert.equal(after.backlog, 0);
  assertFindsByMeaning(await page.evaluate(ask));
});

scenario("a change of models goes on after a reload where it was", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  // Each is put aside in a commit of its own, since two have more than 256 KiB; most of that is space, which costs nothing.
  await page.evaluate(async () => {
    const content = prose(1000).replaceAll(" ", " ".repeat(150));
    await collection.addMany(
      Array.from({ length: 6 }, (_, n) => ({ id: `${n}`, content: `${n} ${content}` })),
    );
  });

  await replaceModel(page);
  await page.evaluate(() => collection.loadModel());
  const before = await infoWhen(page, ({ activities }) => activities.length === 0);
  await page.evaluate(() => {
    collection.reindex().catch(() => {}); // the reload ends it
  });
  const midway = await infoWhen(page, ({ reindexing }) => reindexing !== undefined);
  assert.equal(midway.model.state, "mismatch");
  assert.equal(midway.reindexing, midway.model.fingerprint);

  await page.reload();
  await page.evaluate(open);
  const after = await infoWhen(page, ({ reindexing }) => reindexing === undefined);
  assert.deepEqual([after.model.state, after.model.fingerprint], ["ready", midway.reindexing]);
  assert.equal(after.backlog, 0);
  assert.equal(after.generation, before.generation + 7, "each was put aside once, and all were taken");
  const documents = await page.evaluate(async () => {
    const { hits } = await collection.search("term1", { mode: "dense", k: 100_000 });
    return new Set(hits.map(({ document }) => document)).size;
  });
  assert.equal(documents, 6);
});

scenario("a model that is not there yet keeps nobody from adding and finding", async ({ visit, errors }) => {
  folder = new ModelFolder("/folder/");
  const page = await visit();
  await page.evaluate(open);
  const { added, loading, info, hybrid, dense } = await page.evaluate(async () => {
    const added = await collection.add({ id: "heron", content: "The heron nests by the river." });
    const loading = await outcome(() => collection.loadModel());
    const info = await collection.info();
    const { hits, model, unembedded } = await collection.search("heron");
    const dense = await outcome(() => collection.search("heron", { mode: "dense" }));
    return { added, loading, info, hybrid: { found: hits[0].chunk.text, model, unembedded }, dense };
  });
  assert.deepEqual(added, { id: "heron", chunks: 1, unchanged: false, unembedded: 1 });
  assert.equal(loading.code, "model-file-missing", loading.message);
  assert.deepEqual(info.model, { state: "failed", error: loading });
  assert.equal(info.backlog, 1);
  assert.deepEqual(hybrid, { found: "The heron nests by the river.", model: "failed", unembedded: 1 });
  assert.deepEqual(dense, loading);

  folder.writeModel(TINY_MANIFEST, TINY_FILES);
  await page.evaluate(() => collection.loadModel());
  const later = await infoWhen(page, ({ backlog }) => backlog === 0);
  assert.equal(later.model.state, "ready");
  const found = await page.evaluate(
    async () => (await collection.search("bird", { mode: "dense" })).hits.length,
  );
  assert.equal(found, 1);
  expectNetworkErrors(errors);
});

scenario("a model that is to wait is not asked for before it is wanted", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(async () => {
    globalThis.collection = await ibid.openCollection("papers", { model: "/folder/", loadModel: false });
  });
  await page.evaluate(addBirds);
  const { model, backlog } = await page.evaluate(() => collection.info());
  assert.deepEqual([model, backlog], [{ state: "deferred" }, 3]);
  const { lexical, hybrid, dense } = await page.evaluate(ask);
  assert.deepEqual(lexical, { found: ["owl"], model: "deferred" });
  assert.deepEqual(hybrid.found, ["owl"]);
  assert.equal(dense, "model-deferred");
  assert.deepEqual(folder.requests, []);

  await page.evaluate(() => collection.loadModel());
  await infoWhen(page, ({ backlog }) => backlog === 0);
  assertFindsByMeaning(await page.evaluate(ask));
});

scenario("a kept model answers although the server never does", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  await page.evaluate(addBirds);
  folder.fail("model.json", ...Array(10).fill({ silent: true }));
  await page.reload();
  await page.evaluate(open);
  assertFindsByMeaning(await page.evaluate(ask));
});
