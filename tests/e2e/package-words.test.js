// Words as people type them: what is found by them and where, in which languages, and what is suggested.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fromRoot, packageSite } from "./package-site.js";

const scenario = packageSite();

async function open() {
  globalThis.collection = await openReady("papers");
  globalThis.search = (query, options) => collection.search(query, { mode: "lexical", ...options });
  globalThis.found = async (query, options) =>
    (await search(query, options)).hits.map(({ document }) => document);
  globalThis.addBoth = (office, wohnung) =>
    collection.addMany([
      { id: "office", content: office },
      { id: "wohnung", content: wohnung },
    ]);
  /** The matches of a document's hit: what stands there, which word it is, and how it is like it. */
  globalThis.matches = async (query, document, options) => {
    const { hits } = await search(query, options);
    const { text } = await collection.get(document);
    const hit = hits.find((hit) => hit.document === document);
    return hit.matches.map(({ start, end, term, kind }) => `${text.slice(start, end)} ${term} ${kind}`);
  };
}

/** The first case of each kind of the fixture, with its first two queries. */
function sample() {
  const lines = readFileSync(fromRoot("tests/fixtures/words.jsonl"), "utf8").trim().split("\n");
  const cases = lines.map((line) => JSON.parse(line));
  const firsts = cases.filter(({ kind }, at) => cases.findIndex((other) => other.kind === kind) === at);
  return firsts.map(({ id, docs, queries }) => ({ id, docs, queries: queries.slice(0, 2) }));
}

scenario("what people type is found, and shown where it is", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const cases = sample();
  assert.ok(cases.length > 15);
  const wrong = await page.evaluate(async (cases) => {
    const wrong = [];
    for (const { id, docs, queries } of cases) {
      const names = Object.keys(docs);
      const mediaType = (name) => (name.endsWith(".md") ? "text/markdown" : "text/plain");
      await collection.addMany(
        names.map((name) => ({ id: name, content: docs[name], mediaType: mediaType(name) })),
      );
      for (const { text: query, first, found } of queries) {
        const { hits } = await search(query, { k: 10, duplicates: true });
        const documents = hits.map(({ document }) => document);
        if (first && documents[0] !== first) wrong.push([id, query, documents]);
        if (found && !documents.includes(found)) wrong.push([id, query, documents]);
        for (const { document, chunk, matches, evidence } of hits) {
          const { text } = await collection.get(document);
          const inside = ({ start, end }) => chunk.start <= start && start < end && end <= chunk.end;
          const apart = ({ start }, at) => at === 0 || matches[at - 1].end <= start;
          if (text !== docs[document]) wrong.push([id, document, text]);
          if (
            matches.length === 0 ||
            !matches.every(inside) ||
            !matches.every(apart) ||
            !evidence.every(inside)
          ) {
            wrong.push([id, query, document, matches, evidence]);
          }
        }
      }
      await collection.remove(names);
    }
    return wrong;
  }, cases);
  assert.deepEqual(wrong, []);
});

const OFFICE = [
  "The landlord repaired the roofs of the house when they were leaking, and the tenant’s résumé is in the file.",
  "🏠 Send it by e-mail to the desk that is for the pump AB-1234/56.",
].join("\n\n");

const WOHNUNG =
  "Der Vermieter repariert das Dach und die Häuser, wenn sie nicht mehr dicht sind, und die Dachreparatur ist für den Mieter kostenlos.";

scenario("a match says what stands there and how it is like the word", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const matches = await page.evaluate(
    async ([office, wohnung]) => {
      await addBoth(office, wohnung);
      return {
        forms: await matches("Roof resume tenant", "office"),
        parts: await matches("email 1234 AB123456", "office"),
        mistake: await matches("repairrd", "office"),
        beginning: await matches("the landl", "office", { prefix: true }),
        compound: await matches("reparatur haus", "wohnung"),
      };
    },
    [OFFICE, WOHNUNG],
  );
  assert.deepEqual(matches, {
    forms: ["roofs roof stem", "tenant tenant exact", "résumé resume folded"],
    parts: ["e-mail email part", "AB-1234/56 ab123456 part"],
    mistake: ["repaired repairrd typo"],
    beginning: ["landlord landl prefix"],
    compound: ["Häuser haus stem", "Dachreparatur reparatur compound"],
  });
});

scenario("words are widened as far as options say", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const found = await page.evaluate(
    async ([office, wohnung]) => {
      await addBoth(office, wohnung);
      return {
        typo: await found("tenannt"),
        noTypo: await found("tenannt", { typos: false }),
        compound: await found("reparatur"),
        noCompound: await found("reparatur", { compounds: false, typos: false }),
        prefix: await found("tena", { prefix: true, typos: false }),
        noPrefix: await found("tena", { typos: false }),
        ended: await found("tena ", { prefix: true, typos: false }),
      };
    },
    [OFFICE, WOHNUNG],
  );
  assert.deepEqual(found, {
    typo: ["office"],
    noTypo: [],
    compound: ["wohnung"],
    noCompound: [],
    prefix: ["office"],
    noPrefix: [],
    ended: [],
  });
});

scenario("suggestions complete the last word and correct the others", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const suggested = await page.evaluate(async () => {
    const empty = await collection.suggest("roo");
    await collection.addMany([
      { id: "a", content: "The roof and the room." },
      { id: "b", content: "The room and the accommodation." },
    ]);
    const before = await collection.suggest("The roo");
    await collection.remove(["b"]);
    return {
      empty,
      before,
      after: await collection.suggest("The roo"),
      one: await collection.suggest("The roo", { limit: 1 }),
      ended: await collection.suggest("the roo "),
      correction: await collection.suggest("the roff of the room"),
      refused: await outcome(() => collection.suggest("roo", { limit: 0 })),
    };
  });
  assert.deepEqual(suggested.empty, { completions: [] });
  assert.deepEqual(suggested.before, { completions: ["The room", "The roof"] });
  assert.deepEqual(suggested.after, { completions: ["The roof", "The room"] });
  assert.deepEqual(suggested.one, { completions: ["The roof"] });
  assert.deepEqual(suggested.ended.completions, []);
  assert.equal(suggested.correction.correction, "the roof of the room");
  assert.equal(suggested.refused.code, "invalid-argument");
});

scenario("each document has its language, which is told by its text or its option", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const { languages, found, refused, left } = await page.evaluate(
    async ([office, wohnung]) => {
      await collection.addMany([
        { id: "office", content: office },
        { id: "wohnung", content: wohnung },
        { id: "note", content: "Roofs" },
        { id: "plain", content: "Roofs", language: "none" },
        { id: "dutch", content: "De daken", language: "dutch" },
      ]);
      const { languages } = await collection.info();
      const found = {
        roof: await globalThis.found("roof", { duplicates: true }),
        dak: await globalThis.found("dak"),
      };
      const refused = await outcome(() => collection.add({ id: "x", content: "x", language: "klingon" }));
      await collection.remove(["wohnung", "note"]);
      return { languages, found, refused, left: (await collection.info()).languages };
    },
    [OFFICE, WOHNUNG],
  );
  assert.deepEqual(languages, { english: 1, german: 1, none: 1, dutch: 1, undecided: 1 });
  assert.deepEqual(found.roof.toSorted(), ["note", "office"], "a document in no language has no forms");
  assert.deepEqual(found.dak, ["dutch"]);
  assert.equal(refused.code, "invalid-argument");
  assert.match(refused.message, /language/);
  assert.deepEqual(left, { english: 1, none: 1, dutch: 1 });
});

scenario("copies of a hit are told beside it, or each is a hit of its own", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const { once, all, slices } = await page.evaluate(async () => {
    const content = "The heron nests in the reeds by the river, and nobody may go there in spring.";
    await collection.addMany([
      { id: "a", content },
      { id: "b", title: "Again", content: `\n${content.toUpperCase()}` },
      { id: "c", content: `${content} Dogs neither.` },
    ]);
    const { hits: once } = await search("heron");
    const { hits: all } = await search("heron", { duplicates: true });
    const slices = [];
    for (const { document, chunk } of once.flatMap(({ copies }) => copies)) {
      slices.push((await collection.get(document)).text.slice(chunk.start, chunk.end));
    }
    return { once, all, slices };
  });
  const places = once.map((hit) => [hit, ...hit.copies].map(({ document }) => document).toSorted());
  assert.deepEqual(places.toSorted(), [["a", "b"], ["c"]], "what says more is no copy");
  assert.equal(slices.length, 1);
  assert.match(slices[0], /^\s*the heron .* in spring\.$/i);
  assert.deepEqual(all.map(({ document }) => document).toSorted(), ["a", "b", "c"]);
  assert.ok(all.every(({ copies }) => copies.length === 0));
});

scenario("nonsense is not answered", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const { answered, sentence, nonsense, kept, prompt, abstained } = await page.evaluate(
    async ([office, wohnung]) => {
      await addBoth(office, wohnung);
      return {
        answered: await collection.search("Who repaired the leaking roof?"),
        sentence: await collection.search("Who repaired the leaking roof?", {
          evidence: { sentences: 1, neighbours: 0 },
        }),
        nonsense: await collection.search("qwrtz blorf vanguxi"),
        kept: await collection.search("qwrtz blorf vanguxi", { minRelevance: 0.5 }),
        prompt: await collection.prompt("Who repaired the leaking roof?"),
        abstained: await collection.prompt("qwrtz blorf vanguxi"),
      };
    },
    [OFFICE, WOHNUNG],
  );
  assert.ok(answered.answerable && answered.hits[0].relevance > 0.5);
  assert.equal(answered.hits[0].document, "office");
  const evidenceOf = ({ hits }) => hits.map(({ evidence }) => evidence.map(({ start, end }) => [start, end]));
  assert.ok(answered.hits[0].evidence[0].start === 0 && answered.hits[0].evidence[0].score > 0);
  const [[[start, end]], ...others] = evidenceOf(sentence);
  assert.equal(OFFICE.slice(start, end), OFFICE.split("\n")[0]);
  assert.ok(others.every((spans) => spans.length === 0));
  assert.ok(!nonsense.answerable && nonsense.hits.length > 0);
  assert.ok(nonsense.hits.every(({ relevance }) => relevance >= 0 && relevance < 0.2));
  assert.deepEqual(kept.hits, []);
  assert.ok(prompt.answerable && prompt.citations.length > 0);
  assert.ok(!abstained.answerable && abstained.citations.length === 0);
});
