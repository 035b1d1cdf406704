// The hooks for React, in a bundled application in strict mode, which mounts everything twice.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { bundlePage } from "./bundle.js";
import { fromRoot } from "./package-site.js";
import { tinySite } from "./tiny-model.js";

const app = await bundlePage(fromRoot("tests/e2e/apps/react.jsx"), '<div id="root"></div>');
const site = tinySite({ "/react": app });

/** Counts the workers of the page that are running; those of collections are the only ones that it starts. */
function countWorkers() {
  globalThis.workers = { started: 0, ended: 0 };
  globalThis.Worker = class extends Worker {
    constructor(...args) {
      super(...args);
      workers.started++;
    }
    terminate() {
      workers.ended++;
      super.terminate();
    }
  };
}

/** Declares a test that gets a page of the application with documents in the collection `papers`, which is closed. */
function scenario(name, run) {
  site(name, async (visitor) => {
    await visitor.context.addInitScript(countWorkers);
    const page = await visitor.visit();
    await page.evaluate(async () => {
      const collection = await openReady("papers", { model: "/tiny/" });
      const birds = ["heron", "owl", "plover", "swift"];
      await collection.addMany(birds.map((id) => ({ id, content: `The ${id} nests by the river.` })));
      await collection.close();
    });
    await page.goto(new URL("/react/", page.url()).href);
    await run(page, visitor);
  });
}

const query = (page) => page.getByLabel("query");
const settled = (page, of) => page.locator(`ol[data-query="${of}"] + output:text("settled")`).waitFor();
const items = (page) => page.locator("li").allTextContents();

scenario("strict mode opens one collection, which is closed once nobody shows it", async (page) => {
  await page.evaluate(() => mount("search"));
  await query(page).fill("owl");
  await settled(page, "owl");
  assert.deepEqual(await items(page), ["The owl nests by the river."]);
  await page.evaluate(() => mount("search"));
  await query(page).fill("heron");
  await settled(page, "heron");
  assert.deepEqual(await page.evaluate(() => workers), { started: 1, ended: 0 });
  await page.evaluate(() => unmount());
  await page.waitForFunction(() => workers.ended === 1);
  await page.evaluate(() => mount("search"));
  await query(page).fill("swift");
  await settled(page, "swift");
  assert.deepEqual(await page.evaluate(() => workers), { started: 2, ended: 1 });
});

scenario("hits stay until others are there, and a search that was superseded shows none", async (page) => {
  await page.evaluate(() => mount("search", { rerank: true }));
  await query(page).fill("owl");
  await settled(page, "owl");
  await page.evaluate(() => hold("heron"));
  await query(page).fill("heron");
  await page.waitForFunction(() => globalThis.release !== undefined);
  await query(page).fill("plover");
  await settled(page, "plover");
  await page.evaluate(() => release());
  const shown = await page.evaluate(() => globalThis.shown);
  assert.deepEqual(await items(page), ["The plover nests by the river."]);
  const first = shown.findIndex(({ hits }) => hits.length > 0);
  assert.ok(shown.slice(first).every(({ hits }) => hits.length > 0));
  assert.ok(shown.every(({ of }) => of !== "heron"));
  assert.ok(shown.some(({ asked, of, loading }) => asked === "heron" && of === "owl" && loading));
});

scenario("what is typed at once is searched for once", async (page) => {
  await page.evaluate(() => mount("search"));
  await query(page).fill("owl");
  await settled(page, "owl");
  await query(page).fill("");
  await query(page).pressSequentially("swift");
  await settled(page, "swift");
  const found = await page.evaluate(() => [...new Set(shown.map(({ of }) => of).filter(Boolean))]);
  assert.deepEqual(found, ["owl", "swift"]);
  await query(page).fill(" ");
  await page.locator("li").waitFor({ state: "detached" });
  assert.equal(await page.locator("output").textContent(), "settled");
});

scenario("what changes in the collection is found without asking again", async (page) => {
  await page.evaluate(() => mount("search"));
  await query(page).fill("river");
  await settled(page, "river");
  assert.equal((await items(page)).length, 4);
  await page.evaluate(() => collection.remove(["owl", "swift"]));
  await page.waitForFunction(() => document.querySelectorAll("li").length === 2);
  const second = await page.context().newPage();
  await second.goto(new URL("/", page.url()).href);
  await second.evaluate(async () => {
    const other = await openReady("papers", { model: "/tiny/" });
    await other.add({ id: "kite", content: "The kite looks at the river." });
  });
  await page.getByText("The kite looks at the river.").waitFor();
});

/** Defines `search`, and `settle` to wait until a search has ended, beside two collections that are open. */
async function prepareLive() {
  const { LiveSearch } = await import("/pkg/live/index.js");
  const search = new LiveSearch();
  const shown = () => {
    const { result, loading, error } = search.snapshot();
    return { hits: result?.hits.map(({ document }) => document), loading, error: error && String(error) };
  };
  const settle = () =>
    new Promise((resolve) => {
      const unsubscribe = search.subscribe(() => {
        if (!search.snapshot().loading) {
          unsubscribe();
          resolve(shown());
        }
      });
    });
  const [birds, fish] = await Promise.all(
    ["birds", "fish"].map((name) => ibid.openCollection(name, { storage: "memory", model: "/tiny/" })),
  );
  await birds.add({ id: "heron", content: "The heron nests by the river." });
  await fish.add({ id: "pike", content: "The pike lives in the river." });
  Object.assign(globalThis, { search, shown, settle, birds, fish });
}

site("a search shows no hits of another collection, also where there is none between", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(prepareLive);
  const states = await page.evaluate(async () => {
    const states = [];
    search.ask(birds, "river", { mode: "lexical" });
    states.push(await settle());
    search.ask(undefined, "river", { mode: "lexical" });
    states.push(shown());
    search.ask(fish, "river", { mode: "lexical" });
    states.push(shown(), await settle());
    search.end();
    search.ask(fish, "river", { mode: "lexical" });
    states.push(shown(), await settle());
    search.end();
    search.ask(birds, "river", { mode: "lexical" });
    states.push(shown());
    return states;
  });
  const [none, pike] = [undefined, ["pike"]].map((hits) => ({ hits, loading: true, error: undefined }));
  assert.deepEqual(states, [
    { hits: ["heron"], loading: false, error: undefined },
    none,
    none,
    { ...pike, loading: false },
    pike,
    { ...pike, loading: false },
    none,
  ]);
});

site("a search that is ended is not under way any more", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(prepareLive);
  const states = await page.evaluate(async () => {
    search.ask(birds, "river", { mode: "lexical", debounce: 0 });
    search.end();
    const ended = shown();
    search.ask(birds, "river", { mode: "lexical" });
    return [ended, await settle()];
  });
  assert.deepEqual(states, [
    { hits: undefined, loading: false, error: undefined },
    { hits: ["heron"], loading: false, error: undefined },
  ]);
});

site("a model that is ready is told, and what lacked it is searched for again", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(prepareLive);
  const { before, after, told, fingerprint } = await page.evaluate(async () => {
    const embedded = await openReady("papers", { model: "/tiny/" });
    await embedded.add({ id: "owl", content: "The owl nests by the river." });
    await embedded.close();
    const collection = await ibid.openCollection("papers", { model: "/tiny/", loadModel: false });
    const told = [];
    collection.on("model", (event) => told.push(event));
    search.ask(collection, "river");
    await settle();
    const before = search.snapshot().result.model;
    const again = settle();
    await collection.loadModel();
    await again;
    await collection.loadModel(); // it is here
    const { fingerprint } = (await collection.info()).model;
    return { before, after: search.snapshot().result.model, told, fingerprint };
  });
  assert.deepEqual([before, after], ["deferred", "ready"]);
  assert.deepEqual(told, [{ fingerprint }]);
});

site("a listener that throws is not taken for a search that failed", async ({ visit, errors }) => {
  const page = await visit();
  await page.evaluate(prepareLive);
  const state = await page.evaluate(async () => {
    search.subscribe(() => {
      throw new Error("a fault of the page");
    });
    search.ask(birds, "river", { mode: "lexical" });
    return settle();
  });
  assert.deepEqual(state, { hits: ["heron"], loading: false, error: undefined });
  assert.equal(errors.splice(0).filter((text) => text.includes("a fault of the page")).length, 2);
});

scenario("what fails is told, and the next one tries again", async (page) => {
  await page.evaluate(() => mount("search", { name: "" }));
  await page.getByText("failed: ").waitFor();
  await page.evaluate(() => mount("search"));
  await page.getByText("open", { exact: true }).waitFor();
  await page.evaluate(() => collection.close());
  await query(page).fill("owl");
  await page.getByText("failed: closed").waitFor();
});

scenario("answers are of sentences of the documents, or of a model as it writes", async (page) => {
  await page.evaluate(() => mount("answer", { question: "Where does the owl nest?" }));
  await page.locator('q:text("The owl nests by the river") + output:text("settled")').waitFor();
  await page.evaluate(() => {
    globalThis.asked = 0;
    shown.length = 0;
    const model = async function* () {
      asked++;
      for (const piece of ["The owl nests ", "by the river [1].\n\n", "The owl has ", "seven legs [1]."]) {
        yield piece;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    mount("answer", { question: "Where does the owl nest?", model });
  });
  await page.locator('q:text("seven legs") + output:text("settled")').waitFor();
  const shown = await page.evaluate(() => globalThis.shown);
  assert.ok(shown.some(({ text, isWhole }) => text === "The owl nests " && !isWhole));
  assert.equal(shown.at(-1).verdicts.length, 2);
  assert.equal(shown.at(-1).verdicts[0], "supported");
  assert.notEqual(shown.at(-1).verdicts[1], "supported");
  const before = await page.evaluate(() => asked);
  await page.getByText("again").click();
  await page.waitForFunction((before) => asked > before, before);
  await page.locator('output:text("settled")').waitFor();
});

/** The application's first look, as a server writes it. */
async function renderOnServer() {
  const { useCollection, useSearch } = await import("ibid/react");
  function Search() {
    const { collection, error } = useCollection("papers", { model: "/tiny/" });
    const { hits, loading } = useSearch(collection, "");
    return createElement(
      "main",
      null,
      createElement("input", { "aria-label": "query", value: "", readOnly: true }),
      createElement("p", null, error ? "failed" : collection ? "open" : "opening"),
      createElement("ol", null, ...hits),
      createElement("output", null, loading ? "loading" : "settled"),
    );
  }
  return renderToString(createElement(Search));
}

test("a server renders the hooks without a browser", async () => {
  const absent = { configurable: true, get: () => assert.fail("a global of browsers was touched") };
  const names = ["window", "document", "indexedDB", "Worker", "location"];
  for (const name of names) Object.defineProperty(globalThis, name, absent);
  try {
    const html = await renderOnServer();
    assert.match(html, /<p>opening<\/p><ol><\/ol><output>settled<\/output>/);
  } finally {
    for (const name of names) delete globalThis[name];
  }
});

scenario("what a server rendered comes to life without a difference", async (page) => {
  const html = (await renderOnServer()).replace(' readOnly=""', "");
  await page.evaluate((html) => {
    document.getElementById("root").innerHTML = html;
    hydrate();
  }, html);
  await page.getByText("open", { exact: true }).waitFor();
  await query(page).fill("owl");
  await settled(page, "owl");
  assert.deepEqual(await page.evaluate(() => workers), { started: 1, ended: 0 });
});
