// What `info()` says about where requests may go: by policies that were read, and by none that was tried out.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fromRoot } from "./package-site.js";
import { POLICY } from "./policy.js";
import { tinySite } from "./tiny-model.js";

/** What the site answers with, for the page and for everything else. */
const sent = { page: {}, others: {}, status: 200, meta: "" };

const scenario = tinySite({}, ({ url, method }, response) => {
  const isPage = new URL(url, "http://localhost").pathname === "/";
  for (const [name, value] of Object.entries(isPage ? sent.page : sent.others))
    response.setHeader(name, value);
  if (!isPage) return false;
  const html = readFileSync(fromRoot("tests/e2e/page/index.html"), "utf8");
  // What is in the browser's cache is not asked for again.
  response.setHeader("cache-control", "no-store");
  response.writeHead(method === "HEAD" ? sent.status : 200, { "content-type": "text/html; charset=utf-8" });
  response.end(html.replace("<meta charset", `${sent.meta}<meta charset`));
  return true;
});

const policy = (value) => ({ "content-security-policy": value });
const meta = (value) => `<meta http-equiv="Content-Security-Policy" content="${value}">`;

async function egressOf({ visit }, answers) {
  Object.assign(sent, { page: {}, others: {}, status: 200, meta: "" }, answers);
  const page = await visit("/?query#hash");
  return page.evaluate(async () => {
    const collection = await ibid.openCollection("papers", { model: "/tiny/", workers: 0 });
    const { egress } = await collection.info();
    await collection.close();
    return egress;
  });
}

const OWN = { connect: "own-origin", load: "own-origin" };
const OTHERS = { connect: "other-origins", load: "other-origins" };

scenario("a policy that refuses all other origins, by header everywhere", async (visitor) => {
  const egress = await egressOf(visitor, { page: policy(POLICY), others: policy(POLICY) });
  const closed = { ...OWN, policies: [POLICY] };
  assert.deepEqual(egress, { page: closed, worker: closed });
});

scenario("a policy in the page binds the page, and no worker", async (visitor) => {
  const own = POLICY.replace("frame-ancestors 'none'; ", "");
  const egress = await egressOf(visitor, { meta: meta(own) });
  assert.deepEqual(egress, { page: { ...OWN, policies: [own] }, worker: { ...OTHERS, policies: [] } });
});

scenario("without any policy everything is open", async (visitor) => {
  const open = { ...OTHERS, policies: [] };
  assert.deepEqual(await egressOf(visitor, {}), { page: open, worker: open });
});

scenario(
  "what the server does not tell is unknown, but for what the page itself refuses",
  async (visitor) => {
    const { page } = await egressOf(visitor, { status: 405 });
    assert.deepEqual(page, { connect: "unknown", load: "unknown", policies: [] });
    visitor.errors.splice(0); // the browser logs the status
    const own = "connect-src 'self'";
    const partly = await egressOf(visitor, { status: 405, meta: meta(own) });
    assert.deepEqual(partly.page, { connect: "own-origin", load: "unknown", policies: [own] });
    visitor.errors.splice(0);
  },
);

scenario(
  "several policies hold at once, and each directive falls back as browsers have it",
  async (visitor) => {
    const { origin } = new URL(await visitor.visit().then((page) => page.url()));
    const script = "script-src 'self' 'wasm-unsafe-eval'";
    for (const [policies, expected] of [
      [`default-src 'self', connect-src *`, { connect: "own-origin", load: "other-origins" }], // no form-action
      [
        `default-src 'self'; connect-src 'self' https:; form-action 'self'`,
        { connect: "other-origins", load: "own-origin" },
      ],
      [`default-src 'self' ${origin} data: blob:; form-action 'none'`, OWN],
      [
        `default-src 'self'; form-action 'none'; img-src https://example.org`,
        { connect: "own-origin", load: "other-origins" },
      ],
      [`default-src 'self' 'strict-dynamic' 'nonce-x'; form-action 'none'; ${script}`, OTHERS],
      [`connect-src 'self'; connect-src *`, { connect: "own-origin", load: "other-origins" }],
      [`CONNECT-SRC 'SELF'`, { connect: "own-origin", load: "other-origins" }],
    ]) {
      const { page } = await egressOf(visitor, { page: { ...policy(policies) } });
      assert.deepEqual({ connect: page.connect, load: page.load }, expected, policies);
    }
    const reported = await egressOf(visitor, { page: { "content-security-policy-report-only": POLICY } });
    assert.equal(reported.page.connect, "other-origins", "what is only reported is not refused");
    visitor.errors.splice(0); // violations that are only reported
  },
);

scenario("without a network what was read stays, and what was not is read later", async (visitor) => {
  Object.assign(sent, { page: policy(POLICY), others: policy(POLICY), status: 200, meta: "" });
  const page = await visitor.visit();
  await page.evaluate(async () => {
    globalThis.early = await ibid.openCollection("early", { model: "/tiny/", workers: 0 });
    globalThis.late = await ibid.openCollection("late", { model: "/tiny/", workers: 0 });
    await early.prepareOffline();
    await late.loadModel();
  });
  const read = () =>
    page.evaluate(async () => {
      const infos = [await early.info(), await late.info()];
      return infos.map(({ egress }) => egress.page.connect);
    });
  await visitor.context.setOffline(true);
  const asked = visitor.requests.length;
  assert.deepEqual(await read(), ["own-origin", "unknown"]);
  assert.deepEqual(visitor.requests.slice(asked), []);
  await visitor.context.setOffline(false);
  assert.deepEqual(await read(), ["own-origin", "own-origin"]);
});
