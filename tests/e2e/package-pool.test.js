// Embedding workers: what they embed, whom they do not hold up, and how they fail.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Estimate } from "../../pkg/dist/estimate.js";
import { packageSite } from "./package-site.js";

const scenario = packageSite();

/** Many small chunks. */
const SMALL = { chunking: { max: 32, overlap: 0 } };

/** Opens the collection of the page with `options` and leaves what the tests need of it in its globals. */
async function open(options) {
  globalThis.collection = await openReady("papers", options);
  /** 40 texts of 1 to 60 words, of which the model sees a few batches. */
  globalThis.texts = Array.from({ length: 40 }, (_, n) => `${n} ${prose(1 + ((n * 23) % 60))}`);
  /** The largest difference between vectors of one text; `Infinity` where they are not of one shape. */
  globalThis.difference = (some, others) => {
    const differences = some.map(({ vector, tokens }, at) =>
      vector.length === 384 && tokens === others[at].tokens
        ? Math.max(...vector.map((x, i) => Math.abs(x - others[at].vector[i])))
        : Infinity,
    );
    return some.length === others.length ? Math.max(...differences) : Infinity;
  };
  return collection.info();
}

/** Embeds the texts of {@link open} and compares with what a collection without workers makes of them. */
async function embedAndCompare() {
  const embedded = await collection.embed(texts);
  const { workers } = await collection.info();
  const alone = await ibid.openCollection("alone", { workers: 0 });
  const expected = await alone.embed(texts);
  await alone.close();
  return { difference: difference(embedded, expected), workers };
}

for (const workers of [0, 1, 2]) {
  scenario(`with ${workers} workers texts have the same vectors in the same order`, async ({ visit }) => {
    const page = await visit();
    const opened = await page.evaluate(open, { workers });
    assert.deepEqual(opened.workers, { limit: workers, running: 0 });
    const result = await page.evaluate(embedAndCompare);
    assert.ok(result.difference < 1e-5, `a difference of ${result.difference}`);
    assert.deepEqual(result.workers, { limit: workers, running: workers });
  });

  scenario(`with ${workers} workers a query does not wait for the end of bulk work`, async ({ visit }) => {
    const page = await visit();
    await page.evaluate(open, { ...SMALL, workers });
    const { answers, code, backlog } = await page.evaluate(async () => {
      await collection.add({ id: "small", content: "The heron nests by the river." });
      const controller = new AbortController();
      const begun = Promise.withResolvers();
      const onProgress = ({ phase, done }) => phase === "embedding" && done > 0 && begun.resolve();
      const options = { signal: controller.signal, onProgress };
      let over = false;
      const adding = outcome(() => collection.add({ id: "large", content: prose(20_000) }, options));
      adding.finally(() => {
        over = true;
      });
      await begun.promise;
      const answers = [];
      for (const question of ["Where does the heron nest?", "Which bird lives by the water?"]) {
        const { hits } = await collection.search(question, { mode: "dense", k: 1 });
        answers.push({ document: hits[0].document, over });
      }
      controller.abort();
      return { answers, code: (await adding).code, backlog: (await collection.info()).backlog };
    });
    const answer = { document: "small", over: false };
    assert.deepEqual({ answers, code }, { answers: [answer, answer], code: "aborted" });
    assert.ok(backlog > 0, `a backlog of ${backlog}`);
  });

  scenario(`with ${workers} workers an abort keeps what was embedded before`, async ({ visit }) => {
    const page = await visit();
    await page.evaluate(open, { ...SMALL, workers });
    const { code, before, total, after, left } = await page.evaluate(async () => {
      const document = { id: "report", content: `${prose(1000)} The condor glides.` };
      const controller = new AbortController();
      let total;
      const onProgress = (progress) => {
        if (progress.phase !== "embedding") return;
        total = progress.total;
        if (progress.done > 0) controller.abort();
      };
      const { code } = await outcome(() =>
        collection.add(document, { signal: controller.signal, onProgress }),
      );
      const before = await collection.info();
      const totals = new Set();
      await collection.add(document, {
        onProgress: ({ phase, total }) => phase === "embedding" && totals.add(total),
      });
      return { code, before, total, left: [...totals], after: await collection.info() };
    });
    assert.equal(code, "aborted");
    assert.ok(before.backlog > 0 && before.backlog < before.chunks, JSON.stringify(before));
    assert.equal(after.backlog, 0);
    assert.ok(left.length === 1 && left[0] < total, `${left} tokens of ${total} were left`);
  });
}

for (const fault of ["throws", "hangs"]) {
  scenario(`a worker that ${fault} is replaced, and nothing is missing`, async ({ visit }) => {
    const page = await visit();
    await page.evaluate(open, { workers: 2, workerUrl: `/faulty-pool.js?first=${fault}` });
    const { difference, workers } = await page.evaluate(embedAndCompare);
    assert.ok(difference < 1e-5, `a difference of ${difference}`);
    assert.deepEqual({ ...workers, running: 2 }, { limit: 2, running: 2 });
  });
}

scenario(
  "a text that kills every worker fails its call alone, and a document does without",
  async ({ visit }) => {
    const page = await visit();
    await page.evaluate(open, { ...SMALL, workers: 2, workerUrl: "/faulty-pool.js?all=poison" });
    const result = await page.evaluate(async () => {
      const embedding = await outcome(() => collection.embed([...texts, "poison"]));
      const content = `${prose(500)} The poison is in the apple.`;
      // One by one, which takes no workers, its chunks are embedded all the same.
      const { unembedded } = await collection.add({ id: "tale", content });
      const { hits } = await collection.search("poison apple", { k: 1 });
      const { backlog, setAside, workers } = await collection.info();
      const others = await collection.embed(texts);
      const left = { unembedded, backlog, setAside };
      return { embedding, left, found: hits[0].chunk.text, workers, others: others.length };
    });
    const { code, message } = result.embedding;
    assert.equal(code, "internal");
    assert.match(message, /^a batch of \d+ texts? ended 2 embedding workers: .*the fault poison/);
    assert.deepEqual(result.left, { unembedded: 0, backlog: 0, setAside: 0 });
    assert.match(result.found, /apple/);
    assert.equal(result.workers.limit, 2);
    assert.equal(result.others, 40);
  },
);

scenario("without workers of its own the collection's worker embeds, and says why", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open, { workers: 2, workerUrl: "/faulty-pool.js?missing" });
  const { difference, workers } = await page.evaluate(embedAndCompare);
  assert.ok(difference < 1e-5, `a difference of ${difference}`);
  assert.match(workers.fallback, /^an embedding worker could not be started: /);
  assert.deepEqual({ ...workers, fallback: "" }, { limit: 0, running: 0, fallback: "" });
});

scenario("workers that could not be started are tried again, and then embed", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(open, { workers: 2, workerUrl: "/faulty-pool.js?refused" });
  const refused = await page.evaluate(async () => {
    await collection.embed(texts);
    return (await collection.info()).workers;
  });
  assert.match(refused.fallback, /^an embedding worker could not be started: .*no worker now/);
  assert.deepEqual({ ...refused, fallback: "" }, { limit: 0, running: 0, fallback: "" });
  const recovered = await page.evaluate(async () => {
    new BroadcastChannel("workers").postMessage("let them start");
    while ((await collection.info()).workers.limit < 2) await new Promise((next) => setTimeout(next, 50));
    await collection.embed(texts);
    return (await collection.info()).workers;
  });
  assert.deepEqual(recovered, { limit: 2, running: 2 });
});

scenario("workers end when there is nothing to do, and with their collection", async ({ visit }) => {
  const page = await visit();
  const names = () => page.workers().map((worker) => new URL(worker.url()).pathname);
  await page.evaluate(open, { workers: 2, workerUrl: "/faulty-pool.js" });
  const running = await page.evaluate(async () => {
    const running = [];
    const look = async () => running.push((await collection.info()).workers.running);
    await look();
    await collection.embed(texts);
    await look();
    while (running.at(-1) > 0) await look();
    await collection.embed(texts);
    await look();
    return running;
  });
  assert.deepEqual([running[0], running[1], running.at(-2), running.at(-1)], [0, 2, 0, 2]);
  assert.deepEqual(names().sort(), ["/faulty-embedder.js", "/faulty-embedder.js", "/faulty-pool.js"]);
  await page.evaluate(() => collection.close());
  while (names().length > 0) await page.waitForTimeout(50);
});

scenario("sentences have the same vectors wherever their chunk is embedded", async ({ visit }) => {
  const page = await visit();
  const [pooled, alone] = await page.evaluate(async () => {
    const birds = ["heron", "owl", "stork", "egret", "swift"];
    const documents = Array.from({ length: 40 }, (_, n) => ({
      id: `note ${n}`,
      title: "🏠",
      content: `Note ${n} is short. The ${birds[n % 5]} nests in May. It leaves in week ${n}. Nobody knows why.`,
    }));
    const evidence = [];
    for (const workers of [2, 0]) {
      const collection = await openReady(`with ${workers}`, { workers });
      await collection.addMany(documents);
      const { hits } = await collection.search("when does the stork breed", { mode: "dense", k: 5 });
      evidence.push(hits.map((hit) => [hit.document, hit.evidence]));
      await collection.close();
    }
    return evidence;
  });
  assert.deepEqual(pooled, alone);
  const quotes = alone.flatMap(([, evidence]) => evidence);
  assert.ok(quotes.length > 0 && new Set(quotes.map(({ score }) => score)).size > 1);
});

scenario("a number of workers that cannot be is an error", async ({ visit }) => {
  const page = await visit();
  const outcomes = await page.evaluate(async () => {
    const outcomes = [];
    for (const workers of [-1, 1.5, 17, Number.NaN, "many", "2", true, [2]]) {
      outcomes.push(await outcome(() => ibid.openCollection("papers", { workers })));
    }
    return outcomes;
  });
  for (const { code, message } of outcomes) {
    assert.equal(code, "invalid-argument");
    assert.match(message, /^options\.workers: .*\b16\b/);
  }
});

scenario("by default there are as many workers as suit the machine", async ({ visit }) => {
  const page = await visit();
  const { limits, cores } = await page.evaluate(async () => {
    const limits = [];
    for (const options of [{}, { workers: "auto" }, { workers: undefined }]) {
      const collection = await openReady("papers", options);
      limits.push((await collection.info()).workers.limit);
      await collection.close();
    }
    return { limits, cores: navigator.hardwareConcurrency };
  });
  const expected = Math.min(Math.max(cores - 1, 1), 4);
  assert.deepEqual(limits, [expected, expected, expected]);
});

test("the time left follows the rate of the recent past", () => {
  const estimate = new Estimate();
  assert.equal(estimate.secondsLeft(0, 0, 1000), undefined, "nothing is known");
  assert.equal(estimate.secondsLeft(1000, 50, 1000), undefined, "one second is too short");
  assert.equal(estimate.secondsLeft(2000, 100, 1000), 18, "50 a second");
  for (let second = 3; second <= 10; second++) estimate.secondsLeft(second * 1000, 50 * second, 1000);
  // Five times slower from here: after twenty seconds the quick ones are forgotten.
  let last;
  for (let second = 11; second <= 30; second++) {
    last = estimate.secondsLeft(second * 1000, 500 + 10 * (second - 10), 1000);
  }
  assert.equal(last, 30, "300 are left, at 10 a second");
  assert.equal(estimate.secondsLeft(31_000, 1000, 1000), 0);

  const stuck = new Estimate();
  assert.equal(stuck.secondsLeft(0, 7, 10), undefined);
  assert.equal(stuck.secondsLeft(60_000, 7, 10), undefined, "no progress is no rate");
});
