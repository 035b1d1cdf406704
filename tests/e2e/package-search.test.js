// Searching with the package: how hits are selected, a second stage, passages and traces.

import assert from "node:assert/strict";
import { fromRoot, packageSite } from "./package-site.js";
import { until } from "./support.js";

const scenario = packageSite({ "/cross-encoder": fromRoot("tests/fixtures/tiny-cross-encoder") });

/** A collection of two documents, of which one has a chunk for each of its four sections. */
async function openPapers(options = {}) {
  const sections = [
    "The deposit is held by the agent, and the security of the door is checked each year.",
    "The security deposit is returned within ten days of the end of the lease, less the cost of repairs.",
    "Pets are welcome in the whole house, and so are plants.",
    "Deposit, deposit, security, security.",
  ];
  const content = sections.map((text, at) => `# Part ${at + 1}\n\n${text}`).join("\n\n");
  const collection = await ibid.openCollection("papers", { chunking: { max: 40, overlap: 0 }, ...options });
  await collection.addMany([
    { id: "lease", content, mediaType: "text/markdown" },
    { id: "note", content: "The deposit was paid in May." },
  ]);
  globalThis.collection = collection;
  globalThis.places = ({ hits }) =>
    hits.map(({ document, chunk }) => `${document} ${chunk.section.join()}`.trim());
}

scenario("a quoted phrase is looked for word by word", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(openPapers);
  const [loose, quoted] = await page.evaluate(async () => {
    const ask = async (query) => places(await collection.search(query, { mode: "lexical" }));
    return [await ask("security deposit"), await ask('"security deposit"')];
  });
  assert.equal(loose[0], "lease Part 4");
  assert.equal(quoted[0], "lease Part 2");
});

scenario("hits are limited by document and by score, and widened to passages", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(openPapers);
  const found = await page.evaluate(async () => {
    const search = (options) => collection.search("deposit", { mode: "lexical", ...options });
    const all = await search();
    const wide = await search({ expand: 1 });
    const texts = await Promise.all(
      wide.hits.map(async ({ document }) => (await collection.get(document)).text),
    );
    return {
      all: places(all),
      scores: all.hits.map(({ score }) => score),
      perDocument: places(await search({ maxPerDocument: 1 })),
      best: places(await search({ minScore: all.hits[1].score })),
      wide: places(wide),
      slices: wide.hits.every(({ passage, chunk }, at) => {
        const text = texts[at];
        return (
          text.slice(passage.start, passage.end) === passage.text &&
          text.slice(chunk.start, chunk.end) === chunk.text &&
          passage.text.includes(chunk.text)
        );
      }),
      plain: places(await collection.search("deposit")),
      diverse: places(await collection.search("deposit", { diversity: 0.9 })),
      fused: (
        await collection.search("deposit", { fusion: "reciprocal-rank", rankConstant: 10, explain: true })
      ).trace,
    };
  });
  assert.equal(found.all.length, 4);
  assert.deepEqual(
    found.scores,
    found.scores.toSorted((a, b) => b - a),
  );
  assert.deepEqual(
    new Set(found.perDocument.map((place) => place.split(" ")[0])),
    new Set(["lease", "note"]),
  );
  assert.equal(found.perDocument.length, 2);
  assert.deepEqual(found.best, found.all.slice(0, 2));
  assert.equal(found.wide.length, 2, "the chunks of the lease meet in one passage");
  assert.ok(found.slices);
  assert.equal(found.diverse[0], found.plain[0]);
  assert.notDeepEqual(found.diverse, found.plain);
  assert.deepEqual(found.diverse.toSorted(), found.plain.toSorted());
  assert.deepEqual([found.fused.fusion, found.fused.rankConstant], ["reciprocal-rank", 10]);
});

scenario("a function of the page is a second stage", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(openPapers);
  const found = await page.evaluate(async () => {
    const asked = [];
    const scorer = async (query, passages) => {
      asked.push({ query, passages });
      return passages.map((passage) => passage.length);
    };
    const alone = { candidates: 3, weight: 1, agreement: false, window: 0, scorer };
    const { hits, trace, retrieval } = await collection.search("deposit", {
      k: 2,
      rerank: alone,
      explain: true,
    });
    const prompt = await collection.prompt("deposit", {
      k: 1,
      rerank: { weight: 1, agreement: false, scorer },
      unanswerable: "quote",
    });
    const short = await collection.search("deposit", {
      k: 2,
      rerank: { ...alone, window: 6 },
      explain: true,
    });
    const slow = async (query, passages) => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return passages.map(() => query.length);
    };
    const hurried = { budget: 1, scorer: slow };
    const inTime = await collection.search("deposit", { k: 5, rerank: hurried, explain: true });
    const fails = (scorer) => outcome(() => collection.search("deposit", { rerank: { scorer } }));
    const controller = new AbortController();
    const pending = outcome(() =>
      collection.search("deposit", {
        rerank: { scorer: () => new Promise(() => {}) },
        signal: controller.signal,
      }),
    );
    setTimeout(() => controller.abort(), 100);
    return {
      asked: asked[0],
      askedShort: asked[2],
      shortTraced: short.trace.rerank,
      traced: trace.rerank,
      tracedInTime: inTime.trace.rerank,
      scores: trace.hits.map(({ reranked }) => reranked),
      best: hits[0].score,
      bestBefore: (await collection.search("deposit", { k: 1 })).hits[0].score,
      rerank: retrieval.rerank,
      inTime: inTime.trace.hits.map(({ reranked }) => reranked),
      cited: prompt.citations[0].quote,
      thrown: await fails(() => {
        throw new Error("no scores today");
      }),
      short: await fails(() => [1]),
      words: await fails((_, passages) => passages.map(() => "high")),
      promises: await fails((_, passages) => passages.map(async () => 1)),
      within: (
        await collection.search("deposit", {
          rerank: {
            scorer: async (_, passages) => (await collection.embed(passages)).map(({ tokens }) => tokens),
          },
        })
      ).hits.length,
      nothing: await fails(() => undefined),
      aborted: await pending,
      after: (await collection.search("deposit")).hits.length,
      noFunction: await fails("high"),
      none: await outcome(() => collection.search("deposit", { rerank: true })),
      unknown: await outcome(() => collection.search("deposit", { rerank: { candidate: 5, scorer } })),
    };
  });
  assert.equal(found.asked.query, "deposit");
  assert.equal(found.asked.passages.length, 3);
  const lengths = found.asked.passages.map(({ length }) => length).toSorted((a, b) => b - a);
  assert.deepEqual(found.scores, lengths.slice(0, 2));
  assert.deepEqual(
    [found.best, found.rerank],
    [found.bestBefore, { candidates: 3, weight: 1, agreement: false, window: 0 }],
  );
  assert.deepEqual(found.traced, { candidates: 3, scored: 3, weight: 1, end: "done" });
  // The same candidates in the same order, each with a part of its text that holds the word.
  assert.deepEqual(found.shortTraced, found.traced);
  for (const [at, passage] of found.askedShort.passages.entries()) {
    assert.match(passage, /deposit/i);
    assert.ok(passage.length <= found.asked.passages[at].length);
  }
  const total = ({ passages }) => passages.join("").length;
  assert.ok(total(found.askedShort) < total(found.asked));
  // Four of a function's are scored at a time; the fifth comes without.
  assert.equal(found.inTime.length, 5);
  assert.equal(found.inTime.filter((score) => score === "deposit".length).length, 4);
  const { candidates, scored, end } = found.tracedInTime;
  assert.ok(candidates > scored);
  assert.deepEqual([scored, end], [4, "budget"]);
  assert.match(found.cited, /security deposit is returned/);
  assert.deepEqual(
    [
      found.thrown,
      found.short,
      found.words,
      found.promises,
      found.nothing,
      found.noFunction,
      found.none,
      found.unknown,
    ].map(({ code }) => code),
    Array(8).fill("invalid-argument"),
  );
  assert.ok(found.within > 0, "a scorer may call the collection");
  assert.match(found.thrown.message, /no scores today/);
  assert.match(found.none.message, /reranker/);
  assert.match(found.unknown.message, /options\.rerank\.candidate is unknown/);
  assert.equal(found.aborted.code, "aborted");
  assert.ok(found.after > 0);
});

scenario(
  "a cross-encoder is a second stage, and is loaded when it is asked for",
  async ({ visit, requests }) => {
    const page = await visit();
    await page.evaluate(openPapers, { reranker: "/cross-encoder/" });
    assert.ok(!requests.some((url) => url.includes("/cross-encoder/")));
    const scores = await page.evaluate(async () => {
      const reranked = await collection.search("deposit", { rerank: true, explain: true });
      const again = await collection.search("deposit", { k: 2, rerank: { candidates: 3 } });
      return {
        scores: reranked.hits.map(({ score }) => score),
        traced: reranked.trace.hits.map(({ reranked }) => reranked),
        again: again.hits.length,
        second: reranked.trace.rerank,
      };
    });
    assert.ok(requests.some((url) => url.includes("/cross-encoder/")));
    assert.deepEqual(
      scores.scores,
      scores.scores.toSorted((a, b) => b - a),
    );
    assert.ok(scores.traced.every(Number.isFinite));
    assert.ok(scores.scores.every((score) => score >= 0 && score <= 1.0001));
    assert.equal(scores.again, 2);
    assert.equal(scores.second.end, "done");
    assert.ok(scores.second.scored > 0 && scores.second.scored === scores.second.candidates);
  },
);

scenario("a cross-encoder scores on several workers, and each score is the same", async ({ visit }) => {
  const page = await visit();
  const options = { reranker: "/cross-encoder/", workers: 1 };
  await page.evaluate(openPapers, options);
  const second = (query, rerank) =>
    page.evaluate(
      async ([query, rerank]) => {
        const { trace } = await collection.search(query, { rerank, explain: true });
        return { ...trace.rerank, scores: trace.hits.map(({ reranked }) => reranked) };
      },
      [query, rerank],
    );
  // What a moment is enough for shows how many are scored at once: three on each worker that has the model, four at least.
  const moment = { budget: 1e-6, candidates: 5, agreement: false };
  assert.equal((await second("deposit", moment)).scored, 4);
  await until(async () => (await second("deposit", moment)).scored === 5);
  const queries = ["deposit", "security of the door", "who returns the deposit in May?"];
  const whole = { candidates: 5, weight: 0.5, agreement: false };
  const scored = await Promise.all(queries.map((query) => second(query, whole)));
  assert.ok(scored.every(({ scored, candidates }) => scored === candidates && scored > 2));
  await page.evaluate(() => collection.close());
  await page.evaluate(openPapers, { ...options, workers: 0 });
  assert.equal((await second("deposit", moment)).scored, 4);
  assert.deepEqual(await Promise.all(queries.map((query) => second(query, whole))), scored);
});

scenario("a trace says why each hit stands where it stands, and is plain data", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(openPapers);
  const { trace, scores, plain, untraced } = await page.evaluate(async () => {
    const { hits, trace } = await collection.search('"security deposit" returned', { explain: true });
    return {
      trace,
      scores: hits.map(({ score }) => score),
      plain: JSON.stringify(structuredClone(trace)) === JSON.stringify(trace),
      untraced: "trace" in (await collection.search("deposit")),
    };
  });
  assert.ok(plain);
  assert.equal(untraced, false);
  assert.equal(trace.mode, "hybrid");
  assert.equal(trace.chunks, 5);
  assert.match(trace.fingerprint, /^[0-9a-f]{64}$/);
  assert.ok(trace.terms.some(({ term, chunks }) => term === "returned" && chunks === 1));
  assert.ok(trace.segments.length > 0 && trace.segments.every(({ path }) => path === "exact"));
  assert.equal(trace.hits.length, scores.length);
  for (const [at, { fused, dense, lexical }] of trace.hits.entries()) {
    assert.ok(Math.abs(fused - scores[at]) < 1e-6);
    assert.ok(Math.abs((dense?.share ?? 0) + (lexical?.share ?? 0) - fused) < 1e-5);
  }
  assert.ok(trace.times.embedding > 0);
});

scenario("options out of range are errors by name", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(openPapers);
  const messages = await page.evaluate(async () => {
    const cases = [
      { maxPerDocument: 0 },
      { diversity: 2 },
      { minScore: Number.NaN },
      { weights: { dense: 0, lexical: 0 } },
      { weights: { dense: 1 } },
      { rankConstant: 60 },
      { fusion: "sum" },
      { rerank: { candidates: 0, scorer: () => [] } },
      { rerank: { weight: 0, scorer: () => [] } },
      { rerank: { budget: -1, scorer: () => [] } },
    ];
    const results = [];
    for (const options of cases) {
      const { code, message } = await outcome(() => collection.search("deposit", options));
      results.push(`${code} ${message}`);
    }
    return results;
  });
  const names = [
    "maxPerDocument",
    "diversity",
    "minScore",
    "weights",
    "weights",
    "rankConstant",
    "fusion",
    "rerank.candidates",
    "rerank.weight",
    "rerank.budget",
  ];
  for (const [at, message] of messages.entries()) {
    assert.match(message, new RegExp(`^invalid-argument .*${names[at]}`));
  }
});

scenario("many queries are searched at once, and a bad one is named", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(openPapers);
  const { many, each, phases, error } = await page.evaluate(async () => {
    const queries = ["security deposit", "pets", "security deposit"];
    const phases = [];
    const onProgress = ({ phase, done, total }) => phases.push(`${phase} ${done}/${total}`);
    const many = await collection.searchMany(queries, { k: 2, onProgress });
    const each = await Promise.all(queries.map((query) => collection.search(query, { k: 2 })));
    const error = await collection
      .searchMany(["pets", " "])
      .catch(({ code, message }) => ({ code, message }));
    return { many, each, phases: phases.filter((it) => it.startsWith("searching")), error };
  });
  assert.equal(many.length, 3);
  assert.deepEqual(many, each);
  assert.deepEqual(phases, ["searching 0/3", "searching 1/3", "searching 2/3"]);
  assert.deepEqual(error, { code: "empty-query", message: "queries[1]: the query is empty" });
});
