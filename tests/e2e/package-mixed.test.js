// The whole way over documents of several formats: ten questions, answers that are true, altered, misattributed and invented,
// the trail of all that, and a measure of it.

import assert from "node:assert/strict";
import { fromRoot, packageSite } from "./package-site.js";

const scenario = packageSite({ "/documents": fromRoot("tests/fixtures/documents") });

const FILES = [
  "pdf/typst-three-columns-en.pdf",
  "pdf/reportlab-tables-en.pdf",
  "office/pandoc-en.docx",
  "html/government.html",
  "html/product.html",
  "field/table.md",
];

/** Each with the file that answers, and words of the answer as they stand there. */
const QUESTIONS = [
  ["What must be done before work on a pump begins?", FILES[0], "Switch the motor off at the wall"],
  ["Why does a cracked ring have to be replaced?", FILES[0], "A cracked ring cannot be repaired"],
  ["Which seal does the model Torrent 90 have?", FILES[0], "Torrent 90 | 6305 | silicon carbide"],
  [
    "Who checked and signed for delivery 2?",
    FILES[1],
    "Checked by the yard on day 2 and signed for by the driver",
  ],
  ["Below which pressure does the pump that feeds two boilers stop?", FILES[2], "1.5 bar"],
  ["How often is the filter F-20 changed?", FILES[2], "2 weeks"],
  ["When do I need a mooring licence?", FILES[3], "more than 14 days in a year"],
  ["What is the fine for mooring without a licence?", FILES[3], "£2,500"],
  ["How soon must I tell the office that I sold the boat?", FILES[3], "within 30 days"],
  ["How should I wash the Halden pack?", FILES[4], "Wash by hand with mild soap"],
];

async function openLibrary(files) {
  globalThis.collection = await ibid.openCollection("library", { trail: true });
  for (const path of files) {
    const bytes = await (await fetch(`/documents/${path}`)).arrayBuffer();
    await collection.add({ id: path, content: new File([bytes], path.split("/").pop()) });
  }
}

scenario("ten questions over PDF, Word, HTML and Markdown", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(openLibrary, FILES);
  const found = await page.evaluate(async (questions) => {
    const answers = [];
    for (const [question, document, words] of questions) {
      const { hits } = await collection.search(question);
      const answer = await collection.answer(question);
      const exact = await Promise.all(
        answer.citations.map(async ({ document, start, end, quote }) => {
          return (await collection.get(document)).text.slice(start, end) === quote;
        }),
      );
      const verification = await collection.verify(answer.text, { prompt: answer });
      answers.push({
        question,
        found: hits.some((hit) => hit.document === document && hit.chunk.text.includes(words)),
        shown: answer.citations.some((it) => it.document === document && it.quote.includes(words)),
        isExact: exact.every(Boolean) && exact.length > 0,
        verdicts: verification.sentences.map(({ verdict }) => verdict),
      });
    }
    return answers;
  }, QUESTIONS);
  for (const answer of found) {
    assert.ok(answer.found && answer.isExact, JSON.stringify(answer));
  }
  // What stands in the documents word for word is supported, but for a clause here and there that was cut short.
  const verdicts = found.flatMap(({ verdicts }) => verdicts);
  const supported = verdicts.filter((verdict) => verdict === "supported");
  assert.ok(supported.length >= 0.9 * verdicts.length, JSON.stringify(found));
  // Sentences of sixty words miss one or the other.
  assert.ok(found.filter(({ shown }) => shown).length >= 8, JSON.stringify(found));
});

scenario("answers that are true, altered, misattributed and invented are told apart", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(openLibrary, FILES);
  const found = await page.evaluate(async () => {
    const question = "mooring licence, pump pressure";
    const prompt = await collection.prompt(question, { quote: "passage", unanswerable: "quote" });
    const number = (words) => prompt.citations.find(({ quote }) => quote.includes(words)).number;
    const [licence, pump] = [number("14 days in a year"), number("1.5 bar")];
    const statements = {
      true: `You can be fined up to £2,500 for mooring without a licence [${licence}].`,
      altered: `You can be fined up to £5,200 for mooring without a licence [${licence}].`,
      misattributed: `The pump stops when the pressure falls below 1.5 bar [${licence}].`,
      invented: `The harbour master sings in the choir of the cathedral on Sundays [${licence}].`,
    };
    const verdicts = {};
    for (const [kind, statement] of Object.entries(statements)) {
      const { sentences, record } = await collection.verify(statement, { prompt });
      const [{ verdict, suggested, differences }] = sentences;
      verdicts[kind] = { verdict, suggested, differs: differences.map(({ claimed }) => claimed), record };
    }
    const replays = [];
    for (const { record } of Object.values(verdicts)) {
      replays.push((await collection.trail.replay(record)).identical);
    }
    return { verdicts, pump, replays, check: await collection.trail.check() };
  });
  const { verdicts } = found;
  assert.equal(verdicts.true.verdict, "supported");
  assert.equal(verdicts.altered.verdict, "contradicted");
  assert.match(verdicts.altered.differs[0], /5,200/);
  assert.deepEqual(
    [verdicts.misattributed.verdict, verdicts.misattributed.suggested],
    ["misattributed", [found.pump]],
  );
  assert.equal(verdicts.invented.verdict, "not_found");
  assert.deepEqual(found.replays, [true, true, true, true]);
  assert.deepEqual([found.check.records, found.check.broken], [4, []]);
});

scenario("the questions measure the search over these documents", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(openLibrary, FILES);
  const questions = QUESTIONS.map(([question, document, quote]) => ({
    question,
    spans: [{ document, quote }],
  }));
  const report = await page.evaluate(
    (questions) => collection.evaluate(questions, { against: [{ mode: "lexical" }] }),
    questions,
  );
  assert.ok(report.runs[0].measures["recall@10"].mean === 1);
  assert.ok(report.runs[0].measures.tokenRecall.mean >= 0.9, JSON.stringify(report.runs[0].measures));
});
