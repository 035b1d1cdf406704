#!/usr/bin/env node
// Builds the applications of tests/bundlers, opens each in each engine, and prints how that went and what each bundler made of the
// package; see scripts/bundlers.
//
//   scripts/bundlers.js FOLDER [--engine NAME]... [NAME...]
//
// FOLDER is a copy of tests/bundlers with everything installed, NAME a part of a fixture's name.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { emitted } from "../tests/bundlers/emitted.js";
import { FIXTURES } from "../tests/bundlers/fixtures.js";
import { build } from "../tests/bundlers/npm.js";
import { openSite } from "../tests/bundlers/site.js";
import { visit } from "../tests/bundlers/visit.js";
import { ENGINES } from "./engines.js";

/** The entries of `all` that are wanted: every one, where none is named. */
function chosen(all, names, isNamed) {
  const unknown = names.filter((name) => !Object.keys(all).some((key) => isNamed(key, name)));
  if (unknown.length > 0) {
    console.error(`error: nothing is called ${unknown.join(", ")}: there are ${Object.keys(all).join("; ")}`);
    process.exit(1);
  }
  return Object.entries(all).filter(
    ([key]) => names.length === 0 || names.some((name) => isNamed(key, name)),
  );
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { engine: { type: "string", multiple: true, default: [] } },
});
const [work, ...names] = positionals;
const fixtures = chosen(FIXTURES, names, (key, name) => key.toLowerCase().includes(name.toLowerCase()));
const engines = chosen(ENGINES, values.engine, (key, name) => key === name);

/** By the engine's name, once it has run. */
const versions = {};
const built = new Set();
let failures = 0;

/** What `run` gives; where it fails that is told, and `failed` is given instead. */
async function attempt(what, run, failed) {
  console.error(`==> bundlers: ${what}`);
  try {
    return await run();
  } catch (error) {
    failures++;
    console.error(error.message);
    return failed;
  }
}

const versionOf = (bundler) =>
  JSON.parse(readFileSync(join(work, "node_modules", bundler, "package.json"), "utf8")).version;

const megabytes = (bytes) => (bytes / 1e6).toFixed(2);

/** Files and megabytes, of binaries and of scripts. */
async function made({ folder }) {
  if (!built.has(folder)) await build(work, folder);
  built.add(folder);
  const { wasm, scripts } = emitted(work, folder);
  return [wasm.files, megabytes(wasm.bytes), scripts.files, megabytes(scripts.bytes)];
}

/** Has an engine do the job, with a profile of its own. */
async function inEngine([name, launch], site) {
  const engine = await launch();
  versions[name] = engine.version;
  try {
    await visit(engine, site);
    return "works";
  } finally {
    await engine.close();
  }
}

/** What each engine came to. */
async function visited(name, fixture) {
  const site = await openSite(work, fixture);
  const cells = [];
  try {
    for (const engine of engines)
      cells.push(await attempt(`${name}: ${engine[0]}`, () => inEngine(engine, site), "fails"));
  } finally {
    await site.close();
  }
  return cells;
}

const NO_SIZES = ["", "", "", ""];

/** The cells of a row: what each engine came to, and the sizes. */
async function row(name, fixture) {
  const every = (cell) => engines.map(() => cell);
  const sizes = fixture.isBuilt ? await attempt(`${name}: building`, () => made(fixture)) : NO_SIZES;
  if (sizes === undefined) return [...every("build fails"), ...NO_SIZES];
  const results = await attempt(`${name}: serving`, () => visited(name, fixture), every("not served"));
  return [...results, ...sizes];
}

const rows = [];
for (const [name, fixture] of fixtures) {
  rows.push([name, fixture.bundler ? versionOf(fixture.bundler) : "", ...(await row(name, fixture))]);
}

const columns = engines.map(([name]) => `${name} ${versions[name] ?? ""}`.trim());
const header = ["", "version", ...columns, ".wasm files", "MB", ".js and .mjs files", "MB"];
const line = (cells) => `| ${cells.join(" | ")} |`;
console.log([line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n"));
process.exitCode = failures === 0 ? 0 : 1;
