// The examples of the documentation: each is a file, included by a page, and is run here against the built package.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve, sep } from "node:path";
import { after, test } from "node:test";
import { compileScript, parse } from "@vue/compiler-sfc";
import { rolldown } from "rolldown";
import { build } from "vite";
import { fromRoot, packageSite } from "./package-site.js";
import { addAuthenticator, openSite, until } from "./support.js";

const DOCS = fromRoot("docs");
const EXAMPLES = fromRoot("docs/examples");
const PACKAGE = fromRoot("pkg/dist") + sep;

/** The examples that a test ran. */
const tested = new Set();

const built = mkdtempSync(join(tmpdir(), "ibid-docs-"));
after(() => rmSync(built, { recursive: true }));

/** The page that the README begins with. */
const [, README_PAGE] = /^```html\n(.*?)^```$/ms.exec(readFileSync(fromRoot("README.md"), "utf8"));

const POLICY = readFileSync(join(EXAMPLES, "policy.txt"), "utf8").trim();

const site = packageSite(
  {
    "/built": built,
    "/ibid": fromRoot("pkg/dist"),
    "/box": join(EXAMPLES, "search-box"),
    "/files": fromRoot("tests/fixtures/documents/pdf"),
    "/node_modules/ibid": fromRoot("pkg"),
  },
  ({ url }, response) => {
    const { pathname, searchParams } = new URL(url, "http://localhost");
    // The worker's script has the policy, too, as the guide says.
    if (searchParams.has("policy") || isStrict) response.setHeader("content-security-policy", POLICY);
    if (pathname === "/favicon.ico") {
      response.writeHead(204).end(); // the page has nothing but what the README says
      return true;
    }
    if (pathname === "/readme.html") {
      response.writeHead(200, { "content-type": "text/html" });
      response.end(README_PAGE);
      return true;
    }
    if (pathname !== "/offline-worker.js") return false;
    response.writeHead(200, { "content-type": "text/javascript" });
    response.end(readFileSync(join(EXAMPLES, "offline-worker.js")));
    return true;
  },
);

/** Whether everything is served with the policy of the guide. */
let isStrict = false;

/** The package as pages load it; parts for frameworks are bundled with these. */
const packagePlugin = {
  name: "package",
  async resolveId(source, importer) {
    if (importer === undefined) return undefined;
    const found = await this.resolve(source, importer, { skipSelf: true });
    if (!found?.id.startsWith(PACKAGE)) return found;
    const path = relative(PACKAGE, found.id).replaceAll(sep, "/");
    return /^(react|langchain|ai)\//.test(path) ? found : { id: `/pkg/${path}`, external: true };
  },
};

/** Compiles a component of Vue that is written with `<script setup>`. */
const vuePlugin = {
  name: "vue",
  transform: {
    filter: { id: /\.vue$/ },
    handler(source, id) {
      const { descriptor } = parse(source);
      const { content } = compileScript(descriptor, { id, inlineTemplate: true });
      return { code: content, moduleType: "js" };
    },
  },
};

/** Makes a module for browsers of an example, or of code that uses one, and returns its address. */
async function bundle(name, input = join(EXAMPLES, name), plugins = []) {
  tested.add(name);
  const file = `${name.replace(/\W/g, "-")}.js`;
  const bundled = await rolldown({
    input,
    platform: "browser",
    transform: { define: { "process.env.NODE_ENV": '"production"' } },
    plugins: [...plugins, packagePlugin],
    logLevel: "silent",
  });
  await bundled.write({ file: join(built, file), format: "es", codeSplitting: false });
  await bundled.close();
  return `/built/${file}`;
}

/** Code that uses an example, as a module beside it. */
function using(code) {
  const id = join(EXAMPLES, "entry.tsx");
  return [
    id,
    [
      {
        name: "entry",
        resolveId: (source) => (source === id ? id : undefined),
        load: (asked) => (asked === id ? code : undefined),
      },
    ],
  ];
}

/** What an example exports, as far as it can be copied. */
async function run(page, name) {
  const address = await bundle(name);
  return page.evaluate(async (address) => {
    const shown = Object.entries(await import(address));
    return Object.fromEntries(shown.filter(([, value]) => typeof value !== "function"));
  }, address);
}

/** Declares a test of an example that is a module whose exports say what it shows. */
function example(name, check) {
  site(`the example ${name} shows what its page says`, async ({ visit }) => {
    const page = await visit();
    await check(await run(page, name), page);
  });
}

example("documents.ts", ({ chunks, extracted, failures, hit, page, places, stored }) => {
  assert.ok(chunks > 0);
  assert.deepEqual(failures, ["broken: unsupported-media-type"]);
  assert.equal(hit.document, "report");
  assert.ok(places.length > 0);
  assert.ok(places.every(({ kind, page }) => kind === "page" && page === hit.chunk.page));
  assert.equal(page, 1);
  const text = "The boiler was serviced in May.";
  assert.deepEqual(stored, { text, start: "The boiler", isThere: true, listed: 3, gone: 1, left: 2 });
  assert.equal(extracted, "Water the plants.");
});

example("search.ts", ({ answering, heading, order, result, scored }) => {
  assert.equal(result.hits[0].document, "lease");
  assert.equal(result.answerable, true);
  assert.match(answering, /^The landlord repairs the slate roof within 14 days\./);
  assert.match(heading, /^Nothing/);
  assert.ok(scored > 0);
  assert.equal(order[0], "rules");
});

example("words.ts", ({ completions, correction, forms, html, kinds, texts }) => {
  assert.deepEqual(forms, ["repairing: stem", "lirbary: typo"]);
  assert.deepEqual(kinds, ["exact", "prefix"]);
  assert.match(html, /<mark>repaired<\/mark> the roof of the public <mark>library<\/mark>/);
  assert.equal(texts[0], texts[1]);
  assert.deepEqual(completions, ["who repaired the roof"]);
  assert.equal(correction, "of the library");
});

example("prompts.ts", ({ body, quotes, roles, system }) => {
  assert.deepEqual(roles, ["system", "user", "assistant", "user"]);
  for (const quote of quotes) assert.match(quote, /The landlord repairs the roof within 14 days/);
  assert.match(system.content, /Antworte auf Deutsch/);
  assert.match(JSON.stringify(body), /"citations":\{"enabled":true\}.*"type":"document"/);
});

example("answers.ts", ({ answerable, citations, judged, rounds, shown, text, verdicts }) => {
  assert.match(text, /The landlord repairs the roof within 14 days.*\[1\]/);
  assert.equal(answerable, true);
  assert.equal(citations[0].document, "lease");
  assert.deepEqual([judged, verdicts], [["contradicted", "supported"], ["supported"]]);
  assert.equal(rounds.length, 2);
  assert.equal(shown.at(-1), rounds[1]);
});

example("verdicts.ts", ({ checked, verdicts }) => {
  assert.deepEqual(checked, ["supported", "not_found"]);
  assert.deepEqual(verdicts, ["contradicted", "uncited", "supported"]);
});

example("trail.ts", ({ broken, documents, head, identical, isDeleted, listed, record, size }) => {
  assert.deepEqual([record, identical, listed, isDeleted], [1, true, 1, true]);
  assert.deepEqual([documents.added, documents.replaced, documents.removed, broken], [[], [], [], []]);
  assert.match(head, /^[0-9a-f]{64}$/);
  assert.ok(size > 0);
});

example("evaluation.ts", ({ advice, auc, found, ndcg }) => {
  assert.equal(ndcg.mean, 1);
  assert.equal(auc, 1);
  assert.equal(found, 1);
  assert.match(advice, /\w/);
});

example("storage.ts", ({ damage, freed, isSafe, place, used }) => {
  assert.deepEqual([damage, place, typeof isSafe], [[], "memory", "boolean"]);
  assert.ok(used > 0);
  assert.ok(freed > 15_000_000);
});

example("errors.ts", ({ told }) => assert.match(told, /^binary-content: .*contract\.txt/));

test("the page about errors has each code once, and no other", () => {
  const types = readFileSync(fromRoot("pkg/types/ibid.golden.d.ts"), "utf8");
  const [, union] = /export type ErrorCode =([^;]+);/.exec(types);
  const codes = [...union.matchAll(/"([a-z0-9-]+)"/g)].map(([, code]) => code);
  const page = readFileSync(join(DOCS, "guide/errors.md"), "utf8");
  const told = [...page.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, code]) => code);
  assert.deepEqual(told.toSorted(), codes.toSorted());
});

example("tabs.ts", ({ count }) => assert.equal(count, 1));

example("transfer.ts", ({ added, report }) => {
  assert.equal(added, 1);
  assert.deepEqual([report.added, report.unchanged, report.differing], [1, 1, 0]);
});

example("chunking.ts", ({ isWider, large, ndcg, small }) => {
  assert.ok(small.chunks > large.chunks);
  assert.equal(isWider, true);
  assert.equal(ndcg, 1);
});

example("filters.ts", ({ found, removed, told }) => {
  assert.deepEqual(found, [["lease"], ["loan"]]);
  assert.equal(removed, 1);
  assert.match(told, /^invalid-filter: .*\$above/);
});

example("citations.ts", ({ answer, citation, failedVerdicts, isExact, messages, verdicts }) => {
  assert.ok(messages.length > 0);
  assert.deepEqual([citation.document, citation.section], ["lease", ["Lease", "Repairs"]]);
  assert.equal(isExact, true);
  assert.match(answer.text, /The landlord repairs the roof within 14 days.*\[1\]/);
  assert.deepEqual(verdicts, ["contradicted", "uncited"]);
  assert.deepEqual(failedVerdicts, ["contradicted"]);
});

example("encryption.ts", ({ added, afterwards, encryption, refused }) => {
  assert.deepEqual([refused, afterwards, added], ["wrong-key", "locked", 1]);
  assert.ok(encryption);
});

example("models.ts", ({ fingerprint, hits, refused, state }) => {
  assert.equal(state, "ready");
  assert.match(fingerprint, /^[0-9a-f]{64}$/);
  assert.equal(hits[0].document, "lease");
  assert.equal(refused, "model-mismatch");
});

example("assets.ts", ({ build }) => assert.match(build, /simd128|relaxed/));

example("langchain.ts", ({ documents }) => {
  assert.equal(documents[0].pageContent, "The landlord repairs the roof.");
  assert.equal(documents[0].metadata.metadata.year, 2024);
});

site("the example language-models.ts asks a model on this machine", async ({ context, visit, requests }) => {
  const page = await visit();
  const chunks = ["The land", "lord [1]."].map((content) => ({ choices: [{ delta: { content } }] }));
  const body = [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"].map((it) => `data: ${it}\n\n`);
  const asked = [];
  await context.route("http://localhost:11434/**", (route) => {
    asked.push(route.request().postDataJSON());
    return route.fulfill({
      headers: { "content-type": "text/event-stream", "access-control-allow-origin": "*" },
      body: body.join(""),
    });
  });
  await page.evaluate(() => Reflect.deleteProperty(globalThis, "LanguageModel")); // where the browser has one
  const { echoed, said } = await run(page, "language-models.ts");
  assert.equal(said, "The landlord [1].");
  assert.equal(echoed, "the landlord ");
  assert.equal(asked[0].model, "llama3.2");
  assert.match(JSON.stringify(asked[0].messages), /The landlord repairs the roof\./);
  assert.ok(
    requests.splice(0).every((url) => !url.startsWith("http:") || /localhost:11434|127\.0\.0\.1/.test(url)),
  );
});

test("the example passkey.ts opens by a passkey", { timeout: 300_000 }, async () => {
  const address = await bundle("passkey.ts");
  const mounts = { "/pkg": fromRoot("pkg/dist"), "/models": fromRoot("models"), "/built": built };
  const here = await openSite(fromRoot("tests/e2e/page"), mounts);
  try {
    const { context } = await here.newVisitor();
    const page = await context.newPage();
    await addAuthenticator(page, { hasPrf: true });
    await page.goto(here.address.replace("127.0.0.1", "localhost")); // passkeys are of domains
    await page.waitForFunction(() => "ibid" in globalThis);
    const opened = await page.evaluate(async (address) => {
      const { addPasskey, openByPasskey } = await import(address);
      const passphrase = "correct horse battery staple";
      const files = await ibid.openCollection("files", { passphrase });
      await files.add({ id: "visit", content: "The patient is allergic to penicillin." });
      await files.close();
      await addPasskey(passphrase);
      const collection = await openByPasskey();
      const { keys } = (await collection.info()).encryption;
      return { ids: (await collection.list()).map(({ id }) => id), keys: keys.length };
    }, address);
    assert.deepEqual(opened, { ids: ["visit"], keys: 2 });
  } finally {
    await here.close();
  }
});

site("the example for Vue searches while somebody types", async ({ visit }) => {
  const [id, plugins] = using(`
    import { createApp } from "vue";
    import { openCollection } from "ibid";
    import Search from "./vue/Search.vue";
    const collection = await openCollection("contracts");
    await collection.add({ id: "lease", content: "The landlord repairs the roof." });
    createApp(Search).mount(document.body);`);
  const address = await bundle("vue/Search.vue", id, [...plugins, vuePlugin]);
  const page = await visit();
  await page.evaluate((address) => import(address), address);
  await page.getByRole("searchbox").fill("who repairs the ro");
  await page.getByText("The landlord repairs the roof.").waitFor();
});

site("the page that the README begins with answers", async ({ visit }) => {
  const page = await visit("/readme.html");
  await page.getByText(/^The landlord repairs the roof within 14 days\..*\(Lease, from 0 to 45\)$/).waitFor();
});

site("the example policy.ts runs under the policy of the guide", async ({ visit, errors }) => {
  isStrict = true;
  try {
    const page = await visit();
    const address = await bundle("policy.ts");
    const violations = await page.evaluate(async (address) => {
      const violations = [];
      addEventListener("securitypolicyviolation", ({ violatedDirective }) =>
        violations.push(violatedDirective),
      );
      const { isTight } = await import(address);
      return { isTight, violations };
    }, address);
    assert.deepEqual(violations, { isTight: true, violations: [] });
    tested.add("policy.txt");
    const guide = readFileSync(join(DOCS, "guide/policy.md"), "utf8");
    assert.equal(guide.split(POLICY).length, 3, "both snippets of headers have the very policy");
    assert.deepEqual(errors, []);
  } finally {
    isStrict = false;
  }
});

site("the example offline.ts works without a network afterwards", async ({ context, visit }) => {
  const page = await visit();
  const address = await bundle("offline.ts");
  tested.add("offline-worker.js");
  const found = () =>
    page.evaluate(async (address) => (await import(address)).ask("how many days of leave?"), address);
  await page.evaluate(() => Promise.all(["page-v0", "other"].map((name) => caches.open(name))));
  assert.equal(await found(), "leave");
  await context.setOffline(true);
  assert.equal(await found(), "leave");
  await context.setOffline(false);
  await page.reload(); // the second visit, from which on the guide promises it
  assert.equal(await found(), "leave");
  await until(() => page.evaluate(async () => !(await caches.has("page-v0"))));
  assert.ok(await page.evaluate(() => caches.has("other")));
  await context.setOffline(true);
  await page.reload();
  assert.equal(await found(), "leave");
});

site("the example react.tsx searches while somebody types", async ({ visit }) => {
  const [id, plugins] = using(`
    import { createRoot } from "react-dom/client";
    import { openCollection } from "ibid";
    import { Search } from "./react.tsx";
    const collection = await openCollection("contracts");
    await collection.add({ id: "lease", content: "The landlord repairs the roof." });
    createRoot(document.body).render(<Search />);`);
  const address = await bundle("react.tsx", id, plugins);
  const page = await visit();
  await page.evaluate((address) => import(address), address);
  await page.getByRole("searchbox").fill("who repairs the ro");
  await page.getByRole("listitem").getByText("The landlord repairs the roof.").waitFor();
});

site("the example ai-sdk.ts gives a model what it looks for", async ({ visit }) => {
  const [id, plugins] = using(`
    import { MockLanguageModelV4 } from "ai/test";
    import { ask } from "./ai-sdk.ts";
    const usage = { inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 }, outputTokens: { total: 1, text: 1, reasoning: 0 } };
    const prompts = [];
    const doGenerate = async ({ prompt }) => {
      prompts.push(JSON.stringify(prompt));
      const call = { type: "tool-call", toolCallId: "1", toolName: "search", input: JSON.stringify({ query: "roof" }) };
      const isFirst = prompts.length === 1;
      return { content: [isFirst ? call : { type: "text", text: "The landlord." }], finishReason: { unified: isFirst ? "tool-calls" : "stop", raw: undefined }, usage, warnings: [] };
    };
    export const text = await ask(new MockLanguageModelV4({ doGenerate }), "Who repairs the roof?");
    export { prompts };`);
  const address = await bundle("ai-sdk.ts", id, plugins);
  const page = await visit();
  const { text, prompts } = await page.evaluate(async (address) => {
    const { text, prompts } = await import(address);
    return { text, prompts };
  }, address);
  assert.equal(text, "The landlord.");
  assert.match(prompts[1], /The landlord repairs the roof\./);
});

site("the example of the search box finds the pages of its list", async ({ visit }) => {
  tested.add("search-box/index.html").add("search-box/search.json");
  const page = await visit("/box/");
  await page.getByRole("combobox").fill("roof");
  await page.getByRole("option", { name: "Repairs" }).waitFor();
});

test("the tutorial's page answers with citations that are exact", { timeout: 300_000 }, async () => {
  const root = join(EXAMPLES, "tutorial");
  for (const name of ["index.html", "main.js", "vite.config.js"]) tested.add(`tutorial/${name}`);
  const outDir = join(built, "tutorial");
  await build({ root, build: { outDir }, logLevel: "error" });
  const tutorial = await openSite(outDir, { "/models": fromRoot("models") });
  try {
    const { visit, requests, errors } = await tutorial.newVisitor();
    const page = await visit();
    await page.getByRole("button", { name: "Ask" }).click(); // at once, while the document is being added
    await page
      .getByRole("status")
      .getByText(/^The landlord repairs the roof and the windows\..*\[1\]$/)
      .waitFor();
    await page.getByRole("listitem").getByText("Lease › Repairs: “The landlord repairs the roof").waitFor();
    await page.getByLabel("Question").fill("How long is the notice period?");
    await page.getByRole("button", { name: "Ask" }).click();
    await page.getByRole("status").getByText("three months").waitFor();
    const exact = await page.evaluate(async () => {
      const { citations } = await collection.answer("Who repairs the roof?");
      return Promise.all(citations.map(isExact));
    });
    assert.ok(exact.length > 0 && exact.every((is) => is === true));
    assert.deepEqual(errors, []);
    assert.ok(
      requests.every(
        (url) => url.startsWith("blob:") || url.startsWith("data:") || url.startsWith(tutorial.address),
      ),
    );
  } finally {
    await tutorial.close();
  }
});

/** The pages that people wrote. */
const pages = readdirSync(DOCS, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll(sep, "/"))
  .filter((path) => path.endsWith(".md") && !/^(reference|node_modules|\.vitepress)\//.test(path));

test("no page has code that no test runs", () => {
  assert.ok(pages.length > 10);
  const included = new Set();
  for (const path of pages) {
    const text = readFileSync(join(DOCS, path), "utf8");
    for (const [, language] of text.matchAll(/^ *(?:`{3,}|~{3,}) *([\w+-]*)/gm)) {
      assert.ok(
        ["", "sh", "text", "nginx"].includes(language),
        `${path}: ${language} belongs into docs/examples`,
      );
    }
    for (const [, file, region] of text.matchAll(/^<<< @\/([^\s#{]+)(?:#(\w+))?/gm)) {
      const absolute = resolve(DOCS, file);
      const source = readFileSync(absolute, "utf8");
      if (region)
        assert.match(source, new RegExp(`#region ${region}\\b`), `${path}: ${file} has no ${region}`);
      const name = relative(EXAMPLES, absolute).replaceAll(sep, "/");
      included.add(name);
    }
  }
  assert.deepEqual(
    [...included].filter((name) => !tested.has(name)),
    [],
    "included, and not tested",
  );
  const all = readdirSync(EXAMPLES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(EXAMPLES, join(parentPath, name)).replaceAll(sep, "/"));
  assert.deepEqual(
    all.filter((name) => !included.has(name)),
    [],
    "in no page",
  );
});
