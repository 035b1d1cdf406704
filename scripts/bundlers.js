#!/usr/bin/env node
// Builds the applications of tests/bundlers, opens each in each engine, has servers render with the package, and prints how that went and
// what each bundler made of the package; see scripts/bundlers.
//
//   scripts/bundlers.js FOLDER [--engine NAME]... [NAME...]
//
// FOLDER is a copy of tests/bundlers with everything installed, NAME a part of the name of an application or of what runs on servers.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { emitted } from "../tests/bundlers/emitted.js";
import { FIXTURES } from "../tests/bundlers/fixtures.js";
import { build } from "../tests/bundlers/npm.js";
import { RUNTIMES, render, versionOf } from "../tests/bundlers/server.js";
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
const isPart = (key, name) => key.toLowerCase().includes(name.toLowerCase());
const wanted = chosen({ ...FIXTURES, ...RUNTIMES }, names, isPart);
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

const bundlerVersion = (bundler) =>
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

const line = (cells) => `| ${cells.join(" | ")} |`;

/** Prints a table in Markdown; nothing of one that has no rows. */
function print(header, rows) {
  if (rows.length > 0)
    console.log(["", line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n"));
}

const applications = [];
const servers = [];
for (const [name, it] of wanted) {
  if (name in RUNTIMES) {
    const result = await attempt(
      `${name}: rendering`,
      async () => {
        await render(work, it);
        return "works";
      },
      "fails",
    );
    servers.push([name, await versionOf(work, it), result]);
  } else {
    const version = it.bundler ? bundlerVersion(it.bundler) : "";
    applications.push([name, version, ...(await row(name, it))]);
  }
}

const columns = engines.map(([name]) => `${name} ${versions[name] ?? ""}`.trim());
print(["", "version", ...columns, ".wasm files", "MB", ".js and .mjs files", "MB"], applications);
print(["on a server", "version", "result"], servers);
process.exitCode = failures === 0 ? 0 : 1;
