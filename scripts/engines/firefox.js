// Firefox, by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), which it speaks itself: no driver is needed.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket from "ws";
import { program, start } from "../processes.js";
import { asText, fromText } from "./expression.js";

/** A busy machine may take minutes. */
const LAUNCH_PATIENCE = 120_000;

/** Besides what Firefox sets itself where it is driven: nothing is asked of the network on its own behalf. */
const PREFERENCES = {
  "app.normandy.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
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
  const flags = [
    "--headless",
    "--no-remote",
    "--remote-debugging-port=0",
    "--profile",
    profile,
    "about:blank",
  ];
  const browser = start(program("FIREFOX_BIN"), flags);
  const close = async () => {
    await browser.kill();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const [, address] = await browser.line(/^WebDriver BiDi listening on (ws:\S+)$/, LAUNCH_PATIENCE);
    const send = await browser.awaited(connect(`${address}/session`), LAUNCH_PATIENCE);
    const session = send("session.new", { capabilities: {} });
    const { capabilities } = await browser.awaited(session, LAUNCH_PATIENCE);
    return { version: capabilities.browserVersion, newTab: () => newTab(send), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Opens a tab in a window of its own. With several tabs in one window, steps stood still for good in some runs under load; with a
 * window for each tab, in none of 18, and later in 2 of about 40 (`scripts/bundlers`). The cause is not known.
 * @returns {Promise<import("../engines.js").Tab>}
 */
async function newTab(send) {
  const { context } = await send("browsingContext.create", { type: "window" });
  return {
    goto: (url) => send("browsingContext.navigate", { context, url, wait: "complete" }),
    async evaluate(expression) {
      const parameters = { expression: asText(expression), target: { context }, awaitPromise: false };
      const { type, result, exceptionDetails } = await send("script.evaluate", parameters);
      if (type !== "success") throw new Error(exceptionDetails.text);
      return fromText(result.value ?? null);
    },
    close: () => send("browsingContext.close", { context }),
  };
}

/**
 * Connects to a browser.
 * @param {string} address
 * @returns {Promise<(method: string, parameters: object) => Promise<any>>} sends a command and gives its result; all that wait reject
 *   when the connection ends
 */
async function connect(address) {
  const socket = new WebSocket(address, { perMessageDeflate: false, maxPayload: 256 << 20 });
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  let sent = 0;
  socket.on("message", (data) => {
    const { id, type, result, error, message } = JSON.parse(data);
    const call = waiting.get(id);
    if (call === undefined) return; // an event
    waiting.delete(id);
    if (type === "success") call.resolve(result);
    else call.reject(new Error(`${error}: ${message}`));
  });
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  socket.on("error", () => {}); // followed by a close
  socket.on("close", () => {
    for (const { reject } of waiting.values()) reject(new Error("Firefox has ended the connection"));
    waiting.clear();
  });
  return (method, params) =>
    new Promise((resolve, reject) => {
      const id = ++sent;
      waiting.set(id, { resolve, reject });
      socket.send(JSON.stringify({ id, method, params }), (error) => error && reject(error));
    });
}
