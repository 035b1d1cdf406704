// The npm package in a real browser, without a bundler: from documents to cited prompts, and what is kept.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fromRoot, packageSite } from "./package-site.js";

const scenario = packageSite();

const LEASE = [
  "# Lease 🏠",
  "",
  "## Repairs",
  "",
  "The tenant repairs the roof within thirty days of written notice. 👩‍👩‍👧 The landlord pays for the cafe\u0301's terrace.",
  "",
  "## Rent 💶",
  "",
  "Rent is due on the first day of each month. Zu\u0308rich tenants pay by bank transfer; cash is refused.",
].join("\r\n");

const GARDEN =
  "Tomatoes need sun and water. \u{1f345}\r\n\r\nPrune the roses in February, before the frost ends.";

/** Adds the documents that most tests here ask about, in small chunks. */
async function addLeaseAndGarden({ lease, garden }) {
  const collection = await openReady("papers", { chunking: { max: 48, overlap: 8 } });
  globalThis.collection = collection;
  return collection.addMany([
    {
      id: "lease",
      title: "Lease",
      content: lease,
      mediaType: "text/markdown",
      metadata: { year: 2024, tags: ["flat"] },
    },
    { id: "garden", content: new File([garden], "garden.txt", { type: "text/plain" }) },
  ]);
}
const DOCUMENTS = { lease: LEASE, garden: GARDEN };

/** The least cosine of an embedding in small integers to its reference in f32. */
const PARITY = 0.985;

scenario("embeddings are near the reference of the model, and cover the same tokens", async ({ visit }) => {
  const { rows } = JSON.parse(readFileSync(fromRoot("tests/fixtures/minilm-reference.json"), "utf8"));
  const page = await visit();
  const embeddings = await page.evaluate(
    async (texts) => {
      const collection = await ibid.openCollection("parity");
      const embeddings = await collection.embed(texts);
      return embeddings.map(({ vector, ...facts }) => ({ vector: [...vector], ...facts }));
    },
    rows.map(({ text }) => text),
  );
  assert.equal(embeddings.length, rows.length);
  for (const [at, { text, token_ids, embedding }] of rows.entries()) {
    const { vector, tokens } = embeddings[at];
    const name = `row ${at}: ${JSON.stringify(text.slice(0, 40))}`;
    assert.equal(tokens, token_ids.length, name);
    assert.ok(cosine(vector, embedding) >= PARITY, `${name}: ${cosine(vector, embedding)}`);
    assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5, name);
  }
});

function cosine(a, b) {
  const dot = a.reduce((sum, value, at) => sum + value * b[at], 0);
  return dot / (Math.hypot(...a) * Math.hypot(...b));
}

scenario("documents go in, and hits and cited prompts come out with exact spans", async ({ visit }) => {
  const page = await visit();
  const added = await page.evaluate(addLeaseAndGarden, DOCUMENTS);
  assert.deepEqual(
    added.map(({ id, status }) => ({ id, status })),
    [
      { id: "lease", status: "added" },
      { id: "garden", status: "added" },
    ],
  );
  assert.ok(added.every(({ chunks }) => chunks >= 1));

  const question = "Who has to fix a leaking roof?";
  const { texts, list, hits, unembedded, prompts } = await page.evaluate(async (question) => {
    const { hits, unembedded } = await collection.search(question, { k: 20 });
    return {
      texts: { lease: (await collection.get("lease")).text, garden: (await collection.get("garden")).text },
      list: await collection.list(),
      hits,
      unembedded,
      // No word but "roof" is in the lease, which is too little for it to count as an answer.
      prompts: [
        await collection.prompt(question, { unanswerable: "quote", quote: "passage" }),
        await collection.prompt(question, { unanswerable: "quote" }),
      ],
    };
  }, question);

  assert.deepEqual(texts, DOCUMENTS);
  assert.deepEqual(
    list.map(({ id, title, mediaType, metadata, length, backlog }) => ({
      id,
      title,
      mediaType,
      metadata,
      length,
      backlog,
    })),
    [
      {
        id: "garden",
        title: "garden.txt",
        mediaType: "text/plain",
        metadata: {},
        length: GARDEN.length,
        backlog: 0,
      },
      {
        id: "lease",
        title: "Lease",
        mediaType: "text/markdown",
        metadata: { tags: ["flat"], year: 2024 },
        length: LEASE.length,
        backlog: 0,
      },
    ],
  );

  assert.equal(unembedded, 0);
  assert.equal(hits.length, added[0].chunks + added[1].chunks, "with vectors every chunk is a hit");
  assert.match(hits[0].chunk.text, /repairs the roof/);
  assert.deepEqual(hits[0].chunk.section, ["Lease 🏠", "Repairs"]);
  assert.deepEqual(hits[0].metadata, { tags: ["flat"], year: 2024 });
  for (const { document, chunk } of hits) {
    assert.equal(texts[document].slice(chunk.start, chunk.end), chunk.text);
  }
  const quoted = hits.map(({ chunk }) => chunk.text).join("");
  for (const mark of ["🏠", "👩‍👩‍👧", "e\u0301", "u\u0308", "💶", "\u{1f345}"]) {
    assert.ok(quoted.includes(mark), `no hit holds ${mark} whole`);
  }

  assert.ok(prompts[0].citations.length >= 2);
  assert.match(prompts[1].citations[0].quote, /repairs the roof/);
  assert.ok(prompts[1].tokens < prompts[0].tokens, "evidence is less than passages");
  for (const { messages, citations } of prompts) {
    const [system, user] = messages;
    assert.deepEqual([system.role, user.role], ["system", "user"]);
    assert.ok(user.content.endsWith(question));
    for (const [at, { number, document, start, end, quote }] of citations.entries()) {
      assert.equal(number, at + 1);
      assert.equal(texts[document].slice(start, end), quote);
      assert.ok(user.content.includes(`[${number}]`));
      assert.ok(user.content.includes(quote));
    }
  }
});

scenario("a reload keeps documents, vectors and scores", async ({ visit, requests }) => {
  const page = await visit();
  await page.evaluate(addLeaseAndGarden, DOCUMENTS);
  const look = async () => {
    const found = await collection.search("When is the rent due?", { k: 20 });
    const { activities, kernels, ...info } = await collection.info();
    // How vectors are compared is measured by each page, and changes no score.
    return { found, list: await collection.list(), info: { ...info, layers: kernels.layers } };
  };
  const before = await page.evaluate(look);
  assert.match(before.found.hits[0].chunk.text, /Rent is due/);
  assert.ok(before.found.hits.every(({ dense }) => typeof dense === "number"));

  await page.reload();
  const again = await page.evaluate(addLeaseAndGarden, DOCUMENTS);
  assert.deepEqual(
    again.map(({ status }) => status),
    ["unchanged", "unchanged"],
  );
  assert.deepEqual(await page.evaluate(look), before);
  // Requests of workers are recorded too, or the check that none leaves the site would be worth nothing. Of the model,
  // which is kept, the second visit asks for the manifest only.
  const asked = (file) => requests.filter((url) => url.endsWith(`/${file}`)).length;
  assert.deepEqual([asked("model.json"), asked("weights.safetensors")], [2, 1]);
});

scenario("the text that a document was replaced by is all that is found of it", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(addLeaseAndGarden, DOCUMENTS);
  const replaced = await page.evaluate(async () => {
    await collection.add({ id: "garden", content: "Bees prefer lavender." });
    const found = {};
    for (const mode of ["hybrid", "dense", "lexical"]) {
      found[mode] = (await collection.search("Prune the roses before the frost", { mode, k: 50 })).hits;
    }
    return {
      found,
      text: (await collection.get("garden")).text,
      documents: (await collection.info()).documents,
    };
  });
  assert.equal(replaced.text, "Bees prefer lavender.");
  assert.equal(replaced.documents, 2);
  for (const [mode, hits] of Object.entries(replaced.found)) {
    assert.deepEqual(
      hits.filter(({ chunk }) => /roses|frost/.test(chunk.text)),
      [],
      mode,
    );
  }
  assert.ok(
    replaced.found.dense.some(({ document }) => document === "garden"),
    "the new text is not found",
  );
});

scenario("what was removed is gone, also after a reload", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(addLeaseAndGarden, DOCUMENTS);
  assert.equal(await page.evaluate(() => collection.remove(["garden", "never added"])), 1);
  assert.equal(await page.evaluate(() => collection.remove("garden")), 0);
  const look = async () => {
    const collection = await ibid.openCollection("papers");
    const documents = new Set();
    for (const mode of ["hybrid", "dense", "lexical"]) {
      const { hits } = await collection.search("roses tomatoes", { mode, k: 50 });
      for (const hit of hits) documents.add(hit.document);
    }
    const ids = (await collection.list()).map(({ id }) => id);
    return { documents: [...documents], ids, garden: (await collection.get("garden")) ?? null };
  };
  const expected = { documents: ["lease"], ids: ["lease"], garden: null };
  assert.deepEqual(await page.evaluate(look), expected);
  await page.reload();
  assert.deepEqual(await page.evaluate(look), expected);
});

scenario("a collection that was destroyed leaves no database and begins anew", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(addLeaseAndGarden, DOCUMENTS);
  const databases = () => page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  assert.deepEqual(await databases(), ["ibid/papers"]);
  await page.evaluate(() => collection.destroy());
  assert.deepEqual(await databases(), []);
  const later = await page.evaluate(() => outcome(() => collection.list()));
  assert.equal(later.code, "closed");
  const info = await page.evaluate(async () => (await ibid.openCollection("papers")).info());
  assert.equal(info.documents, 0);
  assert.equal(info.generation, 0);
});

scenario("two collections of one page know nothing of each other", async ({ visit }) => {
  const page = await visit();
  const found = await page.evaluate(async () => {
    const [one, two] = await Promise.all([ibid.openCollection("one"), ibid.openCollection("two")]);
    await Promise.all([
      one.add({ id: "same", content: "The heron nests by the river." }),
      two.add({ id: "same", content: "Granite is an igneous rock." }),
    ]);
    const texts = async (collection) => {
      const { hits } = await collection.search("Where does the heron nest?");
      return hits.map(({ chunk }) => chunk.text);
    };
    return [await texts(one), await texts(two)];
  });
  assert.deepEqual(found, [["The heron nests by the river."], ["Granite is an igneous rock."]]);
});

test("Node imports the package without a window, and opening a collection there is a typed error", async () => {
  const absent = { configurable: true, get: () => assert.fail("a global of browsers was touched") };
  Object.defineProperties(globalThis, { window: absent, document: absent, indexedDB: absent });
  try {
    const { IbidError, openCollection } = await import("../../pkg/dist/index.js");
    await assert.rejects(openCollection("papers"), (error) => {
      assert.ok(error instanceof IbidError && error instanceof Error);
      assert.equal(error.name, "IbidError");
      assert.equal(error.code, "store-unavailable");
      assert.match(error.message, /browser/);
      return true;
    });
  } finally {
    for (const name of ["window", "document", "indexedDB"]) delete globalThis[name];
  }
});
