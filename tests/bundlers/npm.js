// @ts-check
// The applications' own commands.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { start } from "../../scripts/processes.js";

/** For how many milliseconds a server may start. */
const PATIENCE = 120_000;

/** Nothing is asked of people, and nothing told to bundlers' makers. */
const ENVIRONMENT = {
  CI: "true",
  NO_COLOR: "1",
  NEXT_TELEMETRY_DISABLED: "1",
  PARCEL_WORKERS: "1",
};

/**
 * Builds an application from nothing.
 * @param {string} work a copy of this folder with what the applications need in its node_modules
 * @param {string} folder of the application
 */
export async function build(work, folder) {
  rmSync(join(work, folder, "dist"), { recursive: true, force: true });
  const env = { ...process.env, ...ENVIRONMENT };
  const child = spawn("npm", ["run", "build"], { cwd: join(work, folder), env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (output += part));
  const [status] = await once(child, "close");
  assert.equal(status, 0, `the build of ${folder} failed:\n${output}`);
}

/**
 * Starts the development server of an application.
 * @param {string} work as in `build`
 * @param {string} folder
 * @param {Record<string, string>} environment what its configuration reads
 * @returns the server's address, and what ends it
 */
export async function serve(work, folder, environment) {
  const command = ["run", "dev", "--prefix", join(work, folder)];
  const { line, kill } = start("npm", command, { ...ENVIRONMENT, ...environment });
  try {
    const [address] = await line(/http:\/\/127\.0\.0\.1:\d+\//, PATIENCE);
    return { address, end: kill };
  } catch (error) {
    await kill();
    throw error;
  }
}
