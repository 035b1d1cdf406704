// The passphrase of the demo: what is stored is encrypted, locked, and unlocked again by nothing else.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { ask, clickAndGoOn, listDocuments, shareDemo, untilOpen } from "./demo-support.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const { page, step, context, demo } = await shareDemo();

const PASSPHRASE = "a heron nests by the river";
const QUESTION = "What is the deposit of the lease?";

const field = (name) => page.getByTestId(name);
const hint = () => field("passphrase-hint");
const focused = () =>
  page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element?.dataset.testid ?? element?.localName;
  });

/** What axe-core finds wrong by WCAG 2.2, level AA. The policy of the page does not hold for what a debugger runs. */
async function faults() {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] }),
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

/** Whether a document's text stands somewhere in the database as it is. */
const isReadable = () =>
  page.evaluate(async () => {
    const opening = indexedDB.open("ibid/demo");
    const database = await new Promise((resolve) => {
      opening.onsuccess = () => resolve(opening.result);
    });
    const reading = database.transaction("parts").objectStore("parts").getAll();
    const values = await new Promise((resolve) => {
      reading.onsuccess = () => resolve(reading.result);
    });
    database.close();
    const bytesOf = (value) =>
      value instanceof Uint8Array || value instanceof ArrayBuffer
        ? [new Uint8Array(value)]
        : Object.values(value).flatMap((it) => (typeof it === "object" && it ? bytesOf(it) : []));
    return values
      .flatMap(bytesOf)
      .some((bytes) => new TextDecoder("latin1").decode(bytes).includes("insurance"));
  });

let hits;

step("a passphrase is asked for twice, and nothing is done where it is not the same", async () => {
  ({ hits } = await ask(page, QUESTION));
  assert.ok(await isReadable());
  await field("encrypting").locator("summary").click();
  await field("passphrase-submit").click();
  assert.equal(
    await hint()
      .textContent()
      .then((text) => text.trim()),
    "Type a passphrase first.",
  );
  assert.equal(await focused(), "passphrase");
  await field("passphrase").fill(PASSPHRASE);
  await field("again").fill("another");
  await page.keyboard.press("Enter");
  await hint().filter({ hasText: "This isn’t the same passphrase." }).waitFor();
  assert.equal(await focused(), "again");
  assert.equal(await field("again").getAttribute("aria-invalid"), "true");
  await field("passphrase-show").check();
  assert.equal(await field("passphrase").getAttribute("type"), "text");
  await field("passphrase-show").uncheck();
  assert.deepEqual(await faults(), []);
  assert.ok(await field("is-plain").isVisible());
});

step("with it everything is encrypted, and the documents answer as before", async () => {
  await field("again").fill(PASSPHRASE);
  await page.keyboard.press("Enter");
  await field("is-encrypted").waitFor();
  assert.equal(await isReadable(), false);
  assert.equal(await focused(), "lock");
  const found = await ask(page, QUESTION);
  assert.deepEqual(
    found.hits.map(({ document }) => document),
    hits.map(({ document }) => document),
  );
  assert.deepEqual(await faults(), []);
});

step("locked, the page has nothing of the documents, and a wrong passphrase opens nothing", async () => {
  await field("lock").click();
  await field("unlock").waitFor();
  assert.equal(await page.getByTestId("document-row").count(), 0);
  assert.equal(await page.getByTestId("question").count(), 0);
  assert.deepEqual(await faults(), []);
  for (const wrong of ["a heron nests by the rivet", PASSPHRASE.toUpperCase()]) {
    await field("passphrase").fill(wrong);
    await page.keyboard.press("Enter");
    await hint().filter({ hasText: "That passphrase doesn’t open them." }).waitFor();
    assert.equal(await focused(), "passphrase");
    assert.equal(await field("passphrase").getAttribute("aria-invalid"), "true");
    await field("passphrase").fill(""); // the hint goes with the next attempt
  }
  assert.deepEqual(await faults(), []);
});

step(
  "a file that is dropped on the locked page is not left to the browser, which would show it instead",
  async () => {
    const leftToBrowser = await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["nothing"], "dropped.txt"));
      const init = { bubbles: true, cancelable: true, dataTransfer };
      return ["dragover", "drop"].filter((type) => document.body.dispatchEvent(new DragEvent(type, init)));
    });
    assert.deepEqual(leftToBrowser, []);
  },
);

step("the right one opens it, in another tab, too, and not without it", async () => {
  await field("passphrase").fill(PASSPHRASE);
  await page.keyboard.press("Enter");
  await untilOpen(page);
  assert.equal((await listDocuments(page)).length, 3);
  const { hits: found } = await ask(page, QUESTION);
  assert.equal(found[0].document, hits[0].document);
  const other = await context.newPage();
  await other.goto(demo.address);
  await other.getByTestId("unlock").waitFor();
  await other.close();
});

step("a question that finds everything locked is answered once it is unlocked", async () => {
  const other = await context.newPage();
  await other.goto(demo.address);
  await other.getByTestId("passphrase").fill(PASSPHRASE);
  await other.keyboard.press("Enter");
  await untilOpen(other);
  await field("decrypt").click();
  await field("is-plain").waitFor();
  await ask(other, QUESTION); // the other tab notes that it is plain
  await field("encrypting").locator("summary").click();
  await field("passphrase").fill(PASSPHRASE);
  await field("again").fill(PASSPHRASE);
  await page.keyboard.press("Enter");
  await field("is-encrypted").waitFor();
  await other.getByTestId("question").fill("How strong is the wind of a storm?");
  await other.keyboard.press("Enter");
  await other.getByTestId("unlock").waitFor();
  await other.getByTestId("passphrase").fill(PASSPHRASE);
  await other.keyboard.press("Enter");
  await other.getByTestId("hit").first().waitFor();
  assert.equal(await other.getByTestId("error").count(), 0);
  await other.close();
});

step("without a passphrase what is stored is plain again", async () => {
  await field("decrypt").click();
  await field("is-plain").waitFor();
  assert.ok(await isReadable());
  await page.reload();
  await untilOpen(page);
  assert.equal((await listDocuments(page)).length, 3);
});

step("who types a question while everything is encrypted goes on typing", async () => {
  await field("encrypting").locator("summary").click();
  await field("passphrase").fill(PASSPHRASE);
  await field("again").fill(PASSPHRASE);
  await field("question").fill("");
  await clickAndGoOn(page, field("passphrase-submit"), field("question"));
  await field("is-encrypted").waitFor();
  await page.keyboard.type("what is due"); // a space on the button that locks would lock
  assert.equal(await field("question").inputValue(), "what is due");
  await field("decrypt").click();
  await field("is-plain").waitFor();
});

step("who has forgotten it can delete what is stored, and begin anew", async () => {
  await field("encrypting").locator("summary").click();
  await field("passphrase").fill(PASSPHRASE);
  await field("again").fill(PASSPHRASE);
  await field("passphrase-submit").click();
  await field("is-encrypted").waitFor();
  await field("lock").click();
  await field("unlock").waitFor();
  await page.getByText("The passphrase is forgotten").click();
  await field("discard").click();
  await page.locator("dialog[open]").getByTestId("confirm").click();
  await untilOpen(page);
  assert.deepEqual(await listDocuments(page), []);
  await field("is-plain").waitFor();
});
