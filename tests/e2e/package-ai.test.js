// The search tool for the AI SDK, in a bundled application with the real library.

import assert from "node:assert/strict";
import { bundlePage } from "./bundle.js";
import { fromRoot } from "./package-site.js";
import { tinySite } from "./tiny-model.js";

const site = tinySite({ "/ai": await bundlePage(fromRoot("tests/e2e/apps/ai.js")) });

/** Declares a test that gets a page of the application with documents in an open collection. */
function scenario(name, run) {
  site(name, async (visitor) => {
    const page = await visitor.visit("/ai/");
    await page.waitForFunction(() => globalThis.ibid !== undefined);
    await page.evaluate(async () => {
      const options = { model: "/tiny/", workerUrl: "/pkg/workers/worker.js" };
      globalThis.collection = await ibid.openCollection("papers", options);
      const content = "# Repairs\n\nThe landlord repairs the roof.";
      await collection.add({ id: "lease", title: "Lease", content, mediaType: "text/markdown" });
      await collection.add({
        id: "note",
        title: "Note",
        content: { pages: ["Nothing.", "The roof leaks."] },
      });
    });
    await run(page);
  });
}

scenario("a model that calls the tool gets the passages, with where they stand", async (page) => {
  const found = await page.evaluate(async () => {
    const { asked, model: mock } = model({ query: "who repairs the roof" });
    const search = searchTool(collection, { mode: "lexical", k: 2, description: "Searches leases." });
    const { text, steps } = await generateText({
      model: mock,
      tools: { search },
      stopWhen: stepCountIs(3),
      prompt: "Who repairs the roof?",
    });
    const stored = (await collection.get("lease")).text;
    const { output } = steps[0].toolResults[0];
    const { start, end, text: quote } = output.sources[0];
    return { text, asked, output, isExact: stored.slice(start, end) === quote };
  });
  assert.equal(found.text, "The landlord.");
  assert.ok(found.isExact);
  const [tool] = found.asked[0].tools;
  assert.equal(tool.description, "Searches leases.");
  assert.deepEqual(tool.inputSchema.required, ["query"]);
  const [lease, note] = found.output.sources;
  const { start, end, relevance, ...rest } = lease;
  assert.match(rest.text, /The landlord repairs the roof\./);
  assert.ok(start < end && relevance > 0);
  assert.deepEqual(
    { ...rest, text: "" },
    { document: "lease", title: "Lease", section: ["Repairs"], text: "" },
  );
  assert.equal(note.page, 1);
  const [, second] = found.asked;
  const result = second.prompt.at(-1).content[0];
  assert.equal(result.type, "tool-result");
  assert.deepEqual(result.output, { type: "json", value: found.output });
});

scenario("a call without a query is told to be one, and an aborted call ends", async (page) => {
  const found = await page.evaluate(async () => {
    const search = searchTool(collection);
    const { asked, model: mock } = model({ question: "who" });
    const { steps } = await generateText({
      model: mock,
      tools: { search },
      stopWhen: stepCountIs(2),
      prompt: "Who?",
    });
    const options = { toolCallId: "1", messages: [], abortSignal: AbortSignal.abort() };
    return {
      kinds: steps[0].content.map(({ type }) => type),
      told: JSON.stringify(asked[1].prompt.at(-1)),
      aborted: await search.execute({ query: "roof" }, options).catch(({ code }) => code),
      beside: (await search.execute({ query: "roof" }, { toolCallId: "2", messages: [] })).sources.length,
    };
  });
  assert.ok(found.kinds.includes("tool-error"));
  assert.match(found.told, /expected a text with a word in it/);
  assert.equal(found.aborted, "aborted");
  assert.equal(found.beside, 2);
});
