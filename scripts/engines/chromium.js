// Chromium, by playwright-core as everywhere here.

import { launchBrowser } from "../browser.js";
import { asText, fromText } from "./expression.js";

/** @returns {Promise<import("../engines.js").Engine>} */
export async function launchChromium() {
  const browser = await launchBrowser();
  const context = await browser.newContext();
  return {
    version: browser.version(),
    async newTab() {
      const page = await context.newPage();
      return {
        goto: async (address) => void (await page.goto(address)),
        evaluate: async (expression) => fromText(await page.evaluate(asText(expression))),
        close: () => page.close(),
      };
    },
    close: () => browser.close(),
  };
}
