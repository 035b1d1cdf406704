// The browser engines that the package is tested in, each driven in its own way behind one interface. scripts/with-engines finds or
// installs them and says by environment variables where they are.

import { setTimeout } from "node:timers/promises";
import { launchChromium } from "./engines/chromium.js";
import { launchFirefox } from "./engines/firefox.js";
import { launchWebKit } from "./engines/webkit.js";

/**
 * A running browser with a fresh profile, which is gone with it.
 * @typedef {object} Engine
 * @property {string} version of the engine, as it says itself
 * @property {() => Promise<Tab>} newTab opens an empty one; all of an engine's tabs share what they store
 * @property {() => Promise<void>} close ends all of its processes
 *
 * @typedef {object} Tab
 * @property {(address: string) => Promise<void>} goto resolves once the page has loaded
 * @property {(expression: string) => Promise<unknown>} evaluate the value of an expression in the page, as far as JSON can tell it:
 *   a promise is not waited for. Rejects where the expression throws.
 * @property {() => Promise<void>} close
 */

/** How each engine is launched, by its name. */
export const ENGINES = { chromium: launchChromium, firefox: launchFirefox, webkit: launchWebKit };

/** For how many milliseconds a page may work: generous, since shared machines stall. */
const PATIENCE = 240_000;

/**
 * Waits until an expression has a value in a page, and gives it.
 * @param {Tab} tab
 * @param {string} expression whose value is `undefined` or `null` until then
 * @param {number} [patience] in milliseconds
 */
export async function awaitValue(tab, expression, patience = PATIENCE) {
  const deadline = performance.now() + patience;
  for (;;) {
    const value = await tab.evaluate(expression);
    if (value !== undefined && value !== null) return value;
    if (performance.now() > deadline)
      throw new Error(`nothing came of ${expression} in ${patience / 1000} s`);
    await setTimeout(50);
  }
}

/**
 * Opens an address, waits until its page has left something in the global variable `outcome`, and gives that.
 * @param {Tab} tab
 * @param {string} address
 */
export async function outcomeOf(tab, address) {
  await tab.goto(address);
  return awaitValue(tab, "globalThis.outcome");
}
