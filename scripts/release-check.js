#!/usr/bin/env node
// Holds what `scripts/release-check` packed, in the folder that is named, against the sources and what was built.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const out = process.argv[2];
const root = fileURLToPath(new URL("..", import.meta.url));
const text = (path) => readFileSync(join(root, path), "utf8");
const json = (path) => JSON.parse(text(path));

/** The one that everything else has to have. */
const { version } = json("pkg/package.json");

/** Where the version stands, and what stands there. */
function versions() {
  const crate = (file) => /\nname = "ibid"\nversion = "([^"]+)"/.exec(`\n${text(file)}`)?.[1];
  const { workspaces } = json("package.json");
  const folders = workspaces.flatMap((pattern) =>
    pattern.endsWith("/*")
      ? readdirSync(join(root, pattern.slice(0, -2))).map((name) => `${pattern.slice(0, -1)}${name}`)
      : [pattern],
  );
  const lock = json("package-lock.json").packages;
  return [
    ...["Cargo.toml", "Cargo.lock", "fuzz/Cargo.lock"].map((file) => [file, crate(file)]),
    ...folders.flatMap((folder) => {
      const { version, dependencies = {} } = json(`${folder}/package.json`);
      return [
        [`${folder}/package.json`, version],
        [`package-lock.json, ${folder}`, lock[folder]?.version],
        ...("ibid" in dependencies ? [[`${folder}/package.json, its ibid`, dependencies.ibid]] : []),
      ];
    }),
  ];
}

function* versionFaults() {
  for (const [place, found] of versions()) {
    if (found !== version) yield `${place} says ${found}, and pkg/package.json ${version}`;
  }
}

function* changelogFaults() {
  const heading = new RegExp(`^## ${version.replaceAll(".", "\\.")} - \\d{4}-\\d\\d-\\d\\d$`, "m");
  if (!heading.test(text("CHANGELOG.md"))) yield `CHANGELOG.md has no section "## ${version} - YYYY-MM-DD"`;
}

function* tagFaults() {
  const tags = execFileSync("git", ["tag", "--list", `v${version}`], { cwd: root, encoding: "utf8" });
  if (tags !== "") yield `there is a tag v${version} already`;
}

/** What was packed is what was built, byte by byte: the tests take it from `pkg/dist`. */
function* tarballFaults(tarball) {
  const unpacked = mkdtempSync(join(tmpdir(), "ibid-release-"));
  try {
    execFileSync("tar", ["-xzf", tarball, "-C", unpacked]);
    const folder = join(unpacked, "package");
    const files = (of) =>
      readdirSync(of, { recursive: true }).filter((path) => statSync(join(of, path)).isFile());
    const built = files(join(root, "pkg/dist"));
    const packed = files(join(folder, "dist"));
    for (const path of new Set([...built, ...packed])) {
      const [mine, theirs] = [join(root, "pkg/dist"), join(folder, "dist")].map((of) => {
        try {
          return readFileSync(join(of, path));
        } catch {
          return undefined;
        }
      });
      if (mine === undefined || theirs === undefined || !mine.equals(theirs)) {
        yield `dist/${path} is not the same in the tarball and in pkg/dist`;
      }
    }
    for (const name of ["README.md", "LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY-NOTICES.txt"]) {
      if (!files(folder).includes(name)) yield `the tarball has no ${name}`;
    }
  } finally {
    rmSync(unpacked, { recursive: true });
  }
}

/** The model's package holds the model. */
function* modelFaults(tarball) {
  if (tarball === undefined) return yield "there is no tarball of the default model";
  const packed = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).split("\n");
  for (const file of ["model.json", "tokenizer.json", "weights.safetensors"]) {
    if (!packed.includes(`package/model/${file}`))
      yield `the tarball of the default model has no model/${file}`;
  }
}

/** Files of that ending below the folder, with their sizes. */
const packedFiles = (ending) =>
  readdirSync(out, { recursive: true })
    .filter((path) => path.endsWith(ending))
    .map((path) => ({ path: join(out, path), bytes: statSync(join(out, path)).size }));

const tarballs = packedFiles(".tgz");
const main = tarballs.find(({ path }) => path.endsWith(`/ibid-${version}.tgz`));
const crate = packedFiles(".crate")[0];
/** crates.io takes no more: https://doc.rust-lang.org/cargo/reference/publishing.html */
const MOST_OF_A_CRATE = 10 << 20;

const faults = [
  ...versionFaults(),
  ...changelogFaults(),
  ...tagFaults(),
  ...(main === undefined ? [`there is no tarball of ${version}`] : tarballFaults(main.path)),
  ...modelFaults(tarballs.find(({ path }) => path.includes("/ibid-model-"))?.path),
  ...(crate.bytes > MOST_OF_A_CRATE
    ? [`the crate has ${crate.bytes} bytes, of which 10 MiB are allowed`]
    : []),
];
for (const { path, bytes } of [...tarballs, crate])
  console.log(`${(bytes / 2 ** 20).toFixed(1)} MiB  ${path}`);
// The same sources give the same bytes, wherever they are built: whoever wants to know builds them again and compares.
for (const name of readdirSync(join(root, "pkg/dist/wasm")).filter((name) => name.endsWith(".wasm"))) {
  const hash = createHash("sha256")
    .update(readFileSync(join(root, "pkg/dist/wasm", name)))
    .digest("hex");
  console.log(`${hash}  ${name}`);
}
for (const fault of faults) console.error(`error: ${fault}`);
console.log(faults.length === 0 ? `${version} can be released` : `${version} cannot be released yet`);
process.exitCode = faults.length === 0 ? 0 : 1;
