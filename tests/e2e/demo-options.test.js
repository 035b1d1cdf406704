// What the demo's search form offers besides the question: documents by their metadata, phrases, a second model; how passages look;
// and that large drops do not have all documents listed for each of them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import {
  addFiles,
  ask,
  clickAndGoOn,
  closeViewer,
  readAnswer,
  removeDocument,
  row,
  shareDemo,
  viewerText,
} from "./demo-support.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const { page, step, requests } = await shareDemo();

/** Something that several documents are about. */
const WIDE = "How much has to be paid, and within how many days?";
const QUESTION = "What is the deposit of the lease?";

const field = (name) => page.getByTestId(name);
const documentsOf = ({ hits }) => [...new Set(hits.map(({ document }) => document))].sort();

/** What axe-core finds wrong by WCAG 2.2, level AA, in both colour schemes. */
async function faults() {
  const found = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() =>
      axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] }),
    );
    found.push(
      ...violations.map(
        ({ id, nodes }) => `${colorScheme}: ${id}: ${nodes.map(({ html }) => html).join(" ")}`,
      ),
    );
  }
  await page.emulateMedia({ colorScheme: null });
  return found;
}

step("only documents with such metadata are searched, as soon as that is chosen", async () => {
  assert.ok(documentsOf(await ask(page, WIDE)).length > 1);
  await field("options").locator("summary").click();
  const fields = await field("filter-field").locator("option").allTextContents();
  assert.deepEqual(fields.slice(0, 3), ["tags", "year", "organisation"]); // that most documents have
  await field("filter-field").selectOption("monthly_rent");
  await field("filter-operator").selectOption("is at least");
  await field("filter-value").fill("1000");
  await field("filter-value").press("Tab");
  await page
    .locator('[data-testid=hit][data-document="insurance-policy"]')
    .first()
    .waitFor({ state: "detached" });
  assert.deepEqual(documentsOf(await readAnswer(page)), ["lease"]);
  await field("filter-value").fill("2000");
  await field("filter-value").press("Tab");
  await field("no-hits").filter({ hasText: "the options leave" }).waitFor();
  await field("filter-value").fill("");
  await field("filter-value").press("Tab");
  await field("hit").first().waitFor();
  assert.ok(documentsOf(await readAnswer(page)).length > 1);
});

/** Has the form drawn again while something is typed, as it is whenever the list of documents is read. */
const drawAgain = () =>
  page.evaluate(async () => {
    const form = document.querySelector("ibid-app").shadowRoot.querySelector("ibid-question-form");
    form.requestUpdate();
    await form.updateComplete;
  });

step("what is typed into an option stays there when the form is drawn again before it is left", async () => {
  await ask(page, WIDE);
  const type = async (name, typed) => {
    await field(name).fill(typed);
    await drawAgain();
    assert.equal(await field(name).inputValue(), typed);
    await field(name).press("Tab");
    return await readAnswer(page);
  };
  assert.deepEqual(documentsOf(await type("filter-value", "1000")), ["lease"]);
  assert.ok(documentsOf(await type("filter-value", "")).length > 1);
  assert.equal((await type("k", "3")).hits.length, 3);
  assert.equal((await type("k", "8")).hits.length, 8);
});

step("what an option takes is told until something else is typed there", async () => {
  await field("k").fill("500");
  await field("k").press("Enter");
  await field("question-hint").filter({ hasText: "from 1 to 100." }).waitFor();
  await field("k").fill("8");
  assert.equal(await field("question-hint").textContent(), "");
  await field("k").press("Tab");
  await readAnswer(page);
});

step("a filter that does not fit the values is told where it was asked", async () => {
  await field("filter-value").fill("much");
  await field("filter-value").press("Tab");
  await field("error-code").filter({ hasText: "invalid-filter" }).first().waitFor();
  await field("filter-value").fill("");
  await field("filter-value").press("Tab");
  await readAnswer(page);
});

step("what stands in quotation marks comes first where it stands just so", async () => {
  await addFiles(page, {
    "phrase.txt": "Of the second harbour wall it is said that the wall holds.",
    "words.txt":
      "The wall of the harbour: a second wall is said to hold. Harbour, harbour, second second wall wall.",
  });
  const { hits } = await ask(page, '"second harbour wall"');
  assert.equal(hits[0].document, "phrase.txt");
});

step("the second model is fetched when it is wanted, and not before", async () => {
  const isSecond = (url) => url.includes("/ms-marco-") && !url.endsWith("/model.json");
  assert.equal(requests.attempted.filter(isSecond).length, 0);
  await ask(page, QUESTION);
  await field("rerank").check();
  await field("searching").waitFor({ state: "detached" });
  const { hits } = await readAnswer(page);
  assert.equal(hits[0].document, "lease");
  assert.ok(requests.attempted.filter(isSecond).length > 0);
});

step("of Markdown's signs nothing is seen in a passage, and its text is the same", async () => {
  await addFiles(page, {
    "ferry.md": "# Ferry\n\nThe ferry to **Saint Orland** leaves at *seven* sharp, from the old pier.\n",
  });
  await ask(page, "When does the ferry to Saint Orland leave?");
  const passage = page.locator('[data-testid=hit][data-document="ferry.md"]').first().getByTestId("hit-text");
  assert.match(await passage.innerText(), /^Ferry\s+The ferry to Saint Orland leaves at seven sharp/);
  assert.match(
    await passage.textContent(),
    /^# Ferry\s+The ferry to \*\*Saint Orland\*\* leaves at \*seven\* sharp/,
  );
  assert.equal(await passage.locator("b").first().textContent(), "Ferry");
  assert.equal(await passage.locator("em").textContent(), "seven");
});

step("with results and options axe-core finds nothing wrong in either colour scheme", async () => {
  assert.deepEqual(await faults(), []);
});

step("a filter goes with the last document that has its field", async () => {
  await ask(page, WIDE);
  await field("filter-field").selectOption("monthly_rent");
  await field("filter-value").fill("1145");
  await field("filter-value").press("Tab");
  await page.locator('[data-testid=hit]:not([data-document="lease"])').first().waitFor({ state: "detached" });
  await removeDocument(page, "lease");
  await field("filter-field").locator("option", { hasText: "monthly_rent" }).waitFor({ state: "detached" });
  assert.equal(await field("filter-value").inputValue(), "");
  await ask(page, WIDE);
  await page.locator('[data-testid=hit]:not([data-document="lease"])').first().waitFor();
});

step("who types while a document is removed goes on typing", async () => {
  await field("question").fill("");
  await row(page, "ferry.md").getByTestId("remove").click();
  await clickAndGoOn(page, page.locator("dialog[open]").getByTestId("confirm"), field("question"));
  await row(page, "ferry.md").waitFor({ state: "detached" });
  await page.keyboard.type("what is due");
  assert.equal(await field("question").inputValue(), "what is due");
});

step(
  "the field that a filter goes by is the one that is shown, also when documents bring others",
  async () => {
    const shown = () =>
      field("filter-field").evaluate(({ options, selectedIndex }) => options[selectedIndex].textContent);
    const names = await field("filter-field").locator("option").allTextContents();
    const [, second] = names;
    for (const name of [...names, second]) await field("filter-field").selectOption(name);
    await field("filter-value").fill("2024");
    await field("filter-value").press("Tab");
    const mail = (n) =>
      `From: a${n}@x.example\r\nTo: b@x.example\r\nDate: Tue, 1 Oct 2024 10:0${n}:00 +0000\r\n\r\nBuoy ${n} is green.\r\n`;
    await addFiles(page, Object.fromEntries([0, 1, 2, 3, 4, 5].map((n) => [`mail-${n}.eml`, mail(n)])));
    const now = await field("filter-field").locator("option").allTextContents();
    assert.ok(now.indexOf(second) > names.indexOf(second), "others stand before it");
    assert.equal(await shown(), second);
    await field("filter-value").fill("");
    await field("filter-value").press("Tab");
  },
);

step("a long word, also of a heading, makes no page wider than a phone", async () => {
  const { width, height } = page.viewportSize();
  const word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(2);
  await addFiles(page, { "long.md": `# ${word}\n\nThe ${word} meets in Melk.\n` });
  await page.setViewportSize({ width: 320, height });
  await ask(page, `Where does the ${word} meet?`);
  await page.getByTestId("answer").getByText("meets in Melk").waitFor();
  await field("hit").first().getByTestId("why").locator("summary").click();
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320);
  await page.setViewportSize({ width, height });
});

/** Whether the last sign of a text stands to the left of its first one. */
const endsAtTheLeft = (text) =>
  text.evaluate((element) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) if (walker.currentNode.data.trim() !== "") nodes.push(walker.currentNode);
    const leftOf = (node, at) => {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      return range.getBoundingClientRect().left;
    };
    const last = nodes.at(-1);
    const first = nodes[0].data.search(/\S/);
    return leftOf(last, last.data.trimEnd().length - 1) < leftOf(nodes[0], first);
  });

step("what is written from right to left is read so", async () => {
  const document = "deposit.txt";
  await addFiles(page, { [document]: "הפיקדון הוא 1,320 שקלים." });
  await ask(page, "הפיקדון");
  assert.ok(await endsAtTheLeft(page.locator(`[data-document="${document}"]`).getByTestId("hit-text")));
  assert.equal(
    await field("question").evaluate((input) => getComputedStyle(input).direction),
    "rtl",
    "and typed so",
  );
  await row(page, document).getByRole("link").click();
  assert.ok(await endsAtTheLeft(viewerText(page).locator(".words")));
  await closeViewer(page);
});

step("a document that is open while the page is loaded again is closed as if it had not been", async () => {
  const { length, address } = await page.evaluate(() => ({ length: history.length, address: location.href }));
  await row(page, "deposit.txt").getByRole("link").click();
  await viewerText(page).waitFor();
  await page.reload();
  await viewerText(page).waitFor();
  await closeViewer(page);
  assert.equal(page.url(), address);
  assert.ok((await page.evaluate(() => history.length)) <= length + 1);
  await row(page, "deposit.txt").waitFor();
});

step("a name that turns its direction around turns no sentence around", async () => {
  const name = "\u202Etxt.lease.txt";
  await addFiles(page, { [name]: "The deposit is 1,320 pounds." });
  await row(page, name).getByTestId("remove").click();
  const text = page.locator("dialog[open] #text");
  assert.ok(!(await endsAtTheLeft(text)), await text.textContent());
  await page.locator("dialog[open]").getByTestId("confirm").click();
  await row(page, name).waitFor({ state: "detached" });
});

step("many documents that are dropped together are not listed for each of them", async () => {
  await page.evaluate(() => {
    globalThis.listings = 0;
    const send = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, ...rest) {
      if (JSON.stringify(message)?.includes('"method":"list"')) globalThis.listings += 1;
      return send.call(this, message, ...rest);
    };
  });
  const names = Array.from({ length: 150 }, (_, n) => `note-${n}.txt`);
  await addFiles(page, Object.fromEntries(names.map((name, n) => [name, `Note ${n} is about buoy ${n}.`])));
  const listings = await page.evaluate(() => globalThis.listings);
  assert.ok(listings > 0);
  assert.ok(listings < names.length, `${listings} listings of all documents`);
});
