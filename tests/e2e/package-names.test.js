// Models by name: what the command wrote, opened by a page below a sub-path; and which strings are names.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { modelPlace } from "../../pkg/dist/addresses.js";
import { startHub } from "./hub-server.js";
import { Workplace } from "./model-command.js";
import { fromRoot, packageSite } from "./package-site.js";

const FINGERPRINT = "0123456789abcdef".repeat(4);

const read = (folder) =>
  Object.fromEntries(
    ["config.json", "tokenizer.json", "model.safetensors"].map((file) => [
      file,
      readFileSync(fromRoot(`tests/fixtures/${folder}/${file}`)),
    ]),
  );

const place = new Workplace();
before(async () => {
  const hub = await startHub({
    "tests/encoder": read("tiny-cls-encoder"),
    "tests/scorer": read("tiny-cross-encoder"),
  });
  try {
    for (const repository of ["tests/encoder", "tests/scorer"]) {
      const { status, errors } = await place.run([repository], { from: hub.address });
      assert.equal(status, 0, errors);
    }
  } finally {
    hub.close();
  }
});
after(() => place.remove());

const scenario = packageSite({
  "/app": fromRoot("tests/e2e/page"),
  "/app/models": place.at("public/models"),
  "/elsewhere": place.at("public/models"),
});

/** What a page below `/app/` asked for that is not of the package or of the page itself. */
const askedFor = ({ requests }, { address }) =>
  requests
    .filter((url) => url.startsWith(address))
    .map((url) => `/${url.slice(address.length)}`)
    .filter((path) => !path.startsWith("/pkg/") && !/^\/app\/[^/]*$/.test(path));

/** Adds a document and searches, with the second stage; returns what was found. */
async function addAndSearch(options) {
  const collection = await openReady("papers", { ...options, workers: 1 });
  await collection.add({ id: "heron", content: "The heron nests by the river." });
  const { hits, model } = await collection.search("heron", { rerank: true });
  const { name } = (await collection.info()).model;
  return { found: hits.map(({ document }) => document), model, name };
}

scenario(
  "what the command wrote is opened by its name, below the page, and nothing else is asked for",
  async (visitor, site) => {
    const page = await visitor.visit("/app/index.html");
    const names = { model: "encoder", reranker: "scorer" };
    const result = await page.evaluate(addAndSearch, names);
    assert.deepEqual(result, { found: ["heron"], model: "ready", name: "tests/encoder" });
    const asked = askedFor(visitor, site);
    for (const file of ["model.json", "tokenizer.json", "weights.safetensors"]) {
      assert.ok(asked.includes(`/app/models/encoder/${file}`), file);
      assert.ok(asked.includes(`/app/models/scorer/${file}`), file);
    }
    assert.deepEqual(
      asked.filter((path) => !path.startsWith("/app/models/")),
      [],
    );
  },
);

scenario("modelsUrl says where models with a name are", async (visitor, site) => {
  const page = await visitor.visit("/app/index.html");
  const options = { model: "encoder", reranker: "scorer", modelsUrl: "/elsewhere" };
  assert.equal((await page.evaluate(addAndSearch, options)).model, "ready");
  const asked = askedFor(visitor, site);
  assert.ok(asked.includes("/elsewhere/encoder/weights.safetensors"));
  assert.deepEqual(
    asked.filter((path) => !path.startsWith("/elsewhere/")),
    [],
  );
});

scenario(
  "a model that is not there is an error that says where it was looked for, and what would add it",
  async (visitor) => {
    const page = await visitor.visit("/app/index.html");
    const fail = (options) =>
      page.evaluate((options) => outcome(() => openReady("papers", options)), options);
    for (const [options, folder, name] of [
      [{ model: "never-added" }, "/app/models/", "never-added"],
      [{}, "/app/models/", "all-minilm-l6-v2"],
      [{ model: "never-added", modelsUrl: "/elsewhere/" }, "/elsewhere/", "never-added"],
    ]) {
      const { code, message } = await fail(options);
      assert.equal(code, "model-file-missing");
      assert.match(message, new RegExp(`http://\\S*${folder}${name}/model\\.json.*404`));
      assert.match(
        message,
        new RegExp(`npx ibid model add ${name} --to FOLDER.*served as http://\\S*${folder}$`),
      );
    }
    const { message } = await fail({ model: "./never-added" });
    assert.match(message, /\/app\/never-added\/model\.json/);
    assert.doesNotMatch(message, /npx/, "an address is the caller's");
    const search = await page.evaluate(
      (options) =>
        outcome(async () => (await openReady("others", options)).search("heron", { rerank: true })),
      { model: "encoder", reranker: "never-added" },
    );
    assert.match(search.message, /npx ibid model add never-added/);
    visitor.errors.splice(0); // the browser logs the statuses
  },
);

const PAGE = "https://example.com/app/page.html";
/** What is said, and the folder that it names on this page. */
const PLACES = [
  ["tiny", "https://example.com/app/models/tiny/"],
  ["tiny-v1.5", "https://example.com/app/models/tiny-v1.5/"],
  ["zwei Wörter", "https://example.com/app/models/zwei%20W%C3%B6rter/"],
  ["tiny", "https://example.com/m/tiny/", "/m"],
  ["tiny", "https://cdn.example.com/tiny/", new URL("https://cdn.example.com")],
  // All of these are addresses.
  ["./tiny", "https://example.com/app/tiny/"],
  ["../tiny", "https://example.com/tiny/"],
  ["tiny/", "https://example.com/app/tiny/"],
  ["models/tiny", "https://example.com/app/models/tiny/", "/m/"],
  ["models/tiny/", "https://example.com/app/models/tiny/", "/m/"],
  ["/models/tiny/", "https://example.com/models/tiny/", "/m/"],
  ["//other.example/tiny/", "https://other.example/tiny/"],
  ["https://other.example/tiny", "https://other.example/tiny/", "/m/"],
  ["?model=tiny", "https://example.com/app/page.html/?model=tiny"],
  [new URL("https://other.example/tiny"), "https://other.example/tiny/", "/m/"],
];

test("a string without a slash, a scheme or a dot before it is a name; everything else is an address", () => {
  globalThis.location = { href: PAGE };
  try {
    for (const [model, url, modelsUrl] of PLACES) {
      const { url: found, name } = modelPlace("model", model, modelsUrl);
      assert.equal(found, url, String(model));
      const isName = !/^\W|[/:]/.test(String(model));
      assert.equal(name, isName ? model : undefined, String(model));
      const pinned = modelPlace("model", { url: model, fingerprint: FINGERPRINT }, modelsUrl);
      assert.deepEqual(pinned, { url, name, fingerprint: FINGERPRINT });
    }
    globalThis.document = { baseURI: "https://example.com/base/" };
    assert.equal(modelPlace("model", "tiny").url, "https://example.com/base/models/tiny/");
    assert.equal(modelPlace("model", "models/tiny").url, "https://example.com/base/models/tiny/");
    assert.throws(() => modelPlace("model", "tiny", "http://["), {
      code: "invalid-argument",
      message: /options\.modelsUrl/,
    });
  } finally {
    delete globalThis.location;
    delete globalThis.document;
  }
});

test("nothing that a page loads knows the address of a hub", () => {
  const dist = fromRoot("pkg/dist");
  const modules = readdirSync(dist, { recursive: true }).filter((file) => /\.(js|wasm)$/.test(file));
  const naming = modules.filter((file) => readFileSync(`${dist}/${file}`).includes("huggingface.co"));
  assert.deepEqual(naming, ["cli/arguments.js"]);
});
