// The contract of stores and the kernels of the core, in the engines that `scripts/test browser` does not run them in, as it does in
// Chromium.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { ENGINES } from "../../scripts/engines.js";
import { RELAXED_SIMD } from "./page/relaxed-simd.js";
import { report } from "./report.js";
import { build, run } from "./rust-tests.js";

/** What every engine runs. */
const BASELINE = ["browser_store", "browser_sealed", "browser_kernels", "browser_vectors"];
/** What depends on the build. */
const RELAXED = ["browser_kernels", "browser_vectors"];

const HAS_RELAXED_SIMD = `WebAssembly.validate(Uint8Array.from(${JSON.stringify(RELAXED_SIMD)}))`;

let baseline;
let relaxed;
before(async () => {
  baseline = await build(BASELINE);
  relaxed = await build(RELAXED, ["relaxed-simd"]);
});

const { chromium: _, ...others } = ENGINES;
for (const [name, launch] of Object.entries(others)) {
  // Generous: shared machines stall.
  test(name, { timeout: 600_000 }, async (context) => {
    const engine = await launch();
    context.after(() => engine.close()); // also where a step is stuck
    const counts = [];
    const tab = await engine.newTab();
    const runIn = (modules, module) => async () => {
      const end = await run(tab, modules[module]);
      const [, passed] = /^test result: ok\. (\d+) passed/.exec(end) ?? [];
      assert.ok(passed > 0, end);
      counts.push(`${module} ${passed}`);
    };
    for (const module of BASELINE) await context.test(module, runIn(baseline, module));
    const hasRelaxed = await tab.evaluate(HAS_RELAXED_SIMD);
    const skip = hasRelaxed ? false : `${name} ${engine.version} has no relaxed SIMD`;
    for (const module of RELAXED) {
      await context.test(`${module}, relaxed SIMD`, { skip }, runIn(relaxed, module));
    }
    const ofRelaxed = skip || "the last two with relaxed SIMD";
    report(`${name} ${engine.version}, tests of Rust that passed: ${counts.join(", ")}; ${ofRelaxed}`);
  });
}
