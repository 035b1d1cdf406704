// The whole work of the built package, end to end, in each engine: under the strictest policy, by which anything that the package asked
// of another origin would fail its step. What was measured is printed as the table that README.md has.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { awaitValue, ENGINES, outcomeOf } from "../../scripts/engines.js";
import { createStaticServer, listen } from "../../scripts/serve.js";
import { FIXTURES } from "../bundlers/fixtures.js";
import { openSite } from "../bundlers/site.js";
import { visit } from "../bundlers/visit.js";
import { fromRoot } from "../e2e/package-site.js";
import { POLICY } from "../e2e/policy.js";
import { QUESTIONS } from "./page/documents.js";
import { report, table } from "./report.js";

/** Generous: shared machines stall. */
const PATIENCE = { timeout: 600_000 };

const server = createStaticServer(
  fromRoot("tests/engines/page"),
  {
    "/pkg": fromRoot("pkg/dist"),
    "/models": fromRoot("models"),
    "/documents": fromRoot("tests/fixtures/documents"),
  },
  { "content-security-policy": POLICY },
);
let address;
before(async () => {
  address = await listen(server);
});

const measured = {};
after(() => {
  server.close();
  server.closeAllConnections();
  report(table(measured));
});

/** What a step in a tab came to. */
async function stepIn(tab, step) {
  const { error, result } = await outcomeOf(tab, `${address}?step=${step}`);
  assert.equal(error, undefined, `the step ${step}`);
  return result;
}

/** Runs `use` with a site that has the built package from another origin. */
async function withOtherOrigin(use) {
  const work = mkdtempSync(join(tmpdir(), "ibid-other-origin-"));
  try {
    for (const part of ["cdn", "job.js"])
      cpSync(fromRoot(`tests/bundlers/${part}`), join(work, part), { recursive: true });
    mkdirSync(join(work, "node_modules"));
    symlinkSync(fromRoot("pkg"), join(work, "node_modules/ibid"));
    const site = await openSite(work, FIXTURES["no bundler, another origin"]);
    try {
      await use(site);
    } finally {
      await site.close();
    }
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** That each question is answered by its document, and each hit is what stands at its span. */
function assertFound(results) {
  assert.deepEqual(
    results.map(([hit]) => hit.document),
    QUESTIONS.map(({ first }) => first),
  );
  assert.ok(results.flat().every(({ isExact }) => isExact));
}

for (const [name, launch] of Object.entries(ENGINES)) {
  test(name, PATIENCE, async (context) => {
    const engine = await launch();
    context.after(() => engine.close()); // also where a step is stuck
    const tab = await engine.newTab();
    let before;
    await context.test("its driver tells values, and errors", async () => {
      await tab.goto(new URL("page.js", address).href);
      assert.deepEqual(await tab.evaluate("({ text: '\"é🏠', list: [1, null] })"), {
        text: '"é🏠',
        list: [1, null],
      });
      assert.equal(await tab.evaluate("undefined"), undefined);
      await assert.rejects(tab.evaluate("nowhere.defined"), /nowhere/);
    });

    await context.test("what it can do", async () => {
      measured[name] = { version: engine.version, ...(await stepIn(tab, "features")) };
    });

    await context.test("documents of four formats are found, cited and verified", async () => {
      const { results, cited, verdicts, pages, core, ...others } = await stepIn(tab, "work");
      before = results;
      assertFound(results);
      assert.equal(cited[0], "lease");
      assert.deepEqual(verdicts, ["supported", "contradicted"]);
      assert.match(pages, /Ball bearing/);
      assert.deepEqual(others, { damaged: [], backlog: 0, count: 4 });
      assert.equal(core.buildFallback, undefined);
      assert.equal(core.workers.fallback, undefined);
      assert.equal(core.build, measured[name].relaxedSimd ? "relaxed-simd" : "simd128");
      measured[name].kernels = Object.values(core.kernels).flat().join(", ");
    });

    await context.test("another page finds the same in IndexedDB, and so does a copy by a file", async () => {
      const { here, copy, added, cut } = await stepIn(tab, "again");
      assert.deepEqual(here, before);
      assert.deepEqual(copy, before);
      assert.equal(added, 4);
      assert.equal(cut, "file-truncated");
    });

    await context.test("an encrypted collection opens by its passphrase only", async () => {
      const { before: sealed, after, without, wrong } = await stepIn(tab, "sealed");
      assert.deepEqual(sealed, before);
      assert.deepEqual(after, before);
      assert.deepEqual([without, wrong], ["locked", "wrong-key"]);
    });

    await context.test("what was deleted or never created is no collection", async () => {
      assert.deepEqual(await stepIn(tab, "listed"), ["papers"]);
    });

    // In Chromium tests/e2e/package-bundlers.test.js does it.
    if (name !== "chromium")
      await context.test("from another origin it does the job of tests/bundlers", async () => {
        await withOtherOrigin((site) => visit(engine, site));
      });

    await context.test("two tabs share a collection", async () => {
      const other = await engine.newTab();
      await tab.goto(`${address}?step=listen`);
      await awaitValue(tab, "globalThis.isListening || globalThis.outcome");
      await stepIn(other, "speak");
      const { error, result } = await awaitValue(tab, "globalThis.outcome");
      assert.equal(error, undefined);
      assert.deepEqual(result, { documents: 5, first: "swans" });
    });
  });
}
