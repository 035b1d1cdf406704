// Results as values: what is read of a document, what a result is as plain data, and prompts that are made of it.

import assert from "node:assert/strict";
import { tinySite } from "./tiny-model.js";

const scenario = tinySite();

async function open() {
  globalThis.collection = await openReady("papers", { model: "/tiny/" });
}

scenario("a range of a long text is read as it would be cut from the whole", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const { wrong, facts, refused, unknown } = await page.evaluate(async () => {
    // Most of it is space, which is quick to embed; the houses are at even and at odd places.
    const block = `a 🏠 in the green 👩‍👩‍👧 ${" ".repeat(1999)}`;
    const content = block.repeat(400);
    await collection.add({ id: "long", title: "Houses", content, metadata: { year: 2024 } });
    const { text, ...facts } = await collection.get("long");
    const house = content.indexOf("🏠", content.length >> 1);
    const ranges = [
      [0, 0],
      [0, 5],
      [house, house + 2],
      [house - 1000, house + 3000],
      [content.length - 7, content.length],
      [content.length, content.length],
      [0, content.length],
    ];
    const wrong = [];
    for (const [start, end] of ranges) {
      const part = await collection.get("long", { start, end });
      const { text: cut, ...others } = part;
      const same = JSON.stringify(others) === JSON.stringify(facts);
      if (cut !== content.slice(start, end) || !same) wrong.push([start, end, others]);
    }
    if (text !== content) wrong.push("whole");
    const refused = [];
    for (const [start, end] of [
      [house + 1, house + 5],
      [house - 5, house + 1],
      [5, 3],
      [0, content.length + 1],
      [-1, 3],
      [0.5, 3],
    ]) {
      refused.push((await outcome(() => collection.get("long", { start, end }))).code);
    }
    const unknown = (await collection.get("unknown", { start: 0, end: 1 })) ?? null;
    return { wrong, facts, refused, unknown };
  });
  assert.deepEqual(wrong, []);
  assert.deepEqual([facts.title, facts.metadata], ["Houses", { year: 2024 }]);
  assert.deepEqual(refused, Array(6).fill("invalid-argument"));
  assert.equal(unknown, null);
});

/** Adds the documents that results are made of. */
async function addBirds() {
  await collection.addMany(
    ["heron", "owl", "plover"].map((id) => ({
      id,
      title: `The ${id} 🐦`,
      content: `# Nests\n\nThe ${id} nests by the river.\n\n# Food\n\nThe ${id} eats fish.`,
      mediaType: "text/markdown",
      metadata: { tags: ["bird"], year: 2024 },
    })),
  );
}

scenario("a result is plain data: a copy of it lacks nothing", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  await page.evaluate(addBirds);
  const { result, cloned, parsed } = await page.evaluate(async () => {
    const result = await collection.search("owl by the river", { explain: true, expand: 1 });
    return { result, cloned: structuredClone(result), parsed: JSON.stringify(result) };
  });
  assert.deepEqual(cloned, result);
  assert.deepEqual(JSON.parse(parsed), result);
  const { query, hits, model, damaged, unembedded, queryTruncated, trace } = result;
  assert.deepEqual(
    { query, model, damaged, unembedded, queryTruncated },
    { query: "owl by the river", model: "ready", damaged: [], unembedded: 0, queryTruncated: false },
  );
  assert.ok(hits.length > 0 && trace.hits.length === hits.length);
});

scenario("a prompt of a result is the prompt of its query", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  await page.evaluate(addBirds);
  const { prompts, sent, copied, small } = await page.evaluate(async () => {
    const question = "Where does the owl nest?";
    const options = { k: 4, expand: 1, filter: { year: 2024 } };
    const result = await collection.search(question, options);
    const copy = JSON.parse(JSON.stringify(result));
    const quoting = { unanswerable: "quote" };
    const few = { budget: 200, instructions: "Answer briefly.", ...quoting };
    return {
      prompts: [
        await collection.prompt(question, { ...options, ...quoting }),
        await collection.prompt(result, quoting),
      ],
      copied: await collection.prompt(copy, quoting),
      sent: JSON.stringify(result) === JSON.stringify(copy),
      small: [
        await collection.prompt(question, { ...options, ...few }),
        await collection.prompt(result, few),
      ],
    };
  });
  assert.ok(prompts[0].citations.length > 0);
  assert.deepEqual(prompts[1], prompts[0]);
  assert.deepEqual(copied, prompts[0]);
  assert.ok(sent, "the result is the caller's still");
  assert.deepEqual(small[1], small[0]);
  assert.equal(small[0].messages[0].content, "Answer briefly.");
});
