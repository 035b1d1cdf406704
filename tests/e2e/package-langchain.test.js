// The retriever and the embeddings for LangChain.js, in a bundled application with the real library.

import assert from "node:assert/strict";
import { bundlePage } from "./bundle.js";
import { fromRoot } from "./package-site.js";
import { tinySite } from "./tiny-model.js";

const site = tinySite({ "/langchain": await bundlePage(fromRoot("tests/e2e/apps/langchain.js")) });

const LEASE = `# Lease

## Repairs

The landlord repairs the roof of the house and pays for it.

## Rent

The tenant pays the rent on the first day of a month.`;

/** Declares a test that gets a page of the application with a lease in an open collection. */
function scenario(name, run) {
  site(name, async (visitor) => {
    const page = await visitor.visit("/langchain/");
    await page.waitForFunction(() => globalThis.ibid !== undefined);
    await page.evaluate(async (content) => {
      const options = {
        model: "/tiny/",
        workerUrl: "/pkg/workers/worker.js",
        chunking: { max: 64, overlap: 0 },
      };
      globalThis.collection = await ibid.openCollection("papers", options);
      await collection.loadModel();
      const metadata = { year: 2024, tags: ["house"] };
      await collection.add({ id: "lease", title: "Lease", content, mediaType: "text/markdown", metadata });
      await collection.add({
        id: "note",
        title: "Note",
        content: { pages: ["Nothing.", "The roof leaks."] },
      });
    }, LEASE);
    await run(page, visitor);
  });
}

scenario("a retriever finds passages that say where they stand", async (page) => {
  const found = await page.evaluate(async () => {
    const retriever = new IbidRetriever({ collection, search: { mode: "lexical", k: 3 } });
    const documents = await retriever.invoke("roof repairs");
    const texts = Object.fromEntries(
      await Promise.all(["lease", "note"].map(async (id) => [id, (await collection.get(id)).text])),
    );
    const filtered = new IbidRetriever({ collection, search: { mode: "lexical", filter: { year: 2024 } } });
    const none = new IbidRetriever({ collection, search: { mode: "lexical", filter: { year: 1999 } } });
    return {
      documents: documents.map(({ id, pageContent, metadata }) => ({ id, pageContent, metadata })),
      slices: documents.every(
        ({ pageContent, metadata: { document, start, end } }) =>
          texts[document].slice(start, end) === pageContent,
      ),
      filtered: (await filtered.invoke("roof")).map(({ metadata }) => metadata.document),
      none: await none.batch(["roof", "rent"]).catch(({ code }) => code),
    };
  });
  assert.ok(found.slices);
  const [first] = found.documents;
  const { start, end, score, relevance, ...rest } = first.metadata;
  assert.match(first.pageContent, /The landlord repairs the roof/);
  assert.equal(first.id, `lease#${start}-${end}`);
  assert.ok(score > 0 && relevance > 0);
  assert.deepEqual(rest, {
    document: "lease",
    title: "Lease",
    section: ["Lease", "Repairs"],
    lead: "",
    tail: "",
    metadata: { year: 2024, tags: ["house"] },
  });
  assert.equal(found.documents.find(({ metadata }) => metadata.document === "note").metadata.page, 1);
  assert.deepEqual(found.filtered, ["lease"]);
});

scenario("a chain answers from what a retriever finds", async (page) => {
  const { answer, asked } = await page.evaluate(async () => {
    const { sequence, asked } = chain(new IbidRetriever({ collection, search: { mode: "lexical", k: 1 } }));
    return { answer: await sequence.invoke("Who repairs the roof?"), asked };
  });
  assert.equal(answer, "The landlord [1].");
  assert.equal(asked.length, 1);
  assert.match(asked[0], /\[1\] Lease: [\s\S]*The landlord repairs the roof[\s\S]*Who repairs the roof\?/);
});

scenario("embeddings are those of the collection's model", async (page) => {
  const { own, documents, query, none } = await page.evaluate(async () => {
    const embeddings = new IbidEmbeddings({ collection });
    const [passage] = await collection.embed(["roof"]);
    return {
      own: [...passage.vector],
      documents: await embeddings.embedDocuments(["roof", "rent"]),
      query: await embeddings.embedQuery("roof"),
      none: await embeddings.embedDocuments([]),
    };
  });
  assert.deepEqual(documents[0], own);
  assert.equal(documents.length, 2);
  assert.notDeepEqual(documents[1], own);
  assert.equal(query.length, own.length);
  assert.deepEqual(none, []);
});

scenario("a call whose signal aborts ends, and an error of the search is the call's", async (page) => {
  const found = await page.evaluate(async () => {
    const retriever = new IbidRetriever({ collection });
    const reason = await retriever.invoke("roof", { signal: AbortSignal.abort() }).catch(({ name }) => name);
    await collection.close();
    return [reason, await retriever.invoke("roof").catch(({ code }) => code)];
  });
  assert.deepEqual(found, ["AbortError", "closed"]);
});

/** What LangSmith's settings look like to a page whose bundler hands on the environment. */
function switchTracingOn(endpoint) {
  globalThis.process = {
    env: { LANGSMITH_TRACING: "true", LANGSMITH_API_KEY: "key", LANGSMITH_ENDPOINT: endpoint },
  };
}

scenario(
  "nothing goes to LangSmith, whose tracing is refused unless it is allowed",
  async (page, visitor) => {
    const sent = () => visitor.requests.filter((url) => url.includes("/langsmith/"));
    await page.evaluate(switchTracingOn, new URL("/langsmith", page.url()).href);
    const refused = await page.evaluate(async () => {
      const retriever = new IbidRetriever({ collection });
      const alone = await retriever
        .invoke("the secret roof")
        .catch(({ code, message }) => `${code} ${message}`);
      const embeddings = await new IbidEmbeddings({ collection }).embedQuery("the secret roof");
      await new Promise((resolve) => setTimeout(resolve, 1500)); // longer than its handler collects
      return { alone, dimensions: embeddings.length };
    });
    assert.match(refused.alone, /^chat-remote .*allowTracing/);
    assert.ok(refused.dimensions > 0);
    assert.deepEqual(sent(), []);
    // The same with permission is sent: so it would have been.
    const request = page.waitForRequest(/\/langsmith\//);
    await page.evaluate(() => new IbidRetriever({ collection, allowTracing: true }).invoke("the roof"));
    await request;
    await page.evaluate(() => collection.close());
    await page.close();
    visitor.errors.splice(0); // nobody answers there
  },
);
