// A site with the package and the tiny model, and a browser profile on disk that outlives every browser that opened it.

import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchKillable } from "../../scripts/browser.js";
import { createStaticServer, listen } from "../../scripts/serve.js";
import { ModelFolder } from "../e2e/model-folder.js";
import { fromRoot } from "../e2e/package-site.js";
import { TINY_FILES, TINY_MANIFEST, withPrefix } from "../e2e/tiny-model.js";

export class Profile {
  #server;
  #address;
  #models;
  #browser;
  #next = () => undefined;
  /** Where the profile is on disk. */
  folder;

  /** Serves the site, and launches the browser for the first time. */
  static async create() {
    const profile = new Profile();
    profile.#models = new ModelFolder("/tiny/").writeModel(TINY_MANIFEST, TINY_FILES);
    const files = createStaticServer(fromRoot("tests/torture/page"), { "/pkg": fromRoot("pkg/dist") });
    profile.#server = createServer((request, response) => {
      if (!profile.#models.handle(request, response)) files.emit("request", request, response);
    });
    profile.#address = await listen(profile.#server);
    profile.folder = await mkdtemp(join(tmpdir(), "ibid-torture-"));
    await profile.launch();
    return profile;
  }

  /**
   * Who is asked by pages what they do next.
   * @param {(lane: unknown, done: { result?: unknown, error?: string } | undefined) => unknown} next
   */
  set next(next) {
    this.#next = next;
  }

  /** Puts another model on the server: the same weights, which begin queries with another prefix. */
  serveModel(prefix) {
    this.#models.writeModel(withPrefix(prefix), TINY_FILES);
  }

  /** Launches the browser, again after it was killed. */
  async launch() {
    this.#browser = await launchKillable(this.folder);
    await this.#browser.context.exposeBinding("next", (_, lane, done) => this.#next(lane, done));
  }

  /**
   * A new page that has the collection open, and what opened it: one of the passphrases, or `null` where it is plain. `query` is
   * asked of the page's address.
   * @param {(string | null)[]} [passphrases]
   */
  async openPage(passphrases = [null], query = "") {
    const page = await this.#browser.context.newPage();
    await page.goto(`${this.#address}${query}`);
    await page.waitForFunction(() => globalThis.isReady, undefined, { polling: 20 });
    const passphrase = await page.evaluate((passphrases) => open(passphrases), passphrases);
    return { page, passphrase };
  }

  /** A session of the debugging protocol with a page. */
  debug(page) {
    return this.#browser.context.newCDPSession(page);
  }

  /** Kills every process of the browser at once, and waits until it is gone. */
  kill() {
    return this.#browser.kill();
  }

  /** Ends all; the profile goes, too, unless it is kept for whoever wants to know what went wrong. */
  async close({ keep = false } = {}) {
    await this.#browser?.kill();
    this.#server.close();
    this.#server.closeAllConnections();
    if (!keep) await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
