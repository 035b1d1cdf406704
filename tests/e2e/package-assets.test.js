// `ibid assets`, and pages that take workers and binaries from the folder that it wrote, here or on another origin.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createStaticServer, listen } from "../../scripts/serve.js";
import { fromRoot, packageSite } from "./package-site.js";

const work = mkdtempSync(join(tmpdir(), "ibid-assets-"));
const COPY = join(work, "public/ibid");

const assets = (...typed) =>
  spawnSync(process.execPath, [fromRoot("pkg/dist/cli/ibid.js"), "assets", ...typed], {
    cwd: work,
    encoding: "utf8",
  });

mkdirSync(COPY, { recursive: true });
const first = assets();

const foreign = createStaticServer(COPY, {}, { "access-control-allow-origin": "*" });
const closed = createStaticServer(COPY);
let origins;
before(async () => {
  origins = { foreign: await listen(foreign), closed: await listen(closed) };
});
after(() => {
  for (const server of [foreign, closed]) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(work, { recursive: true });
});

test("ibid assets writes what pages load by address, and leaves it as it is the second time", () => {
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stdout, /^public\/ibid has them: \d+ files of ibid /);
  assert.deepEqual(readdirSync(COPY).sort(), ["ibid-assets.json", "pdfjs", "wasm", "workers"]);
  for (const file of ["workers/worker.js", "wasm/ibid_documents_bg.wasm", "pdfjs/pdf.min.mjs"]) {
    assert.ok(readFileSync(join(COPY, file)).equals(readFileSync(fromRoot(`pkg/dist/${file}`))), file);
  }
  const { mtimeMs } = statSync(join(COPY, "workers/worker.js"));
  assert.match(assets().stdout, /has them already/);
  assert.equal(statSync(join(COPY, "workers/worker.js")).mtimeMs, mtimeMs);
});

test("ibid assets replaces what it wrote, whatever became of it, and nothing else", () => {
  assets("--to", "older");
  writeFileSync(join(work, "older/workers/worker.js"), "of another version");
  writeFileSync(join(work, "older/workers/gone.js"), "");
  const list = join(work, "older/ibid-assets.json");
  const { version, files } = JSON.parse(readFileSync(list, "utf8"));
  writeFileSync(list, JSON.stringify({ version, files: { ...files, "workers/gone.js": "" } }));
  assert.equal(assets("--to", "older").status, 0);
  assert.notEqual(readFileSync(join(work, "older/workers/worker.js"), "utf8"), "of another version");
  assert.ok(!readdirSync(join(work, "older/workers")).includes("gone.js"));

  writeFileSync(join(work, "older/index.html"), "<p>");
  const kept = assets("--to", "older");
  assert.equal(kept.status, 6);
  assert.match(kept.stderr, /such as index\.html/);
  assert.ok(readdirSync(join(work, "older")).includes("index.html"));

  mkdirSync(join(work, "site"));
  writeFileSync(join(work, "site/index.html"), "<p>");
  const refused = assets("--to", "site");
  assert.equal(refused.status, 6);
  assert.match(refused.stderr, /site is taken: it has files, such as index\.html/);
  assert.deepEqual(readdirSync(join(work, "site")), ["index.html"]);
  assert.equal(assets("--force").status, 2);
  assert.equal(assets("public").status, 2);
});

const scenario = packageSite({ "/assets": COPY });

/** Adds a web page, embeds in a worker of the pool, and tells how it went. */
async function useAssets(assetsUrl) {
  return outcome(async () => {
    const collection = await ibid.openCollection("papers", { workers: 1, assetsUrl });
    const content = new Blob(["<!doctype html><p>The roof leaks."], { type: "text/html" });
    await collection.add({ id: "page", content });
    await collection.embed(Array.from({ length: 20 }, (_, n) => `text ${n}`));
    const { workers } = await collection.info();
    const { text } = await collection.get("page");
    await collection.close();
    return { running: workers.running, text: text.trim() };
  });
}

const DONE = { result: { running: 1, text: "The roof leaks." } };

scenario("with assetsUrl all workers and binaries come from there", async ({ visit, requests }) => {
  const page = await visit();
  assert.deepEqual(await page.evaluate(useAssets, "/assets"), DONE);
  const loaded = requests.map((url) => new URL(url).pathname).filter((path) => /worker|wasm/.test(path));
  for (const file of ["workers/worker.js", "workers/embedding-worker.js", "wasm/ibid_documents_bg.wasm"]) {
    assert.ok(loaded.includes(`/assets/${file}`), file);
  }
  assert.deepEqual(
    loaded.filter(
      (path) => path.startsWith("/pkg/") && (path.endsWith("-worker.js") || path.endsWith(".wasm")),
    ),
    [],
  );
});

scenario("assets of another origin work where it allows that", async ({ visit, requests }) => {
  const page = await visit();
  assert.deepEqual(await page.evaluate(useAssets, origins.foreign), DONE);
  // What left the site went to that origin.
  const gone = requests.filter((url) => url.startsWith(origins.foreign));
  assert.ok(gone.includes(`${origins.foreign}workers/embedding-worker.js`));
  for (const url of gone) requests.splice(requests.indexOf(url), 1);
});

scenario("assets of another origin that does not allow it are an error that says so", async (visitor) => {
  const page = await visitor.visit();
  const { code, message } = await page.evaluate(useAssets, origins.closed);
  assert.equal(code, "internal");
  assert.ok(message.includes(`${origins.closed}workers/worker.js`), message);
  assert.match(message, /CORS/);
  const gone = visitor.requests.filter((url) => url.startsWith(origins.closed));
  for (const url of gone) visitor.requests.splice(visitor.requests.indexOf(url), 1);
  assert.ok(visitor.errors.every((error) => /CORS|ERR_FAILED/.test(error)));
  visitor.errors.length = 0;
});

scenario("an assetsUrl that is no address is named", async ({ visit }) => {
  const page = await visit();
  const { code, message } = await page.evaluate(useAssets, "http://");
  assert.equal(code, "invalid-argument");
  assert.match(message, /options\.assetsUrl/);
});
