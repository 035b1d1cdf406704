// Retrieval quality, measured with the package.

import assert from "node:assert/strict";
import { packageSite } from "./package-site.js";

const scenario = packageSite();

async function openHouse() {
  globalThis.collection = await ibid.openCollection("house");
  const clauses = Array.from({ length: 40 }, (_, number) => {
    return `Clause ${number} says that the tenant of flat ${number} pays for the windows of that flat.`;
  });
  await collection.addMany([
    {
      id: "lease",
      title: "Lease",
      content: `${clauses.join("\n\n")}\n\nThe landlord repairs the roof within thirty days of a written notice.`,
    },
    { id: "guide", content: "The bins are emptied on Tuesday morning. Bicycles are kept in the cellar." },
  ]);
  globalThis.questions = [
    {
      question: "Who repairs the roof?",
      spans: [{ document: "lease", quote: "The landlord repairs the roof" }],
    },
    { question: "When are the bins emptied?", documents: ["guide"] },
    { question: "Which medicine lowers potassium?", answerable: false },
  ];
}

scenario("questions measure a setting, alone, against others, and cut otherwise", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(openHouse);
  const found = await page.evaluate(async () => {
    const progress = [];
    const report = await collection.evaluate(questions, {
      against: [{ mode: "lexical" }, { chunking: { target: 32, max: 64, overlap: 0 } }],
      onProgress: (it) => progress.push(it),
    });
    const csv = "question,document\nWho repairs the roof?,lease\n";
    const file = await collection.evaluate({ file: new File([csv], "questions.csv") });
    const again = await collection.evaluate(questions, { setting: { mode: "lexical" }, seed: 7 });
    return { report, progress, file, again, info: await collection.info() };
  });
  const { report } = found;
  assert.equal(report.runs.length, 3);
  assert.equal(report.runs[0].measures["mrr@10"].mean, 1);
  assert.equal(report.runs[0].measures.tokenRecall.count, 1);
  assert.ok(report.runs[0].latency.p50 > 0);
  assert.equal(report.runs[0].auc, 1);
  assert.deepEqual(
    [report.runs[0].setting.mode, report.runs[1].setting.mode, report.runs[2].setting.chunking.max],
    ["hybrid", "lexical", 64],
  );
  assert.deepEqual(
    report.comparisons.map(({ against }) => against),
    [1, 2],
  );
  // Of a small chunk more is the answer.
  const precision = (run) => report.runs[run].measures.tokenPrecision.mean;
  assert.ok(precision(2) > precision(0), `${precision(2)} ${precision(0)}`);
  assert.equal(report.questions[2].answerable, false);
  assert.deepEqual(found.progress.at(-1), { phase: "searching", done: 9, total: 9 });
  assert.equal(found.file.questions.length, 1);
  assert.deepEqual([found.again.runs[0].setting.mode, found.again.seed], ["lexical", 7]);
  assert.equal(found.info.documents, 2);
});

scenario("a sweep chooses on one half and is held against the other", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(openHouse);
  const found = await page.evaluate(async () => {
    const sweep = {
      measure: "recall@10",
      modes: ["lexical", "hybrid"],
      denseWeights: [0.3, 0.55],
      k: [2, 8],
    };
    const report = await collection.evaluate({ knownItems: 8 }, { sweep });
    const controller = new AbortController();
    const aborting = outcome(() => collection.evaluate({ knownItems: 8 }, { signal: controller.signal }));
    controller.abort();
    return {
      report,
      aborted: await aborting,
      wrong: [
        await outcome(() => collection.evaluate(questions, { sweep: { measure: "ndcg10" } })),
        await outcome(() => collection.evaluate(questions, { sweep: { measure: "map" }, against: [] })),
        await outcome(() => collection.evaluate([{ question: "Why?", documents: ["nowhere"] }])),
        await outcome(() => collection.evaluate({ text: "{" })),
        await outcome(() => collection.evaluate({})),
        await outcome(() => collection.evaluate(questions, { settings: {} })),
        await outcome(() => collection.evaluate(questions, { setting: { denseWeight: 2 } })),
      ],
    };
  });
  const { report } = found;
  // Lexical with 2 and 8 hits, hybrid with both weights and both.
  assert.equal(report.runs.length, 6);
  assert.equal(report.questions.length, 8);
  assert.equal(report.choice.measure, "recall@10");
  assert.equal(report.choice.tuningQuestions + report.choice.heldOut.count, 8);
  assert.equal(report.choice.advice, "keep");
  assert.match(report.choice.says, /keep what you have/);
  assert.equal(found.aborted.code, "aborted");
  for (const [at, { code }] of found.wrong.entries()) {
    assert.equal(code, "invalid-argument", `${at}`);
  }
  assert.match(found.wrong[0].message, /"ndcg10"; there are/);
  assert.match(found.wrong[2].message, /nowhere/);
});
