// The whole job, in a page: what a bundler has left out is missed by one of its steps.

/** A web page, with a part that is no content. */
const PAGE = `<!doctype html><title>House rules</title><nav>Home | Rules | Contact</nav>
<main><h1>House rules</h1><p>Bicycles are kept in the cellar. The washing machine may be used until nine in the evening.</p>
<h2>Pets</h2><p>Two cats per flat are welcome; dogs need the consent of all neighbours.</p></main>`;

const LEASE = `# Lease

## Repairs

The landlord repairs the roof and the windows. The tenant pays for small repairs up to 100 euros.

## Notice

The notice period is three months to the end of a month.
`;

/**
 * Opens a collection with its model, adds text, a web page and a PDF file, searches, builds a prompt, and leaves in `outcome`
 * what came of it, or the error; until then `step` says what is being done.
 * @param {typeof import("ibid").openCollection} openCollection
 * @param {import("ibid").OpenOptions} [options]
 */
export async function job(openCollection, options) {
  try {
    globalThis.outcome = { result: await run(openCollection, options) };
  } catch (error) {
    globalThis.outcome = { error: `${error.code ?? error.name}: ${error.message}` };
  }
}

async function run(openCollection, options) {
  globalThis.step = "opening";
  const settings = { model: "all-minilm-l6-v2", modelsUrl: "/models/", workers: 1, ...options };
  const collection = await openCollection("leases", settings);
  globalThis.step = "loading the model";
  await collection.loadModel();
  globalThis.step = "adding Markdown";
  await collection.add({ id: "lease", title: "Lease", content: LEASE, mediaType: "text/markdown" });
  globalThis.step = "adding a web page";
  await collection.add({ id: "rules", content: new File([PAGE], "rules.html", { type: "text/html" }) });
  globalThis.step = "adding a PDF file";
  const pdf = await (await fetch("/documents/reportlab-tables-en.pdf")).blob();
  await collection.add({ id: "report", content: pdf });
  globalThis.step = "searching";
  const found = await collection.search("may I keep a dog?", { k: 3 });
  const report = await collection.get("report");
  globalThis.step = "quoting";
  const prompt = await collection.prompt("who repairs the roof?", { budget: 1000 });
  const [hit] = found.hits;
  const { text } = await collection.get(hit.document);
  globalThis.step = "embedding";
  // As many as are given to the workers that embed.
  const vectors = await collection.embed(Array.from({ length: 32 }, (_, n) => `clause ${n}`));
  const { backlog, workers, model } = await collection.info();
  globalThis.step = "deleting";
  await collection.destroy();
  return {
    found: hit.document,
    pages: report.text,
    sliced: text.slice(hit.chunk.start, hit.chunk.end) === hit.chunk.text,
    cited: prompt.citations.map(({ document, quote }) => [document, quote]),
    vectors: vectors.length,
    backlog,
    workers,
    model: model.state,
  };
}
