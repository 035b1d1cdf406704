// WebKitGTK's MiniBrowser, the nearest to Safari that runs on Linux, by WebDriver (https://www.w3.org/TR/webdriver2/) on a display of
// its own: it has no headless mode. Where it is driven it keeps what pages store in memory only.

import { freePort, program, start } from "../processes.js";
import { asText, fromText } from "./expression.js";

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
    return { version: session.capabilities.browserVersion, newTab: tabs(send), close };
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

/**
 * What opens tabs. Commands go to the one that was chosen last, so each is sent together with the choice, and one after the other.
 * @returns {() => Promise<import("../engines.js").Tab>}
 */
function tabs(send) {
  let last = Promise.resolve();
  const inTurn = (run) => {
    const result = last.then(run);
    last = result.catch(() => {});
    return result;
  };
  let chosen;
  const choose = async (handle) => {
    if (chosen !== handle) await send("POST", "/window", { handle });
    chosen = handle;
  };
  return async () => {
    const { handle } = await inTurn(() => send("POST", "/window/new", { type: "tab" }));
    const within = (run) =>
      inTurn(async () => {
        await choose(handle);
        return run();
      });
    return {
      goto: (url) => within(() => send("POST", "/url", { url })),
      evaluate: async (expression) => {
        const script = `return ${asText(expression)};`;
        return fromText(await within(() => send("POST", "/execute/sync", { script, args: [] })));
      },
      close: () =>
        within(async () => {
          chosen = undefined;
          // No other can be opened while the one that is chosen is gone.
          const [other] = await send("DELETE", "/window");
          if (other !== undefined) await choose(other);
        }),
    };
  };
}
