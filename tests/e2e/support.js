// @ts-check
// A site on loopback and a real browser that looks at it, for all end-to-end tests.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout } from "node:timers/promises";
import { launchBrowser } from "../../scripts/browser.js";
import { createStaticServer, listen } from "../../scripts/serve.js";

/**
 * A fresh profile, and what its pages and their workers did.
 * @typedef {object} Visitor
 * @property {import("playwright-core").BrowserContext} context storage of its own, shared by its pages
 * @property {string[]} requests the address of every request
 * @property {string[]} errors what was thrown and not caught, and what was logged as an error
 * @property {(path?: string) => Promise<import("playwright-core").Page>} visit opens a path of the site in a new tab
 */

/**
 * Serves `folder` at / and further folders by prefix, and launches the browser of CHROME_BIN.
 * @param {string} folder
 * @param {Record<string, string>} [mounts]
 * @param {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => boolean} [handle]
 *   answers the requests that it wants to answer in place of the folders
 * @param {string[]} [flags] of the browser
 */
export async function openSite(folder, mounts, handle = () => false, flags = []) {
  const files = createStaticServer(folder, mounts);
  const server = createServer((request, response) => {
    if (!handle(request, response)) files.emit("request", request, response);
  });
  const address = await listen(server);
  const browser = await launchBrowser(flags);

  /** @returns {Promise<Visitor>} */
  async function newVisitor() {
    const context = await browser.newContext();
    /** @type {string[]} */
    const requests = [];
    /** @type {string[]} */
    const errors = [];
    context.on("request", (request) => requests.push(request.url()));
    context.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    context.on("weberror", (error) => errors.push(String(error.error())));
    async function visit(path = "/") {
      const page = await context.newPage();
      await page.goto(new URL(path, address).href);
      return page;
    }
    return { context, requests, errors, visit };
  }

  /** Nothing is served, and nobody listens, until the site is started again at the same address. */
  async function stop() {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  async function start() {
    assert.equal(
      await listen(server, Number(new URL(address).port)),
      address,
      "the port was taken meanwhile",
    );
  }

  async function close() {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }

  return { address, newVisitor, stop, start, close };
}

/**
 * Waits until `check` holds. (A page's `waitForFunction` takes the promise of an asynchronous one for true.)
 * @param {() => Promise<boolean>} check
 */
export async function until(check) {
  while (!(await check())) await setTimeout(20);
}

/**
 * Has Chromium play an authenticator for a page.
 * @param {import("playwright-core").Page} page
 * @param {object} more what it has beside the usual, such as `hasPrf`
 */
export async function addAuthenticator(page, more) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2",
    ctap2Version: "ctap2_1",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
    ...more,
  };
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", { options });
  return { devtools, authenticatorId };
}
