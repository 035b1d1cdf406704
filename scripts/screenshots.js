#!/usr/bin/env node
// Takes screenshots of the built demo in its main states, in two widths and both colour schemes, to be looked at:
//
//   scripts/screenshots.js FOLDER

import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sendParts, startChatServer, streamOf } from "../tests/e2e/chat-server.js";
import {
  addFiles,
  ask,
  closeViewer,
  EMBEDDING_TIMEOUT,
  MODEL_TIMEOUT,
  NOT_KEPT,
  serveDemo,
  untilOpen,
  viewerText,
  waitUntilReady,
} from "../tests/e2e/demo-support.js";
import { launchBrowser } from "./browser.js";

const WIDTHS = { 1280: 900, 390: 844 };
const QUESTION = "How strong must the wind be to count as a storm under the home policy?";
const UNANSWERED = "How do I bake sourdough bread?";
/** Files of the tests, in other formats. */
const DOCUMENTS = [
  "pdf/latex-two-columns-en.pdf",
  "pdf/reportlab-tables-en.pdf",
  "office/pandoc-en.docx",
  "office/openpyxl-en.xlsx",
  "html/government.html",
  "mail/nodemailer-related.eml",
];
const MISTYPED = "how old must a chidl be to stay in the lirbary?";

async function main([folder]) {
  if (folder === undefined) throw new Error("usage: scripts/screenshots.js FOLDER");
  mkdirSync(folder, { recursive: true });
  const demo = await serveDemo({}); // with the page's own policy, which allows the frame that asks language models
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({ ...NOT_KEPT, reducedMotion: "reduce" });
    context.setDefaultTimeout(MODEL_TIMEOUT);
    const page = await context.newPage();
    await visit(page, demo.address, (state, options) => shoot(page, folder, state, options));
  } finally {
    await browser.close();
    demo.stop();
  }
}

/** Brings the page into one state after another and calls `shoot` in each. */
async function visit(page, address, shoot) {
  await page.goto(address);
  await untilOpen(page);
  await page.getByText("Fetch the model (").waitFor();
  await shoot("first-visit");
  await page.getByTestId("agree-model").click();
  await page.getByTestId("add-samples").click();
  await page.getByText(/meaning too: [1-9]/).waitFor();
  await shoot("adding");
  await waitUntilReady(page);
  await shoot("ready");
  await ask(page, QUESTION);
  await page.getByTestId("why").first().locator("summary").click();
  await shoot("results");
  await page.getByTestId("citation").first().getByRole("link").click();
  await viewerText(page).waitFor();
  await shoot("viewer", { fullPage: false, prepare: () => page.getByTestId("to-mark").click() });
  await closeViewer(page);
  await page.getByTestId("question").fill("what is the depo");
  await page.getByTestId("completion").first().waitFor();
  await page.keyboard.press("ArrowDown");
  await shoot("completions", { fullPage: false });
  await ask(page, UNANSWERED);
  await shoot("unanswered");
  await ask(page, MISTYPED);
  await page.getByTestId("did-you-mean").waitFor();
  await shoot("did-you-mean", { fullPage: false });
  await page.getByTestId("checker").locator("summary").first().click();
  await page.getByTestId("try-check").click();
  await page.getByTestId("check-result").getByTestId("sentence").nth(3).waitFor();
  await shoot("checked");
  await page.getByTestId("open-verdicts").click();
  await shoot("checked-with-evidence");
  await visitWriter(page, shoot);
  await visitTrail(page, shoot);
  await visitEvaluation(page, shoot);
  await page.getByTestId("delete-everything").click();
  await shoot("confirm", { fullPage: false });
  await page.keyboard.press("Escape");
  await addFiles(page, { "scan.pdf": "%PDF-1.7\n", "empty.txt": "" });
  await shoot("refused", { fullPage: false }); // where the page has scrolled to by itself
  await page.getByTestId("dismiss").click();
  await visitDocuments(page, shoot);
  await visitPassphrase(page, shoot);
  await page.getByTestId("question").fill(" ");
  await page.getByTestId("question").press("Enter");
  await shoot("no-question", { fullPage: false });
}

/** A passphrase that is mistyped, that encrypts, and that is wrong once the page is locked. */
async function visitPassphrase(page, shoot) {
  const toForm = () => page.getByTestId("passphrase-submit").scrollIntoViewIfNeeded();
  await page.getByTestId("encrypting").locator("summary").click();
  await page.getByTestId("passphrase").fill("heron");
  await page.getByTestId("again").fill("hero");
  await page.getByTestId("again").press("Enter");
  await shoot("passphrase", { fullPage: false, prepare: toForm });
  await page.getByTestId("again").fill("heron");
  await page.getByTestId("again").press("Enter");
  await page.getByTestId("is-encrypted").waitFor();
  await shoot("encrypted", {
    fullPage: false,
    prepare: () => page.getByTestId("lock").scrollIntoViewIfNeeded(),
  });
  await page.getByTestId("lock").click();
  await page.getByTestId("unlock").waitFor();
  await page.getByTestId("passphrase").fill("egret");
  await page.getByTestId("passphrase").press("Enter");
  await page.getByTestId("passphrase-hint").filter({ hasText: "open them" }).waitFor();
  await shoot("locked");
  await page.getByTestId("passphrase").fill("heron");
  await page.getByTestId("passphrase").press("Enter");
  await untilOpen(page);
}

/** A server that answers with one false sentence, and then without it. */
async function visitWriter(page, shoot) {
  const chat = await startChatServer();
  chat.answer((response, { body }) => {
    response.setHeader("access-control-allow-origin", "*");
    if (body === undefined) return response.writeHead(204, { "access-control-allow-headers": "*" }).end();
    const rent = body.messages.length > 2 ? "£1,320" : "£1,230";
    const text = `The Tenant pays a deposit of ${rent} before the term begins [1].\n\nInterest on it belongs to the Tenant.`;
    return sendParts(response, [streamOf(text)]);
  });
  await page.getByTestId("writer").locator("summary").first().click();
  await page.getByTestId("writer-model").fill("tiny");
  await page.getByTestId("writer-url").fill("https://models.example/v1");
  await page.getByTestId("write").click();
  await shoot("remote-model");
  await page.getByTestId("writer-url").fill(chat.address);
  await page.getByTestId("write").click();
  await page.locator("[data-testid=written][data-state=done]").waitFor();
  await page.getByTestId("round").first().click();
  await shoot("written");
  chat.close();
}

/** A question and a check that are kept, searched again, and checked. */
async function visitTrail(page, shoot) {
  await page.getByTestId("to-trail").click();
  await page.getByTestId("no-records").waitFor();
  await shoot("trail-empty");
  await page.getByTestId("recording").check();
  await page.getByTestId("to-ask").click();
  await ask(page, QUESTION);
  await page.getByTestId("try-check").click();
  await page.getByTestId("check-result").getByTestId("record-note").waitFor();
  await page.getByTestId("to-trail").click();
  await page.getByTestId("trail-entry").nth(2).waitFor();
  await shoot("trail");
  await page.getByTestId("trail-entry").first().locator("summary").first().click();
  await page.getByTestId("replay").click();
  await page.getByTestId("replayed").waitFor();
  await page.getByTestId("check-trail").click();
  await page.getByTestId("trail-checked").waitFor();
  await shoot("trail-record");
  await page.getByTestId("recording").uncheck();
  await page.getByTestId("to-ask").click();
}

/** One setting measured, compared with others, and the best of many looked for and used. */
async function visitEvaluation(page, shoot) {
  const result = page.getByTestId("evaluation-result");
  const evaluate = async () => {
    await page.getByTestId("evaluate").click();
    await result.waitFor({ timeout: EMBEDDING_TIMEOUT });
  };
  await page.getByTestId("to-evaluate").click();
  await page.getByTestId("evaluate").waitFor();
  await shoot("evaluation-begun");
  await page.getByTestId("aim-compare").check();
  await evaluate();
  await shoot("evaluation-compared");
  await page.getByTestId("from-file").check();
  await page.getByTestId("questions-help").locator("summary").click();
  const [example] = await Promise.all([
    page.waitForEvent("download"),
    page.getByTestId("example-csv").click(),
  ]);
  const buffer = readFileSync(await example.path());
  await page.getByTestId("questions-file").setInputFiles({ name: "questions.csv", mimeType: "", buffer });
  await page.getByTestId("aim-sweep").check();
  await page.getByTestId("measure").selectOption("spanGain");
  await page.getByTestId("sweep-hits").fill("4, 8");
  await page.getByTestId("sweep-chunkings").fill("96/16");
  await page.getByTestId("evaluate").click();
  await page.getByTestId("evaluating").waitFor();
  await shoot("evaluating", {
    fullPage: false,
    prepare: () => page.getByTestId("evaluate").scrollIntoViewIfNeeded(),
  });
  await result.waitFor({ timeout: EMBEDDING_TIMEOUT });
  await page.getByTestId("use-setting").last().click();
  await page.getByTestId("chunking-lines").last().waitFor();
  await page.getByTestId("failing").first().locator("summary").click();
  await page.getByTestId("failing-hit").first().waitFor();
  await shoot("evaluation-swept");
  await page.getByTestId("to-ask").click();
  await page.getByTestId("adopted").waitFor();
  await shoot("adopted", { fullPage: false });
  await page.getByTestId("reset-setting").click();
}

/** The states that files of other formats bring. */
async function visitDocuments(page, shoot) {
  const fixture = (path) => new URL(`../tests/fixtures/documents/${path}`, import.meta.url).pathname;
  await page.getByTestId("file-input").setInputFiles(DOCUMENTS.map(fixture));
  await waitUntilReady(page);
  const view = page.locator("[data-testid=viewer][open] ibid-page-view [aria-busy=false]");
  const toMark = () => page.getByTestId("to-mark").click();
  const openFirst = () => page.getByTestId("open-hit").first().click();
  await ask(page, "Why are pumps that stand outside emptied before the first frost?");
  await shoot("documents");
  await openFirst();
  await view.waitFor();
  await shoot("page", { fullPage: false, prepare: toMark });
  await page.getByTestId("view-text").click();
  await shoot("page-as-text", { fullPage: false, prepare: toMark });
  await closeViewer(page);
  await ask(page, "Which delivery holds the float switch NV-221, and at what price?");
  await shoot("table");
  await openFirst();
  await view.waitFor();
  await shoot("table-page", { fullPage: false, prepare: toMark });
  await closeViewer(page);
  await ask(page, "Sales by region: amount for the region North");
  await openFirst();
  await viewerText(page).waitFor();
  await shoot("workbook", { fullPage: false, prepare: toMark });
  await closeViewer(page);
  const rows = Array.from(
    { length: 400 },
    (_, at) => `| V-${1000 + at} | hall ${at % 7} | ${(at * 37) % 91} bar |`,
  );
  await addFiles(page, {
    "valves.md": `# Valves\n\n| Valve | Place | Pressure |\n| --- | --- | --- |\n${rows.join("\n")}\n`,
  });
  await ask(page, "valve V-1333");
  await shoot("cut-table");
  await page.getByTestId("file-input").setInputFiles(fixture("pdf/encrypted.pdf"));
  await page.locator("[data-testid=password-dialog][open]").waitFor();
  await page.keyboard.type("hammer");
  await page.keyboard.press("Enter");
  await page.getByTestId("password-wrong").waitFor();
  await shoot("password", { fullPage: false });
  await page.keyboard.press("Escape");
  await page.getByTestId("dismiss").click();
  await page.reload();
  await untilOpen(page);
  await ask(page, "Why are pumps that stand outside emptied before the first frost?");
  await openFirst();
  await viewerText(page).waitFor();
  await shoot("file-not-at-hand", { fullPage: false, prepare: toMark });
  await closeViewer(page);
}

/** Makes the window as high as the page: what is out of sight is not drawn. Its height is an estimate until it is. */
async function makeRoom(page, width) {
  for (let height = 0; ; ) {
    const whole = await page.evaluate(() => document.documentElement.scrollHeight);
    if (whole <= height) return;
    height = whole;
    await page.setViewportSize({ width, height });
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 100))));
  }
}

/** @param prepare is done after each change of the window's size */
async function shoot(page, folder, state, { fullPage = true, prepare = () => {} } = {}) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const [width, height] of Object.entries(WIDTHS)) {
      await page.setViewportSize({ width: Number(width), height });
      await prepare();
      if (fullPage) await makeRoom(page, Number(width));
      await page.screenshot({ path: join(folder, `${state}-${width}-${colorScheme}.png`) });
    }
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
});
