// The headless Chromium of tests, screenshots and benchmarks.

import { chromium } from "playwright-core";
import { start } from "./processes.js";

/** What it needs to run as root, and to ask nothing of the network on its own behalf. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const executablePath = process.env.CHROME_BIN ?? "/usr/bin/chromium";

/** The browser of CHROME_BIN with further flags; a busy machine may take minutes. */
const options = (flags) => ({
  executablePath,
  args: [...FLAGS, ...flags],
  timeout: 120_000,
});

/** Launches the browser, with further flags if need be. Its pages share nothing, and what they store is gone with them. */
export const launchBrowser = (flags = []) => chromium.launch(options(flags));

/** Launches the browser with the profile in `folder`: its pages share what they store, which is on disk and stays there. */
export const launchProfile = (folder, flags = []) => chromium.launchPersistentContext(folder, options(flags));

/**
 * Launches the browser with the profile in `folder` as a reader has it: no emulation keeps its pages in front, so that they
 * can be frozen, and all of its processes can be killed at once.
 * @param {string} folder
 * @returns {Promise<{ context: import("playwright-core").BrowserContext, kill: () => Promise<void> }>}
 */
export async function launchKillable(folder) {
  const args = [...FLAGS, "--remote-debugging-port=0", `--user-data-dir=${folder}`, "about:blank"];
  const { kill, line } = start(executablePath, args);
  try {
    const { timeout } = options([]);
    const [, address] = await line(/^DevTools listening on (ws:\S+)$/, timeout);
    const browser = await chromium.connectOverCDP(address, { noDefaults: true, timeout });
    return { context: browser.contexts()[0], kill };
  } catch (error) {
    await kill();
    throw error;
  }
}
