// How a model arrives and stays: over connections that break, from servers that change or vanish, and from the cache.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { digest, ModelFolder } from "./model-folder.js";
import { fromRoot, packageSite } from "./package-site.js";

const MODEL = fromRoot("models/all-minilm-l6-v2");
const SOURCE = fromRoot("tests/fixtures/tiny-cls-encoder");

const MIB = 1024 * 1024;
/** Of the parts in which the package keeps what has arrived. */
const PART = 4 * MIB;

const manifest = JSON.parse(readFileSync(join(MODEL, "model.json"), "utf8"));

/** The folder of the test that runs. */
let folder = new ModelFolder("/folder/");
const site = packageSite({}, (request, response) => folder.handle(request, response));

/** Declares a test that begins with an empty folder on the server. */
function scenario(name, run) {
  site(name, async (visitor, server) => {
    folder = new ModelFolder("/folder/");
    try {
      await run(visitor, server);
    } finally {
      folder.cut();
    }
  });
}

/** A model that downloads like a real one, which nobody opens. */
function largeModel() {
  return { "tokenizer.json": randomBytes(5000), "weights.safetensors": randomBytes(10 * MIB + 4321) };
}

function hashes({ "tokenizer.json": tokenizer, "weights.safetensors": weights }) {
  return { tokenizer: digest(tokenizer).sha256, weights: digest(weights).sha256 };
}

const load = (page) =>
  page.evaluate(async () => {
    const { tokenizer, weights } = await loadFolder("/folder/");
    return { tokenizer, weights };
  });

const fail = (page) => page.evaluate(() => outcome(() => loadFolder("/folder/")));

/** Waits until so many bytes of the model are there. */
const arrived = (page, bytes) =>
  page.waitForFunction((bytes) => (globalThis.arrived?.done ?? 0) >= bytes, bytes, { polling: 20 });

/** Forgets the errors that the browser logs of answers that the test made go wrong. */
function expectNetworkErrors(errors) {
  const others = errors.splice(0).filter((error) => !/Failed to load resource|net::ERR_/.test(error));
  assert.deepEqual(others, []);
}

/** Bytes of `file` that the server has sent. */
const sent = (file) =>
  folder.requests.reduce((sum, request) => sum + (request.file === file ? request.sent : 0), 0);

scenario("what is loaded once is not fetched again, and a changed model is", async ({ visit }) => {
  const page = await visit();
  const first = largeModel();
  folder.writeModel(manifest, first);
  assert.deepEqual(await load(page), hashes(first));
  assert.deepEqual(folder.asked(), ["GET model.json", "GET tokenizer.json", "GET weights.safetensors"]);

  assert.deepEqual(await load(page), hashes(first));
  assert.deepEqual(await load(await visit()), hashes(first));
  assert.deepEqual(folder.asked(), ["GET model.json", "GET model.json"]);

  const second = { ...largeModel(), "tokenizer.json": first["tokenizer.json"] };
  folder.writeModel(manifest, second);
  assert.deepEqual(await load(page), hashes(second));
  assert.deepEqual(folder.asked(), ["GET model.json", "GET weights.safetensors"]);
  const kept = hashes(second);
  assert.deepEqual(await page.evaluate(() => keptModelFiles()), [
    "/folder/model.json manifest",
    `/folder/tokenizer.json ${kept.tokenizer}`,
    `/folder/weights.safetensors ${kept.weights}`,
  ]);
});

scenario(
  "a connection that breaks off is continued at the byte where it broke",
  async ({ visit, errors }) => {
    const page = await visit();
    const model = largeModel();
    folder.writeModel(manifest, model);
    folder.fail("weights.safetensors", { after: 3 * MIB }, { after: 6 * MIB });
    const loading = load(page);
    await arrived(page, 5000 + 3 * MIB);
    folder.cut();
    await arrived(page, 5000 + 9 * MIB);
    folder.cut();
    assert.deepEqual(await loading, hashes(model));
    assert.equal(sent("weights.safetensors"), model["weights.safetensors"].length);
    assert.deepEqual(folder.asked().slice(2), [
      "GET weights.safetensors",
      `GET weights.safetensors bytes=${3 * MIB}-`,
      `GET weights.safetensors bytes=${9 * MIB}-`,
    ]);
    assert.equal((await page.evaluate(() => keptModelFiles())).length, 3);
    expectNetworkErrors(errors);
  },
);

/** Reloads the page when 9 MiB of the weights have arrived, of which two parts are kept. */
async function reloadMidway(page) {
  folder.fail("weights.safetensors", { after: 9 * MIB });
  const loading = assert.rejects(load(page));
  await arrived(page, 5000 + 9 * MIB);
  await page.waitForFunction(
    async () => (await keptModelFiles()).filter((file) => /\.\d+$/.test(file)).length === 2,
    undefined,
    { polling: 20 },
  );
  await page.reload();
  await loading;
  folder.cut();
  folder.asked();
}

scenario("after a reload the download goes on with the parts that are kept", async ({ visit, errors }) => {
  const page = await visit();
  const model = largeModel();
  folder.writeModel(manifest, model);
  await reloadMidway(page);
  const loaded = load(page);
  assert.deepEqual(await loaded, hashes(model));
  assert.equal(sent("weights.safetensors"), model["weights.safetensors"].length - 2 * PART);
  assert.deepEqual(folder.asked(), ["GET model.json", `GET weights.safetensors bytes=${2 * PART}-`]);
  assert.equal((await page.evaluate(() => keptModelFiles())).length, 3);
  expectNetworkErrors(errors);
});

scenario("a server that ignores ranges starts again", async ({ visit, errors }) => {
  const page = await visit();
  const model = largeModel();
  folder.writeModel(manifest, model);
  folder.ranges = false;
  await reloadMidway(page);
  assert.deepEqual(await load(page), hashes(model));
  assert.equal(sent("weights.safetensors"), model["weights.safetensors"].length);
  expectNetworkErrors(errors);
});

scenario("a file that changes between two tries is never mixed", async ({ visit, errors }) => {
  const model = largeModel();
  const changed = randomBytes(model["weights.safetensors"].length);
  // A server that honours If-Range, one that only shows another ETag, and one that shows the same.
  const same = '"same"';
  for (const [conditions, etag, again] of [
    [true, undefined, ["200"]],
    [false, undefined, ["206", "200"]],
    [false, same, ["206", "200"]],
  ]) {
    const page = await visit();
    folder.conditions = conditions;
    folder.writeModel(manifest, model);
    folder.write("weights.safetensors", model["weights.safetensors"], { etag });
    await reloadMidway(page);
    folder.write("weights.safetensors", changed, { etag });
    const failed = await fail(page);
    assert.equal(failed.code, "model-file-corrupt", failed.message);
    assert.match(failed.message, /http:.*\/folder\/weights\.safetensors/);
    // The whole new file, and nothing else, is what the hash was made of.
    assert.match(failed.message, new RegExp(digest(changed).sha256));
    const answers = folder.requests.filter(({ file }) => file === "weights.safetensors");
    assert.deepEqual(
      answers.map(({ status }) => String(status)),
      again,
    );

    folder.write("weights.safetensors", model["weights.safetensors"]);
    assert.deepEqual(await load(page), hashes(model));
    await page.evaluate(() => caches.delete("ibid-models-v1"));
    await page.close();
  }
  expectNetworkErrors(errors);
});

scenario("a model that was replaced during a download is loaded whole", async ({ visit, errors }) => {
  const page = await visit();
  folder.writeModel(manifest, largeModel());
  await reloadMidway(page);
  const replaced = largeModel();
  folder.writeModel(manifest, replaced);
  assert.deepEqual(await load(page), hashes(replaced));
  assert.equal((await page.evaluate(() => keptModelFiles())).length, 3);
  expectNetworkErrors(errors);
});

scenario("a server that always breaks off is given up", async ({ visit, errors }) => {
  const page = await visit();
  folder.writeModel(manifest, largeModel());
  folder.ranges = false;
  folder.fail("weights.safetensors", ...Array(20).fill({ after: 1000, cut: true }));
  const failed = await fail(page);
  assert.equal(failed.code, "model-unreachable", failed.message);
  assert.match(failed.message, /http:.*\/folder\/weights\.safetensors.*broke off after \d+ of \d+ bytes/);
  // Five tries that gained nothing; the bytes sent just before the break may be lost with it, or not.
  const tries = folder.asked().filter((asked) => asked.startsWith("GET weights")).length;
  assert.ok(tries >= 5 && tries <= 9, `${tries} tries`);
  expectNetworkErrors(errors);
});

scenario("a server that is overloaded for a moment is asked again", async ({ visit, errors }) => {
  const page = await visit();
  const model = largeModel();
  folder.writeModel(manifest, model);
  folder.fail("tokenizer.json", { status: 503 });
  assert.deepEqual(await load(page), hashes(model));
  // Of an error that will not pass, one try is enough.
  await page.evaluate(() => caches.delete("ibid-models-v1"));
  folder.asked();
  folder.fail("tokenizer.json", { status: 418 });
  const failed = await fail(page);
  assert.equal(failed.code, "model-file-missing", failed.message);
  assert.match(failed.message, /http:.*\/folder\/tokenizer\.json.*418/);
  assert.deepEqual(folder.asked(), ["GET model.json", "GET tokenizer.json"]);
  expectNetworkErrors(errors);
});

scenario("a first visit asks again for what describes the model", async ({ visit, errors }) => {
  const page = await visit();
  const model = largeModel();
  folder.writeModel(manifest, model);
  folder.fail("model.json", { status: 503 }, { after: 10, cut: true });
  assert.deepEqual(await load(page), hashes(model));
  // The browser chooses the range in which it continues what it has of a broken answer.
  const files = folder.requests.map(({ file }) => file);
  assert.deepEqual(files, [...Array(3).fill("model.json"), "tokenizer.json", "weights.safetensors"]);
  expectNetworkErrors(errors);
});

scenario("a download can be aborted, and goes on later", async ({ visit, errors }) => {
  const page = await visit();
  const model = largeModel();
  folder.writeModel(manifest, model);
  folder.fail("weights.safetensors", { after: 9 * MIB });
  await page.evaluate(() => {
    globalThis.controller = new AbortController();
    globalThis.aborting = outcome(() => loadFolder("/folder/", controller.signal));
  });
  await arrived(page, 5000 + 9 * MIB);
  const aborted = await page.evaluate(() => {
    controller.abort();
    return globalThis.aborting;
  });
  assert.equal(aborted.code, "aborted", aborted.message);
  folder.asked();
  assert.deepEqual(await load(page), hashes(model));
  assert.deepEqual(folder.asked(), ["GET model.json", `GET weights.safetensors bytes=${2 * PART}-`]);
  assert.deepEqual(errors, []);
});

scenario("two tabs fetch a model once", async ({ visit }) => {
  const model = largeModel();
  folder.writeModel(manifest, model);
  const pages = [await visit(), await visit()];
  assert.deepEqual(await Promise.all(pages.map(load)), [hashes(model), hashes(model)]);
  assert.deepEqual(folder.asked().sort(), [
    "GET model.json",
    "GET model.json",
    "GET tokenizer.json",
    "GET weights.safetensors",
  ]);
});

/** Replaces what is kept of `file` by what `change` makes of it. */
const damage = (page, file) =>
  page.evaluate(async (file) => {
    const cache = await caches.open("ibid-models-v1");
    const key = (await cache.keys()).find(({ url }) => new URL(url).pathname.endsWith(`/${file}`));
    const response = await cache.match(key);
    const bytes = new Uint8Array(await response.arrayBuffer());
    bytes[bytes.length >> 1] ^= 1;
    await cache.put(key, new Response(bytes, { headers: response.headers }));
  }, file);

scenario("what is damaged in the cache is fetched again, once", async ({ visit }) => {
  const page = await visit();
  const model = largeModel();
  folder.writeModel(manifest, model);
  await load(page);
  folder.asked();
  for (const file of ["weights.safetensors", "tokenizer.json"]) {
    await damage(page, file);
    assert.deepEqual(await load(page), hashes(model));
    assert.deepEqual(folder.asked(), ["GET model.json", `GET ${file}`]);
    assert.deepEqual(await load(page), hashes(model));
    assert.deepEqual(folder.asked(), ["GET model.json"]);
  }
  await damage(page, "model.json");
  assert.deepEqual(await load(page), hashes(model));
  assert.deepEqual(folder.asked(), ["GET model.json"]);
});

scenario("a kept model is used where the server does not answer", async ({ visit, errors }) => {
  const page = await visit();
  const model = largeModel();
  folder.writeModel(manifest, model);
  await load(page);
  for (const fault of [{ after: 10, cut: true }, { status: 502 }, { silent: true }]) {
    folder.fail("model.json", fault);
    assert.deepEqual(await load(page), hashes(model), JSON.stringify(fault));
  }
  // A newer model that cannot be fetched whole does not replace the one that is kept.
  folder.writeModel(manifest, largeModel());
  folder.fail("weights.safetensors", ...Array(5).fill({ status: 502 }));
  assert.deepEqual(await load(page), hashes(model));
  expectNetworkErrors(errors);
});

scenario("without Cache Storage, locks and WebCrypto a model loads and is checked", async ({ visit }) => {
  const page = await visit();
  const model = { "tokenizer.json": randomBytes(500), "weights.safetensors": randomBytes(MIB) };
  folder.writeModel(manifest, model);
  await page.evaluate(() => {
    // As in pages that are neither HTTPS nor local.
    for (const name of ["caches", "crypto"]) Object.defineProperty(globalThis, name, { value: undefined });
    Object.defineProperty(navigator, "locks", { value: undefined });
  });
  assert.deepEqual(await load(page), hashes(model));
  assert.deepEqual(await load(page), hashes(model));
  folder.write("weights.safetensors", randomBytes(MIB));
  assert.equal((await fail(page)).code, "model-file-corrupt");
});

scenario(
  "a model that the device has no room for is used all the same",
  async ({ context, visit }, { address }) => {
    const page = await visit();
    const devtools = await context.newCDPSession(page);
    await devtools.send("Storage.overrideQuotaForOrigin", {
      origin: new URL(address).origin,
      quotaSize: 6 * MIB,
    });
    const model = largeModel();
    folder.writeModel(manifest, model);
    assert.deepEqual(await load(page), hashes(model));
    folder.asked();
    assert.deepEqual(await load(page), hashes(model));
    assert.deepEqual(folder.asked().at(-1), "GET weights.safetensors");
  },
);

/** A page that itself works without a connection, as installable ones do. */
async function visitOfflinePage(visit) {
  const page = await visit();
  await page.evaluate(async () => {
    const controlled = new Promise((resolve) =>
      navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }),
    );
    await navigator.serviceWorker.register("/offline.js");
    await controlled;
  });
  await page.reload();
  return page;
}

const REMEMBERED = "The heron nests by the river.";

async function recall(page, model) {
  return page.evaluate(async (model) => {
    const collection = await ibid.openCollection("papers", { model });
    const hits = await collection.search("Where do birds breed?");
    await collection.close();
    return hits.map(({ chunk, dense }) => [chunk.text, typeof dense]);
  }, model);
}

async function remember(page, model) {
  await page.evaluate(
    async ([model, content]) => {
      const collection = await ibid.openCollection("papers", { model });
      await collection.add({ id: "heron", content });
      await collection.close();
    },
    [model, REMEMBERED],
  );
}

scenario("a model that is kept loads with the server gone", async ({ visit, errors }, server) => {
  const page = await visitOfflinePage(visit);
  await remember(page, "/models/all-minilm-l6-v2");
  await server.stop();
  try {
    await page.reload();
    assert.deepEqual(await recall(page, "/models/all-minilm-l6-v2"), [[REMEMBERED, "number"]]);
    assert.deepEqual(await recall(await visit(), "/models/all-minilm-l6-v2"), [[REMEMBERED, "number"]]);
    const other = await page.evaluate(() =>
      outcome(() => ibid.openCollection("papers", { model: "/models/never-visited" })),
    );
    assert.equal(other.code, "model-unreachable", other.message);
    assert.match(other.message, /http:.*\/models\/never-visited\/model\.json/);
  } finally {
    await server.start();
  }
  expectNetworkErrors(errors);
});

/** The tiny encoder in the layout of Hugging Face, which says nothing of pooling by itself. */
function writeSource() {
  for (const file of readdirSync(SOURCE)) {
    if (file !== "expected.json") folder.write(file, readFileSync(join(SOURCE, file)));
  }
  folder.write("1_Pooling/config.json", JSON.stringify({ pooling_mode_cls_token: true }));
}

const expected = JSON.parse(readFileSync(join(SOURCE, "expected.json"), "utf8")).rows;

/** How the tiny encoder is opened, which takes 64 tokens. */
const TINY = { model: "/folder/" };

/** The least cosine of the embeddings to those that PyTorch made. */
async function fidelity(page) {
  const vectors = await page.evaluate(
    async ([options, texts]) => {
      const collection = await ibid.openCollection("tiny", options);
      const embeddings = await collection.embed(texts);
      await collection.close();
      return embeddings.map(({ vector }) => Array.from(vector));
    },
    [TINY, expected.map(({ text }) => text)],
  );
  const dot = (one, other) => one.reduce((sum, value, at) => sum + value * other[at], 0);
  return Math.min(...vectors.map((vector, at) => dot(vector, expected[at].embedding)));
}

/** Requests for the content of the source's weights. */
const weightsFetched = () =>
  folder.asked().filter((asked) => asked.startsWith("GET model.safetensors")).length;

scenario("a Hugging Face folder is quantised once, and works offline", async ({ visit, errors }, server) => {
  writeSource();
  const page = await visitOfflinePage(visit);
  assert.ok((await fidelity(page)) > 0.97);
  assert.equal(weightsFetched(), 1);
  assert.deepEqual(
    (await page.evaluate(() => keptModelFiles())).map((file) => file.split(" ")[0]),
    ["/folder/model.json", "/folder/tokenizer.json", "/folder/weights.safetensors"],
  );

  await page.reload();
  assert.ok((await fidelity(page)) > 0.97);
  assert.equal(weightsFetched(), 0);

  await server.stop();
  try {
    await page.reload();
    assert.ok((await fidelity(page)) > 0.97);
    assert.ok((await fidelity(await visit())) > 0.97);
  } finally {
    await server.start();
  }
  expectNetworkErrors(errors);
});

scenario("a kept Hugging Face folder is used where the server hangs", async ({ visit, errors }) => {
  writeSource();
  const page = await visit();
  const first = await load(page);
  assert.equal(weightsFetched(), 1);
  for (const file of ["config.json", "tokenizer.json", "1_Pooling/config.json", "model.safetensors"]) {
    folder.fail(file, { silent: true });
    assert.deepEqual(await load(page), first, file);
    const asked = folder.asked();
    assert.ok(
      asked.some((request) => request.endsWith(` ${file}`)),
      `${file} was not asked for`,
    );
    assert.ok(!asked.includes("GET model.safetensors"), file);
    folder.cut();
  }
  expectNetworkErrors(errors);
});

scenario("a Hugging Face folder that changed is quantised again", async ({ visit, errors }) => {
  const page = await visit();
  const fingerprint = async () => {
    const { fingerprint } = await page.evaluate(async (options) => {
      await ibid.deleteCollection("tiny");
      const collection = await ibid.openCollection("tiny", options);
      const { model } = await collection.info();
      await collection.close();
      return model;
    }, TINY);
    return fingerprint;
  };
  writeSource();
  const first = await fingerprint();
  assert.equal(weightsFetched(), 1);

  folder.write("1_Pooling/config.json", JSON.stringify({ pooling_mode_mean_tokens: true }));
  const second = await fingerprint();
  assert.notEqual(second, first);
  assert.equal(weightsFetched(), 1);

  const weights = readFileSync(join(SOURCE, "model.safetensors"));
  weights.writeFloatLE(0.5, 8 + Number(weights.readBigUInt64LE())); // the first number after the header
  folder.write("model.safetensors", weights);
  assert.notEqual(await fingerprint(), second);
  assert.equal(weightsFetched(), 1);
  expectNetworkErrors(errors);
});

scenario("a Hugging Face folder on a server that answers everything is found", async ({ visit, errors }) => {
  writeSource();
  folder.fallback = "<!doctype html><title>The app</title>";
  assert.ok((await fidelity(await visit())) > 0.97);
  assert.equal(weightsFetched(), 1);
  assert.deepEqual(errors, []);
});

scenario("two tabs quantise a Hugging Face folder once", async ({ visit, errors }) => {
  writeSource();
  const pages = [await visit(), await visit()];
  const open = (page) =>
    page.evaluate(async (options) => void (await ibid.openCollection("tiny", options)), TINY);
  await Promise.all(pages.map(open));
  assert.equal(weightsFetched(), 1);
  expectNetworkErrors(errors);
});

/** What can be wrong with a Hugging Face folder, and the error. */
const SOURCES = {
  "without weights": [
    () => folder.remove("model.safetensors"),
    "model-file-missing",
    /model\.safetensors.*404/,
  ],
  "without a tokenizer": [
    () => folder.remove("tokenizer.json"),
    "model-file-missing",
    /tokenizer\.json.*404/,
  ],
  "with a page for weights": [
    () => folder.write("model.safetensors", "<html></html>"),
    "model-file-html",
    /http:.*\/folder\/model\.safetensors/,
  ],
  "with a page for a tokenizer": [
    () => folder.write("tokenizer.json", "\n<!DOCTYPE html>"),
    "model-file-html",
    /http:.*\/folder\/tokenizer\.json/,
  ],
  "with cut weights": [
    () =>
      folder.write("model.safetensors", readFileSync(join(SOURCE, "model.safetensors")).subarray(0, 1000)),
    "model-invalid",
    /model\.safetensors/,
  ],
  "of another architecture": [
    () => folder.write("config.json", '{"model_type": "mpnet"}'),
    "model-unsupported",
    /config\.json.*mpnet/,
  ],
  "with a config that is a page": [
    () => folder.write("config.json", "<html></html>"),
    "model-file-missing",
    /http:.*\/folder\/model\.json.*404/,
  ],
};

scenario("a Hugging Face folder that cannot be used is a typed error", async ({ visit, errors }) => {
  const page = await visit();
  for (const [name, [spoil, code, message]] of Object.entries(SOURCES)) {
    writeSource();
    spoil();
    const opened = await page.evaluate(
      (options) => outcome(() => ibid.openCollection("tiny", options)),
      TINY,
    );
    assert.equal(opened.code, code, `${name}: ${opened.message}`);
    assert.match(opened.message, message, name);
  }
  expectNetworkErrors(errors);
});
