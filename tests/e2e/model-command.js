// @ts-check
// Runs the command of the package as a user does, in folders that are thrown away.

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromRoot } from "./package-site.js";

const COMMAND = fromRoot("pkg/dist/cli/ibid.js");

/** A folder to work in, with a cache of its own. */
export class Workplace {
  folder = mkdtempSync(join(tmpdir(), "ibid-command-"));

  /** @param {string} path inside the folder */
  at(path) {
    return join(this.folder, path);
  }

  /**
   * Starts `ibid model add` with the arguments, for the hub at `from`.
   * @param {string[]} typed
   * @param {{ from?: string, environment?: Record<string, string> }} [options]
   */
  start(typed, { from, environment = {} } = {}) {
    const all = ["model", "add", ...typed, ...(from ? ["--from", from] : [])];
    const { PATH = "" } = process.env;
    const child = spawn(process.execPath, [COMMAND, ...all], {
      cwd: this.folder,
      env: { PATH, IBID_CACHE: this.at("cache"), ...environment },
    });
    let output = "";
    let errors = "";
    child.stdout.on("data", (part) => {
      output += part;
    });
    child.stderr.on("data", (part) => {
      errors += part;
    });
    /** @type {Promise<{ status: number | null, output: string, errors: string }>} */
    const end = new Promise((resolve) => child.on("close", (status) => resolve({ status, output, errors })));
    return { child, end };
  }

  /** Runs `ibid model add` to its end. */
  run(/** @type {string[]} */ typed, /** @type {Parameters<Workplace["start"]>[1]} */ options = {}) {
    return this.start(typed, options).end;
  }

  /** The files below a folder, sorted; none where it does not exist. */
  files(path = ".") {
    try {
      const entries = readdirSync(this.at(path), { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(this.at(path).length + 1))
        .sort();
    } catch {
      return [];
    }
  }

  read(/** @type {string} */ path) {
    return readFileSync(this.at(path));
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
