// Upkeep in the background: segments are merged without anybody asking, and graphs are built in a spare worker.

import assert from "node:assert/strict";
import { packageSite } from "./package-site.js";
import { storedParts } from "./stored-parts.js";

const scenario = packageSite();

/** Waits in the page until `info` of the collection is as it should be, and returns it. */
async function settled(condition) {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const info = await collection.info();
    if (condition(info) || performance.now() > deadline) {
      return info;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

scenario("documents that come one by one end in one segment and are found as before", async ({ visit }) => {
  const page = await visit();
  const { before, after, merged, left, parts } = await page.evaluate(`(async () => {
    globalThis.collection = await ibid.openCollection("papers");
    for (const bird of ["heron", "owl", "plover", "swift"]) {
      await collection.add({ id: bird, content: \`The \${bird} nests by the river.\` });
    }
    const ask = async () =>
      (await collection.search("owl by the river")).hits.map(({ document, score }) => [document, score]);
    const before = await ask();
    const merged = await (${settled})(({ segments }) => segments === 1);
    await collection.remove("swift");
    const left = await (${settled})(({ documents }) => documents === 3);
    const after = await ask();
    await new Promise((resolve) => setTimeout(resolve, 200));
    return { before, after, merged, left, parts: (await (${storedParts})()).map(({ name }) => name.split("/")[0]) };
  })()`);
  assert.deepEqual([merged.segments, left.segments], [1, 1]);
  assert.deepEqual(before[0], ["owl", before[0][1]]);
  assert.deepEqual(
    after.map(([document]) => document),
    before.map(([document]) => document).filter((document) => document !== "swift"),
  );
  assert.deepEqual(parts.filter((kind) => kind !== "vectors").sort(), [
    "postings",
    "tables",
    "text",
    "text",
    "text",
  ]);
});

scenario("a spare worker builds a graph, and says so where it cannot", async ({ visit }) => {
  const page = await visit();
  const { magic, error } = await page.evaluate(`(async () => {
    globalThis.collection = await ibid.openCollection("papers", { chunking: { max: 32, overlap: 0 } });
    await collection.add({ id: "long", content: prose(600) });
    const { chunks } = await (${settled})(({ backlog }) => backlog === 0);
    const run = (await (${storedParts})()).find(({ name }) => name.startsWith("vectors/"));
    const { SpareWorker } = await import("/pkg/workers/graphs.js");
    const { loadCore } = await import("/pkg/workers/core.js");
    const spare = new SpareWorker((await loadCore(undefined)).compiled);
    const graph = await spare.build(chunks, [run.bytes.slice()]);
    const error = await spare.build(1, [new Uint8Array([1, 2, 3])]).catch(({ code }) => ({ code }));
    return { magic: new TextDecoder().decode(graph.slice(0, 8)), error };
  })()`);
  assert.equal(magic, "ibid.gra");
  assert.equal(error.code, "store-corrupt");
});
