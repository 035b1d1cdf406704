// The audit trail with the package: what is recorded, repeated, checked, exported and deleted.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { packageSite } from "./package-site.js";

const scenario = packageSite();

async function openHouse(options) {
  globalThis.collection = await ibid.openCollection("house", options);
  globalThis.lease = {
    id: "lease",
    title: "Lease",
    content:
      "The landlord repairs the roof within thirty days of a written notice. The tenant pays for windows.",
  };
  await collection.addMany([
    lease,
    { id: "guide", content: "The bins are emptied on Tuesday morning. Bicycles are kept in the cellar." },
  ]);
  /** A language model that says the same to everybody. */
  globalThis.model = async () =>
    "The landlord repairs the roof within thirty days [1]. The moon repairs the cellar [1].";
  globalThis.exported = async () => (await collection.trail.export()).text();
}

scenario("nothing is recorded unless that is asked for", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(openHouse);
  const found = await page.evaluate(async () => {
    const answer = await collection.answer("Who repairs the roof?");
    const before = { record: answer.record, listed: await collection.trail.list(), text: await exported() };
    collection.trail.recording = true;
    const after = await collection.answer("Who repairs the roof?");
    collection.trail.recording = false;
    await collection.answer("Who repairs the roof?");
    return { before, record: after.record, listed: (await collection.trail.list()).length };
  });
  assert.deepEqual(found, { before: { record: undefined, listed: [], text: "" }, record: 1, listed: 1 });
});

scenario(
  "an answer is recorded with all that led to it, and its search can be repeated",
  async ({ visit }) => {
    const page = await visit();
    await page.evaluate(openHouse, { trail: true });
    const found = await page.evaluate(async () => {
      const question = "Who repairs the roof?";
      const extractive = await collection.answer(question);
      const generated = await collection.answer(question, { model });
      const prompt = await collection.prompt(question);
      const verified = await collection.verify("The landlord repairs the roof [1].", { prompt });
      const fromSearch = await collection.prompt(await collection.search(question));
      const verifier = collection.verifier({ prompt: fromSearch });
      await verifier.push("The landlord repairs the roof within ninety days [1].");
      await verifier.finish();
      const streamedAs = verifier.record;
      await collection.verify("The bins are emptied on Tuesday morning.", { question: "When?" });
      const scorer = (_, passages) => passages.map((passage) => passage.length);
      await collection.answer(question, { rerank: { scorer } });
      const records = (await collection.trail.list()).reverse();
      return {
        numbers: [extractive.record, generated.record, verified.record, streamedAs],
        records,
        replays: await Promise.all([1, 2, 3, 4].map((number) => collection.trail.replay(number))),
        withScorer: await collection.trail.replay(6, { scorer }),
        refused: [
          await outcome(() => collection.trail.replay(5)),
          await outcome(() => collection.trail.replay(6)),
          await outcome(() => collection.trail.replay(7)),
          await outcome(() => collection.trail.replay("1")),
        ],
        exported: await exported(),
        check: await collection.trail.check(),
      };
    });
    assert.deepEqual(found.numbers, [1, 2, 3, 4]);
    const [extractive, generated, verified, streamed, alone] = found.records;
    assert.deepEqual(
      found.records.map(({ number, answer }) => [number, answer.kind]),
      [
        [1, "extractive"],
        [2, "model"],
        [3, "given"],
        [4, "given"],
        [5, "given"],
        [6, "extractive"],
      ],
    );
    assert.match(extractive.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(extractive.question, "Who repairs the roof?");
    assert.equal(extractive.retrieval.hits[0].document, "lease");
    assert.ok(extractive.retrieval.trace.hits[0].lexical.score > 0);
    assert.deepEqual(
      extractive.documents.added.map(({ id }) => id),
      ["guide", "lease"],
    );
    const { count, digest, ...changes } = generated.documents;
    assert.deepEqual(changes, {
      added: [],
      replaced: [],
      removed: [],
      omitted: 0,
      changedAfterSearch: false,
    });
    // Everybody can make this list.
    const list = extractive.documents.added.map(({ id, content }) => `${content} ${id}\n`).join("");
    assert.deepEqual([count, digest], [2, createHash("sha256").update(list).digest("hex")]);
    assert.match(generated.prompt.messages.at(-1).content, /roof within thirty days/);
    assert.deepEqual(
      generated.verification.sentences.map(({ verdict }) => verdict),
      ["supported", "not_found"],
    );
    assert.equal(generated.rounds.length, 2);
    assert.equal(verified.verification.sentences[0].verdict, "supported");
    assert.equal(streamed.verification.sentences[0].verdict, "contradicted");
    assert.deepEqual([alone.question, alone.retrieval, alone.prompt], ["When?", undefined, undefined]);
    for (const replay of [...found.replays, found.withScorer]) {
      assert.ok(replay.identical, JSON.stringify(replay));
    }
    assert.deepEqual(
      found.refused.map(({ code }) => code),
      Array(4).fill("invalid-argument"),
    );

    // The chain can be checked with nothing but a hash function.
    const lines = found.exported.trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      found.records,
    );
    const sha256 = (line) => createHash("sha256").update(line).digest("hex");
    for (const [at, line] of lines.entries()) {
      const before = at === 0 ? "0".repeat(64) : sha256(lines[at - 1]);
      assert.equal(JSON.parse(line).previous, before);
    }
    assert.deepEqual(found.check, {
      records: 6,
      deleted: 0,
      first: 1,
      head: sha256(lines.at(-1)),
      broken: [],
    });
  },
);

scenario("a question and an answer that break off within a character are recorded", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(openHouse, { trail: true });
  const found = await page.evaluate(async () => {
    const cut = async () => "The landlord repairs the roof [1]. \ud83c";
    const { record } = await collection.answer("Who repairs the roof \ud83c", { model: cut, retry: false });
    return { record, entry: await collection.trail.get(record) };
  });
  assert.equal(found.record, 1);
  assert.equal(found.entry.question, "Who repairs the roof \ufffd");
  assert.ok(found.entry.answer.text.endsWith("\ufffd"));
});

scenario("a trail outlives a reload, tells what changed, and can be deleted", async ({ visit }) => {
  const page = await visit();
  await page.evaluate(openHouse, { trail: true });
  await page.evaluate(async () => {
    await collection.answer("Who repairs the roof?");
    await collection.answer("When are the bins emptied?");
    await collection.close();
  });
  const again = await visit();
  const found = await again.evaluate(async () => {
    const collection = await ibid.openCollection("house", { trail: true });
    await collection.loadModel();
    const same = await collection.trail.replay(1);
    await collection.add({ id: "lease", title: "Lease", content: "The tenant repairs the roof at once." });
    await collection.add({ id: "note", content: "The roof leaks." });
    await collection.remove("guide");
    const changed = await collection.trail.replay(1);
    const removed = await collection.trail.remove([2, 5]);
    const page = await collection.trail.list({ limit: 1 });
    const older = await collection.trail.list({ limit: 5, before: 2 });
    const check = await collection.trail.check();
    const cleared = await collection.trail.clear();
    const { record } = await collection.answer("Who repairs the roof?");
    const rest = await collection.trail.list();
    const gone = await collection.trail.get(1);
    await collection.destroy();
    return { same, changed, removed, page, older, check, cleared, record, rest, gone };
  });
  assert.ok(found.same.identical);
  assert.ok(!found.changed.identical && found.changed.differences.length > 0);
  assert.deepEqual(found.changed.documents, {
    added: ["note"],
    replaced: ["lease"],
    removed: ["guide"],
    unknown: 0,
  });
  assert.equal(found.removed, 1);
  assert.deepEqual(Object.keys(found.page[0]).sort(), ["deleted", "number"]);
  assert.deepEqual(
    found.older.map(({ number }) => number),
    [1],
  );
  assert.deepEqual([found.check.records, found.check.deleted, found.check.broken], [1, 1, []]);
  assert.deepEqual([found.cleared, found.record, found.gone], [2, 3, undefined]);
  assert.deepEqual(
    found.rest.map(({ number, documents }) => [number, documents.added.length]),
    [[3, 2]],
  );
});
