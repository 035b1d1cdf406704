// Tests of Rust in a page: built as `scripts/test browser` does, served by wasm-bindgen's runner, which drives no browser here, and read
// from the page by whoever does.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { awaitValue } from "../../scripts/engines.js";
import { start } from "../../scripts/processes.js";
import { fromRoot } from "../e2e/package-site.js";

/** For how many milliseconds the runner may prepare the page, for which it writes the module anew. */
const PREPARATION = 120_000;

/** The line that ends a run. A worker that could not be started has none, and says so instead. */
const END = "/^(test result|Worker error): .*$/m.exec(document.getElementById('output')?.textContent)?.[0]";

/**
 * Builds tests for browsers.
 * @param {string[]} names of files in tests/, without their extension
 * @param {string[]} [features] of the crate
 * @returns {Promise<Record<string, string>>} the WebAssembly module of each
 */
export async function build(names, features = []) {
  const args = ["run", "cargo", "test", "--profile", "quick", "--target", "wasm32-unknown-unknown"];
  args.push("--no-run", "--message-format=json", `--features=${features}`);
  args.push(...names.flatMap((name) => ["--test", name]));
  const cargo = spawn(fromRoot("scripts/wasm-toolchain"), args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  cargo.stdout.on("data", (part) => (output += part));
  const [status] = await once(cargo, "close");
  if (status !== 0) throw new Error(`cargo failed with status ${status}`);
  const artifacts = output
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const modules = artifacts.filter(({ executable }) => executable);
  return Object.fromEntries(modules.map(({ target, executable }) => [target.name, executable]));
}

/**
 * Runs a module's tests in a tab.
 * @param {import("../../scripts/engines.js").Tab} tab
 * @param {string} module
 * @returns {Promise<string>} the line that sums them up
 * @throws Error with all that they said, where one has failed
 */
export async function run(tab, module) {
  const environment = { NO_HEADLESS: "1", WASM_BINDGEN_TEST_ADDRESS: "127.0.0.1:0" };
  const tools = execFileSync(fromRoot("scripts/install-wasm-bindgen"), ["runner"], {
    encoding: "utf8",
  }).trim();
  const runner = start(`${tools}/wasm-bindgen-test-runner`, [module], environment);
  try {
    const [, address] = await runner.line(/are now available at (\S+)$/, PREPARATION);
    await tab.goto(address);
    let end = "nothing came of the tests";
    try {
      end = await awaitValue(tab, END);
    } finally {
      if (!end.startsWith("test result: ok.")) {
        const said = await tab.evaluate("document.getElementById('output')?.textContent");
        // biome-ignore lint/correctness/noUnsafeFinally: it says more than the error that it takes the place of
        throw new Error(`${end}\n${said}`);
      }
    }
    return end;
  } finally {
    await runner.kill();
  }
}
