// Bytes that changed in the store: what can be made again is, and what cannot harms nothing else.

import assert from "node:assert/strict";
import { damageParts } from "./stored-parts.js";
import { tinySite } from "./tiny-model.js";

const site = tinySite();

/** Declares a test whose pages have the functions below in their globals. */
function scenario(name, run) {
  site(name, async ({ context, visit }) => {
    const functions = [openBirds, ask, settled];
    const names = functions.map(({ name }) => name);
    const content = [...functions, `Object.assign(globalThis, { ${names} });`].join("\n");
    await context.addInitScript({ content });
    await run(await visit());
  });
}

const BIRDS = ["heron", "owl", "plover", "swift"];

/** Opens the collection of the page, with a list of the problems that it tells of. */
async function openBirds() {
  globalThis.collection = await openReady("papers", { model: "/tiny/" });
  globalThis.problems = [];
  collection.on("problem", ({ activity, error }) => problems.push([activity, error.code]));
}

/** Adds the birds in one segment and damages the parts whose names begin with `prefix`, while nobody has it open. */
async function prepare(page, prefix) {
  await page.evaluate(openBirds);
  await page.evaluate(async (birds) => {
    await collection.addMany(birds.map((id) => ({ id, content: `The ${id} nests by the river.` })));
    await collection.close();
  }, BIRDS);
  const found = await page.evaluate(async () => {
    await openBirds();
    const found = await ask();
    await collection.close();
    return found;
  });
  const damaged = await page.evaluate(damageParts, prefix);
  assert.ok(damaged > 0, `nothing is called ${prefix}`);
  await page.evaluate(openBirds);
  return found;
}

/** What is found by each arm: documents, texts and scores. */
async function ask() {
  const found = {};
  for (const mode of ["lexical", "dense", "hybrid"]) {
    const { hits } = await collection.search("the owl by the river", { mode });
    found[mode] = hits.map(({ document, chunk, score }) => [document, chunk.text, score]);
  }
  return found;
}

/** Waits until nothing is done in the background, and all chunks have vectors. */
async function settled() {
  for (;;) {
    const { backlog, activities } = await collection.info();
    if (backlog === 0 && activities.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const REPAIRED = { vectors: "vectors", postings: "words" };

for (const [part, kind] of Object.entries(REPAIRED)) {
  scenario(`damaged ${part} are made again, and everything is found as before`, async (page) => {
    const before = await prepare(page, `${part}/`);
    const { damaged, problems, left } = await page.evaluate(async () => {
      const damaged = await collection.check();
      while (problems.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      await settled();
      return { damaged, problems, left: await collection.check() };
    });
    assert.deepEqual(
      damaged.map(({ id, kind }) => [id, kind]),
      BIRDS.map((id) => [id, kind]),
    );
    assert.deepEqual(problems[0], ["repairing", "store-corrupt"]);
    assert.deepEqual(left, []);
    assert.deepEqual(await page.evaluate(ask), before);
    await page.reload();
    await page.evaluate(openBirds);
    assert.deepEqual(await page.evaluate(ask), before);
  });

  scenario(`a search that meets damaged ${part} goes on without, and has them made again`, async (page) => {
    const before = await prepare(page, `${part}/`);
    const { meanwhile, after } = await page.evaluate(async () => {
      const meanwhile = await collection.search("owl");
      while (problems.length === 0) await ask();
      await settled();
      return { meanwhile, after: await ask() };
    });
    assert.ok(meanwhile.hits.some(({ document }) => document === "owl"));
    assert.deepEqual(meanwhile.damaged, []);
    assert.deepEqual(after, before);
  });
}

/** Adds an owl, damages its text, adds a heron, and leaves the collection open. */
async function damageOwl(page) {
  await page.evaluate(openBirds);
  await page.evaluate(() => collection.add({ id: "owl", content: "The owl nests by the river." }));
  await page.evaluate(() => collection.close());
  assert.equal(await page.evaluate(damageParts, "text/"), 1);
  await page.evaluate(openBirds);
  await page.evaluate(() => collection.add({ id: "heron", content: "The heron nests by the river." }));
}

scenario("a damaged text fails only what needs it", async (page) => {
  await damageOwl(page);
  const { heron, owl, found, dense, prompt, checked } = await page.evaluate(async () => ({
    heron: (await collection.get("heron")).text,
    owl: await outcome(() => collection.get("owl")),
    found: await collection.search("nests by the river"),
    dense: await collection.search("nests by the river", { mode: "dense" }),
    prompt: await collection.prompt("nests by the river", { unanswerable: "quote" }),
    checked: await collection.check(),
  }));
  assert.equal(heron, "The heron nests by the river.");
  assert.equal(owl.code, "store-corrupt");
  assert.match(owl.message, /"owl"/);
  const documentsOf = (list) => list.map(({ document }) => document);
  for (const { hits, damaged } of [found, dense]) {
    assert.deepEqual([documentsOf(hits), documentsOf(damaged)], [["heron"], ["owl"]]);
    assert.match(damaged[0].message, /text/);
  }
  assert.deepEqual(documentsOf(prompt.citations), ["heron"]);
  assert.deepEqual(
    checked.map(({ id, kind }) => [id, kind]),
    [["owl", "text"]],
  );
});

scenario("a document with a damaged text is mended by adding it again", async (page) => {
  await damageOwl(page);
  const mended = await page.evaluate(async () => {
    await outcome(() => collection.get("owl"));
    const { unchanged } = await collection.add({ id: "owl", content: "The owl nests by the river." });
    const owl = await outcome(async () => (await collection.get("owl")).text);
    const { hits, damaged } = await collection.search("nests by the river");
    const found = hits.map(({ document }) => document).sort();
    return { unchanged, owl, found, damaged, checked: await collection.check() };
  });
  assert.deepEqual(mended, {
    unchanged: false,
    owl: { result: "The owl nests by the river." },
    found: ["heron", "owl"],
    damaged: [],
    checked: [],
  });
});
