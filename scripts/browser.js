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

/** Launches the browser of CHROME_BIN, with further flags if need be; a busy machine may take minutes. */
export function launchBrowser(flags = []) {
  return chromium.launch({
    executablePath: process.env.CHROME_BIN ?? "/usr/bin/chromium",
    args: [...FLAGS, ...flags],
    timeout: 120_000,
  });
}
