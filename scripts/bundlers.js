#!/usr/bin/env node
// Builds and opens the applications of tests/bundlers, and prints what each bundler made of the package; see scripts/bundlers.
//
//   scripts/bundlers.js FOLDER [NAME...]     FOLDER: a copy of tests/bundlers with everything installed; NAME: parts of names

import { build, emitted, FIXTURES, look } from "../tests/bundlers/fixtures.js";
import { launchBrowser } from "./browser.js";

const [work, ...names] = process.argv.slice(2);
const isWanted = (name) => names.length === 0 || names.some((part) => name.toLowerCase().includes(part));
const megabytes = (bytes) => (bytes / 1e6).toFixed(2);

const browser = await launchBrowser();
const rows = [];
let failures = 0;
for (const [name, fixture] of Object.entries(FIXTURES).filter(([name]) => isWanted(name.toLowerCase()))) {
  console.error(`==> bundlers: ${name}`);
  const sizes = ["", "", "", ""];
  try {
    if (fixture.isBuilt) {
      await build(work, fixture.folder);
      const { wasm, scripts } = emitted(work, fixture.folder);
      sizes.splice(0, 4, wasm.files, megabytes(wasm.bytes), scripts.files, megabytes(scripts.bytes));
    }
    await look(work, fixture, browser);
    rows.push([name, "works", ...sizes]);
  } catch (error) {
    failures++;
    console.error(error.message);
    rows.push([name, "fails", ...sizes]);
  }
}
await browser.close();

const header = ["bundler", "result", ".wasm files", "MB", ".js and .mjs files", "MB"];
const line = (cells) => `| ${cells.join(" | ")} |`;
console.log([line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n"));
process.exitCode = failures === 0 ? 0 : 1;
