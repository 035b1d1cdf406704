// Encoders of other architectures, as folders in the layout of Hugging Face that the page's own server has: quantised here,
// held against what their libraries make of the same texts.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ModelFolder } from "./model-folder.js";
import { fromRoot, packageSite } from "./package-site.js";

const FIXTURES = fromRoot("tests/fixtures/architectures");

/** The models, and the least cosine to what is expected of each. */
const MODELS = {
  "multilingual-bert": 0.96,
  "xlm-roberta": 0.96,
  roberta: 0.96,
  distilbert: 0.96,
  mpnet: 0.96,
  model2vec: 0.99,
  "model2vec-shared": 0.99,
};

const folders = Object.keys(MODELS).map((name) => {
  const folder = new ModelFolder(`/${name}/`);
  for (const file of readdirSync(join(FIXTURES, name))) {
    if (file !== "expected.json") folder.write(file, readFileSync(join(FIXTURES, name, file)));
  }
  return folder;
});

const scenario = packageSite({}, (request, response) =>
  folders.some((folder) => folder.handle(request, response)),
);

const rowsOf = (name) => JSON.parse(readFileSync(join(FIXTURES, name, "expected.json"), "utf8")).rows;

const dot = (one, other) => one.reduce((sum, value, at) => sum + value * other[at], 0);

/** A folder has no `model.json`, and hardly one has all the files that are asked for. */
function expectNotFound(errors) {
  const expected = errors.splice(0);
  assert.ok(
    expected.every((error) => /404/.test(error)),
    expected.join("\n"),
  );
}

scenario(
  "encoders of every architecture embed in a browser as in their library",
  async ({ visit, errors }) => {
    const page = await visit();
    for (const [name, least] of Object.entries(MODELS)) {
      // A table has the null vector for what it does not know.
      const rows = rowsOf(name).filter(({ mean }) => mean.some((component) => component !== 0));
      const { vectors, info } = await page.evaluate(
        async ([name, texts]) => {
          const collection = await openReady(name, { model: `/${name}/` });
          const embeddings = await collection.embed(texts);
          const { model } = await collection.info();
          await collection.close();
          return { vectors: embeddings.map(({ vector }) => Array.from(vector)), info: model };
        },
        [name, rows.map(({ text }) => text)],
      );
      const architecture = { "multilingual-bert": "bert", "model2vec-shared": "model2vec" }[name] ?? name;
      assert.deepEqual([info.architecture, info.dimensions], [architecture, 24], name);
      for (const [at, { text, mean }] of rows.entries()) {
        const cosine = dot(vectors[at], mean);
        assert.ok(cosine > least, `${name}: ${cosine} for ${text.slice(0, 40)}`);
      }
    }
    expectNotFound(errors);
  },
);

scenario("a collection works with a table of word vectors", async ({ visit, errors }) => {
  const page = await visit();
  const found = await page.evaluate(async () => {
    const collection = await openReady("table", { model: "/model2vec/" });
    await collection.add({ id: "roof", content: "The landlord repairs the roof." });
    await collection.add({ id: "rent", content: "The tenant pays the rent by the first day of each month." });
    // No word of it is in the table.
    await collection.add({ id: "unknown", content: "房东修理屋顶" });
    const search = async (query) => {
      const { hits, unembedded } = await collection.search(query, { mode: "dense" });
      return { first: hits[0]?.document, dense: hits.map(({ dense }) => Number.isFinite(dense)), unembedded };
    };
    const results = [await search("who pays rent each month?"), await search("租客")];
    const hybrid = await collection.search("the roof 租客");
    await collection.close();
    return { results, hybrid: hybrid.hits[0]?.document };
  });
  const [known, unknown] = found.results;
  assert.equal(known.first, "rent");
  assert.equal(known.unembedded, 0);
  assert.ok([...known.dense, ...unknown.dense].every(Boolean), JSON.stringify(found));
  assert.equal(found.hybrid, "roof");
  expectNotFound(errors);
});
