// What npm packs: the command runs where the package is installed, and a model is only packed whole.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fingerprint } from "../../packages/ibid-model-all-minilm-l6-v2/index.js";
import init, { modelFingerprint } from "../../pkg/dist/wasm/ibid_simd128.js";
import { digest } from "./model-folder.js";
import { fromRoot } from "./package-site.js";

const work = mkdtempSync(join(tmpdir(), "ibid-tarballs-"));
after(() => rmSync(work, { recursive: true }));

const MODEL_PACKAGE = fromRoot("packages/ibid-model-all-minilm-l6-v2");
const model = (file) => readFileSync(fromRoot(`models/all-minilm-l6-v2/${file}`));

/** Runs npm, which reaches no registry. */
const npm = (cwd, ...typed) =>
  execFileSync("npm", [...typed, "--offline", "--no-audit", "--no-fund", "--cache", join(work, "cache")], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });

/** The files that would be packed. */
const packed = (folder) =>
  JSON.parse(npm(folder, "pack", "--dry-run", "--json"))[0].files.map(({ path }) => path);

test("the command of the installed package runs, and so does a page's import without a page", () => {
  const [{ filename }] = JSON.parse(npm(fromRoot("pkg"), "pack", "--json", "--pack-destination", work));
  const user = join(work, "user");
  mkdirSync(user);
  writeFileSync(join(user, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  npm(user, "install", join(work, filename));
  const ibid = join(user, "node_modules/.bin/ibid");
  assert.match(execFileSync(ibid, ["model", "list"], { encoding: "utf8" }), /^all-minilm-l6-v2 /m);
  const folder = fromRoot("tests/fixtures/tiny-cls-encoder");
  execFileSync(ibid, ["model", "add", folder, "--to", "public/models"], { cwd: user, stdio: "ignore" });
  assert.match(readFileSync(join(user, "public/models/tiny-cls-encoder/model.json"), "utf8"), /"bert"/);
  const script = "import('ibid').then(({ openCollection }) => console.log(typeof openCollection))";
  const imported = execFileSync(process.execPath, ["--eval", script], { cwd: user, encoding: "utf8" });
  assert.equal(imported, "function\n");
});

test("every part of the installed package can be imported where pages are rendered, without a browser", () => {
  const { exports, peerDependencies } = JSON.parse(readFileSync(fromRoot("pkg/package.json"), "utf8"));
  const user = join(work, "user");
  for (const peer of [...Object.keys(peerDependencies), "react-dom"]) {
    const link = join(user, "node_modules", peer);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(fromRoot(`node_modules/${peer}`), link);
  }
  const parts = Object.keys(exports).filter((path) => !/[*]|\.\w+$/.test(path));
  assert.ok(parts.length > 4);
  const imports = parts.map((path) => `import ${JSON.stringify(path.replace(/^\./, "ibid"))};`).join("");
  execFileSync(process.execPath, ["--input-type=module", "--eval", imports], { cwd: user });
});

test("the tarball has what the licences of others ask for", () => {
  assert.ok(packed(fromRoot("pkg")).includes("THIRD-PARTY-NOTICES.txt"));
  const notices = readFileSync(fromRoot("pkg/THIRD-PARTY-NOTICES.txt"), "utf8");
  const { version } = JSON.parse(readFileSync(fromRoot("node_modules/pdfjs-dist/package.json"), "utf8"));
  assert.ok(notices.includes(`pdfjs-dist ${version} (https://github.com/mozilla/pdf.js), Apache-2.0\n`));
  const [, after] = readFileSync(fromRoot("Cargo.toml"), "utf8").split("\n[dependencies]\n");
  const [dependencies] = after.split("\n[");
  const always = [...dependencies.matchAll(/^([\w-]+) = (?!.*optional = true)/gm)].map(([, name]) => name);
  assert.ok(always.length > 8);
  for (const crate of [...always, "html5gum", "miniz_oxide", "quick-xml"]) {
    assert.match(notices, new RegExp(`^${crate} \\d+\\.`, "m"));
  }
});

test("a package that is not built of its sources is not packed", () => {
  const copy = join(work, "pkg");
  mkdirSync(copy);
  for (const file of ["package.json", "prepack.js"]) cpSync(fromRoot(`pkg/${file}`), join(copy, file));
  const { status, stderr } = spawnSync(process.execPath, [join(copy, "prepack.js")]);
  assert.equal(status, 1);
  assert.match(stderr.toString(), /\.\/dist\/index\.d\.ts is not there\n.*make build/);
});

test("a quick build is not packed", () => {
  const copy = join(work, "quick");
  cpSync(fromRoot("pkg"), copy, { recursive: true });
  writeFileSync(join(copy, "dist/wasm/QUICK"), "");
  const { status, stderr } = spawnSync(process.execPath, [join(copy, "prepack.js")]);
  assert.equal(status, 1);
  assert.match(stderr.toString(), /quick build/);
});

test("the package of the model holds it, and pins it by the right fingerprint", async () => {
  const files = packed(MODEL_PACKAGE);
  for (const file of ["model.json", "tokenizer.json", "weights.safetensors"]) {
    assert.ok(files.includes(`model/${file}`), file);
    assert.ok(readFileSync(join(MODEL_PACKAGE, "model", file)).equals(model(file)), file);
  }
  assert.ok(files.includes("LICENSE-APACHE"));
  assert.ok(!files.includes("prepack.js"));
  await init({ module_or_path: readFileSync(fromRoot("pkg/dist/wasm/ibid_simd128_bg.wasm")) });
  assert.equal(fingerprint, modelFingerprint(model("model.json"), model("tokenizer.json")));
});

test("without a whole model nothing is packed, and what to do is said", () => {
  const prepack = (folder) => spawnSync(process.execPath, [join(MODEL_PACKAGE, "prepack.js"), folder]);
  const folder = join(work, "damaged");
  mkdirSync(folder);
  const content = Buffer.from("{}");
  const files = { "tokenizer.json": digest(content), "weights.safetensors": digest(content) };
  writeFileSync(join(folder, "model.json"), JSON.stringify({ files }));
  writeFileSync(join(folder, "tokenizer.json"), content);
  writeFileSync(join(folder, "weights.safetensors"), "[]");
  for (const [source, pattern] of [
    [join(work, "nowhere"), /no model to pack in .*nowhere: ENOENT/],
    [folder, /weights\.safetensors is not the file that model\.json lists/],
  ]) {
    const { status, stderr } = prepack(source);
    assert.match(stderr.toString(), pattern);
    assert.match(stderr.toString(), /make model/);
    assert.equal(status, 1);
  }
});
