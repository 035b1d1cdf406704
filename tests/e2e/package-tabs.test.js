// One collection in several tabs, and twice in one: what each hears of the others, and who does the work.

import assert from "node:assert/strict";
import { ModelFolder } from "./model-folder.js";
import { packageSite } from "./package-site.js";
import { TINY_FILES, TINY_MANIFEST } from "./tiny-model.js";

const folder = new ModelFolder("/tiny/");
const scenario = packageSite({}, (request, response) => folder.handle(request, response));

/** Puts the model on the server. */
const serveModel = () => folder.writeModel(TINY_MANIFEST, TINY_FILES);

/** Opens the collection of the page. */
async function open(options) {
  globalThis.collection = await openReady("papers", { model: "/tiny/", ...options });
}

scenario(
  "a collection that another tab deleted fails each call, and does not come back",
  async ({ visit }) => {
    serveModel();
    const [page, other] = [await visit(), await visit()];
    await page.evaluate(open);
    await page.evaluate(() => collection.add({ id: "heron", content: "The heron nests by the river." }));
    await other.evaluate(() => ibid.deleteCollection("papers"));

    const { codes, databases } = await page.evaluate(async () => {
      const document = { id: "owl", content: "The owl nests by the river." };
      const calls = {
        search: () => collection.search("heron"),
        dense: () => collection.search("heron", { mode: "dense" }),
        prompt: () => collection.prompt("heron"),
        get: () => collection.get("heron"),
        list: () => collection.list(),
        info: () => collection.info(),
        add: () => collection.add(document),
        addMany: () => collection.addMany([document]),
        remove: () => collection.remove("heron"),
        removeWhere: () => collection.removeWhere({}),
        check: () => collection.check(),
        reindex: () => collection.reindex(),
      };
      const codes = {};
      for (const [name, call] of Object.entries(calls)) codes[name] = (await outcome(call)).code;
      return { codes, databases: await indexedDB.databases() };
    });
    assert.deepEqual(codes, Object.fromEntries(Object.keys(codes).map((name) => [name, "deleted"])));
    assert.deepEqual(databases, []);

    const { documents, former } = await page.evaluate(async () => {
      const anew = await ibid.openCollection("papers", { model: "/tiny/" });
      await anew.add({ id: "swan", content: "The swan moults in July." });
      const former = (await outcome(() => collection.list())).code;
      return { documents: (await anew.list()).map(({ id }) => id), former };
    });
    assert.deepEqual([documents, former], [["swan"], "deleted"]);
  },
);

scenario("two tabs that drain one backlog embed nothing twice", async ({ visit, errors }) => {
  for (const file of ["model.json", ...Object.keys(TINY_FILES)]) folder.remove(file);
  const pages = [await visit(), await visit()];
  await pages[0].evaluate(async () => {
    const collection = await ibid.openCollection("papers", { model: "/tiny/" });
    const documents = Array.from({ length: 20 }, (_, n) => ({ id: `${n}`, content: `${n} ${prose(200)}` }));
    await collection.addMany(documents);
    await collection.close();
  });
  serveModel();
  await pages[0].evaluate(() => {
    globalThis.embedded = 0;
    new BroadcastChannel("embedded").onmessage = ({ data }) => {
      globalThis.embedded += data;
    };
  });
  const options = { workers: 1, workerUrl: "/counting-pool.js" };
  await Promise.all(pages.map((page) => page.evaluate(open, options)));
  const found = await Promise.all(
    pages.map((page) =>
      page.evaluate(async () => {
        let info = await collection.info();
        while (info.backlog > 0 || info.activities.length > 0) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          info = await collection.info();
        }
        const all = { mode: "dense", k: 100_000, duplicates: true };
        const { hits } = await collection.search("term1", all);
        return { chunks: info.chunks, hits: hits.length };
      }),
    ),
  );
  const [{ chunks }] = found;
  assert.deepEqual(found, Array(2).fill({ chunks, hits: chunks }));
  const embedded = await pages[0].evaluate(() => globalThis.embedded);
  // Turns of few chunks are embedded without these workers.
  assert.ok(embedded > chunks / 2 && embedded <= chunks, `${embedded} embedded of ${chunks}`);
  assert.ok(errors.splice(0).every((error) => /404/.test(error)));
});

scenario("changes are heard in the same tab and in others", async ({ visit }) => {
  serveModel();
  const pages = [await visit(), await visit()];
  await Promise.all(pages.map((page) => page.evaluate(open)));
  for (const page of pages) {
    await page.evaluate(() => {
      globalThis.heard = { change: [], backlog: [], problem: [] };
      globalThis.ends = Object.keys(heard).map((name) =>
        collection.on(name, (event) => heard[name].push(event)),
      );
    });
  }
  await pages[0].evaluate(() => collection.add({ id: "heron", content: "The heron nests by the river." }));
  const last = { generation: 2, documents: 1, chunks: 1, backlog: 0 };
  for (const page of pages) {
    await page.waitForFunction(() => heard.change.at(-1)?.backlog === 0, undefined, { polling: 20 });
    const { change, backlog, problem } = await page.evaluate(() => heard);
    assert.deepEqual(change.at(-1), last);
    for (const [at, { generation }] of change.entries()) {
      assert.ok(at === 0 || generation > change[at - 1].generation);
    }
    assert.deepEqual(backlog.at(-1), { backlog: 0 });
    assert.deepEqual(problem, []);
  }
  assert.deepEqual((await pages[0].evaluate(() => heard)).backlog, [{ backlog: 1 }, { backlog: 0 }]);

  await pages[1].evaluate(() => {
    for (const end of ends) end();
    ends[0](); // a second time does nothing
  });
  const before = await pages[1].evaluate(() => heard);
  await pages[1].evaluate(() => collection.remove("heron"));
  await pages[0].waitForFunction(() => heard.change.at(-1).documents === 0, undefined, { polling: 20 });
  assert.deepEqual(await pages[1].evaluate(() => heard), before);
});

scenario("a collection that is open twice in one page is one", async ({ visit }) => {
  serveModel();
  const page = await visit();
  const found = await page.evaluate(async () => {
    const open = () => ibid.openCollection("papers", { model: "/tiny/" });
    const [one, two] = await Promise.all([open(), open()]);
    await Promise.all([
      one.add({ id: "heron", content: "The heron nests by the river." }),
      two.add({ id: "owl", content: "The owl nests in the barn." }),
    ]);
    const ids = async (collection, mode) => {
      const { hits } = await collection.search("nests", { mode });
      return hits.map(({ document }) => document).sort();
    };
    const both = [await ids(one, "lexical"), await ids(two, "lexical"), await ids(two, "dense")];
    await one.close();
    await two.remove("heron");
    return [...both, await ids(two, "dense")];
  });
  const all = ["heron", "owl"];
  assert.deepEqual(found, [all, all, all, ["owl"]]);
});
