// @ts-check
// A site on loopback and a real browser that looks at it, for all end-to-end tests.

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
 */
export async function openSite(folder, mounts) {
  const server = createStaticServer(folder, mounts);
  const address = await listen(server);
  const browser = await launchBrowser();

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

  async function close() {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }

  return { address, newVisitor, close };
}
