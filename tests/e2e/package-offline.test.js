// The proof of privacy: under a policy that allows nothing but the page's own origin, and then without any network, the package does
// its whole work, and neither the browser nor the server sees a request.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before } from "node:test";
import { listen } from "../../scripts/serve.js";
import { fromRoot, packageSite } from "./package-site.js";
import { POLICY } from "./policy.js";
import { storedParts } from "./stored-parts.js";
import { until } from "./support.js";

/** Another origin, and what reached it. */
let stranger;
const arrived = [];
const strange = createServer((request, response) => {
  arrived.push(request.url);
  response.end();
});
before(async () => {
  stranger = await listen(strange);
});
after(() => {
  strange.close();
  strange.closeAllConnections();
});

/** What the site answers with besides its files, by path; a test may replace it. */
let header = POLICY;
let meta = "";

const page = () => {
  const html = readFileSync(fromRoot("tests/e2e/page/index.html"), "utf8");
  return html.replace("<link", `${meta}<script type="module" src="watch.js"></script>\n    <link`);
};
const WORKER = /^\/pkg\/workers\/([a-z]+-)?worker\.js$/;

const scenario = packageSite({ "/documents": fromRoot("tests/fixtures/documents") }, ({ url }, response) => {
  const { pathname } = new URL(url, "http://localhost");
  if (header !== "") response.setHeader("content-security-policy", header);
  if (pathname === "/") {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page());
  } else if (WORKER.test(pathname)) {
    // The package's own worker, and before it what watches it.
    const script = readFileSync(fromRoot(pathname.replace("/pkg", "pkg/dist")), "utf8");
    response.writeHead(200, { "content-type": "text/javascript" }).end(`import "/watch.js";\n${script}`);
  } else return false;
  return true;
});

/** Has the page gather what is told about it and its workers. */
const watch = (page) =>
  page.evaluate(() => {
    globalThis.watched = [];
    globalThis.watching = new BroadcastChannel("watched");
    watching.addEventListener("message", ({ data }) => watched.push(data));
  });

/** What became of a request to another origin that the worker of this name made. */
async function attempt(page, by) {
  const outcome = await page.evaluate(
    ({ by, address }) =>
      new Promise((resolve) => {
        watching.addEventListener(
          "message",
          ({ data }) => data.where === by && data.attempted && resolve(data.attempted),
        );
        watching.postMessage({ by, attempt: address });
      }),
    { by, address: `${stranger}${by}` },
  );
  return outcome;
}

const told = (page, what) => page.evaluate((what) => watched.filter((it) => what in it), what);

scenario("without a network the whole work is done, and nothing is asked for", async (visitor, site) => {
  const page = await visitor.visit();
  await watch(page);
  await page.evaluate(async () => {
    globalThis.collection = await ibid.openCollection("papers", {
      reranker: "ms-marco-minilm-l12-v2",
      workers: 2,
      chunking: { max: 32, overlap: 0 },
    });
    await collection.prepareOffline();
    // Collections build graphs of tens of thousands of passages, so here their worker is asked by hand.
    const { SpareWorker } = await import("/pkg/workers/graphs.js");
    const { loadCore } = await import("/pkg/workers/core.js");
    globalThis.graphs = new SpareWorker((await loadCore(undefined)).compiled);
    await graphs.prepare();
    const bytes = async (path) => (await fetch(`/documents/${path}`)).arrayBuffer();
    globalThis.files = {
      pdf: new File([await bytes("pdf/chromium-tagged-en.pdf")], "report.pdf"),
      fonts: new File([await bytes("pdf/reportlab-tables-en.pdf")], "tables.pdf"),
      locked: new File([await bytes("pdf/encrypted.pdf")], "locked.pdf"),
      html: new File([await bytes("html/news-modern.html")], "news.html"),
    };
  });

  await visitor.context.setOffline(true);
  await site.stop();
  try {
    await workOffline(page, visitor);
  } finally {
    await visitor.context.setOffline(false);
    await site.start();
  }
});

/** Does everything that there is to do, and then attempts what is not allowed. */
async function workOffline(page, visitor) {
  const asked = visitor.requests.length;
  const fetched = (await told(page, "fetched")).length;
  assert.deepEqual(await told(page, "refused"), []);

  await page.evaluate(`globalThis.storedParts = ${storedParts}`);
  const done = await page.evaluate(async () => {
    await collection.add({ id: "long", content: prose(300) });
    const run = (await storedParts()).find(({ name }) => name.startsWith("vectors/"));
    const graph = await graphs.build((await collection.info()).chunks, [run.bytes]);
    const running = [];
    const looking = setInterval(async () => running.push((await collection.info()).workers.running), 50);
    const notes = Array.from({ length: 60 }, (_, n) => ({
      id: `note ${n}`,
      content: `Note ${n}. ${prose(90)}`,
    }));
    const heron = { id: "heron", content: "The heron nests by the river. It has 3 eggs in May." };
    const added = await collection.addMany([...notes, heron]);
    clearInterval(looking);
    const documents = [];
    for (const [id, content] of Object.entries(files)) {
      documents.push([id, (await outcome(() => collection.add({ id, content }))).code]);
    }
    // What could not be read has not used up what reads.
    documents.push([
      "again",
      (await outcome(() => collection.add({ id: "again", content: files.pdf }))).code,
    ]);
    const found = await collection.search("Where does the bird breed?", { mode: "dense", k: 1 });
    const prompt = await collection.prompt("How many eggs does the heron have?");
    const answer = await collection.answer("How many eggs does the heron have?");
    const { number } = prompt.citations.find(({ document }) => document === "heron");
    const verified = await collection.verify(`The heron nests by the river [${number}].`, { prompt });
    const reranked = await collection.search("Where does the bird breed?", { rerank: true, k: 1 });
    const file = await collection.export({ passphrase: "a house" });
    const { added: imported } = await collection.import(file, { passphrase: "a house", replace: true });
    const { workers, backlog, build } = await collection.info();
    const statuses = [...new Set(added.map(({ status }) => status))];
    return {
      ...{ statuses, documents, workers, backlog, build, answer: answer.text, size: file.size },
      graph: new TextDecoder().decode(graph.slice(0, 8)),
      running: Math.max(...running),
      found: found.hits[0].document,
      reranked: reranked.hits[0].document,
      imported,
      verdict: verified.sentences[0].verdict,
    };
  });
  const { size, running, workers, answer, ...facts } = done;
  assert.deepEqual(facts, {
    statuses: ["added"],
    documents: [
      ["pdf", undefined],
      ["fonts", undefined],
      ["locked", "document-encrypted"],
      ["html", undefined],
      ["again", undefined],
    ],
    backlog: 0,
    build: "relaxed-simd",
    found: "heron",
    reranked: "heron",
    imported: 66,
    graph: "ibid.gra",
    verdict: "supported",
  });
  assert.match(answer, /3 eggs/);
  assert.ok(size > 10_000);
  assert.equal(running, 2, "both workers embed");
  assert.equal(workers.fallback, undefined);

  assert.deepEqual(visitor.requests.slice(asked), []);
  assert.deepEqual((await told(page, "fetched")).slice(fetched), []);
  assert.deepEqual(await told(page, "refused"), []);

  // So far nobody has tried: the policy is there, and would be heard.
  for (const worker of ["ibid", "ibid-embedding", "ibid-documents", "page"]) {
    assert.equal(await attempt(page, worker), "refused", worker);
  }
  await until(async () => (await told(page, "refused")).length >= 4);
  const refused = await told(page, "refused");
  for (const worker of ["ibid", "ibid-embedding", "ibid-documents", "page"]) {
    const own = refused.filter(({ where }) => where === worker);
    assert.ok(own.length > 0, worker);
    for (const { refused, by } of own) {
      assert.deepEqual([refused, by], [`${stranger}${worker}`, "connect-src"]);
    }
  }
  assert.deepEqual(arrived, []);
  forgetAttempts(visitor);
}

/** Takes what the browser logs of requests to the other origin, and those that did leave, out of what a test must not leave behind. */
function forgetAttempts({ errors, requests }) {
  errors.splice(0, errors.length, ...errors.filter((it) => !it.includes(stranger)));
  requests.splice(0, requests.length, ...requests.filter((it) => !it.startsWith(stranger)));
}

scenario(
  "a policy in the page alone does not reach workers: that of their own scripts does",
  async (visitor) => {
    header = "";
    meta = `<meta http-equiv="Content-Security-Policy" content="${POLICY.replace("frame-ancestors 'none'; ", "")}">`;
    try {
      const page = await visitor.visit();
      await watch(page);
      await page.evaluate(async () => {
        globalThis.collection = await ibid.openCollection("papers");
      });
      assert.equal(await attempt(page, "page"), "refused");
      assert.equal(await attempt(page, "ibid"), "arrived");
      assert.deepEqual(arrived.splice(0), ["/ibid"]);
    } finally {
      header = POLICY;
      meta = "";
    }
    forgetAttempts(visitor);
  },
);
