// How a model arrives and stays: over connections that break, from servers that change or vanish, and from the cache.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { digest, ModelFolder } from "./model-folder.js";
import { fromRoot, packageSite, visitOfflinePage } from "./package-site.js";
import { until } from "./support.js";

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

/** JSON of 5000 bytes, another each time. */
const anyTokenizer = () => Buffer.from(JSON.stringify(randomBytes(2499).toString("hex")));

/** A model that downloads like a real one, which nobody opens. */
function largeModel() {
  return { "tokenizer.json": anyTokenizer(), "weights.safetensors": randomBytes(10 * MIB + 4321) };
}

/** How many entries there are of one model that is kept: its three files, and which manifest is the current one. */
const WHOLE = 4;

function hashes({ "tokenizer.json": tokenizer, "weights.safetensors": weights }) {
  return { tokenizer: digest(tokenizer).sha256, weights: digest(weights).sha256 };
}

const load = async (page) => {
  const { tokenizer, weights } = await page.evaluate(() => loadFolder("/folder/"));
  return { tokenizer, weights };
};

/** The fingerprint of what is loaded, and what became of asking the server then. */
const loadAndCheck = async (page, options) => {
  const { fingerprint, checked } = await page.evaluate((options) => loadFolder("/folder/", options), options);
  return { fingerprint, checked };
};

const fail = (page) => page.evaluate(() => outcome(() => loadFolder("/folder/")));

/** What is kept of the folder. */
const keptOfFolder = async (page) =>
  (await page.evaluate(() => keptModelFiles())).filter((entry) => entry.startsWith("/folder/"));

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

/** The entries of a model that is the only one of the folder. */
const entriesOf = (model) => {
  const { tokenizer, weights } = hashes(model);
  return [
    ...[digest(folder.read("model.json")).sha256, "current"].map((key) => `/folder/model.json ${key}`).sort(),
    `/folder/tokenizer.json ${tokenizer}`,
    `/folder/weights.safetensors ${weights}`,
  ];
};

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
  assert.deepEqual(await load(page), hashes(first));
  assert.deepEqual(folder.asked(), ["GET model.json", "GET weights.safetensors"]);
  assert.deepEqual(await load(page), hashes(second));
  assert.deepEqual(folder.asked(), ["GET model.json"]);
  assert.deepEqual(await keptOfFolder(page), entriesOf(second));
});

scenario("a kept model is used before the server is asked", async ({ visit }) => {
  const page = await visit();
  folder.writeModel(manifest, largeModel());
  await load(page);
  folder.asked();
  const check = await page.evaluateHandle(async () => {
    const { loadModel, core } = await modelLoader();
    return (await loadModel(new URL("/folder/", location.href).href, core)).check;
  });
  assert.deepEqual(folder.asked(), []);
  assert.deepEqual(await check.evaluate((check) => check()), { server: "same" });
  assert.deepEqual(folder.asked(), ["GET model.json"]);
});

scenario("a model that is only formatted differently is the same", async ({ visit }) => {
  const page = await visit();
  const tokenizer = { model: { vocab: { a: 1, b: 2 } }, normalizer: { type: "é" } };
  const { model, normalizer } = tokenizer;
  const weights = randomBytes(MIB);
  const first = { "tokenizer.json": Buffer.from(JSON.stringify(tokenizer)), "weights.safetensors": weights };
  const rewritten = JSON.stringify({ normalizer, model }, undefined, 2).replace("é", "\\u00e9");
  const second = { "tokenizer.json": Buffer.from(rewritten), "weights.safetensors": weights };
  folder.writeModel(manifest, first);
  const { fingerprint } = await loadAndCheck(page);
  folder.asked();

  folder.writeModel(manifest, second);
  assert.deepEqual(await loadAndCheck(page), { fingerprint, checked: { server: "same" } });
  assert.deepEqual(folder.asked(), ["GET model.json", "GET tokenizer.json"]);
  assert.deepEqual(await keptOfFolder(page), entriesOf(second));
  folder.write("model.json", JSON.stringify(JSON.parse(folder.read("model.json")), undefined, 2));
  assert.deepEqual(await loadAndCheck(page), { fingerprint, checked: { server: "same" } });
  assert.deepEqual(folder.asked(), ["GET model.json"]);
  assert.deepEqual(await keptOfFolder(page), entriesOf(second));
});

/** Lets collections need the model that is loaded from the folder. */
const need = (page, ...collections) =>
  page.evaluate(async (collections) => {
    const { loadModel, needModel, core } = await modelLoader();
    const url = new URL("/folder/", location.href).href;
    const { manifest, tokenizer } = (await loadModel(url, core)).files;
    const fingerprint = core.modelFingerprint(manifest, tokenizer);
    for (const collection of collections) await needModel(core, collection, { url, manifest, fingerprint });
  }, collections);

const release = (page, collection) =>
  page.evaluate(async (collection) => {
    const { releaseModel, core } = await modelLoader();
    await releaseModel(core, collection);
  }, collection);

scenario("a model is kept as long as a collection needs it", async ({ visit }) => {
  const page = await visit();
  const kept = () => page.evaluate(() => keptModelFiles());
  const [first, second] = [largeModel(), largeModel()];
  folder.writeModel(manifest, first);
  const { fingerprint: old } = await loadAndCheck(page);
  await need(page, "one", "two");
  folder.writeModel(manifest, second);
  const { checked } = await loadAndCheck(page, { fingerprint: old });
  assert.equal(checked.server, "other");
  assert.notEqual(checked.fingerprint, old);
  folder.asked();

  // It is the one for those who ask for it by its fingerprint, the new one for all others.
  assert.deepEqual(await loadAndCheck(page, { fingerprint: old }), { fingerprint: old, checked });
  const same = { fingerprint: checked.fingerprint, checked: { server: "same" } };
  for (const options of [{}, { newest: true }, { fingerprint: "of no model" }]) {
    assert.deepEqual(await loadAndCheck(page, options), same, JSON.stringify(options));
  }
  assert.deepEqual(folder.asked(), Array(4).fill("GET model.json"));

  const needed = (await kept()).length;
  await release(page, "one");
  assert.equal((await kept()).length, needed - 1);
  await need(page, "three"); // the new one
  assert.equal((await kept()).length, needed);
  await release(page, "two");
  await release(page, "three");
  assert.deepEqual(await kept(), entriesOf(second));
});

scenario("a collection that changes to another model needs the former no more", async ({ visit }) => {
  const page = await visit();
  const [first, second] = [largeModel(), largeModel()];
  folder.writeModel(manifest, first);
  await load(page);
  await need(page, "one");
  folder.writeModel(manifest, second);
  await load(page);
  await need(page, "one");
  assert.deepEqual(await page.evaluate(() => keptModelFiles()), [
    ...entriesOf(second),
    "/ibid/collection one",
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
    assert.equal((await keptOfFolder(page)).length, WHOLE);
    expectNetworkErrors(errors);
  },
);

/** Reloads the page when 9 MiB of the weights have arrived, of which two parts are kept. */
async function reloadMidway(page) {
  folder.fail("weights.safetensors", { after: 9 * MIB });
  const loading = assert.rejects(load(page));
  await arrived(page, 5000 + 9 * MIB);
  await until(async () => (await keptOfFolder(page)).filter((file) => /\.\d+$/.test(file)).length === 2);
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
  assert.equal((await keptOfFolder(page)).length, WHOLE);
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
  assert.equal((await keptOfFolder(page)).length, WHOLE);
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
    globalThis.aborting = outcome(() => loadFolder("/folder/", { signal: controller.signal }));
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
  const { fingerprint } = await loadAndCheck(page);
  for (const [fault, code] of [
    [{ status: 502 }, "model-file-missing"],
    [{ silent: true }, "model-unreachable"],
    // Last, since the browser goes on with what it has of a broken answer, and repairs other faults by that.
    [{ after: 10, cut: true }, "model-unreachable"],
  ]) {
    // Also by those who would rather have had the newest.
    for (const options of [{}, { newest: true }]) {
      folder.fail("model.json", ...Array(3).fill(fault)); // the browser may ask again for what broke off
      const checked = { server: "unknown", code };
      assert.deepEqual(await loadAndCheck(page, options), { fingerprint, checked }, JSON.stringify(fault));
    }
  }
  folder.fail("model.json");
  // A newer model that cannot be fetched whole does not replace the one that is kept.
  folder.writeModel(manifest, largeModel());
  folder.fail("weights.safetensors", ...Array(5).fill({ status: 502 }));
  const checked = { server: "unknown", code: "model-file-missing" };
  assert.deepEqual(await loadAndCheck(page), { fingerprint, checked });
  assert.deepEqual(await load(page), hashes(model));
  expectNetworkErrors(errors);
});

scenario("without Cache Storage, locks and WebCrypto a model loads and is checked", async ({ visit }) => {
  const page = await visit();
  const model = { "tokenizer.json": anyTokenizer(), "weights.safetensors": randomBytes(MIB) };
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

const REMEMBERED = "The heron nests by the river.";

async function recall(page, model) {
  return page.evaluate(async (model) => {
    const collection = await openReady("papers", { model });
    const { hits } = await collection.search("Where do birds breed?");
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
      outcome(() => openReady("papers", { model: "/models/never-visited" })),
    );
    assert.equal(other.code, "model-unreachable", other.message);
    assert.match(other.message, /http:.*\/models\/never-visited\/model\.json/);
  } finally {
    await server.start();
  }
  expectNetworkErrors(errors);
});

/** The default model, in the folder of the test. */
const realModel = () => ({
  "tokenizer.json": readFileSync(join(MODEL, "tokenizer.json")),
  "weights.safetensors": readFileSync(join(MODEL, "weights.safetensors")),
});

/** Opens a collection, waits for its model, and leaves it open: what goes on behind it ends with it. */
const open = (page, name) =>
  page.evaluate(async (name) => {
    const collection = await openReady(name, { model: "/folder/" });
    return (await collection.info()).model.fingerprint;
  }, name);

/** Waits until the model that the server has is the current one. */
const waitForCurrent = (page) =>
  until(async () => {
    const current = await page.evaluate(async () => {
      const cache = await caches.open("ibid-models-v1");
      const response = await cache.match("/folder/model.json?ibid=current");
      return response.json();
    });
    return current.manifest === digest(folder.read("model.json")).sha256;
  });

scenario("a collection opens with the kept model while the server hangs", async ({ visit, errors }) => {
  const page = await visit();
  folder.writeModel(manifest, realModel());
  await remember(page, "/folder/");
  folder.fail("model.json", ...Array(10).fill({ silent: true }));
  assert.deepEqual(await recall(page, "/folder/"), [[REMEMBERED, "number"]]);
  expectNetworkErrors(errors);
});

scenario("a collection outlives that its model is formatted anew", async ({ visit, errors }) => {
  const page = await visit();
  const model = realModel();
  folder.writeModel(manifest, model);
  await remember(page, "/folder/");
  const tokenizer = JSON.stringify(JSON.parse(model["tokenizer.json"]), undefined, 1);
  const rewritten = { ...model, "tokenizer.json": Buffer.from(tokenizer) };
  folder.writeModel(manifest, rewritten);
  folder.asked();
  await open(page, "papers"); // with the old files, which are needed until it opens with the new ones
  await waitForCurrent(page);
  await open(page, "papers");
  assert.deepEqual(await keptOfFolder(page), entriesOf(rewritten));
  assert.deepEqual(await recall(page, "/folder/"), [[REMEMBERED, "number"]]);
  assert.ok(!folder.asked().includes("GET weights.safetensors"));
  expectNetworkErrors(errors);
});

scenario("a collection stays with its model until it is deleted", async ({ visit, errors }) => {
  const page = await visit();
  const model = realModel();
  folder.writeModel(manifest, model);
  await remember(page, "/folder/");
  const first = await open(page, "papers");

  const weights = Buffer.from(model["weights.safetensors"]);
  weights[weights.length - 4] ^= 1; // the last bit of the last number
  const newer = { ...model, "weights.safetensors": weights };
  folder.writeModel(manifest, newer);
  assert.equal(await open(page, "papers"), first);
  await waitForCurrent(page);
  await page.reload();
  assert.deepEqual(await recall(page, "/folder/"), [[REMEMBERED, "number"]]);
  assert.notEqual(await open(page, "notes"), first);
  assert.equal(await open(page, "papers"), first);

  await page.reload();
  await page.evaluate(() => ibid.deleteCollection("papers"));
  assert.deepEqual(await keptOfFolder(page), entriesOf(newer));
  assert.notEqual(await open(page, "papers"), first);
  expectNetworkErrors(errors);
});

scenario("a kept model that cannot be used is replaced by a better one", async ({ visit, errors }) => {
  const page = await visit();
  const useless = { ...realModel(), "weights.safetensors": Buffer.from("no safetensors") };
  folder.writeModel(manifest, useless);
  const failed = await page.evaluate(() => outcome(() => openReady("papers", { model: "/folder/" })));
  assert.equal(failed.code, "model-invalid", failed.message);
  folder.writeModel(manifest, realModel());
  await remember(page, "/folder/");
  assert.deepEqual(await recall(page, "/folder/"), [[REMEMBERED, "number"]]);
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
    (await keptOfFolder(page)).map((file) => file.split(" ")[0]),
    ["/folder/model.json", "/folder/model.json", "/folder/tokenizer.json", "/folder/weights.safetensors"],
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
  writeSource();
  let { fingerprint } = await loadAndCheck(page);
  assert.equal(weightsFetched(), 1);

  const changes = [
    () => folder.write("1_Pooling/config.json", JSON.stringify({ pooling_mode_mean_tokens: true })),
    () => {
      const weights = readFileSync(join(SOURCE, "model.safetensors"));
      weights.writeFloatLE(0.5, 8 + Number(weights.readBigUInt64LE())); // the first number after the header
      folder.write("model.safetensors", weights);
    },
  ];
  for (const change of changes) {
    change();
    const loaded = await loadAndCheck(page);
    assert.equal(loaded.fingerprint, fingerprint);
    assert.equal(loaded.checked.server, "other");
    assert.notEqual(loaded.checked.fingerprint, fingerprint);
    assert.equal(weightsFetched(), 1);
    fingerprint = loaded.checked.fingerprint;
  }

  folder.write("config.json", JSON.stringify(JSON.parse(folder.read("config.json")), undefined, 8));
  assert.deepEqual(await loadAndCheck(page), { fingerprint, checked: { server: "same" } });
  assert.equal(weightsFetched(), 1);
  assert.deepEqual(await loadAndCheck(page), { fingerprint, checked: { server: "same" } });
  assert.equal(weightsFetched(), 0);
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
  const open = (page) => page.evaluate(async (options) => void (await openReady("tiny", options)), TINY);
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
    () => folder.write("config.json", '{"model_type": "electra"}'),
    "model-unsupported",
    /config\.json.*electra/,
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
    const loaded = await page.evaluate((options) => outcome(() => openReady("tiny", options)), TINY);
    assert.equal(loaded.code, code, `${name}: ${loaded.message}`);
    assert.match(loaded.message, message, name);
  }
  expectNetworkErrors(errors);
});
