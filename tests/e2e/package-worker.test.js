// The collection's worker itself: where it comes from, of which version it is, and what is said where that goes wrong.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { VERSION } from "../../pkg/dist/version.js";
import { fromRoot, packageSite } from "./package-site.js";

const OLD = 'postMessage({ hello: "0.0.1" });';

/** Scripts that are no worker of this version, by path. `/copy` is a copy of the package of which one file is old. */
const STRANGERS = {
  "/old.js": OLD,
  "/copy/workers/embedding-worker.js": OLD,
  "/unversioned.js": 'postMessage("ready");',
  "/silent.js": "",
  "/mute.js": `postMessage({ hello: "${VERSION}" });`,
  "/throws.js": 'throw new Error("a fault of its own");',
};

const scenario = packageSite({ "/copy": fromRoot("pkg/dist") }, ({ url }, response) => {
  const script = STRANGERS[url];
  if (script !== undefined) response.writeHead(200, { "content-type": "text/javascript" }).end(script);
  return script !== undefined;
});

/** Opens a collection with another worker; returns what became of it and the worker's address. */
async function openWith(page, path) {
  const workerUrl = new URL(path, page.url()).href;
  return {
    workerUrl,
    ...(await page.evaluate(
      (workerUrl) => outcome(() => ibid.openCollection("papers", { workerUrl })),
      workerUrl,
    )),
  };
}

test("the version that workers are known by is that of the package and of the core", () => {
  const { version } = JSON.parse(readFileSync(fromRoot("pkg/package.json"), "utf8"));
  const [, ofCore] = readFileSync(fromRoot("Cargo.toml"), "utf8").match(/^version = "(.*)"$/m);
  assert.deepEqual([VERSION, ofCore], [version, version], "a release raises pkg/src/version.ts, too");
});

scenario("a worker of another version is refused, and both versions are named", async ({ visit }) => {
  const { workerUrl, code, message } = await openWith(await visit(), "/old.js");
  assert.equal(code, "internal");
  assert.ok(message.includes(workerUrl), message);
  assert.match(message, /version 0\.0\.1 of ibid/);
  assert.ok(message.includes(`of version ${VERSION}`), message);
  assert.match(message, /old cache.*workerUrl/);
});

scenario("a worker that names no version is refused, too", async ({ visit }) => {
  const { workerUrl, code, message } = await openWith(await visit(), "/unversioned.js");
  assert.equal(code, "internal");
  assert.ok(message.includes(workerUrl), message);
  assert.match(message, /no version of ibid/);
});

scenario(
  "a worker that is not there is named by its address, with what may be the reason",
  async (visitor) => {
    const { workerUrl, code, message } = await openWith(await visitor.visit(), "/missing/worker.js");
    assert.equal(code, "internal");
    assert.ok(message.includes(workerUrl), message);
    assert.match(message, /404.*JavaScript.*Content-Security-Policy.*worker-src/);
    visitor.errors.splice(0); // the browser logs the status
  },
);

scenario("without workerUrl a missing worker is named by its file in the package", async (visitor) => {
  await visitor.context.route("**/pkg/workers/worker.js", (route) => route.fulfill({ status: 404 }));
  const page = await visitor.visit();
  const { code, message } = await page.evaluate(() => outcome(() => ibid.openCollection("papers")));
  assert.equal(code, "internal");
  assert.match(message, /^the worker workers\/worker\.js .*404/);
  visitor.errors.splice(0);
});

scenario("a worker that throws at its start says what it threw", async ({ visit }) => {
  const { workerUrl, message } = await openWith(await visit(), "/throws.js");
  assert.ok(message.includes(workerUrl), message);
  assert.match(message, /a fault of its own/);
});

scenario(
  "a worker that does not say hello, or does not answer, is given up after a limit",
  async ({ visit }) => {
    const page = await visit();
    const messages = await page.evaluate(async () => {
      const { Peer } = await import("/pkg/workers/peer.js");
      const ask = async (path, startLimit, limit) => {
        const peer = new Peer(() => new Worker(path, { type: "module" }), path, startLimit);
        const { message } = await peer.request({}, { limit }).answer.catch((error) => error);
        return [message, (await peer.died).message, peer.hasEnded];
      };
      return { silent: await ask("/silent.js", 50, 0), mute: await ask("/mute.js", 0, 50) };
    });
    const silent = "/silent.js failed: it did not say hello within 0.05 seconds: is it a worker of ibid?";
    const mute = "/mute.js failed: it did not answer within 0.05 seconds";
    assert.deepEqual(messages, { silent: [silent, silent, true], mute: [mute, mute, true] });
  },
);

scenario("a worker of another origin that cannot be reached is an IbidError", async (visitor) => {
  const page = await visitor.visit();
  const { workerUrl, code, message } = await openWith(page, "http://elsewhere.invalid/worker.js");
  assert.equal(code, "internal");
  assert.ok(message.includes(workerUrl), message);
  visitor.requests.splice(visitor.requests.indexOf(workerUrl), 1); // the one that was asked for
  assert.match(visitor.errors.splice(0).join(), /^(Failed to load resource[^,]*)?$/);
});

scenario("embedding workers of another version are left alone, and info says why", async ({ visit }) => {
  const page = await visit();
  const workers = await page.evaluate(async () => {
    const collection = await ibid.openCollection("papers", {
      workers: 1,
      workerUrl: "/copy/workers/worker.js",
    });
    await collection.embed(Array.from({ length: 20 }, (_, n) => `text ${n}`));
    return (await collection.info()).workers;
  });
  assert.equal(workers.limit, 0);
  assert.match(
    workers.fallback,
    /embedding-worker\.js that .*\/copy\/workers\/worker\.js starts .*version 0\.0\.1/,
  );
});

scenario("the reason of an abort is the cause of the error, whenever it comes", async ({ visit }) => {
  const page = await visit();
  const causes = await page.evaluate(async () => {
    const abortWith = async (reason, call) => {
      const controller = new AbortController();
      const { signal } = controller;
      const abort = () => controller.abort(reason);
      const { code, cause } = await call({ signal, abort }).catch((error) => error);
      return [code, cause === reason];
    };
    const reason = new Error("the reader left");
    const opening = await abortWith(reason, ({ signal, abort }) => {
      const opening = ibid.openCollection("papers", { signal });
      abort();
      return opening;
    });
    const collection = await ibid.openCollection("papers");
    const before = await abortWith(reason, ({ signal, abort }) => {
      abort();
      return collection.search("roof", { signal });
    });
    const during = await abortWith(reason, ({ signal, abort }) =>
      collection.add({ id: "report", content: prose(2000) }, { signal, onProgress: abort }),
    );
    return { opening, before, during };
  });
  const expected = ["aborted", true];
  assert.deepEqual(causes, { opening: expected, before: expected, during: expected });
});

scenario("a collection is closed at the end of the block that uses it", async ({ visit }) => {
  const page = await visit();
  const { isClose, code } = await page.evaluate(async () => {
    const collection = await ibid.openCollection("papers");
    await collection[Symbol.asyncDispose]();
    const { code } = await outcome(() => collection.info());
    return { isClose: collection[Symbol.asyncDispose] === collection.close, code };
  });
  assert.deepEqual({ isClose, code }, { isClose: true, code: "closed" });
});

scenario(
  "a browser without Symbol.asyncDispose uses the package all the same",
  async ({ context, visit }) => {
    await context.addInitScript(() => {
      // It cannot be deleted: another function takes the place of the whole constructor.
      const { asyncDispose, ...rest } = Object.getOwnPropertyDescriptors(Symbol);
      const known = Symbol;
      globalThis.Symbol = Object.defineProperties((description) => known(description), rest);
    });
    const page = await visit();
    const found = await page.evaluate(async () => {
      const collection = await ibid.openCollection("papers");
      await collection.close();
      return { symbol: typeof Symbol.asyncDispose, named: "undefined" in collection };
    });
    assert.deepEqual(found, { symbol: "undefined", named: false });
  },
);
