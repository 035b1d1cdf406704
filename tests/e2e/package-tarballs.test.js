// What npm packs: the command runs where the package is installed, and a model is only packed whole.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
