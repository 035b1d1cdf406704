// Long work in a real browser: large documents, abortion, several tabs, and pages that die in the middle.

import assert from "node:assert/strict";
import { packageSite } from "./package-site.js";

const scenario = packageSite();

/** Large texts, made in the page, with a word of its own at the start, in the middle and at the end. */
const LARGE = {
  "20 MB": () => `alpaca ${prose(1_130_000)}beluga ${prose(1_130_000)}condor`,
  "100,000 lines": () => `alpaca ${prose(600_000, "\n")}beluga ${prose(600_000, "\n")}condor`,
  "one line of 5 MB": () => `alpaca ${prose(282_000)}beluga ${prose(282_000)}condor`,
};

/** Adds a large document, asks for its words as soon as they are found, aborts, asks again, removes it. */
async function addLarge(text) {
  const collection = await ibid.openCollection("papers");
  await collection.add({ id: "small", content: "The heron nests by the river." });

  let beats = 0;
  const heart = setInterval(() => beats++, 20);
  const events = [];
  const begun = Promise.withResolvers();
  const searchable = Promise.withResolvers();
  const controller = new AbortController();
  const onProgress = ({ phase, done, total }) => {
    if (events.at(-1) !== phase) events.push(phase);
    if (phase === "chunking" && done > 0 && done < total) begun.resolve();
    if (phase === "searchable") searchable.resolve();
  };
  const options = { signal: controller.signal, onProgress };
  const adding = outcome(() => collection.add({ id: "large", content: text }, options));

  await begun.promise;
  const [meanwhile] = (await collection.search("Where does the heron nest?")).hits;
  events.push("answered");
  await searchable.promise;
  const exact = {};
  for (const word of ["alpaca", "beluga", "condor"]) {
    const [{ document, chunk }] = (await collection.search(word, { mode: "lexical", k: 1 })).hits;
    const quote = text.slice(chunk.start, chunk.end);
    exact[word] = document === "large" && quote === chunk.text && quote.includes(word);
  }
  controller.abort();
  const { code } = await adding;
  clearInterval(heart);

  const condors = async () => (await collection.search("condor", { mode: "lexical" })).hits;
  const found = (await condors()).map(({ document }) => document);
  const { length, backlog } = (await collection.list()).find(({ id }) => id === "large");
  const removed = await collection.remove("large");
  return {
    events,
    beats,
    backlog,
    wholeLength: length === text.length,
    meanwhile: meanwhile.document,
    exact,
    code,
    found,
    removed,
    foundLater: (await condors()).length,
    left: (await collection.info()).backlog,
  };
}

for (const [name, make] of Object.entries(LARGE)) {
  scenario(`${name}: found by words, interruptible, and in nobody's way`, async ({ visit }) => {
    const page = await visit();
    const { events, beats, backlog, ...rest } = await page.evaluate(`(${addLarge})((${make})())`);
    assert.ok(events.indexOf("answered") < events.indexOf("searchable"), events.join());
    assert.ok(backlog > 1000, `a backlog of ${backlog}`);
    // Not a measurement: the heart of a page that is blocked all the time beats once or twice.
    assert.ok(beats > 10, `the page's heart beat ${beats} times`);
    assert.deepEqual(rest, {
      wholeLength: true,
      meanwhile: "small",
      exact: { alpaca: true, beluga: true, condor: true },
      code: "aborted",
      found: ["large"],
      removed: 1,
      foundLater: 0,
      left: 0,
    });
  });
}

scenario("a small document does not wait for the vectors of a large one", async ({ visit }) => {
  const page = await visit();
  const { share, small, code } = await page.evaluate(async () => {
    const collection = await ibid.openCollection("papers");
    const searchable = Promise.withResolvers();
    const controller = new AbortController();
    let share = 0;
    const onProgress = ({ phase, done, total }) => {
      if (phase === "searchable") searchable.resolve();
      if (phase === "embedding") share = done / total;
      // Long enough: let the test fail instead of embedding for minutes.
      if (share > 0.5) controller.abort();
    };
    const options = { signal: controller.signal, onProgress };
    const adding = outcome(() => collection.add({ id: "large", content: prose(20_000) }, options));
    await searchable.promise;
    await collection.add({ id: "small", content: "Swans moult in July." });
    const before = share;
    const small = (await collection.list()).find(({ id }) => id === "small");
    controller.abort();
    return { share: before, small: small.backlog, code: (await adding).code };
  });
  assert.equal(small, 0);
  assert.equal(code, "aborted");
  assert.ok(share < 0.5, `${share} of the large document was embedded first`);
});

scenario("progress comes in the order of the phases and ends complete", async ({ visit }) => {
  const page = await visit();
  const { progress, tokens } = await page.evaluate(async () => {
    const collection = await openReady("papers", { chunking: { max: 32, overlap: 0 } });
    const progress = [];
    const documents = ["one", "two"].map((id) => ({ id, content: `${id} ${prose(200)}` }));
    await collection.addMany(documents, { onProgress: (step) => progress.push(step) });
    const { hits } = await collection.search("everything", { mode: "dense", k: 1000, duplicates: true });
    return { progress, tokens: hits.reduce((sum, { chunk }) => sum + chunk.tokens, 0) };
  });
  const order = ["chunking", "searchable", "embedding"];
  for (const [at, { phase, done, total }] of progress.entries()) {
    assert.ok(done >= 0 && done <= total, JSON.stringify(progress[at]));
    const before = progress[at - 1];
    assert.ok(before === undefined || order.indexOf(phase) >= order.indexOf(before.phase));
    // Chunking counts the bytes of one document after the other.
    assert.ok(before?.phase !== phase || phase === "chunking" || done >= before.done);
  }
  assert.deepEqual([...new Set(progress.map(({ phase }) => phase))], order);
  assert.deepEqual(
    progress.filter(({ phase }) => phase === "searchable"),
    [{ phase: "searchable", done: 2, total: 2 }],
  );
  const end = { phase: "embedding", done: tokens, total: tokens, secondsLeft: 0 };
  assert.deepEqual(progress.at(-1), end);
});

scenario("what is aborted before it is searchable leaves nothing behind", async ({ visit }) => {
  const page = await visit();
  const result = await page.evaluate(async () => {
    const collection = await ibid.openCollection("papers");
    const content = prose(100_000);
    const aborted = [];
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    aborted.push(
      await outcome(() => collection.add({ id: "late", content }, { signal: controller.signal, onProgress })),
    );
    const signal = AbortSignal.abort();
    aborted.push(await outcome(() => collection.add({ id: "early", content }, { signal })));
    aborted.push(await outcome(() => collection.search("term1", { signal })));
    aborted.push(await outcome(() => collection.prompt("term1", { signal })));
    aborted.push(await outcome(() => collection.embed(["term1"], "passage", { signal })));
    const { documents, generation } = await collection.info();
    const { hits } = await collection.search("term1");
    const added = await collection.add({ id: "late", content: "The same id is free." });
    return {
      codes: aborted.map(({ code }) => code),
      documents,
      generation,
      hits: hits.length,
      added: added.id,
    };
  });
  assert.deepEqual(result, {
    codes: ["aborted", "aborted", "aborted", "aborted", "aborted"],
    documents: 0,
    generation: 0,
    hits: 0,
    added: "late",
  });
});

scenario("closing rejects what is under way and keeps what is committed", async ({ visit }) => {
  const page = await visit();
  const result = await page.evaluate(async () => {
    const collection = await ibid.openCollection("papers");
    const searchable = Promise.withResolvers();
    const onProgress = ({ phase }) => phase === "searchable" && searchable.resolve();
    const adding = outcome(() =>
      collection.add({ id: "big", content: `condor ${prose(50_000)}` }, { onProgress }),
    );
    await searchable.promise;
    const pending = [adding, outcome(() => collection.search("condor")), outcome(() => collection.list())];
    await collection.close();
    const codes = (await Promise.all(pending)).map(({ code }) => code);
    codes.push(
      (await outcome(() => collection.search("condor"))).code,
      (await outcome(() => collection.destroy())).code,
    );
    await collection.close();
    const again = await ibid.openCollection("papers");
    const [hit] = (await again.search("condor", { mode: "lexical" })).hits;
    const { documents } = await again.info();
    await again.destroy();
    return { codes, found: hit.document, documents, databases: (await indexedDB.databases()).length };
  });
  assert.deepEqual(result, {
    codes: ["closed", "closed", "closed", "closed", "closed"],
    found: "big",
    documents: 1,
    databases: 0,
  });
});

async function openShared() {
  globalThis.collection = await ibid.openCollection("shared");
}

scenario("two tabs add at the same time, and each sees what the other did", async ({ visit }) => {
  const pages = [await visit(), await visit()];
  await Promise.all(pages.map((page) => page.evaluate(openShared)));
  const birds = ["heron", "stork"];
  await Promise.all(
    pages.map((page, at) =>
      page.evaluate(async (bird) => {
        for (let n = 0; n < 5; n++) {
          await collection.add({ id: `${bird} ${n}`, content: `The ${bird} has place ${n} in the list.` });
        }
      }, birds[at]),
    ),
  );
  const ids = birds.flatMap((bird) => [0, 1, 2, 3, 4].map((n) => `${bird} ${n}`));
  const look = async (words) => {
    const infos = await collection.info();
    const found = {};
    for (const word of words) {
      found[word] = (await collection.search(word, { mode: "lexical", k: 50 })).hits.length;
    }
    const dense = await collection.search("a list of birds", { mode: "dense", k: 50 });
    return {
      ids: (await collection.list()).map(({ id }) => id),
      backlog: infos.backlog,
      found,
      dense: dense.hits.length,
    };
  };
  for (const page of pages) {
    const expected = { ids, backlog: 0, found: { heron: 5, stork: 5 }, dense: 10 };
    assert.deepEqual(await page.evaluate(look, birds), expected);
  }

  await pages[0].evaluate(() => collection.remove(["stork 0", "stork 1"]));
  await pages[1].evaluate(() => collection.add({ id: "heron 0", content: "Replaced by a swan." }));
  for (const page of pages) {
    const seen = await page.evaluate(look, [...birds, "swan"]);
    assert.deepEqual(seen.found, { heron: 4, stork: 3, swan: 1 });
  }
});

const ENDS = {
  "is closed": (page) => page.close(),
  "goes elsewhere": (page) => page.goto("about:blank"),
  crashes: (page) => Promise.all([page.waitForEvent("crash"), page.goto("chrome://crash").catch(() => {})]),
};

for (const [what, end] of Object.entries(ENDS)) {
  scenario(
    `a page that ${what} while it embeds loses no document, and the next one goes on`,
    async ({ visit }) => {
      const page = await visit();
      await page.evaluate(async () => {
        const collection = await ibid.openCollection("papers", { chunking: { max: 32, overlap: 0 } });
        const searchable = Promise.withResolvers();
        const onProgress = ({ phase }) => phase === "searchable" && searchable.resolve();
        outcome(() =>
          collection.add({ id: "big", content: `${prose(1000)}The condor glides.` }, { onProgress }),
        );
        await searchable.promise;
      });
      await end(page);

      const next = await visit();
      const { atOnce, text, later, hit } = await next.evaluate(async () => {
        const collection = await ibid.openCollection("papers");
        const atOnce = await collection.info();
        const { text } = await collection.get("big");
        let later = atOnce;
        while (later.backlog > 0) later = await collection.info();
        const [hit] = (await collection.search("Which bird glides?", { mode: "dense", k: 1 })).hits;
        return { atOnce, text: text === `${prose(1000)}The condor glides.`, later, hit };
      });
      assert.equal(atOnce.documents, 1);
      assert.ok(atOnce.chunks > 50 && atOnce.backlog > 0, JSON.stringify(atOnce));
      assert.equal(text, true);
      assert.equal(later.backlog, 0);
      assert.match(hit.chunk.text, /condor/);
    },
  );
}
