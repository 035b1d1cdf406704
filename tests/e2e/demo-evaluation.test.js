// Measuring retrieval in the demo: questions in, charts and advice out, and a setting that is used from then on. The tests share
// one page; each goes on from where the one before it ended.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import {
  ask,
  closeViewer,
  EMBEDDING_TIMEOUT,
  listDocuments,
  MODEL_TIMEOUT,
  NOT_KEPT,
  shareDemo,
  untilOpen,
  viewerText,
} from "./demo-support.js";

const ANSWERED = [
  ["How much is the deposit?", "lease", "The Tenant will pay a deposit of"],
  ["Am I allowed a dog in the flat?", "lease", "Any other animal requires the Landlord’s written consent"],
  ["Heat pump shows E09, what is wrong?", "heat-pump-manual", ""],
  [
    "How strong must the wind be to count as a storm?",
    "insurance-policy",
    "A storm means wind with gusts of at least 55 miles an hour",
  ],
];
const UNANSWERED = ["How do I bake sourdough bread?", "Who won the chess tournament of 1987?"];
/** The judgement is wrong, so that the question fails whatever is found. */
const FAILING = ["When is the deposit released to the Tenant?", "heat-pump-manual", ""];
/** The lease answers it, whatever the judgement says. */
const TAKEN_FOR_ANSWERED = "Within how many days must the Agent lodge the deposit?";

const { demo, browser, context, page, requests, step } = await shareDemo();

step("the view is in the address, and loaded when it is first wanted", async () => {
  const parts = () => requests.attempted.filter((url) => /evaluation-view/.test(url)).length;
  assert.equal(parts(), 0);
  const link = page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: "Evaluate" });
  assert.equal(await link.getAttribute("aria-current"), null);
  await link.click();
  await page.getByRole("heading", { name: "How well is it found?" }).waitFor();
  assert.ok(parts() > 0);
  assert.equal(new URL(page.url()).hash, "#evaluate");
  assert.equal(await link.getAttribute("aria-current"), "page");
  assert.ok(!(await page.getByTestId("question").isVisible()));
  await page.goBack();
  await untilOpen(page);
  const tab = await context.newPage();
  await tab.goto(`${demo.address}#evaluate`);
  await tab.getByRole("button", { name: "Measure" }).waitFor();
  await tab.close();
});

step("where there is nothing to search that is said", async () => {
  const visitor = await browser.newContext(NOT_KEPT);
  const tab = await visitor.newPage();
  await tab.goto(`${demo.address}#evaluate`);
  await tab.getByTestId("nothing-to-measure").waitFor({ timeout: MODEL_TIMEOUT });
  assert.equal(await tab.getByTestId("evaluate").count(), 0);
  await visitor.close();
});

step("what can't be done is said before it is tried", async () => {
  await page.getByTestId("to-evaluate").click();
  const hint = page.getByTestId("evaluation-hint");
  await page.getByTestId("known-items").fill("1");
  await page.getByRole("button", { name: "Measure" }).click();
  await hint.filter({ hasText: "“How many” takes a whole number from 2 to 1000." }).waitFor();
  await page.getByRole("radio", { name: "From a file of yours" }).check();
  await page.getByRole("button", { name: "Measure" }).click();
  await hint.filter({ hasText: "Choose a file of questions first." }).waitFor();
  await page.getByRole("radio", { name: /^Find a better setting/ }).check();
  await chooseFile("questions.csv", csv(ANSWERED));
  await page.getByTestId("sweep-weights").fill("0.3, 1.5");
  await page.getByTestId("evaluate").click();
  await hint.filter({ hasText: "“1.5” is none" }).waitFor();
  assert.equal(await page.getByTestId("evaluating").count(), 0);
});

step("a setting shows how it searches, whatever was chosen where it stands now", async () => {
  await page.getByRole("radio", { name: /^Compare/ }).check();
  const modes = page.getByTestId("against").getByTestId("setting-mode");
  for (const mode of ["dense", "hybrid", "lexical"]) await modes.first().selectOption(mode);
  await page.getByTestId("remove-setting").first().click();
  await modes.nth(1).waitFor({ state: "detached" });
  assert.equal(await modes.inputValue(), "dense");
  await page.getByTestId("add-setting").click();
  await modes.first().selectOption("lexical");
  await modes.nth(1).selectOption("dense");
});

step("questions made of the documents are measured, and the page shows what the report says", async () => {
  await page.getByRole("radio", { name: "Made of sentences of your documents" }).check();
  await page.getByRole("radio", { name: /^Measure/ }).check();
  await page.getByTestId("known-items").fill("12");
  await evaluate();
  const report = await downloadedReport();
  assert.equal(report.questions.length, 12);
  assert.equal(report.runs.length, 1);
  const [{ setting, measures, latency }] = report.runs;
  assert.deepEqual([setting.mode, setting.k], ["hybrid", 8]);
  assert.equal(setting.denseWeight.toFixed(2), "0.55");
  const shown = await tableOf("means");
  const { mean, low, high, count } = measures["ndcg@10"];
  assert.deepEqual(shown, [
    ["Meaning 55 %, words 45 %", figure(mean), `${figure(low)} to ${figure(high)}`, String(count)],
  ]);
  const [[, median]] = await tableOf("latency");
  assert.equal(Number.parseFloat(median), Number(latency.p50.toFixed(latency.p50 < 10 ? 1 : 0)));
  assert.equal(await page.getByTestId("run").getByTestId("in-use").count(), 1);
  assert.match(
    await page.getByTestId("advice").textContent(),
    /For \d+ of 12 questions the first document is a right one/,
  );
  assert.match(await page.getByTestId("answerable").textContent(), /there is none without one/);
});

step("another measure is shown without searching again", async () => {
  const { runs } = await downloadedReport();
  await page.getByLabel("Show by").selectOption("tokenRecall");
  const [[, mean]] = await tableOf("means");
  assert.equal(mean, figure(runs[0].measures.tokenRecall.mean));
});

step("settings are compared question by question, on questions of a file", async () => {
  await page.getByRole("radio", { name: "From a file of yours" }).check();
  await page.getByRole("radio", { name: /^Compare/ }).check();
  const questions = [
    ...ANSWERED,
    FAILING,
    ...UNANSWERED.map((question) => [question, "", ""]),
    [TAKEN_FOR_ANSWERED, "", ""],
  ];
  await chooseFile("questions.csv", csv(questions));
  assert.equal(await page.getByTestId("against").count(), 2);
  await page.getByRole("button", { name: "Remove: Compared with (2)" }).click();
  await evaluate();
  const report = await downloadedReport();
  assert.deepEqual(
    report.runs.map(({ setting }) => setting.mode),
    ["hybrid", "lexical"],
  );
  assert.deepEqual(
    report.questions.filter(({ answerable }) => !answerable).map(({ question }) => question),
    [...UNANSWERED, TAKEN_FOR_ANSWERED],
  );
  const measure = await page.getByLabel("Show by").inputValue();
  const differences = report.questions
    .filter(({ answerable }) => answerable)
    .map(({ outcomes: [first, other] }) => first.values[measure] - other.values[measure]);
  const better = differences.filter((difference) => difference > 1e-9).length;
  const worse = differences.filter((difference) => difference < -1e-9).length;
  const chart = page.getByTestId("wins-1");
  const words = `better on ${better} question${better === 1 ? "" : "s"}, worse on ${worse}, the same on ${differences.length - better - worse}`;
  assert.ok((await chart.locator("figcaption").textContent()).includes(words), words);
  assert.equal(await chart.locator(".bars .win").count(), better);
  assert.equal(await chart.locator(".bars .loss").count(), worse);
  assert.equal((await page.getByTestId("auc").textContent()).split(" ")[0], report.runs[0].auc.toFixed(3));
  assert.match(await page.getByTestId("caution").first().textContent(), /fewer than 20 questions/);
});

step("a question that fails shows what it finds, and the place opens over the result", async () => {
  const failing = page.getByTestId("failing-questions").getByTestId("failing");
  const [question] = FAILING;
  const entry = failing.filter({ hasText: question });
  await entry.locator("summary").click();
  const hit = entry.getByTestId("failing-hit").filter({ hasText: "Residential Lease Agreement" }).first();
  await hit.getByRole("link").click();
  await viewerText(page).waitFor();
  assert.match(new URL(page.url()).hash, /^#\/lease\//);
  await closeViewer(page);
  await page.waitForURL((url) => url.hash === "#evaluate");
  assert.ok(await entry.isVisible());
  const taken = page.getByTestId("wrongly-answered").getByTestId("failing");
  await taken.filter({ hasText: TAKEN_FOR_ANSWERED }).waitFor();
});

step("a file that can't be read is refused with the place of the fault", async () => {
  await chooseFile(
    "broken.jsonl",
    `{"question": "How much is the deposit?", "documents": ["lease"]}\n{"question": \n`,
  );
  await page.getByTestId("evaluate").click();
  const problem = page.getByTestId("evaluation-failed");
  await problem.waitFor();
  assert.equal(await problem.getByTestId("error-code").textContent(), "invalid-argument");
  assert.match(await problem.textContent(), /line 2/);
});

step("a file that is dropped on the field is no document", async () => {
  const before = await listDocuments(page);
  const dropped = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(["question,document\nHow much is the deposit?,lease\n"], "dropped.csv"));
    return data;
  });
  const zone = page.getByTestId("questions-zone");
  await zone.dispatchEvent("dragover", { dataTransfer: dropped });
  await zone.dispatchEvent("drop", { dataTransfer: dropped });
  await page.getByTestId("questions-name").filter({ hasText: "dropped.csv" }).waitFor();
  await page
    .getByRole("heading", { name: "How well is it found?" })
    .dispatchEvent("drop", { dataTransfer: dropped });
  await page.getByTestId("to-ask").click();
  await page.waitForTimeout(500); // it would be added by then
  assert.deepEqual(await listDocuments(page), before);
  await page.getByTestId("to-evaluate").click();
});

step("both examples are files that can be measured with", async () => {
  await page.getByRole("radio", { name: /^Measure/ }).check();
  const help = page.getByTestId("questions-help");
  await help.locator("summary").click();
  for (const [button, name] of [
    ["example-csv", "questions.csv"],
    ["example-jsonl", "questions.jsonl"],
  ]) {
    const text = await downloaded(() => page.getByTestId(button).click(), name);
    // Two of them are about samples that are not here.
    const here = text
      .split("\n")
      .filter((line) => !/staff-handbook|board-minutes/.test(line))
      .join("\n");
    await chooseFile(name, here);
    await evaluate();
    const { questions, runs } = await downloadedReport();
    assert.deepEqual(
      questions.map(({ answerable }) => answerable),
      [true, true, true, true, false, false],
    );
    assert.equal(runs[0].measures.tokenRecall.count, 4);
  }
});

step("many settings are tried, the chosen one is marked, and the other half is held apart", async () => {
  await page.getByRole("radio", { name: "Made of sentences of your documents" }).check();
  await page.getByTestId("known-items").fill("16");
  await page.getByRole("radio", { name: /^Find a better setting/ }).check();
  await page.getByLabel("Choose by").selectOption("spanGain");
  await page.getByTestId("sweep-weights").fill("0.3, 0.8");
  await page.getByTestId("sweep-hits").fill("4, 8");
  await page.getByTestId("sweep-size").filter({ hasText: "9 settings, up to 144 searches" }).waitFor();
  await evaluate();
  const { runs, choice } = await downloadedReport();
  assert.equal(runs.length, 9);
  assert.equal(choice.measure, "spanGain");
  const tuned = await tableOf("tuning");
  assert.deepEqual(
    tuned.map(([, mean]) => mean),
    choice.tuningMeans.map(figure),
  );
  tuned.forEach(([, , role], place) => {
    const words = [place === 0 ? "as now" : "", place === choice.chosen ? "chosen" : ""].filter(Boolean);
    assert.equal(role, words.join(", "));
  });
  assert.equal(await page.getByTestId("tuning").locator(".line.chosen").count(), 1);
  const held = await tableOf("held-out");
  assert.equal(held.at(-1)[1], figure(choice.heldOut.mean));
  assert.equal(held[0][1], figure(choice.current.mean));
  const advice = await page.getByTestId("advice").textContent();
  assert.match(advice, choice.advice === "adopt" ? /is better\./ : /Keep the setting that you have\./);
  assert.equal(await page.getByTestId("run").count(), 9);
});

step("a setting is used from then on, after loading again too, until it is given back", async () => {
  const use = page.getByRole("button", { name: "Use this setting: Words only; 4 passages" });
  await use.click();
  await page
    .getByTestId("status")
    .filter({ hasText: "Questions are searched so from now on: Words only; 4 passages." })
    .waitFor({ state: "attached" });
  await use.waitFor({ state: "detached" });
  await page.getByTestId("to-ask").click();
  await page.getByTestId("adopted").filter({ hasText: "Words only; 4 passages" }).waitFor();
  for (const again of [false, true]) {
    if (again) {
      await page.reload();
      await untilOpen(page);
    }
    const { hits } = await ask(page, "How much is the deposit for the flat?");
    await page.getByTestId("options").locator("summary").click(); // what is in there is drawn when it is looked at
    assert.equal(hits.length, 4);
    assert.equal(await page.getByTestId("scores").filter({ hasText: "Meaning" }).count(), 0);
    assert.equal(await page.getByTestId("k").inputValue(), "4");
    assert.ok(await page.getByTestId("mode-lexical").isChecked());
  }
  await page.getByTestId("budget").fill("2500");
  await page.getByTestId("budget").press("Tab");
  await page.getByRole("button", { name: "Back to the default" }).click();
  await page.getByTestId("adopted").waitFor({ state: "detached" });
  assert.equal(await page.getByTestId("budget").inputValue(), "2500", "it is in no evaluation");
  const { hits } = await ask(page, "How much is the deposit for the flat?");
  assert.equal(hits.length, 8);
  assert.equal(await page.getByTestId("k").inputValue(), "8");
  const notes = await page.evaluate(() => Object.keys(localStorage).sort());
  assert.deepEqual(
    notes,
    ["ibid-demo-documents", "ibid-demo-model", "ibid/collection/demo"],
    "the setting is gone",
  );
});

step("a run is cancelled, and nothing comes of it", async () => {
  await page.getByTestId("to-evaluate").click();
  await page.getByTestId("known-items").fill("40");
  await page.getByRole("radio", { name: /^Find a better setting/ }).check();
  await page.getByTestId("sweep-chunkings").fill("40, 64, 96, 128, 160, 192");
  await page.getByTestId("evaluate").click();
  const progress = page.getByRole("progressbar");
  await progress.waitFor();
  assert.ok(await page.getByTestId("evaluate").isDisabled());
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByTestId("evaluation-cancelled").waitFor();
  assert.ok(await page.getByTestId("evaluate").isEnabled());
  await page.waitForTimeout(1000);
  assert.equal(await page.getByTestId("evaluation-result").count(), 0);
  assert.equal(await page.getByTestId("evaluation-failed").count(), 0);
});

step("of a way of cutting documents the lines are shown that open a collection so", async () => {
  await page.getByTestId("known-items").fill("6");
  await page.getByTestId("try-dense").uncheck();
  await page.getByTestId("try-lexical").uncheck();
  await page.getByTestId("sweep-weights").fill("");
  await page.getByTestId("sweep-chunkings").fill("96/16");
  await evaluate();
  const { runs } = await downloadedReport();
  assert.deepEqual(
    runs.map(({ setting: { chunking } }) => [chunking.target, chunking.overlap]),
    [
      [256, 32],
      [96, 16],
    ],
  );
  await page
    .getByRole("button", { name: /^Use this setting: .*; chunks of 96\/16$/ })
    .last()
    .click();
  const lines = await page.getByTestId("chunking-lines").last().locator("code").textContent();
  assert.match(lines, /openCollection\([\s\S]*chunking: \{ target: 96, max: 256, overlap: 16 \}/);
  await page.getByTestId("to-ask").click();
  await page.getByRole("button", { name: "Back to the default" }).click();
  await page.getByTestId("to-evaluate").click();
});

step("every control has a name, and a phone is wide enough", async () => {
  const snapshot = await page.locator("body").ariaSnapshot();
  const lines = snapshot.split("\n").map((line) => line.trim());
  const named = /^- (?:button|checkbox|combobox|figure|link|radio|spinbutton|textbox|region|heading)(?! ")/;
  assert.deepEqual(
    lines.filter((line) => named.test(line)),
    [],
  );
  await page.setViewportSize({ width: 390, height: 844 });
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `${content} pixels in ${window}`);
});

/** Questions as rows of a table: question, document and quote; without a document nothing answers. */
function csv(questions) {
  const cell = (text) => `"${text.replaceAll('"', '""')}"`;
  const rows = questions.map(([question, document, quote]) =>
    [question, document, quote, document === "" ? "no" : ""].map(cell).join(","),
  );
  return `question,document,quote,answerable\n${rows.join("\n")}\n`;
}

async function chooseFile(name, text) {
  await page.getByTestId("questions-file").setInputFiles({ name, mimeType: "", buffer: Buffer.from(text) });
  await page.getByTestId("questions-name").filter({ hasText: name }).waitFor();
}

/** Does what is planned, and waits until the new result is there. */
async function evaluate() {
  await page.getByTestId("evaluate").click();
  const outcome = page.getByTestId("evaluation-result").or(page.getByTestId("evaluation-failed"));
  await outcome.waitFor({ timeout: EMBEDDING_TIMEOUT });
  const failed = page.getByTestId("evaluation-failed");
  if ((await failed.count()) > 0) assert.fail(await failed.textContent());
}

async function downloadedReport() {
  const text = await downloaded(() => page.getByTestId("download-report").click(), "ibid-evaluation.json");
  return JSON.parse(text);
}

/** The text of the file that `click` has the page save under a name. */
async function downloaded(click, name) {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  assert.equal(download.suggestedFilename(), name);
  return readFile(await download.path(), "utf8");
}

/** The rows of a chart's table. */
async function tableOf(chart) {
  const rows = page.getByTestId(chart).locator(".figures tbody tr");
  return rows.evaluateAll((all) =>
    all.map((row) => [...row.cells].map((cell) => cell.textContent.trim().replaceAll("\u00a0", " "))),
  );
}

/** A value of a measure as the page shows it. */
function figure(value) {
  return value.toFixed(3);
}
