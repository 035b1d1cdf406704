// Answers in the demo, with and without a language model, and answers from elsewhere that are checked there. The tests share
// one page; each goes on from where the one before it ended.

import assert from "node:assert/strict";
import { sendParts, streamOf } from "./chat-server.js";
import {
  addFiles,
  ask,
  clickAndGoOn,
  closeViewer,
  elsewhere,
  openDemo,
  readAnswer,
  shareDemo,
  viewerText,
} from "./demo-support.js";

const QUESTION = "How much is the deposit, and when must the list of proposed deductions be sent?";
const UNANSWERED = "How do I bake sourdough bread?";
const TRUE = "The Tenant pays a deposit of £1,320 before the term begins";
const FALSE = "The Landlord must send a list of proposed deductions within sixty working days";
const CORRECTED = "The Landlord must send a list of proposed deductions within ten working days";

/** Where nobody lives: what is sent there is answered by the test. */
const REMOTE = "https://models.example";

const { demo, chat, context, page, requests, complaints, step } = await shareDemo({
  withChat: true,
  context: { permissions: ["clipboard-read", "clipboard-write"] },
});

step("an answer is checked without a question, against all documents", async () => {
  await page.getByTestId("check").click();
  await page.getByTestId("check-hint").filter({ hasText: "Paste an answer first." }).waitFor();
  await page
    .getByTestId("check-text")
    .fill(`${TRUE}. Disputes are decided by the Chamber of Commerce in Geneva.`);
  await page.getByTestId("check").click();
  const sentences = within(page.getByTestId("check-result"));
  assert.deepEqual(await sentences.verdicts(), ["no source given", "not found"]);
  assert.equal(await sentences.summary(), "2 sentences: 1 not found, 1 no source given");
  await sentences.open(0);
  await opens(sentences.at(0).getByTestId("evidence-link").first(), /deposit of \*\*£1,320\*\*/);
});

step("a question is answered with words of the documents, and every mark opens exactly these", async () => {
  const { hits } = await ask(page, QUESTION);
  assert.equal(hits[0].document, "lease");
  const answer = page.getByTestId("answer");
  assert.match(await answer.textContent(), /£1,320/);
  assert.equal(await page.getByTestId("no-answer").count(), 0);
  const statements = answer.getByTestId("statement");
  const count = await statements.count();
  assert.ok(count > 0);
  for (let index = 0; index < count; index++) {
    const statement = statements.nth(index);
    const mark = statement.getByTestId("answer-mark");
    assert.equal((await mark.textContent()).trim(), `[${index + 1}]`);
    const shown = await statement.locator("[data-testid=statement-text], tbody td").allTextContents();
    await mark.click();
    const quote = plain(await viewerText(page).getByTestId("viewer-mark").textContent());
    if (shown.length === 1) assert.equal(quote.replace(/^- /, ""), plain(shown[0]));
    else for (const cell of shown) assert.ok(quote.includes(plain(cell)), `“${cell}” is not in “${quote}”`);
    await closeViewer(page);
  }
  await page.getByTestId("copy-answer").click();
  await page.getByTestId("copy-answer").filter({ hasText: "Copied" }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /£1,320[\s\S]* \[1\]\n[\s\S]*\n\[1\] Residential Lease Agreement/);
});

step("a row of a table is answered under the names of its columns", async () => {
  await ask(page, "Within which time must work begin on an emergency such as a gas escape or a burst pipe?");
  const rows = page.getByTestId("answer-rows").first();
  assert.deepEqual(await rows.locator("th").allTextContents(), ["Class", "Examples", "Time to begin work"]);
  assert.match(await rows.locator("tbody").textContent(), /burst pipe.*24 hours/);
});

step("where nothing answers that is said, and no model is asked", async () => {
  await ask(page, UNANSWERED);
  await page
    .getByTestId("no-answer")
    .filter({ hasText: "Nothing in your documents seems to answer this" })
    .waitFor();
  assert.equal(await page.getByTestId("answer").count(), 0);
  chat.answer(() => assert.fail("the model was asked"));
  await openWriter(`${chat.address}/v1`);
  await page.getByTestId("write").click();
  await page.getByTestId("writer-abstained").waitFor();
  assert.equal(chat.asked.length, 0);
});

step("while results are read the check is closed, and it is one click away", async () => {
  await page.reload();
  await ask(page, QUESTION);
  assert.ok(!(await page.getByTestId("try-check").isVisible()));
  await page.getByTestId("checker").locator("summary").first().click();
  await page.getByTestId("try-check").waitFor();
});

step("the example shows a true, an altered, a misattributed and an invented sentence", async () => {
  await page.getByTestId("try-check").click();
  const sentences = within(page.getByTestId("check-result"));
  await sentences.at(3).waitFor();
  assert.deepEqual(await sentences.verdicts(), ["supported", "contradicted", "wrong source", "not found"]);
  assert.equal(
    await sentences.summary(),
    "4 sentences: 1 supported, 1 wrong source, 1 contradicted, 1 not found",
  );
  await sentences.open(0);
  await opens(sentences.at(0).getByTestId("evidence-link").first(), /deposit of \*\*£1,320\*\*/);
  await sentences.open(1);
  assert.match(await sentences.at(1).getByTestId("difference").textContent(), /thirty[\s\S]*ten/);
  await opens(sentences.at(1).getByTestId("evidence-link").first(), /^ten\b/);
  await sentences.open(2);
  const mark = (
    await sentences.at(2).getByTestId("suggestion").locator("strong").first().textContent()
  ).trim();
  const source = page.locator(`[data-testid=citation][data-number="${mark.slice(1, -1)}"]`);
  assert.match(await source.getByTestId("quote").textContent(), /the whole deposit is to be released/);
  await sentences.open(3);
  assert.match(await sentences.at(3).getByTestId("reason").textContent(), /No source says so/);
  assert.equal(await page.getByTestId("question").inputValue(), await askedQuestion());
});

step("who types while the example is checked goes on typing, and keeps an answer of theirs", async () => {
  const text = page.getByTestId("check-text");
  const question = page.getByTestId("question");
  await text.fill("");
  await clickAndGoOn(page, page.getByTestId("try-check"), question);
  await page.waitForFunction((field) => field.value.includes("thirty"), await text.elementHandle());
  await page.locator("[data-testid=check-result][aria-busy=false]").waitFor();
  await readAnswer(page);
  await page.keyboard.type(" And now");
  assert.match(await question.inputValue(), / And now$/);
  await page.getByTestId("try-check").click();
  await text.fill("Nobody pays anything.");
  await readAnswer(page);
  await page.waitForTimeout(500); // the example would come now
  assert.equal(await text.inputValue(), "Nobody pays anything.");
});

step("an altered quotation is shown as a difference", async () => {
  const number = await citing("whole deposit");
  const quotation = "If no list arrives in that time, the half deposit is to be released";
  await page.getByTestId("check-text").fill(`The lease says: “${quotation}” [${number}].`);
  await page.getByTestId("check").click();
  const sentences = within(page.getByTestId("check-result"));
  await sentences.at(1).waitFor({ state: "detached" });
  assert.deepEqual(await sentences.verdicts(), ["quotation altered"]);
  await sentences.open(0);
  const altered = sentences.at(0).getByTestId("altered");
  assert.equal(await altered.locator("del").textContent(), "whole");
  assert.equal(await altered.locator("ins").textContent(), "half");
});

step("a model's sentences are judged as they come, and what is false is written again", async () => {
  await ask(page, QUESTION);
  const [deposit, list] = [await citing("£1,320"), await citing("list of proposed deductions")];
  const answers = [FALSE, CORRECTED].map((second) => `${TRUE} [${deposit}].\n\n${second} [${list}].`);
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  chat.answer(async (response, { body }) => {
    if (preflight(response, body)) return;
    const text = answers[body.messages.length > 2 ? 1 : 0];
    if (text === answers[0]) {
      // The second sentence waits until the verdict about the first is shown.
      const end = text.indexOf("\n\n") + 2;
      const [first, rest] = [streamOf(text.slice(0, end)), streamOf(text.slice(end))];
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(first.slice(0, first.indexOf("\n\n") + 2));
      await held;
      response.end(rest);
    } else {
      await sendParts(response, [streamOf(...text.match(/[\s\S]{1,7}/g))]);
    }
  });
  await openWriter(`${chat.address}/v1`);
  await page.getByTestId("write").click();
  const written = page.getByTestId("written");
  const sentences = within(written);
  await sentences.at(0).waitFor();
  assert.equal(await written.getAttribute("data-state"), "running");
  assert.deepEqual(await sentences.verdicts(), ["supported"]);
  release();
  await page.locator("[data-testid=written][data-state=done]").waitFor();
  assert.deepEqual(await sentences.verdicts(), ["supported", "supported"]);
  assert.match(await sentences.at(1).textContent(), /ten working days/);
  await sentences.open(1);
  await opens(sentences.at(1).getByTestId("evidence-link").first(), /ten working days/);

  await page.getByTestId("round").first().click();
  assert.deepEqual(await sentences.verdicts(), ["supported", "contradicted"]);
  assert.deepEqual(await page.getByTestId("round").allTextContents(), [
    "First answer",
    "Second answer (the better one)",
  ]);
  const posted = chat.asked.filter(({ body }) => body !== undefined);
  assert.equal(posted.length, 2);
  assert.equal(posted[0].body.model, "tiny");
  assert.match(posted[1].body.messages.at(-1).content, /- Sentence 2: a source says otherwise/);
});

step("writing can be cancelled, and what is there stays", async () => {
  let isClosed = false;
  chat.answer((response, { body }) => {
    if (preflight(response, body)) return;
    response.on("close", () => {
      isClosed = true;
    });
    const events = streamOf("The deposit is ");
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(events.slice(0, events.indexOf("\n\n") + 2));
  });
  await page.getByTestId("write").click();
  await page.getByTestId("unjudged").filter({ hasText: "The deposit is" }).waitFor();
  await page.getByTestId("stop-writing").click();
  await page.getByTestId("writing-cancelled").waitFor();
  assert.equal((await page.getByTestId("unjudged").textContent()).trim(), "The deposit is");
  assert.ok(await page.getByTestId("write").isEnabled());
  for (let tries = 0; !isClosed && tries < 50; tries++) await page.waitForTimeout(100);
  assert.ok(isClosed, "the request goes on");
});

step("what the server says when it refuses is shown", async () => {
  chat.answer((response, { body }) => {
    if (preflight(response, body)) return;
    response.writeHead(404, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: { message: "model “tiny” not found" } }));
  });
  await page.getByTestId("write").click();
  const error = page.getByTestId("written").getByTestId("error");
  assert.match(
    await error.textContent(),
    /The language model gave no answer, or not all of it\.[\s\S]*model “tiny” not found/,
  );
  complaints.length = 0; // of the status
});

step("another machine is refused until that is allowed, and the key for it is not stored", async () => {
  const sent = [];
  await context.route(`${REMOTE}/**`, (route) => {
    sent.push(route.request());
    const headers = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };
    return route.fulfill({ headers, contentType: "text/event-stream", body: streamOf("It is not said.") });
  });
  const url = page.getByTestId("writer-url");
  assert.equal(await page.getByTestId("writer-warning").count(), 0);
  await url.fill(`${REMOTE}/v1`);
  await page.getByTestId("writer-warning").filter({ hasText: "is not on this device" }).waitFor();
  await page.getByTestId("write").click();
  await page.getByTestId("writer-hint").filter({ hasText: "Nothing was sent" }).waitFor();
  assert.deepEqual(sent, []);

  await page.getByTestId("writer-may-leave").check();
  await page.getByTestId("writer-key").fill("s3cret");
  await page.getByTestId("write").click();
  await page.locator("[data-testid=written][data-state=done]").waitFor();
  const posts = sent.filter((request) => request.method() === "POST");
  assert.equal(posts[0].headers().authorization, "Bearer s3cret");
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.match(stored, /models\.example/);
  assert.doesNotMatch(stored, /s3cret/);

  await url.fill("https://others.example/v1");
  assert.ok(
    !(await page.getByTestId("writer-may-leave").isChecked()),
    "allowed for one server, not for another",
  );
  requests.attempted.length = 0;
});

step("a browser that has a model of its own offers it first, and asks no server", async () => {
  const tab = await context.newPage();
  await tab.addInitScript((answer) => {
    globalThis.LanguageModel = {
      availability: async () => "available",
      create: async () => ({
        promptStreaming: () => new Response(answer).body.pipeThrough(new TextDecoderStream()),
        destroy() {},
      }),
    };
  }, `${TRUE}.`);
  await openDemo(tab, demo.address);
  await tab.getByTestId("model-loading").waitFor({ state: "detached" }); // else it is found by words alone
  await ask(tab, QUESTION);
  await tab.getByTestId("writer").locator("summary").first().click();
  assert.ok(await tab.getByTestId("writer-browser").isChecked());
  assert.equal(await tab.getByTestId("writer-url").count(), 0);
  await tab.getByTestId("write").click();
  await tab.locator("[data-testid=written][data-state=done]").waitFor();
  const written = within(tab.getByTestId("written"));
  assert.deepEqual(await written.verdicts(), ["no source given"]);
  assert.deepEqual(elsewhere(requests.attempted, demo.origin), []);
  await tab.close();
});

step("every control of the new parts has a name", async () => {
  const snapshot = await page.locator("body").ariaSnapshot();
  const lines = snapshot.split("\n").map((line) => line.trim());
  const named = /^- (?:button|checkbox|combobox|link|radio|textbox|region|heading)(?! ")/;
  assert.deepEqual(
    lines.filter((line) => named.test(line)),
    [],
  );
  assert.match(snapshot, /textbox "Paste an answer"/);
});

step("once everything is deleted the page shows nothing of it any more", async () => {
  const text = page.getByTestId("check-text");
  await ask(page, QUESTION);
  if (!(await text.isVisible())) await page.getByTestId("checker").locator("summary").first().click();
  await text.fill(TRUE);
  await page.getByTestId("check").click();
  await page.getByTestId("verdict-summary").filter({ hasText: "1 sentence" }).waitFor();
  await page.getByTestId("delete-everything").click();
  await page.locator("dialog[open]").getByTestId("confirm").click();
  await page.getByTestId("no-documents").waitFor();
  assert.equal((await page.locator(".results").innerText()).trim(), "");
  await addFiles(page, { "note.txt": "The buoy is green." });
  assert.equal(await page.getByTestId("check-result").count(), 0);
  assert.equal(await text.inputValue(), TRUE);
});

/** Answers what browsers ask before they post to another origin; what is answered later is allowed to be read, too. */
function preflight(response, body) {
  response.setHeader("access-control-allow-origin", "*");
  if (body !== undefined) return false;
  response.writeHead(204, { "access-control-allow-headers": "*" }).end();
  return true;
}

/** Opens the part about language models, if it is closed, and chooses a server. */
async function openWriter(url) {
  const writer = page.getByTestId("writer");
  if (!(await page.getByTestId("writer-url").isVisible())) await writer.locator("summary").first().click();
  await page.getByTestId("writer-url").fill(url);
  await page.getByTestId("writer-model").fill("tiny");
}

/** The number of the source of the prompt whose quote has these words. */
async function citing(words) {
  const citations = page.getByTestId("citation");
  const quotes = await citations.getByTestId("quote").allTextContents();
  const at = quotes.findIndex((quote) => quote.includes(words));
  assert.ok(at >= 0, `“${words}” is not quoted`);
  return citations.nth(at).getAttribute("data-number");
}

async function askedQuestion() {
  return (await page.locator(".asked").textContent()).replace(/^for “|”$/g, "");
}

/** The sentences of an answer inside of `part`. */
function within(part) {
  const at = (index) => part.getByTestId("sentence").nth(index);
  return {
    at,
    async verdicts() {
      await at(0).waitFor();
      return part.getByTestId("verdict").allTextContents();
    },
    summary: async () => (await part.getByTestId("verdict-summary").textContent()).trim(),
    async open(index) {
      await at(index).locator("summary").click();
      await at(index).getByTestId("reason").waitFor();
    },
  };
}

/** Follows a link, and back; the place that it leads to has to say so. */
async function opens(link, words) {
  await link.click();
  assert.match(await viewerText(page).getByTestId("viewer-mark").textContent(), words);
  await closeViewer(page);
}

/** A text without white space and emphasis. */
function plain(text) {
  return text.replaceAll("**", "").replace(/\s+/g, " ").trim();
}
