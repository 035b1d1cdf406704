// @ts-check
// What an application does in an engine.

import assert from "node:assert/strict";
import { awaitValue } from "../../scripts/engines.js";

/**
 * Has a page leave in `outcome` why a module of it could not be loaded or run: not every engine's driver tells that. A module that
 * is there is not run again. WebKit does not settle the import of one that has thrown: there it is noticed after a while.
 */
const TELL = `void document.head.append(Object.assign(document.createElement("script"), {
  type: "module",
  text: \`
    const modules = document.querySelectorAll("script[type=module][src]");
    await Promise.all(Array.from(modules, ({ src }) => import(src))).catch((error) => {
      globalThis.outcome = { error: "the page's script failed: " + error };
    });
  \`,
}))`;

/**
 * Has an engine open an application, and checks what its page did.
 * @param {import("../../scripts/engines.js").Engine} engine
 * @param {import("./site.js").Site} site
 */
export async function visit(engine, site) {
  site.problems();
  const tab = await engine.newTab();
  try {
    await tab.goto(site.page);
    await tab.evaluate(TELL);
    checkOutcome(/** @type {any} */ (await awaitValue(tab, "globalThis.outcome")));
  } catch (cause) {
    const { message } = /** @type {Error} */ (cause);
    const step = await tab.evaluate("globalThis.step").catch(() => undefined);
    throw new Error([message, `the page's step: ${step ?? "none"}`, ...site.problems()].join("\n"), {
      cause,
    });
  } finally {
    await tab.close();
  }
  assert.deepEqual(site.problems(), []);
}

/** @param {{ error?: string, result?: any }} outcome what the page's job left */
function checkOutcome({ error, result }) {
  assert.equal(error, undefined);
  const { found, pages, cited, workers, ...others } = result;
  assert.equal(found, "rules");
  assert.match(pages, /Ball bearing/);
  assert.equal(cited[0][0], "lease");
  assert.match(cited[0][1], /The landlord repairs the roof/);
  assert.equal(workers.fallback, undefined);
  assert.equal(workers.running, 1);
  assert.deepEqual(others, { sliced: true, vectors: 32, backlog: 0, model: "ready" });
}
