// What goes with frameworks, and passkeys, stay apart: pages that import the package alone load nothing of it.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync } from "node:zlib";
import { DIST, importsOf } from "./package-files.js";
import { fromRoot } from "./package-site.js";

const { exports, peerDependencies, peerDependenciesMeta } = JSON.parse(
  readFileSync(fromRoot("pkg/package.json"), "utf8"),
);

/** What the entry of each may import besides the package, and how much of its own it may load, in bytes with brotli. */
const SUBPATHS = {
  live: { peers: [], limit: 3_000 },
  react: { peers: ["react"], limit: 4_000 },
  langchain: { peers: ["@langchain/core"], limit: 2_000 },
  ai: { peers: ["ai"], limit: 2_000 },
  element: { peers: [], limit: 10_500 },
  passkey: { peers: [], limit: 3_000 },
};

const isSubpath = (file) => file.split("/")[0] in SUBPATHS;

test("the package alone imports no subpath, and no other package", () => {
  const { files, packages } = importsOf("index.js");
  assert.ok(files.includes("collection.js") && files.length > 20);
  assert.deepEqual(files.filter(isSubpath), []);
  assert.deepEqual(packages, []);
});

for (const [name, { peers, limit }] of Object.entries(SUBPATHS)) {
  test(`ibid/${name} is one small part with its declarations, and imports no more than its peers`, () => {
    const { types, default: entry } = exports[`./${name}`];
    assert.ok(existsSync(fromRoot(`pkg/${types}`)));
    const { files, packages } = importsOf(entry.replace("./dist/", ""));
    for (const imported of packages) {
      const peer = peers.find((peer) => imported === peer || imported.startsWith(`${peer}/`));
      assert.ok(peer !== undefined, `it imports ${imported}`);
      assert.ok(peerDependencies[peer] && peerDependenciesMeta[peer].optional);
    }
    assert.ok(peers.length === 0 || packages.length > 0);
    const own = files.filter(isSubpath).map((file) => readFileSync(join(DIST, file)));
    const bytes = brotliCompressSync(Buffer.concat(own)).length;
    assert.ok(bytes < limit, `it has ${bytes} bytes with brotli`);
  });
}
