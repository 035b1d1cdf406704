// @ts-check
// What a bundler has made of the package.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

/**
 * What a bundler has emitted, by kind; every binary of the package has to be among it, and each only once.
 * @param {string} work a copy of this folder in which the application was built
 * @param {string} folder of the application
 */
export function emitted(work, folder) {
  const dist = join(work, folder, "dist");
  const files = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const sizes = (/** @type {string[]} */ ...extensions) => {
    const found = files.filter((file) => extensions.includes(extname(file)));
    return { files: found.length, bytes: found.reduce((sum, file) => sum + readFileSync(file).length, 0) };
  };
  const own = join(work, "node_modules/ibid/dist/wasm");
  const all = files.map(hashOf);
  for (const name of readdirSync(own).filter((name) => name.endsWith(".wasm"))) {
    const hash = hashOf(join(own, name));
    assert.equal(all.filter((it) => it === hash).length, 1, `how often ${name} was emitted`);
  }
  return { wasm: sizes(".wasm"), scripts: sizes(".js", ".mjs") };
}

const hashOf = (/** @type {string} */ file) => createHash("sha256").update(readFileSync(file)).digest("hex");
