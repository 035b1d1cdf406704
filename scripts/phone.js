#!/usr/bin/env node
// Measures the built demo as a slow phone has it: how long until something can be typed, and which tasks hold the page up.
//
//   scripts/with-browser scripts/phone.js [SLOWDOWN] [FOLDER]
//
// SLOWDOWN is of the page's own thread (the default is 6; workers are as fast as here), FOLDER a built demo (default: www/dist). The page is
// driven by bare commands of the debugger: Playwright's locators run scripts in the page that take a slow one longer than its own.

import { fileURLToPath } from "node:url";
import { MODEL_TIMEOUT, STRICT } from "../tests/e2e/demo-support.js";
import { launchBrowser } from "./browser.js";
import { createStaticServer, listen } from "./serve.js";

/** What a browser calls a long task (W3C, Long Tasks). */
const LONG = 50;
/** For how long the page is left alone before its tasks are read, in milliseconds: observers are told late. */
const REST = 1500;
const QUESTION = "How strong must the wind be to count as a storm under the home policy?";

const fromRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Runs in the page before its own scripts. */
function observe() {
  const seen = { tasks: [], field: undefined, typed: 0 };
  const observer = new PerformanceObserver((list) => {
    seen.tasks.push(...list.getEntries().map(({ duration }) => Math.round(duration)));
  });
  observer.observe({ type: "longtask", buffered: true });
  const all = (testId, root = document) => [
    ...root.querySelectorAll(`[data-testid="${testId}"]`),
    ...[...root.querySelectorAll("*")].flatMap((each) =>
      each.shadowRoot ? all(testId, each.shadowRoot) : [],
    ),
  ];
  const lookForField = () => {
    const form = document.querySelector("ibid-app")?.shadowRoot?.querySelector("ibid-question-form");
    const field = form?.shadowRoot?.querySelector("input[type=search]");
    if (field) {
      field.focus();
      field.addEventListener("input", () => {
        requestAnimationFrame(() => setTimeout(() => (seen.typed ||= performance.now())));
      });
      seen.field = field;
    } else {
      requestAnimationFrame(lookForField);
    }
  };
  lookForField();
  globalThis.phone = { seen, all };
}

const [slowdown = "6", folder = fromRoot("www/dist")] = process.argv.slice(2);
const server = createStaticServer(folder, { "/models": fromRoot("models") }, STRICT);
const address = await listen(server);
const browser = await launchBrowser();
const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true });
const page = await context.newPage();
await page.addInitScript(observe);
const session = await context.newCDPSession(page);
await session.send("Emulation.setCPUThrottlingRate", { rate: Number(slowdown) });

const evaluate = async (expression) => {
  const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
    expression,
    returnByValue: true,
  });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
};

const rest = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits until an expression holds; a page that is just being left has no answer. */
const until = async (expression, interval = 250) => {
  const end = Date.now() + 5 * MODEL_TIMEOUT;
  while (!(await evaluate(expression).catch(() => false))) {
    if (Date.now() > end) throw new Error(`it never came to be: ${expression}`);
    await rest(interval);
  }
};

const report = async (what, spent) => {
  await rest(REST);
  const tasks = await evaluate("phone.seen.tasks.splice(0)");
  const long = tasks.filter((duration) => duration > LONG).sort((a, b) => b - a);
  const time = spent === undefined ? "" : `${Math.round(spent)} ms; `;
  console.log(`${what}: ${time}tasks above ${LONG} ms: ${long.length === 0 ? "none" : long.join(", ")}`);
};

/** Until a letter that is typed as soon as there is a field is drawn, in milliseconds from the beginning of the navigation. */
const untilTyped = async () => {
  await until("globalThis.phone?.seen.field !== undefined", 20);
  await session.send("Input.insertText", { text: "a" });
  await until("phone.seen.typed > 0", 50);
  return evaluate("phone.seen.typed");
};

const click = (testId) => evaluate(`phone.all("${testId}")[0].click()`);

await page.goto(address, { waitUntil: "commit" });
await report("first visit, until something is typed", await untilTyped());
await until('phone.all("kept").length > 0');
await report("keeping the page");
await click("agree-model");
await until('phone.all("model-loading").length > 0', 50);
await until('phone.all("model-loading").length === 0');
await report("fetching the model");
await click("add-samples");
await until('phone.all("cancel").length > 0', 50);
const states = 'phone.all("document-state")';
const isReady = "(state) => /ready\\s*$/.test(state.textContent)";
await until(
  `phone.all("cancel").length === 0 && ${states}.length === 10 && ${states}.every(${isReady})`,
  1000,
);
await report("adding ten documents");
const field = "phone.seen.field";
await evaluate(
  `${field}.value = ${JSON.stringify(QUESTION)}; ${field}.dispatchEvent(new Event("input")); ${field}.form.requestSubmit()`,
);
await until('phone.all("citation").length > 0 && phone.all("answer").length > 0');
await report("a question");
await session.send("Page.reload");
await rest(50);
await report("a later visit, until something is typed", await untilTyped());
await browser.close();
server.close();
server.closeAllConnections();
