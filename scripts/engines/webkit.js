// WebKitGTK's MiniBrowser, the nearest to Safari that runs on Linux, by WebDriver (https://www.w3.org/TR/webdriver2/) on a display of
// its own: it has no headless mode. Where it is driven it keeps what pages store in memory only.

import { freePort, program, start } from "../processes.js";
import { windows } from "./windows.js";

/** A busy machine may take minutes. */
const LAUNCH_PATIENCE = 120_000;

/** @returns {Promise<import("../engines.js").Engine>} */
export async function launchWebKit() {
  // The number of a display that is free, on standard output.
  const display = start(program("XVFB"), [
    "-displayfd",
    "1",
    "-screen",
    "0",
    "1280x1024x24",
    "-nolisten",
    "tcp",
  ]);
  const started = [display];
  const close = async () => {
    for (const it of started.splice(0).reverse()) await it.kill();
  };
  try {
    const [number] = await display.line(/^\d+$/, LAUNCH_PATIENCE);
    const port = await freePort();
    const environment = { DISPLAY: `:${number}`, GDK_BACKEND: "x11", NO_AT_BRIDGE: "1" };
    const driver = start(program("WEBKIT_DRIVER"), [`--port=${port}`], environment);
    started.push(driver);
    const base = `http://127.0.0.1:${port}`;
    await driver.awaited(untilReady(base), LAUNCH_PATIENCE);
    const options = { binary: program("WEBKIT_BIN"), args: ["--automation"] };
    const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": options } };
    const opening = command(base, "POST", "/session", { capabilities });
    const session = await driver.awaited(opening, LAUNCH_PATIENCE);
    const send = (method, path, body) => command(base, method, `/session/${session.sessionId}${path}`, body);
    return { version: session.capabilities.browserVersion, newTab: windows(commands(send)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function untilReady(base) {
  const deadline = performance.now() + LAUNCH_PATIENCE;
  for (;;) {
    try {
      await command(base, "GET", "/status");
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Sends one command and gives the value that it has. */
async function command(base, method, path, body) {
  const response = await fetch(base + path, { method, body: body && JSON.stringify(body) });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
  return value;
}

/** @returns {import("./windows.js").Commands} */
const commands = (send) => ({
  open: async () => (await send("POST", "/window/new", { type: "tab" })).handle,
  choose: (handle) => send("POST", "/window", { handle }),
  goto: (url) => send("POST", "/url", { url }),
  run: (script) => send("POST", "/execute/sync", { script, args: [] }),
  close: () => send("DELETE", "/window"),
});
