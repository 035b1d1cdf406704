// The documentation as it is built, at a path of its own: its search, its links, and what it asks of others.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { fromRoot, packageSite } from "./package-site.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const built = mkdtempSync(join(tmpdir(), "ibid-docs-site-"));
before(() => {
  const env = { ...process.env, DOCS_BASE: "/docs/", DOCS_MODELS: "/models/", DOCS_OUT: built };
  execFileSync(fromRoot("scripts/docs"), { env, stdio: ["ignore", "ignore", "pipe"] });
});
after(() => rmSync(built, { recursive: true }));

const site = packageSite({ "/docs": built });

const box = (page) => page.getByRole("combobox", { name: "Search" });
const options = (page) => page.getByRole("option");

site("the search is ibid's, finds pages by words, and opens them", async ({ visit, requests, errors }) => {
  const page = await visit("/docs/");
  await box(page).waitFor();
  assert.ok(!requests.some((url) => /\.wasm|search\.json|\/models\//.test(url)), "nothing before it is used");
  for (const [query, title, path] of [
    ["Argon2id wraps the passphrase", /^Encryption/, "/docs/guide/encryption.html"],
    ["wasm-unsafe-eval", /^Content security policy/, "/docs/guide/policy.html"],
    ["removeWhere", /Collection|Filters/, "/docs/"],
    ["who does what to whom is not compared", /^(Verdicts|Limits)/, "/docs/"],
    ["who keeps a trail can write another one", /^The trail/, "/docs/guide/trail.html"],
    ["npx ibid model add", /^(Models|Tutorial)/, "/docs/"],
  ]) {
    await box(page).fill(query);
    await options(page).first().filter({ hasText: title }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname.startsWith(path) && url.pathname !== "/docs/");
    await page.locator("main h1").waitFor();
  }
  assert.ok(!requests.some((url) => url.includes("/models/")), "no model without consent");
  assert.deepEqual(errors, []);
});

site("a model is fetched once the reader agrees, who is asked once", async (visitor) => {
  const page = await visitor.visit("/docs/");
  await box(page).fill("what if I lost my secret word");
  await page.getByRole("button", { name: /Search by meaning/ }).click();
  await page.waitForFunction(async () => {
    const cache = await caches.open("ibid-models-v1");
    return (await cache.keys()).some(({ url }) => url.includes("weights.safetensors"));
  });
  await options(page)
    .filter({ hasText: /^Encryption/ })
    .first()
    .waitFor({ timeout: 240_000 });
  await page.reload();
  await box(page).focus();
  assert.equal(await page.getByRole("button", { name: /Search by meaning/ }).count(), 0, "it is asked once");
});

for (const colorScheme of ["light", "dark"]) {
  site(`pages have no fault that axe finds, in ${colorScheme}`, async ({ visit }) => {
    for (const path of [
      "",
      "guide/citations.html",
      "guide/how-it-works.html",
      "guide/search.html",
      "guide/vue-svelte.html",
      "guide/which-model.html",
      "reference/index/classes/Collection.html",
    ]) {
      const page = await visit("/docs/limits.html");
      await page.emulateMedia({ colorScheme });
      await page.goto(new URL(`/docs/${path}`, page.url()).href);
      await box(page).waitFor();
      await page.evaluate(AXE);
      const { violations } = await page.evaluate(() =>
        axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] }),
      );
      const found = violations.map(({ id, nodes }) => [
        path,
        id,
        nodes.map(({ target }) => target.join(" ")).slice(0, 5),
      ]);
      assert.deepEqual(found, []);
      await page.close();
    }
  });
}
