// @ts-check
// The package where pages are rendered on a server.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * What runs JavaScript on servers, by its name: the program, in the folder of what npm has installed or Node itself, and what it is told
 * before the script. Deno may read no files but modules, and reach no network.
 * @type {Record<string, { program?: string, args: string[] }>}
 */
export const RUNTIMES = {
  Node: { args: [] },
  Deno: { program: "deno", args: ["run", "--no-prompt", "--allow-env=NODE_ENV"] },
  Bun: { program: "bun", args: ["run"] },
};

/** For how many milliseconds the script may run. */
const PATIENCE = 120_000;

/**
 * Has a runtime import the package and render with it, and checks what came of that.
 * @param {string} work a copy of this folder with what the applications need in its node_modules
 * @param {typeof RUNTIMES[string]} runtime
 */
export async function render(work, runtime) {
  const { stdout, stderr } = await run(work, runtime, [...runtime.args, "main.js"]);
  assert.deepEqual(JSON.parse(stdout), {
    rendered: "<p>no collection, no error, 0 hits</p>",
    parts: ["function", "function", "function"],
    refusal: "store-unavailable",
  });
  assert.equal(stderr, "");
}

/**
 * A runtime's version, as it says itself.
 * @param {string} work
 * @param {typeof RUNTIMES[string]} runtime
 */
export async function versionOf(work, runtime) {
  const { stdout } = await run(work, runtime, ["--version"]);
  return /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? stdout;
}

/**
 * @param {string} work
 * @param {typeof RUNTIMES[string]} runtime
 * @param {string[]} args
 */
function run(work, { program }, args) {
  const path = program === undefined ? process.execPath : join(work, "node_modules/.bin", program);
  return promisify(execFile)(path, args, { cwd: join(work, "server"), timeout: PATIENCE });
}
