// Firefox, by Marionette. By WebDriver BiDi, as it was driven before, workers that start a worker of their own stood still for good, with
// their timers: in a page that did nothing else 59 of 1,376 on a busy machine, and of 1,100 none by Marionette.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { program, start } from "../processes.js";
import { marionette } from "./marionette.js";
import { windows } from "./windows.js";

/** A busy machine may take minutes. */
const LAUNCH_PATIENCE = 120_000;

/** Besides what Firefox sets itself where it is driven: nothing is asked of the network on its own behalf. */
const PREFERENCES = {
  "app.normandy.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "marionette.port": 0, // one that is free
  "nimbus.rollouts.enabled": false,
  "services.settings.server": "data:,",
  "toolkit.telemetry.enabled": false,
};

/** @returns {Promise<import("../engines.js").Engine>} */
export async function launchFirefox() {
  const profile = mkdtempSync(join(tmpdir(), "ibid-firefox-"));
  const lines = Object.entries(PREFERENCES).map(
    (pair) => `user_pref(${pair.map((it) => JSON.stringify(it))});`,
  );
  writeFileSync(join(profile, "user.js"), lines.join("\n"));
  const flags = ["--headless", "--no-remote", "--marionette", "--profile", profile, "about:blank"];
  const browser = start(program("FIREFOX_BIN"), flags);
  const stopping = new AbortController();
  const close = async () => {
    stopping.abort();
    await browser.kill();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const port = await browser.awaited(portOf(profile, stopping.signal), LAUNCH_PATIENCE);
    const send = await browser.awaited(marionette(port), LAUNCH_PATIENCE);
    const { capabilities } = await browser.awaited(send("WebDriver:NewSession"), LAUNCH_PATIENCE);
    return { version: capabilities.browserVersion, newTab: windows(commands(send)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The port that Firefox has chosen, which it writes to its profile once it listens. */
async function portOf(profile, signal) {
  for (;;) {
    try {
      const port = Number(readFileSync(join(profile, "MarionetteActivePort"), "utf8"));
      if (port > 0) return port;
    } catch {
      // It is not there yet.
    }
    await setTimeout(50, undefined, { signal });
  }
}

/** @returns {import("./windows.js").Commands} */
const commands = (send) => ({
  // Windows, of which each is in front; the tabs of one would be hidden behind each other.
  open: async () => (await send("WebDriver:NewWindow", { type: "window" })).handle,
  choose: (handle) => send("WebDriver:SwitchToWindow", { handle }),
  goto: (url) => send("WebDriver:Navigate", { url }),
  // Without a sandbox of its own a script sees what scripts of the page have left in their global scope.
  run: async (script) => (await send("WebDriver:ExecuteScript", { script, args: [], sandbox: null })).value,
  close: () => send("WebDriver:CloseWindow"),
});
