#!/usr/bin/env node
// Measures the built demo as a slow phone has it: how long until something can be typed, and which tasks hold the page up.
//
//   scripts/with-browser scripts/phone.js [SLOWDOWN]      of the page's own thread; the default is 6, workers are as fast as here

import { ask, MODEL_TIMEOUT, serveDemo, waitUntilReady } from "../tests/e2e/demo-support.js";
import { launchBrowser } from "./browser.js";

/** What a browser calls a long task (W3C, Long Tasks). */
const LONG = 50;

const rate = Number(process.argv[2] ?? 6);
const demo = await serveDemo();
const browser = await launchBrowser();
const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true });
context.setDefaultTimeout(MODEL_TIMEOUT);
const page = await context.newPage();
await page.addInitScript(() => {
  globalThis.longTasks = [];
  new PerformanceObserver((list) => {
    globalThis.longTasks.push(...list.getEntries().map(({ duration }) => Math.round(duration)));
  }).observe({ type: "longtask", buffered: true });
});
await (await context.newCDPSession(page)).send("Emulation.setCPUThrottlingRate", { rate });

const report = async (what, since) => {
  await page.waitForTimeout(1000); // observers are told late
  const tasks = await page.evaluate(() => globalThis.longTasks.splice(0));
  const spent = since === undefined ? "" : `${Math.round(since)} ms; `;
  console.log(`${what}: ${spent}tasks above ${LONG} ms: ${tasks.length === 0 ? "none" : tasks.join(", ")}`);
};

/** Until a letter that is typed is in the field, in milliseconds from the beginning of the navigation. */
const untilTyped = async () => {
  await page.getByTestId("question").waitFor();
  await page.getByTestId("question").press("a");
  await page.waitForFunction(() => {
    const fields = document
      .querySelector("ibid-app")
      .shadowRoot.querySelector("ibid-question-form").shadowRoot;
    return fields.querySelector("input[type=search]").value === "a";
  });
  return page.evaluate(() => performance.now());
};

await page.goto(demo.address);
await report("first visit, until something is typed", await untilTyped());
await page.getByTestId("kept").waitFor();
await report("keeping the page");
await page.getByTestId("agree-model").click();
await page.getByTestId("model-loading").waitFor({ state: "detached" });
await report("fetching the model");
await page.getByTestId("add-samples").click();
await waitUntilReady(page);
await report("adding ten documents");
await ask(page, "How strong must the wind be to count as a storm under the home policy?");
await report("a question");
await page.reload();
await report("a later visit, until something is typed", await untilTyped());
await browser.close();
demo.stop();
