// The headless Chromium of tests, screenshots and benchmarks.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
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
  // Detached, it leads a process group of its own.
  const child = spawn(executablePath, args, { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  const exited = once(child, "exit");
  const killNow = () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGKILL");
  };
  const kill = async () => {
    killNow();
    await exited;
  };
  process.once("exit", killNow); // being detached, it would outlive us
  exited.then(() => process.off("exit", killNow));
  try {
    const address = await debuggingAddress(child.stderr);
    const browser = await chromium.connectOverCDP(address, {
      noDefaults: true,
      timeout: options([]).timeout,
    });
    return { context: browser.contexts()[0], kill };
  } catch (error) {
    await kill();
    throw error;
  }
}

/** Where the browser says that it can be driven; what else it says is passed over. */
async function debuggingAddress(stderr) {
  const lines = createInterface(stderr);
  for await (const line of lines) {
    const [, address] = /^DevTools listening on (ws:\S+)$/.exec(line) ?? [];
    if (address === undefined) continue;
    stderr.resume();
    return address;
  }
  throw new Error("the browser ended before it could be driven");
}
