// The site on which the package is tested: a page without a bundler, the built package and the model.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openSite } from "./support.js";

/** @param {string} path from the root of the repository */
export const fromRoot = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Generous: shared machines stall. No test takes a tenth of this on an idle one. */
const PATIENCE = { timeout: 300_000 };

/**
 * Opens the site for the tests of one file.
 * @param {Record<string, string>} [mounts] further folders
 * @param {Parameters<typeof openSite>[2]} [handle] see `openSite`
 * @param {string[]} [flags] of the browser
 * @returns a function that declares a test. It gets a fresh profile, must stay on this site, and must leave no
 *   error behind that nobody caught; an error that it expects it takes out of `errors`.
 */
export function packageSite(mounts, handle, flags) {
  /** @type {Awaited<ReturnType<typeof openSite>>} */
  let site;
  before(async () => {
    const folders = { "/pkg": fromRoot("pkg/dist"), "/models": fromRoot("models"), ...mounts };
    site = await openSite(fromRoot("tests/e2e/page"), folders, handle, flags);
  });
  after(() => site?.close());

  /**
   * @param {string} name
   * @param {(visitor: import("./support.js").Visitor, site: Awaited<ReturnType<typeof openSite>>) => Promise<void>} run
   */
  return (name, run) =>
    test(name, PATIENCE, async () => {
      const visitor = await site.newVisitor();
      try {
        await run(visitor, site);
        assert.deepEqual(
          visitor.requests.filter((url) => /^(https?|wss?):/.test(url) && !url.startsWith(site.address)),
          [],
          "a request left the site",
        );
        assert.deepEqual(visitor.errors, []);
      } finally {
        await visitor.context.close();
      }
    });
}

/**
 * A page that itself works without a connection, as installable ones do.
 * @param {() => Promise<import("playwright-core").Page>} visit
 */
export async function visitOfflinePage(visit) {
  const page = await visit();
  await page.evaluate(async () => {
    const controlled = new Promise((resolve) =>
      navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }),
    );
    await navigator.serviceWorker.register("/offline.js");
    await controlled;
  });
  await page.reload();
  return page;
}
