// The files of the built package, and what each imports.

import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fromRoot } from "./package-site.js";

export const DIST = fromRoot("pkg/dist");

/** The files that a module of the package imports, directly or not, with itself, and the packages. */
export function importsOf(entry) {
  const files = new Set([entry]);
  const packages = new Set();
  for (const file of files) {
    const source = readFileSync(join(DIST, file), "utf8");
    for (const [, name] of source.matchAll(
      /^(?:import|export)\b(?:[^;"'=]*\bfrom)?\s*["']([^"']+)["'];?$/gm,
    )) {
      if (name.startsWith(".")) files.add(relative(DIST, join(DIST, dirname(file), name)));
      else packages.add(name);
    }
  }
  return { files: [...files], packages: [...packages] };
}
