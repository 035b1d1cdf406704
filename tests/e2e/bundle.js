// Pages of an application that has the package bundled, with whatever framework it uses.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { rolldown } from "rolldown";

/**
 * Bundles a module as development servers do, and returns a folder with it as `app.js` beside a page that loads it.
 * @param {string} input the module's path
 * @param {string} [body] what the page shows at first, in HTML
 */
export async function bundlePage(input, body = "") {
  const folder = mkdtempSync(join(tmpdir(), "ibid-bundle-"));
  after(() => rmSync(folder, { recursive: true }));
  const bundle = await rolldown({
    input,
    platform: "browser",
    transform: { define: { "process.env.NODE_ENV": '"development"' } },
    logLevel: "silent",
  });
  await bundle.write({ dir: folder, entryFileNames: "app.js", format: "es" });
  await bundle.close();
  const head = '<meta charset="utf-8"><title>ibid in a bundle</title><link rel="icon" href="data:,">';
  const script = '<script type="module" src="app.js"></script>';
  writeFileSync(
    join(folder, "index.html"),
    `<!doctype html><html lang="en"><head>${head}${script}</head><body>${body}</body></html>`,
  );
  return folder;
}
