// Completes the package before it is packed, and refuses where what was built is not there or not of these sources.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const manifest = JSON.parse(readFileSync(here("package.json"), "utf8"));

/** The files that the package promises, wherever in `package.json` it does. */
function promised(value) {
  if (typeof value === "string") return [value.replace(/\*$/, "")];
  return Object.values(value).flatMap(promised);
}

function fault() {
  const all = promised([manifest.exports, manifest.bin, manifest.types]);
  const missing = all.find((path) => !existsSync(here(path)));
  if (missing !== undefined) return `${missing} is not there`;
  if (existsSync(here("dist/wasm/QUICK")))
    return "its WebAssembly is a quick build, to be tried and not published";
  const built = statSync(here("dist/index.js")).mtimeMs;
  const sources = readdirSync(here("src"), { recursive: true }).map((path) => join("src", path));
  const newer = sources.find((path) => path.endsWith(".ts") && statSync(here(path)).mtimeMs > built);
  return newer && `${newer} is newer than what was built of it`;
}

const found = fault();
if (found !== undefined) {
  console.error(`error: the package is not built: ${found}`);
  console.error("Run `make build` at the repository's root first.");
  process.exit(1);
}
for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) cpSync(here(`../${licence}`), here(licence));
execFileSync(process.execPath, [here("../scripts/notices.js"), here("THIRD-PARTY-NOTICES.txt")], {
  stdio: ["ignore", "ignore", "inherit"],
});
