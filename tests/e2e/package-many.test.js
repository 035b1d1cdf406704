// Many documents: from streams, with bad ones among them, interrupted, and added without waiting.

import assert from "node:assert/strict";
import { tinySite } from "./tiny-model.js";

const scenario = tinySite();

/** Opens the collection of the page, and defines a source of records: what is pulled from it is counted. */
async function open() {
  globalThis.collection = await openReady("papers", { model: "/tiny/" });
  globalThis.source = { pulled: 0, ended: false, onPull: () => {} };
  globalThis.records = async function* (count) {
    try {
      for (let n = 0; n < count; n++) {
        source.pulled++;
        source.onPull();
        yield { id: String(n).padStart(4, "0"), content: `Record ${n}.` };
      }
    } finally {
      source.ended = true;
    }
  };
}

/** The ids of so many records. */
const ids = (count) => Array.from({ length: count }, (_, n) => String(n).padStart(4, "0"));

scenario("a bad document in a stream holds up no other", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const { outcomes, list } = await page.evaluate(async () => {
    async function* documents() {
      for await (const document of records(200)) {
        yield document.id === "0070" ? { ...document, content: " " } : document;
        if (document.id === "0100") yield { id: "", content: "A record without a name." };
      }
    }
    const outcomes = await collection.addMany(documents());
    const plain = outcomes.map(({ error, ...rest }) =>
      error instanceof ibid.IbidError ? { ...rest, code: error.code } : rest,
    );
    return { outcomes: plain, list: (await collection.list()).map(({ id, backlog }) => [id, backlog]) };
  });
  const expected = ids(200).map((id) => ({ id, status: "added", chunks: 1 }));
  expected[70] = { id: "0070", status: "failed", code: "empty-document" };
  expected.splice(101, 0, { id: "", status: "failed", code: "invalid-id" });
  assert.deepEqual(outcomes, expected);
  assert.deepEqual(
    list,
    ids(200)
      .filter((id) => id !== "0070")
      .map((id) => [id, 0]),
  );
});

scenario("of several documents with one id the last one counts", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const { statuses, text, documents } = await page.evaluate(async () => {
    const content = ["The first.", "The second.", "The third."];
    const outcomes = await collection.addMany(content.map((content) => ({ id: "same", content })));
    const { text } = await collection.get("same");
    const { documents } = await collection.info();
    return { statuses: outcomes.map(({ status }) => status), text, documents };
  });
  assert.deepEqual(statuses, ["added", "added", "added"]);
  assert.deepEqual([text, documents], ["The third.", 1]);
});

scenario("a stream is read no faster than it is committed", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const { ahead, pulled, documents } = await page.evaluate(async () => {
    let committed = 0;
    let ahead = 0;
    collection.on("change", ({ documents }) => {
      committed = documents;
    });
    source.onPull = () => {
      ahead = Math.max(ahead, source.pulled - committed);
    };
    await collection.addMany(records(600));
    return { ahead, pulled: source.pulled, documents: (await collection.info()).documents };
  });
  assert.deepEqual([pulled, documents], [600, 600]);
  assert.ok(ahead <= 200, `${ahead} documents were pulled that were not committed`);
});

scenario("an abort in a stream ends it, and keeps what was committed", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const { code, ended, pulled, list } = await page.evaluate(async () => {
    const controller = new AbortController();
    source.onPull = () => source.pulled === 300 && controller.abort();
    const { code } = await outcome(() => collection.addMany(records(10_000), { signal: controller.signal }));
    const list = (await collection.list()).map(({ id }) => id);
    return { code, ended: source.ended, pulled: source.pulled, list };
  });
  assert.deepEqual([code, ended, pulled], ["aborted", true, 300]);
  assert.ok(list.length >= 100 && list.length <= 300, `${list.length} documents`);
  assert.deepEqual(list, ids(list.length));
});

scenario("a stream that throws is the caller's own error, and keeps what was sent", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const { same, list } = await page.evaluate(async () => {
    const gone = new Error("the source is gone");
    source.onPull = () => {
      if (source.pulled === 150) throw gone;
    };
    const same = await collection.addMany(records(1000)).then(
      () => false,
      (thrown) => thrown === gone,
    );
    return { same, list: (await collection.list()).map(({ id }) => id) };
  });
  assert.equal(same, true);
  assert.ok(list.length > 0 && list.length < 150, `${list.length} documents`);
  assert.deepEqual(list, ids(list.length));
});

scenario(
  "a thousand documents that are added at once make few segments, and are all found",
  async ({ visit }) => {
    const page = await visit();
    await page.evaluate(open);
    const { most, unembedded, backlog, found } = await page.evaluate(async () => {
      const adding = [];
      for await (const document of records(1000)) adding.push(collection.add(document));
      let left = adding.length;
      for (const one of adding) one.finally(() => left--);
      let most = 0;
      while (left > 0) {
        most = Math.max(most, (await collection.info()).segments);
        await new Promise((resolve) => setTimeout(resolve));
      }
      const added = await Promise.all(adding);
      const found = {};
      for (const mode of ["lexical", "dense"]) {
        const { hits } = await collection.search("record", { mode, k: 5000 });
        found[mode] = new Set(hits.map(({ document }) => document)).size;
      }
      const unembedded = added.reduce((sum, { unembedded }) => sum + unembedded, 0);
      return { most, unembedded, backlog: (await collection.info()).backlog, found };
    });
    assert.ok(most <= 64, `${most} segments`);
    assert.deepEqual({ unembedded, backlog }, { unembedded: 0, backlog: 0 });
    assert.deepEqual(found, { lexical: 1000, dense: 1000 });
  },
);

scenario("calls that do not wait for each other take effect in their order", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const texts = await page.evaluate(async () => {
    const text = async () => (await collection.get("x"))?.text ?? "none";
    const old = new Blob(["What the file says."]);
    const texts = [];
    const after = async (...calls) => {
      await Promise.all(calls.map((call) => call()));
      texts.push(await text());
    };
    const add = (content) => () => collection.add({ id: "x", content });
    await after(add(old), add("new"));
    await after(() => collection.addMany([{ id: "x", content: old }]), add("newer"));
    await after(() => collection.remove("x"), add("newer"));
    await after(() => collection.removeWhere({}), add(old));
    await after(add("newest"), () => collection.remove("x"));
    const others = [1, 2].map((n) => () => collection.add({ id: `other ${n}`, content: `Another ${n}.` }));
    await after(...others, () => collection.remove("x"), add("the last"));
    return texts;
  });
  assert.deepEqual(texts, ["new", "newer", "newer", "What the file says.", "none", "the last"]);
});

scenario("a list counts as it was when the call was made", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const kept = await page.evaluate(async () => {
    const list = (name) => [1, 2].map((n) => ({ id: `${name} ${n}`, content: `The ${name} ${n}.` }));
    const emptied = async (list, call) => {
      const calling = call(list);
      list.length = 0; // as who collects the next ones in the same list
      return calling;
    };
    const each = await emptied(list("each"), (documents) => collection.addMany(documents));
    const all = await emptied(list("all"), (documents) => collection.addMany(documents, { atomic: true }));
    const removed = await emptied(["each 1", "all 1"], (ids) => collection.remove(ids));
    const left = (await collection.list()).map(({ id }) => id);
    return { added: [...each, ...all].map(({ id, status }) => `${id}: ${status}`), removed, left };
  });
  assert.deepEqual(kept, {
    added: ["each 1: added", "each 2: added", "all 1: added", "all 2: added"],
    removed: 2,
    left: ["all 2", "each 2"],
  });
});

scenario("a call does not wait for a stream that gives nothing", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const { code, cause, added } = await page.evaluate(async () => {
    const controller = new AbortController();
    async function* stream() {
      yield { id: "first", content: "The first." };
      await new Promise(() => {});
    }
    const adding = collection.addMany(stream(), { signal: controller.signal }).catch((error) => error);
    await collection.add({ id: "other", content: "Meanwhile." });
    controller.abort("enough");
    const { code, cause } = await adding;
    return { code, cause, added: (await collection.list()).map(({ id }) => id) };
  });
  assert.deepEqual({ code, cause, added }, { code: "aborted", cause: "enough", added: ["other"] });
});

scenario("a document that cannot be sent to the worker holds up no other", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open);
  const outcomes = await page.evaluate(async () => {
    const documents = [
      { id: "good", content: "One." },
      { id: "metadata", content: "Two.", metadata: { method: () => 1 } },
      { id: "title", content: "Three.", title: Symbol("title") },
      { id: "content", content: () => "Four." },
      { id: "last", content: "Five." },
    ];
    const outcomes = await collection.addMany(documents);
    return outcomes.map(({ id, status, error }) => [id, status, error?.code ?? ""]);
  });
  const failed = (id) => [id, "failed", "invalid-argument"];
  assert.deepEqual(outcomes, [
    ["good", "added", ""],
    failed("metadata"),
    failed("title"),
    failed("content"),
    ["last", "added", ""],
  ]);
});
