// A sample of `make bundlers`, of what is installed anyway: the packed package in an application built by Vite, on its development
// server, without a bundler, and from another origin.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ENGINES } from "../../scripts/engines.js";
import { emitted } from "../bundlers/emitted.js";
import { FIXTURES } from "../bundlers/fixtures.js";
import { build } from "../bundlers/npm.js";
import { openSite } from "../bundlers/site.js";
import { visit } from "../bundlers/visit.js";
import { fromRoot } from "./package-site.js";

const SAMPLE = ["Vite", "Vite, dev server", "no bundler, import map", "no bundler, another origin"];

const work = mkdtempSync(join(tmpdir(), "ibid-bundlers-"));
/** @type {import("../../scripts/engines.js").Engine} */
let engine;

before(async () => {
  cpSync(fromRoot("tests/bundlers"), work, { recursive: true });
  const modules = join(work, "node_modules");
  mkdirSync(join(modules, "ibid"), { recursive: true });
  for (const shared of ["vite", ".bin"])
    symlinkSync(fromRoot(`node_modules/${shared}`), join(modules, shared));
  const pack = ["pack", fromRoot("pkg"), "--json", "--offline", "--pack-destination", work];
  const [{ filename }] = JSON.parse(execFileSync("npm", pack, { stdio: ["ignore", "pipe", "ignore"] }));
  // What npm does with a package that depends on nothing.
  execFileSync("tar", ["-xzf", join(work, filename), "-C", join(modules, "ibid"), "--strip-components=1"]);
  engine = await ENGINES.chromium();
});

after(async () => {
  await engine?.close();
  rmSync(work, { recursive: true });
});

for (const name of SAMPLE) {
  const fixture = FIXTURES[name];
  test(`${name}: the whole job is done, and each binary emitted once`, { timeout: 300_000 }, async () => {
    if (fixture.isBuilt) {
      await build(work, fixture.folder);
      emitted(work, fixture.folder);
    }
    const site = await openSite(work, fixture);
    try {
      await visit(engine, site);
    } finally {
      await site.close();
    }
  });
}
