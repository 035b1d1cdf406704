// The trail in the demo: what is kept, searched again, checked, saved and deleted. The tests share one page; each goes on from
// where the one before it ended.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { sendParts, streamOf } from "./chat-server.js";
import { addFiles, ask, closeViewer, removeDocument, shareDemo, viewerText } from "./demo-support.js";

const LEASE = readFileSync(new URL("../../www/samples/lease.md", import.meta.url), "utf8");

const QUESTION = "How much is the deposit, and when must the list of proposed deductions be sent?";
const OTHER = "Heat pump shows E09, what is wrong?";

const { chat, page, step } = await shareDemo({ withChat: true });

step("nothing is kept until that is switched on", async () => {
  await ask(page, QUESTION);
  assert.equal(await page.getByTestId("record-note").count(), 0);
  await page.getByRole("link", { name: "Trail" }).click();
  const recording = page.getByRole("switch", { name: "Keep a trail" });
  assert.ok(!(await recording.isChecked()));
  await page.getByTestId("no-records").filter({ hasText: "Nothing is kept." }).waitFor();
  assert.match(
    await page.locator("#kept").textContent(),
    /kept with the passages found[\s\S]*on this\s+device and nowhere else, until you delete it/,
  );
  await recording.check();
});

step("questions and checks are kept, the newest first", async () => {
  await page.getByTestId("to-ask").click();
  await ask(page, QUESTION);
  const note = page.getByTestId("answer").getByTestId("record-note");
  await note.waitFor();
  await page.getByTestId("checker").locator("summary").first().click();
  await page.getByTestId("try-check").click();
  await page.getByTestId("check-result").getByTestId("sentence").nth(3).waitFor();
  await page.getByTestId("check-result").getByTestId("record-note").click();
  await page.waitForURL((url) => url.hash === "#trail");
  await entry(2).waitFor();
  assert.equal(await page.evaluate(() => window.scrollY), 0);
  // The example asks a question of its own before it is checked.
  assert.deepEqual(await kinds(), [
    "an answer that was checked",
    "sentences of the documents",
    "sentences of the documents",
  ]);
  assert.equal((await entry(2).getByTestId("record-question").textContent()).trim(), QUESTION);
  const counts = entry(0).getByTestId("record-counts");
  assert.deepEqual(
    (
      await counts.locator("[data-verdict]").evaluateAll((all) => all.map((each) => each.dataset.verdict))
    ).sort(),
    ["contradicted", "misattributed", "not_found", "supported"],
  );
  const numbers = await page
    .getByTestId("trail-entry")
    .evaluateAll((all) => all.map((each) => Number(each.dataset.number)));
  assert.deepEqual(
    numbers,
    [...numbers].sort((a, b) => b - a),
  );
});

step("a record shows what was found and what became of each sentence", async () => {
  const record = await open(0);
  assert.deepEqual((await record.getByTestId("verdict").allTextContents()).sort(), [
    "contradicted",
    "not found",
    "supported",
    "wrong source",
  ]);
  assert.equal(await record.getByTestId("record-hit").count(), 8);
  await record.getByTestId("record-hit").getByRole("link").first().click();
  await viewerText(page).waitFor();
  await closeViewer(page);
  await page.waitForURL((url) => url.hash === "#trail");
  await record.getByTestId("record-prompt").locator("summary").click();
  assert.match(await record.getByRole("group", { name: "Message: user" }).last().textContent(), /deposit/);
  const first = await open(2);
  assert.match(
    await first.getByTestId("record-documents").textContent(),
    /Added[\s\S]*Residential Lease Agreement/,
  );
  assert.match(await first.getByTestId("record-answer").textContent(), /£1,320/);
});

step("searched again, the same is found with the same scores", async () => {
  const record = entry(2);
  const hits = await record.getByTestId("record-hit").count();
  await record.getByRole("button", { name: "Search again" }).click();
  const same = `The same ${hits === 1 ? "passage with the same score" : `${hits} passages with the same scores`}, to the bit.`;
  await record.getByTestId("replayed").filter({ hasText: same }).waitFor();
});

step("a model's answer is kept with its prompt and verdicts", async () => {
  chat.answer((response, { body }) => {
    response.setHeader("access-control-allow-origin", "*");
    if (body === undefined) return response.writeHead(204, { "access-control-allow-headers": "*" }).end();
    return sendParts(response, [streamOf("The Tenant pays a deposit of £1,320 before the term begins [1].")]);
  });
  await page.getByTestId("to-ask").click();
  await ask(page, "How much is the deposit for the flat?");
  await page.getByTestId("writer").locator("summary").first().click();
  await page.getByTestId("writer-url").fill(`${chat.address}/v1`);
  await page.getByTestId("writer-model").fill("tiny");
  await page.getByTestId("write").click();
  await page.locator("[data-testid=written][data-state=done]").waitFor();
  await page.getByTestId("to-trail").click();
  await entry(4).waitFor();
  assert.equal((await kinds())[0], "written by a language model");
  const record = await open(0);
  assert.equal(await record.getByTestId("verdict").count(), 1);
  await record.getByTestId("record-prompt").waitFor();
});

step("the chain is checked, and the file that is saved has the same chain", async () => {
  await page.getByRole("button", { name: "Check the chain" }).click();
  const checked = page.getByTestId("trail-checked");
  await checked.filter({ hasText: "All 5 records are as written" }).waitFor();
  const head = await page.getByTestId("head-hash").textContent();
  const lines = await exported();
  assert.equal(lines.length, 5);
  for (const [at, line] of lines.entries()) {
    if (at > 0) assert.equal(JSON.parse(line).previous, sha256(lines[at - 1]));
  }
  assert.equal(head, sha256(lines.at(-1)));
  assert.equal(JSON.parse(lines[0]).question, QUESTION);
});

step("after a document has changed, searching again says which", async () => {
  await page.getByTestId("to-ask").click();
  await addFiles(page, { lease: LEASE.replaceAll("£1,320", "£1,450") });
  await page.getByTestId("to-trail").click();
  const record = await open(4);
  await record.getByRole("button", { name: "Search again" }).click();
  const replayed = record.getByTestId("replayed");
  await replayed.filter({ hasText: "Changed since:" }).waitFor();
  assert.match(await replayed.textContent(), /Changed since: [^.]*(?:lease|Lease)/);
  assert.doesNotMatch(await replayed.textContent(), /Added since|Removed since/);
  await page.getByTestId("to-ask").click();
  await removeDocument(page, "lease");
  await page.getByTestId("to-trail").click();
  await record.getByRole("button", { name: "Search again" }).click();
  await replayed.filter({ hasText: "Removed since: lease." }).waitFor();
  assert.match(await replayed.textContent(), /\d passages? differs? from then/);
  await replayed.locator("summary").click();
  assert.ok((await replayed.getByTestId("replay-difference").count()) > 0);
  assert.match(await record.getByTestId("record-hit").first().textContent(), /lease \(no longer there\)/);
});

step("a record is deleted once that is confirmed, and the chain goes on over it", async () => {
  const record = await open(3);
  await record.getByRole("button", { name: "Delete …" }).click();
  await page.locator("dialog[open]").getByTestId("confirm-cancel").click();
  await record.getByRole("button", { name: "Delete …" }).click();
  await page.locator("dialog[open]").getByTestId("confirm").click();
  await entry(3).filter({ hasText: "was deleted" }).waitFor();
  assert.equal(await entry(3).getByTestId("record-question").count(), 0);
  await page.getByTestId("check-trail").click();
  const checked = page.getByTestId("trail-checked");
  await checked.filter({ hasText: "1 record was deleted; the chain goes on over it." }).waitFor();
  assert.doesNotMatch(await checked.textContent(), /broken/);
  assert.equal((await exported()).length, 5);
});

step("it goes on after loading again, and stops when it is switched off", async () => {
  await page.reload();
  const recording = page.getByRole("switch", { name: "Keep a trail" });
  await entry(4).waitFor();
  assert.ok(await recording.isChecked());
  await page.getByTestId("to-ask").click();
  await ask(page, OTHER);
  await page.getByTestId("to-trail").click();
  await entry(5).waitFor();
  assert.equal((await entry(0).getByTestId("record-question").textContent()).trim(), OTHER);
  await recording.uncheck();
  await page.getByTestId("to-ask").click();
  await ask(page, QUESTION);
  assert.equal(await page.getByTestId("record-note").count(), 0);
  await page.getByTestId("to-trail").click();
  await page.waitForTimeout(300);
  assert.equal(await page.getByTestId("trail-entry").count(), 6);
});

step("every control has a name, and a phone is wide enough", async () => {
  await open(0);
  const snapshot = await page.locator("body").ariaSnapshot();
  const lines = snapshot.split("\n").map((line) => line.trim());
  const named = /^- (?:button|checkbox|link|switch|region|heading)(?! ")/;
  assert.deepEqual(
    lines.filter((line) => named.test(line)),
    [],
  );
  await page.setViewportSize({ width: 390, height: 844 });
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `${content} pixels in ${window}`);
});

step("everything is deleted once that is confirmed", async () => {
  await page.getByRole("button", { name: "Delete all …" }).click();
  await page.locator("dialog[open]").getByTestId("confirm").click();
  await page.getByTestId("no-records").waitFor();
  await page.reload();
  await page.getByTestId("no-records").filter({ hasText: "Nothing is kept." }).waitFor();
});

/** A record by its place in the list. */
function entry(place) {
  return page.getByTestId("trail-entry").nth(place);
}

/** Opens a record, if it is closed. */
async function open(place) {
  const record = entry(place);
  const isOpen = await record
    .locator("details")
    .first()
    .evaluate((details) => details.open);
  if (!isOpen) await record.locator("summary").first().click();
  await record.getByTestId("record-answer").waitFor();
  return record;
}

/** Where each record's answer came from. */
function kinds() {
  return page
    .getByTestId("trail-entry")
    .locator(".facts > :nth-child(2)")
    .evaluateAll((all) => all.map((each) => each.textContent.trim()));
}

/** The lines of the trail as it is saved. */
async function exported() {
  const saving = page.waitForEvent("download");
  await page.getByTestId("export-trail").click();
  const download = await saving;
  assert.equal(download.suggestedFilename(), "ibid-trail.jsonl");
  const text = await readFile(await download.path(), "utf8");
  assert.ok(text.endsWith("\n"));
  return text.trimEnd().split("\n");
}

function sha256(text) {
  return createHash("sha256").update(text).digest("hex");
}
