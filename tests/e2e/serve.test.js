// The static server that demo and tests use: what it serves, and what it must refuse.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createStaticServer, listen } from "../../scripts/serve.js";

const work = mkdtempSync(join(tmpdir(), "ibid-serve-"));
let server;
let address;

before(async () => {
  for (const folder of ["site/docs", "site-private", "models/mini"]) {
    mkdirSync(join(work, folder), { recursive: true });
  }
  writeFileSync(join(work, "site/index.html"), "<h1>home</h1>");
  writeFileSync(join(work, "site/core.wasm"), "\0asm");
  writeFileSync(join(work, "site/docs/lease 1.md"), "# Lease");
  writeFileSync(join(work, "site-private/secret.txt"), "secret");
  writeFileSync(join(work, "models/mini/weights.safetensors"), "weights");
  symlinkSync(join(work, "site-private/secret.txt"), join(work, "site/link.txt"));
  server = createStaticServer(join(work, "site"), { "/models": join(work, "models") });
  address = new URL(await listen(server));
});

after(() => {
  server.close();
  server.closeAllConnections();
  rmSync(work, { recursive: true });
});

/** A request whose path goes out as it stands: `fetch` would resolve `..` itself. */
function get(path, method = "GET") {
  return new Promise((resolve, reject) => {
    request({ host: address.hostname, port: address.port, path, method }, async (response) => {
      const body = Buffer.concat(await response.toArray()).toString();
      resolve({ status: response.statusCode, type: response.headers["content-type"], body });
    })
      .on("error", reject)
      .end();
  });
}

const SERVED = [
  ["/", "text/html; charset=utf-8", "<h1>home</h1>"],
  ["/index.html?v=1", "text/html; charset=utf-8", "<h1>home</h1>"],
  ["/core.wasm", "application/wasm", "\0asm"],
  ["/docs/lease%201.md", "text/markdown; charset=utf-8", "# Lease"],
  ["/models/mini/weights.safetensors", "application/octet-stream", "weights"],
];

for (const [path, type, body] of SERVED) {
  test(`${path} is served as ${type}`, async () => {
    assert.deepEqual(await get(path), { status: 200, type, body });
  });
}

const REFUSED = [
  "/missing.html",
  "/docs/",
  "/../site-private/secret.txt",
  "/..%2fsite-private%2fsecret.txt",
  "/models/../site-private/secret.txt",
  "/link.txt",
  "/%00",
  "/%zz",
];

for (const path of REFUSED) {
  test(`${path} is not found`, async () => {
    assert.equal((await get(path)).status, 404);
  });
}

test("a HEAD request has no body", async () => {
  assert.deepEqual(await get("/", "HEAD"), { status: 200, type: "text/html; charset=utf-8", body: "" });
});

test("a POST request is refused", async () => {
  assert.equal((await get("/", "POST")).status, 405);
});

test("a port that is taken is replaced by a free one", async () => {
  const second = createStaticServer(work);
  try {
    const taken = Number(address.port);
    assert.notEqual(Number(new URL(await listen(second, taken)).port), taken);
  } finally {
    second.close();
  }
});
