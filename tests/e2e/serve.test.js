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
function ask(path, { method = "GET", headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    request({ host: address.hostname, port: address.port, path, method, headers }, async (response) => {
      const body = Buffer.concat(await response.toArray()).toString();
      resolve({ status: response.statusCode, headers: response.headers, body });
    })
      .on("error", reject)
      .end();
  });
}

async function get(path, method) {
  const { status, headers, body } = await ask(path, { method });
  return { status, type: headers["content-type"], body };
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

const WEIGHTS = "/models/mini/weights.safetensors"; // which holds "weights"

/** Range headers, and what they get of seven bytes. */
const RANGES = [
  ["bytes=0-", "weights", "bytes 0-6/7"],
  ["bytes=3-", "ghts", "bytes 3-6/7"],
  ["bytes=3-4", "gh", "bytes 3-4/7"],
  ["bytes=5-99", "ts", "bytes 5-6/7"],
  ["bytes=-2", "ts", "bytes 5-6/7"],
  ["bytes=-99", "weights", "bytes 0-6/7"],
];

for (const [range, body, contentRange] of RANGES) {
  test(`the range ${range} is served`, async () => {
    const answer = await ask(WEIGHTS, { headers: { range } });
    assert.equal(answer.status, 206);
    assert.equal(answer.body, body);
    assert.equal(answer.headers["content-range"], contentRange);
    assert.equal(Number(answer.headers["content-length"]), body.length);
  });
}

for (const range of ["bytes=7-", "bytes=99-100", "bytes=-0"]) {
  test(`the range ${range} cannot be served`, async () => {
    const answer = await ask(WEIGHTS, { headers: { range } });
    assert.deepEqual([answer.status, answer.body], [416, ""]);
    assert.equal(answer.headers["content-range"], "bytes */7");
  });
}

for (const range of ["bytes=-", "bytes=4-3", "bytes=0-1,3-4", "lines=1-2", "bytes=a-"]) {
  test(`the range ${range} is ignored`, async () => {
    const answer = await ask(WEIGHTS, { headers: { range } });
    assert.deepEqual([answer.status, answer.body], [200, "weights"]);
  });
}

test("a range is served under the condition that the file is still the same", async () => {
  const { headers } = await ask(WEIGHTS, { method: "HEAD" });
  assert.equal(headers["accept-ranges"], "bytes");
  assert.equal(headers["content-length"], "7");
  const conditional = (condition) =>
    ask(WEIGHTS, { headers: { range: "bytes=3-", "if-range": condition } }).then(({ body }) => body);
  assert.equal(await conditional(headers.etag), "ghts");
  assert.equal(await conditional(headers["last-modified"]), "ghts");
  assert.equal(await conditional('"another"'), "weights");
  assert.equal(await conditional("Thu, 01 Jan 1970 00:00:00 GMT"), "weights");
});

test("a HEAD request ignores ranges", async () => {
  const answer = await ask(WEIGHTS, { method: "HEAD", headers: { range: "bytes=3-" } });
  assert.deepEqual([answer.status, answer.headers["content-length"]], [200, "7"]);
});

test("a file that the browser has already is not sent again until it changes", async () => {
  const file = join(work, "models/mini/model.json");
  writeFileSync(file, "{}");
  const first = await ask("/models/mini/model.json");
  const headers = { "if-none-match": first.headers.etag };
  const again = await ask("/models/mini/model.json", { headers });
  assert.deepEqual([again.status, again.body], [304, ""]);
  writeFileSync(file, "[0]");
  const changed = await ask("/models/mini/model.json", { headers });
  assert.deepEqual([changed.status, changed.body], [200, "[0]"]);
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
