// Words as people type them: in which forms they are found, where they are in a hit, and what is suggested for them.

import assert from "node:assert/strict";
import { tinySite } from "./tiny-model.js";

const scenario = tinySite();

const DOCUMENTS = {
  lease: "🏠 The landlord repaired the roof. Send your résumé by e-mail; the deposit is due.",
  vertrag: "🏠 Herr Müller zahlt die Dachreparatur in der Hauptstraße.",
};

/** The two documents, each in its language; `marked` tells what of a query is where in the best hit. */
async function open(documents) {
  const collection = await openReady("papers", { model: "/tiny/" });
  await collection.addMany([
    { id: "lease", content: documents.lease, language: "english" },
    { id: "vertrag", content: documents.vertrag, language: "german" },
  ]);
  globalThis.collection = collection;
  globalThis.marked = async (query, options) => {
    const { hits } = await collection.search(query, { mode: "lexical", ...options });
    return hits.flatMap(({ document, matches }) =>
      matches.map(
        ({ start, end, term, kind }) => `${documents[document].slice(start, end)}: ${term}, ${kind}`,
      ),
    );
  };
}

scenario("words are found in other forms, and each match says where and how", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open, DOCUMENTS);
  for (const [query, options, expected] of [
    ["Roof", {}, ["roof: roof, exact"]],
    ["resume", {}, ["résumé: resume, folded"]],
    ["repairing", {}, ["repaired: repairing, stem"]],
    ["email", {}, ["e-mail: email, part"]],
    ["ladnlord", {}, ["landlord: ladnlord, typo"]],
    ["ladnlord", { typos: false }, []],
    ["depo", {}, []],
    ["depo", { prefix: true }, ["deposit: depo, prefix"]],
    ["depo ", { prefix: true }, []],
    ["Mueller", {}, ["Müller: mueller, folded"]],
    ["Reparatur", {}, ["Dachreparatur: reparatur, compound"]],
    ["Reparatur", { compounds: false }, []],
  ]) {
    const found = await page.evaluate(([query, options]) => marked(query, options), [query, options]);
    assert.deepEqual(found, expected, `${query} ${JSON.stringify(options)}`);
  }
});

scenario("the best sentence is a part of the document's text", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open, DOCUMENTS);
  const { document, best } = await page.evaluate(
    async () => (await collection.search("When is the deposit due?", { mode: "lexical" })).hits[0],
  );
  assert.equal(
    DOCUMENTS[document].slice(best.start, best.end),
    "Send your résumé by e-mail; the deposit is due.",
  );
});

scenario("info counts the documents of each language", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open, DOCUMENTS);
  const { languages, language } = await page.evaluate(() => collection.info());
  assert.deepEqual(languages, { english: 1, german: 1 });
  assert.equal(language, undefined);
});

scenario("a text is completed and corrected while it is typed", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open, DOCUMENTS);
  const suggested = (...args) =>
    page.evaluate(([text, options]) => outcome(() => collection.suggest(text, options)), args);
  assert.deepEqual((await suggested("Who is the la")).result, { completions: ["Who is the landlord"] });
  assert.deepEqual((await suggested("repaired ")).result, { completions: [] });
  assert.deepEqual((await suggested("the ladnlord")).result, { completions: [], correction: "the landlord" });
  assert.equal((await suggested("d", { limit: 1 })).result.completions.length, 1);
  assert.equal((await suggested("d", { limit: 0 })).code, "invalid-argument");
  assert.equal((await suggested("d", { most: 1 })).code, "invalid-argument");
});
