// The headless Chromium of tests, screenshots and benchmarks.

import { chromium } from "playwright-core";

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

/** The browser of CHROME_BIN with further flags; a busy machine may take minutes. */
const options = (flags) => ({
  executablePath: process.env.CHROME_BIN ?? "/usr/bin/chromium",
  args: [...FLAGS, ...flags],
  timeout: 120_000,
});

/** Launches the browser, with further flags if need be. Its pages share nothing, and what they store is gone with them. */
export const launchBrowser = (flags = []) => chromium.launch(options(flags));

/** Launches the browser with the profile in `folder`: its pages share what they store, which is on disk and stays there. */
export const launchProfile = (folder, flags = []) => chromium.launchPersistentContext(folder, options(flags));
