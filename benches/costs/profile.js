// The browser's profile that large stored collections are kept in, because making them takes minutes.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { launchProfile } from "../../scripts/browser.js";
import { BROWSER_FLAGS } from "../harness.js";

/** What a page stores belongs to its address, so it has to be the same in every run. */
export const PORT = 47_113;

/**
 * Launches the browser with the profile that belongs to the content of `files`, of which everything stored was made.
 * Profiles of other content are removed from `folder`.
 * @returns the context, and the folder of its profile
 */
export async function openProfile(folder, files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  const name = hash.digest("hex").slice(0, 16);
  mkdirSync(folder, { recursive: true });
  for (const other of readdirSync(folder)) {
    if (other !== name) rmSync(`${folder}/${other}`, { recursive: true });
  }
  const own = `${folder}/${name}`;
  return { context: await launchProfile(own, BROWSER_FLAGS), folder: own };
}
