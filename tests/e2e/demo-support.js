// The built demo in a headless browser: opening it, and what a reader does and sees there.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchBrowser } from "../../scripts/browser.js";
import { createStaticServer, listen } from "../../scripts/serve.js";
import { startChatServer } from "./chat-server.js";
import { POLICY } from "./policy.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Fetching and preparing the model, and embedding all samples, on a slow machine that is busy, in milliseconds. */
export const MODEL_TIMEOUT = 120_000;
export const EMBEDDING_TIMEOUT = 600_000;

/** Of the samples those that are added where not all have to be; embedding all ten would take most of the time. */
const FEW = ["lease", "insurance-policy", "heat-pump-manual"];

/**
 * Opens the demo with a few of its samples, for the tests of a file to share: each goes on from where the one before it ended.
 * It is closed after the last one.
 * @param {{ withChat?: boolean, context?: import("playwright-core").BrowserContextOptions }} [options] whether there is a server
 *   of a language model, which the page may ask; the strictest policy, which allows no frame, has to be left to the page then
 * @returns what is open, and `step`, which declares a test after which the page must not have complained of anything, nor asked
 *   anybody but its own server and the chat's
 */
export async function shareDemo({ withChat = false, context: contextOptions = {} } = {}) {
  const starting = [
    serveDemo(withChat ? {} : STRICT),
    launchBrowser(),
    withChat ? startChatServer() : undefined,
  ];
  const [demo, browser, chat] = await Promise.all(starting);
  after(async () => {
    await browser.close();
    chat?.close();
    demo.stop();
  });
  const { context, requests, complaints } = await newReader(browser, { ...NOT_KEPT, ...contextOptions });
  const samples = JSON.parse(readFileSync(`${ROOT}www/samples/index.json`, "utf8"));
  await context.route("**/samples/index.json", (route) =>
    route.fulfill({ json: samples.filter(({ id }) => FEW.includes(id)) }),
  );
  const page = await context.newPage();
  await openDemo(page, demo.address);
  await page.getByTestId("add-samples").click();
  await waitUntilReady(page);

  const isChats = (url) => chat !== undefined && url.startsWith(`${chat.address}/`);
  const step = (name, run) =>
    test(name, async (t) => {
      await run(t);
      assert.deepEqual(complaints.splice(0), []);
      const others = elsewhere(requests.attempted.splice(0), demo.origin);
      assert.deepEqual(
        others.filter((url) => !isChats(url)),
        [],
      );
    });
  return { demo, browser, chat, context, requests, complaints, page, step };
}

/**
 * A patient reader with a fresh profile, whose requests and complaints are recorded.
 * @param {import("playwright-core").Browser} browser
 * @param {import("playwright-core").BrowserContextOptions} options
 */
export async function newReader(browser, options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(MODEL_TIMEOUT);
  return { context, requests: recordRequests(context), complaints: recordComplaints(context) };
}

/** Each test sees the page as its server has it; what keeps the page on a device has tests of its own (`site.test.js`). */
export const NOT_KEPT = { serviceWorkers: "block" };

/** What the demo's server sends with every file: a page that can be installed has a manifest, too. */
export const STRICT = { "content-security-policy": `${POLICY}; manifest-src 'self'` };

/** Serves www/dist with models/ beside it; resolves to the address and how to stop. */
export async function serveDemo(headers = STRICT) {
  const server = createStaticServer(`${ROOT}www/dist`, { "/models": `${ROOT}models` }, headers);
  const address = await listen(server);
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { address, origin: new URL(address).origin, stop };
}

/** Every request that pages and workers of `context` attempt from now on, in order, and those that failed. */
function recordRequests(context) {
  const record = { attempted: [], failed: [] };
  context.on("request", (request) => record.attempted.push(request.url()));
  context.on("requestfailed", (request) => record.failed.push(request.url()));
  return record;
}

/** The addresses that lead away from `origin`; those within the page itself (data:, blob:) do not. */
export function elsewhere(urls, origin) {
  return urls.filter(
    (url) => !["data:", "blob:"].includes(new URL(url).protocol) && new URL(url).origin !== origin,
  );
}

/** What pages of `context` complain of: uncaught errors, and errors on the console, such as what the policy blocks. */
function recordComplaints(context) {
  const complaints = [];
  context.on("weberror", (event) => complaints.push(`uncaught: ${event.error().stack}`));
  context.on("console", (message) => {
    if (message.type() === "error") complaints.push(`console: ${message.text()}`);
  });
  return complaints;
}

/** Waits until it is seen what is stored: questions can be typed before that. */
export async function untilOpen(page) {
  await page.getByTestId("question").waitFor({ timeout: MODEL_TIMEOUT });
  const stored = page.getByTestId("documents").or(page.getByTestId("no-documents"));
  await stored.waitFor({ timeout: MODEL_TIMEOUT });
}

/** Goes to the demo, waits until it is open, and has the model fetched where that was not agreed to yet. */
export async function openDemo(page, address) {
  await page.goto(address);
  await untilOpen(page);
  const agree = page.getByTestId("agree-model");
  if (await agree.isVisible()) await agree.click();
}

/** Waits until nothing is being added and every document in the list is embedded. */
export async function waitUntilReady(page) {
  const timeout = EMBEDDING_TIMEOUT;
  await page.getByTestId("cancel").waitFor({ state: "detached", timeout }); // there is one while adding goes on
  const unready = page.getByTestId("document-state").filter({ hasNotText: /\bready\s*$/ });
  await unready.first().waitFor({ state: "detached", timeout });
}

/** The documents in the list: id and state of each. */
export function listDocuments(page) {
  return page.getByTestId("document-row").evaluateAll((rows) =>
    rows.map((row) => ({
      id: row.dataset.id,
      state: row.querySelector("[data-testid=document-state]").textContent.trim(),
    })),
  );
}

/** Picks files (content by name) as in the system's dialog, and waits until they are embedded or refused. */
export async function addFiles(page, files) {
  const picked = Object.entries(files).map(([name, content]) => {
    return { name, mimeType: "", buffer: Buffer.from(content) }; // no type: it follows from the name
  });
  await page.getByTestId("file-input").setInputFiles(picked);
  await waitUntilReady(page);
}

export async function removeDocument(page, id) {
  await row(page, id).getByTestId("remove").click();
  await page.locator("dialog[open]").getByTestId("confirm").click();
  await row(page, id).waitFor({ state: "detached" });
}

export function row(page, id) {
  return page.locator(`[data-testid=document-row][data-id="${id}"]`);
}

/** Asks through the question box and reads what is found and cited; spans are in UTF-16 code units. */
export async function ask(page, question) {
  await page.getByTestId("question").fill(question);
  await page.getByTestId("question").press("Enter");
  return readAnswer(page);
}

/** Has the prompt quote what seems not to answer, where that is offered, and reads what is found and cited. */
export async function quoteAnyway(page) {
  const offer = page.getByTestId("quote-anyway");
  if (await offer.isVisible()) await offer.click();
  return readAnswer(page);
}

/** What is found and cited, when answer, passages and prompt are there. */
export async function readAnswer(page) {
  const done = page.locator(".results section[aria-busy=false]");
  await done.nth(2).waitFor({ timeout: MODEL_TIMEOUT });
  const spans = (testId) =>
    page.getByTestId(testId).evaluateAll((elements) =>
      elements.map(({ dataset: { document, start, end, number } }) => ({
        document,
        start: Number(start),
        end: Number(end),
        ...(number && { number: Number(number) }),
      })),
    );
  return { hits: await spans("hit"), citations: await spans("citation") };
}

/** Whether a hit or citation holds the whole of a span of a document. */
export function covers(found, { document, start, end }) {
  return found.document === document && found.start <= start && end <= found.end;
}

/** The text area of the open viewer; a closed one still holds what it showed last. */
export function viewerText(page) {
  return page.locator("[data-testid=viewer][open] [data-testid=viewer-text]");
}

export async function closeViewer(page) {
  await page.keyboard.press("Escape");
  await page.locator("[data-testid=viewer]:not([open])").waitFor({ state: "attached" });
  await page.waitForFunction(() => !location.hash.startsWith("#/")); // a page that is loaded again before that opens it again
}

/** Opens a document from the list and returns its extracted text as it is shown. */
export async function readDocument(page, id) {
  await row(page, id).getByRole("link").click();
  const text = await viewerText(page).locator(".words").textContent();
  await closeViewer(page);
  return text;
}

/** The element that has the focus, inside whichever shadow root it is. */
export function focused(page) {
  return page.evaluateHandle(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element;
  });
}

/** Clicks one thing and has another have the focus before anything can come of the click. */
export async function clickAndGoOn(page, clicked, other) {
  const elements = [await clicked.elementHandle(), await other.elementHandle()];
  await page.evaluate(([clicked, other]) => {
    clicked.focus();
    clicked.click();
    other.focus();
  }, elements);
}

/** The test id of the element that has the focus, or else its tag and text. */
export async function describeFocus(page) {
  return (await focused(page)).evaluate(
    (element) => element.dataset.testid ?? `${element.localName}: ${element.textContent.trim().slice(0, 60)}`,
  );
}

/** Presses Tab until `matches`, a function of an element that runs in the page, is true of what has the focus. */
export async function tabTo(page, matches, limit = 150) {
  for (let presses = 0; presses < limit; presses++) {
    await page.keyboard.press("Tab");
    if (await (await focused(page)).evaluate(matches)) return;
  }
  throw new Error(`not reached with ${limit} presses of Tab; the focus is on ${await describeFocus(page)}`);
}

/** The records in each object store of each database that the page's origin has, by database and store. */
export function countRecords(page) {
  const settled = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  return page.evaluate(
    `(${async (settled) => {
      const counts = {};
      for (const { name } of await indexedDB.databases()) {
        const database = await settled(indexedDB.open(name));
        for (const store of database.objectStoreNames) {
          counts[`${name}/${store}`] = await settled(database.transaction(store).objectStore(store).count());
        }
        database.close();
      }
      return counts;
    }})(${settled})`,
  );
}
