// Answers with the package: of sentences of the documents, of a model, and held against their sources.

import assert from "node:assert/strict";
import { packageSite } from "./package-site.js";

const scenario = packageSite();

/** A collection of two small documents, which are found by their words already. */
async function openHouse() {
  const collection = await ibid.openCollection("house");
  await collection.addMany([
    {
      id: "lease",
      title: "Lease",
      content:
        "# Repairs\n\nThe landlord repairs the roof within thirty days of a written notice. The tenant pays for broken " +
        "windows.\n\n# Fees 🏠\n\n| what | euros |\n| --- | --- |\n| late rent | 25 |\n| lost key | 90 |\n",
      mediaType: "text/markdown",
    },
    {
      id: "guide",
      title: "House guide",
      content: "The bins are emptied on Tuesday morning. Bicycles are kept in the cellar, not in the hall.",
    },
  ]);
  globalThis.collection = collection;
}

scenario("a question is answered by sentences with exact places, or not at all", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(openHouse);
  const found = await page.evaluate(async () => {
    const answer = await collection.answer("Who repairs the roof, and how fast?", { extractive: true });
    const exact = await Promise.all(
      answer.citations.map(async ({ document, start, end, quote }) => {
        return (await collection.get(document)).text.slice(start, end) === quote;
      }),
    );
    const row = await collection.answer("fee for a lost key");
    return {
      answer,
      exact,
      row: row.citations.find(({ quote }) => quote.includes("lost key")),
      short: await collection.answer("Who repairs the roof?", { words: 12 }),
      none: await collection.answer("Which medicine lowers potassium in the blood?"),
      anyway: await collection.answer("Which medicine lowers potassium in the blood?", {
        unanswerable: "quote",
      }),
      verified: await collection.verify(answer.text, { prompt: answer }),
      wrong: [
        await outcome(() => collection.answer("Why?", { words: 0 })),
        await outcome(() => collection.answer("Why?", { word: 3 })),
        await outcome(() => collection.answer("Why?", { extractive: true, model: () => "" })),
        await outcome(() => collection.answer("  ")),
      ],
    };
  });
  assert.match(
    found.answer.text,
    /The landlord repairs the roof within thirty days of a written notice\. .*\[1\]/,
  );
  assert.equal(found.answer.citations[0].document, "lease");
  assert.ok(found.exact.every(Boolean));
  assert.match(found.row.lead, /what \| euros/);
  assert.ok(found.short.text.split(/\s+/).length <= 13, found.short.text);
  assert.deepEqual([found.none.text, found.none.citations.length, found.none.answerable], ["", 0, false]);
  assert.ok(found.anyway.citations.length > 0);
  assert.ok(found.verified.sentences.length > 0);
  assert.ok(found.verified.sentences.every(({ verdict }) => verdict === "supported"));
  const codes = ["invalid-argument", "invalid-argument", "invalid-argument", "empty-query"];
  assert.deepEqual(
    found.wrong.map(({ code }) => code),
    codes,
  );
});

scenario("each sentence of an answer is held against its sources", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(openHouse);
  const found = await page.evaluate(async () => {
    const prompt = await collection.prompt("roof, lost key, bins", {
      quote: "passage",
      unanswerable: "quote",
    });
    const number = (words) => prompt.citations.find(({ quote }) => quote.includes(words)).number;
    const [lease, guide] = ["roof", "bins"].map(number);
    const answer = [
      `The landlord repairs the roof within thirty days of a written notice [${lease}].`,
      `The landlord repairs the roof within ninety days of a written notice [${lease}].`,
      `The bins are emptied on Tuesday morning [${lease}].`,
      "The swimming pool on the terrace closes at ten in the evening.",
    ].join(" ");
    const verification = await collection.verify(answer, { prompt });
    const verifier = collection.verifier({ prompt });
    const pieces = [...`${answer}\n\n${answer}`];
    const streamed = (await Promise.all(pieces.map((piece) => verifier.push(piece)))).flat();
    streamed.push(...(await verifier.finish()));
    const lonely = await collection.verify("The bins are emptied on Tuesday morning.", { everywhere: true });
    const texts = {};
    for (const id of ["lease", "guide"]) {
      texts[id] = (await collection.get(id)).text;
    }
    const places = verification.sentences.flatMap(({ evidence, differences }) => [
      ...evidence,
      ...differences.map(({ found }) => found),
    ]);
    const exact = places
      .filter(({ start }) => start !== undefined)
      .map(({ source, start, end, text }) => {
        const { document } = verification.sources[source - 1];
        return texts[document].slice(start, end).replace(/\s+/g, " ") === text.replace(/\s+/g, " ");
      });
    return {
      sentences: verification.sentences,
      answer,
      guide,
      exact,
      streamed: streamed.map(({ verdict }) => verdict),
      lonely,
      ended: await outcome(() => verifier.push("more")),
      wrong: [
        await outcome(() => collection.verify(7, { prompt })),
        await outcome(() => collection.verify("It is so.", { sources: [{ title: "no text" }] })),
        await outcome(() => collection.verify("It is so.", { promt: prompt })),
        await outcome(() => collection.verify("It is so.", { prompt: {} })),
        await outcome(() => collection.verify("It is so.", { hits: 5 })),
        await outcome(() => collection.verifier({ prompts: prompt })),
      ],
    };
  });
  const verdicts = found.sentences.map(({ verdict }) => verdict);
  assert.deepEqual(verdicts, ["supported", "contradicted", "misattributed", "not_found"]);
  assert.deepEqual(found.sentences[2].suggested, [found.guide]);
  assert.match(
    found.answer.slice(found.sentences[1].start, found.sentences[1].end),
    /^The landlord repairs the roof within ninety/,
  );
  const [difference] = found.sentences[1].differences;
  assert.equal(difference.kind, "number");
  assert.match(found.answer.slice(difference.start, difference.end), /ninety/);
  assert.match(difference.found.text, /thirty/);
  assert.ok(found.exact.length > 0 && found.exact.every(Boolean));
  assert.deepEqual(found.streamed, [...verdicts, ...verdicts]);
  assert.equal(found.lonely.sentences[0].verdict, "uncited");
  assert.equal(found.lonely.sources[found.lonely.sentences[0].suggested[0] - 1].document, "guide");
  assert.equal(found.ended.code, "closed");
  assert.deepEqual(
    found.wrong.map(({ code }) => code),
    Array(6).fill("invalid-argument"),
  );
});

scenario(
  "a model's answer is verified while it comes, and asked for once more where it failed",
  async ({ visit }) => {
    const page = await visit();
    await page.evaluate(openHouse);
    const found = await page.evaluate(async () => {
      const asked = [];
      const wrong = "The landlord repairs the roof within ninety days [1].\n\nSo it is.";
      const right = "The landlord repairs the roof within thirty days of a written notice [1].";
      async function* model(messages) {
        asked.push(messages);
        for (const piece of (asked.length === 1 ? wrong : right).match(/.{1,7}|\n/gs)) {
          yield piece;
        }
      }
      const texts = [];
      const verdicts = [];
      const question = "How fast does the landlord repair the roof?";
      const answer = await collection.answer(question, {
        model,
        onText: (text, round) => texts.push([round, text]),
        onVerdicts: (some, round) => verdicts.push(...some.map(({ verdict }) => [round, verdict])),
      });
      const silent = [];
      const none = await collection.answer("Which medicine lowers potassium in the blood?", {
        model: (messages) => silent.push(messages),
      });
      const fails = await outcome(() =>
        collection.answer(question, { model: () => Promise.reject(new Error("off")) }),
      );
      const controller = new AbortController();
      const aborted = outcome(() =>
        collection.answer(question, { model: () => new Promise(() => {}), signal: controller.signal }),
      );
      setTimeout(() => controller.abort(), 100);
      return { answer, asked, texts, verdicts, none, silent, fails, aborted: await aborted };
    });
    assert.match(found.answer.text, /thirty days/);
    assert.equal(found.answer.rounds.length, 2);
    assert.equal(found.answer.verification.sentences[0].verdict, "supported");
    assert.equal(found.asked[1].at(-2).role, "assistant");
    assert.match(found.asked[1].at(-1).content, /- Sentence 1: a source says otherwise/);
    assert.doesNotMatch(found.asked[1].at(-1).content, /ninety/);
    assert.equal(found.texts.findLast(([round]) => round === 1)[1], found.answer.rounds[0].text);
    assert.deepEqual(found.verdicts[0], [1, "contradicted"]);
    assert.deepEqual(found.verdicts.at(-1), [2, "supported"]);
    assert.deepEqual([found.none.abstained, found.none.text, found.silent.length], [true, "", 0]);
    assert.match(found.fails.message, /off/);
    assert.equal(found.aborted.code, "aborted");
  },
);
