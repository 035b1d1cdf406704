#!/usr/bin/env node
// Writes what the licences ask for of all that is in the npm package and was made by others: Rust crates that are compiled into
// the binaries, pdf.js, and Rust's own library.
//
//   scripts/notices.js FILE

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const TARGET = "wasm32-unknown-unknown";

/** What a package calls the files that have to go with it. */
const LEGAL_FILE = /^(licen[cs]e|copying|notice|copyright|unlicense)/i;

const NO_TEXT =
  "Published without the texts of these licences; those of MIT and Apache-2.0 are in LICENSE-MIT and LICENSE-APACHE of this package.";

const RUST = `The standard library of Rust (https://github.com/rust-lang/rust), MIT OR Apache-2.0
Copyright (c) The Rust Project Contributors. The texts of both licences are in LICENSE-MIT and LICENSE-APACHE of this package.`;

/** The crates that are compiled into the package, without those that only build or test it. */
function crates() {
  const metadata = JSON.parse(
    execFileSync(
      "cargo",
      ["metadata", "--format-version=1", "--locked", "--features=documents", `--filter-platform=${TARGET}`],
      { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"] },
    ),
  );
  const { packages, resolve } = metadata;
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const reached = new Set([resolve.root]);
  for (const id of reached) {
    for (const { pkg, dep_kinds } of nodes.get(id).deps) {
      const { targets } = packages.find(({ id }) => id === pkg);
      const runsInCompiler = targets.some(({ kind }) => kind.includes("proc-macro"));
      if (!runsInCompiler && dep_kinds.some(({ kind }) => kind === null)) reached.add(pkg);
    }
  }
  return packages
    .filter(({ id }) => reached.has(id) && id !== resolve.root)
    .map(({ name, version, license, repository, authors, manifest_path }) => ({
      title: `${name} ${version}${repository ? ` (${repository})` : ""}, ${license}`,
      authors,
      texts: legalTexts(dirname(manifest_path), license),
    }))
    .sort((a, b) => (a.title < b.title ? -1 : 1));
}

/** pdf.js as the package has it, with the fonts, maps of characters and decoders beside it. */
function pdfjs() {
  const { version, license } = JSON.parse(
    readFileSync(join(ROOT, "node_modules/pdfjs-dist/package.json"), "utf8"),
  );
  const folder = join(ROOT, "pkg/dist/pdfjs");
  if (!existsSync(folder)) throw new Error(`${folder} is not there: run make build first`);
  const texts = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && LEGAL_FILE.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
    .map((file) => readFileSync(file, "utf8"));
  return {
    title: `pdfjs-dist ${version} (https://github.com/mozilla/pdf.js), ${license}`,
    authors: [],
    texts,
  };
}

/** Of a crate that may be used under the MIT licence or another, the text of the first. */
function legalTexts(folder, license) {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LEGAL_FILE.test(entry.name))
    .map(({ name }) => name)
    .sort();
  const ofMit = /(^|OR |\/)MIT( OR|\/|$)/.test(license) ? files.filter((name) => /mit/i.test(name)) : [];
  return (ofMit.length > 0 ? ofMit : files).map((name) => readFileSync(join(folder, name), "utf8"));
}

/** Each text once, with all that it goes with before it. */
function notices(parts) {
  const titlesOf = new Map();
  for (const { title, authors, texts } of parts) {
    const by = authors.length > 0 ? `\n    by ${authors.join(", ")}` : "";
    for (const text of texts.length > 0 ? texts : [NO_TEXT]) {
      const key = text.replaceAll("\r\n", "\n").trim();
      const titles = titlesOf.get(key) ?? titlesOf.set(key, new Set()).get(key);
      titles.add(title + by);
    }
  }
  return [...titlesOf].map(([text, titles]) => `${[...titles].join("\n")}\n\n${text}`);
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: scripts/notices.js FILE");
const rule = `\n\n${"-".repeat(80)}\n\n`;
const sections = [
  "This package has in it the work of others, under these licences.",
  RUST,
  ...notices([pdfjs(), ...crates()]),
];
writeFileSync(file, `${sections.join(rule)}\n`);
