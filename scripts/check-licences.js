#!/usr/bin/env node
// Checks that every Rust dependency's licence is one we may ship.
//
// Advisories are not checked here: that needs the RustSec database, a git repository that a build must not depend
// on being reachable. Run `cargo audit` or `cargo deny check advisories` on a machine that reaches it.

import { execFileSync } from "node:child_process";

const ALLOWED = new Set([
  "0BSD",
  "Apache-2.0",
  "Apache-2.0 WITH LLVM-exception",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BSL-1.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "MPL-2.0",
  "Unicode-3.0",
  "Unlicense",
  "Zlib",
]);

/** Whether an SPDX expression can be met with allowed licences alone; `/` is the old spelling of OR. */
function isAllowed(expression) {
  const tokens = expression.replaceAll("/", " OR ").match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;

  function any() {
    let met = all();
    while (tokens[at] === "OR") {
      at++;
      met = all() || met;
    }
    return met;
  }
  function all() {
    let met = one();
    while (tokens[at] === "AND") {
      at++;
      met = one() && met;
    }
    return met;
  }
  function one() {
    if (tokens[at] === "(") {
      at++;
      const met = any();
      at++;
      return met;
    }
    let licence = tokens[at++];
    if (tokens[at] === "WITH") {
      licence += ` WITH ${tokens[at + 1]}`;
      at += 2;
    }
    return ALLOWED.has(licence);
  }
  return any() && at === tokens.length;
}

const metadata = JSON.parse(
  execFileSync("cargo", ["metadata", "--format-version", "1", "--locked", "--all-features"], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "inherit"],
  }),
);
const refused = metadata.packages.filter(({ license }) => !isAllowed(license ?? ""));
for (const { name, version, license } of refused) {
  console.error(`${name} ${version}: ${license ?? "no licence given"}`);
}
process.exitCode = refused.length === 0 ? 0 : 1;
