// The site that `make site` puts together, as a plain file server has it below a sub-path, with the headers that it asks for: the
// model is fetched once that is agreed to, everything works without the server afterwards, and a new version takes over when it is
// told to, without a loss.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchBrowser } from "../../scripts/browser.js";
import { createStaticServer, listen } from "../../scripts/serve.js";
import { SERVICE_WORKER, writeServiceWorker } from "../../www/site/service-worker.js";
import {
  addFiles,
  ask,
  closeViewer,
  elsewhere,
  listDocuments,
  newReader,
  row,
  untilOpen,
  waitUntilReady,
} from "./demo-support.js";
import { readHeadersFile } from "./headers-file.js";
import { fromRoot } from "./package-site.js";

/** Where the site is on its server. */
const BASE = "/some/where/";

const FIXTURES = fromRoot("tests/fixtures/documents/");
const PUMPS = "Why are pumps that stand outside emptied before the first frost?";
const KEYS = "Where does the spare key of the observatory hang?";

let folder;
let site;
let browser;
let context;
let page;
let requests;
let complaints;

before(async () => {
  execFileSync(fromRoot("scripts/site"), { stdio: "pipe" });
  folder = mkdtempSync(join(tmpdir(), "ibid-site-"));
  site = await serve(fromRoot("site"));
  browser = await launchBrowser();
  ({ context, requests, complaints } = await newReader(browser, { acceptDownloads: false }));
  page = await context.newPage();
});

after(async () => {
  await browser?.close();
  site?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A test after which nobody but the site was asked, and the page has complained of nothing but of a server that is stopped. */
function step(name, run, { isStopped = false } = {}) {
  test(name, async (t) => {
    await run(t);
    const others = complaints.splice(0).filter((text) => !(isStopped && text.includes("net::ERR_")));
    assert.deepEqual(others, []);
    assert.deepEqual(elsewhere(requests.attempted.splice(0), site.origin), []);
  });
}

/** Serves a build of the page, at the address of the one before it; models are those of the site. `damage` changes an answer. */
async function serve(build, port, damage) {
  const empty = join(folder, "empty");
  mkdirSync(empty, { recursive: true });
  const headersOf = readHeadersFile(join(build, "_headers"));
  const mounts = { [BASE]: build, [`${BASE}models/`]: fromRoot("site/models") };
  const server = createStaticServer(empty, mounts, (path) => headersOf(path.replace(BASE, "/")));
  if (damage !== undefined) {
    const [answerRightly] = server.listeners("request");
    server.removeAllListeners("request");
    server.on(
      "request",
      (request, response) => damage(request, response) || answerRightly(request, response),
    );
  }
  const address = await listen(server, port);
  const { origin, port: taken } = new URL(address);
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { address: origin + BASE, origin, port: Number(taken), stop };
}

/** Takes the place of what is served; the address stays, as that of what the browser keeps. */
async function replace(build, damage) {
  const { port, address } = site;
  site.stop();
  site = await serve(build, port, damage);
  assert.equal(site.address, address);
}

/** The caches of the page itself. */
const caches = () =>
  page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith("ibid-demo ")));

const kept = () => page.getByTestId("kept");

step("a first visit fetches no model before its size is agreed to, and is of use without it", async () => {
  await page.goto(site.address);
  await untilOpen(page);
  await page.getByTestId("agree-model").filter({ hasText: "Fetch the model (18" }).waitFor();
  const content = "The spare key of the observatory hangs behind the barometer.";
  await page
    .getByTestId("file-input")
    .setInputFiles({ name: "keys.txt", mimeType: "", buffer: Buffer.from(content) });
  await row(page, "keys.txt").waitFor();
  await page.getByTestId("cancel").waitFor({ state: "detached" });
  assert.equal((await ask(page, KEYS)).hits[0].document, "keys.txt");
  await kept().waitFor();
  const ofModel = requests.attempted.filter((url) => url.includes("/models/"));
  assert.ok(ofModel.length > 0);
  assert.deepEqual(
    ofModel.filter((url) => !url.endsWith("/model.json")),
    [],
  );
});

step("the manifest is one that browsers install, with icons of the sizes that it says", async () => {
  const session = await context.newCDPSession(page);
  const { url, errors, data } = await session.send("Page.getAppManifest");
  assert.equal(url, `${site.address}manifest.webmanifest`);
  assert.deepEqual(errors, []);
  const { icons, start_url, scope } = JSON.parse(data);
  assert.equal(new URL(start_url, url).href, site.address);
  assert.equal(new URL(scope, url).href, site.address);
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  // Playwright's contexts are private ones, in which nothing can be installed.
  const reasons = installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito");
  assert.deepEqual(reasons, []);
  for (const { src, sizes, type } of icons.filter(({ type }) => type === "image/png")) {
    const size = await page.evaluate(async (address) => {
      const { width, height } = await createImageBitmap(await (await fetch(address)).blob());
      return `${width}x${height}`;
    }, new URL(src, url).href);
    assert.equal(size, sizes, `${src} ${type}`);
  }
});

step("once it is agreed to, the model is fetched, and what was added is found by meaning", async () => {
  const isShown = page.getByTestId("model-loading").waitFor();
  await page.getByTestId("agree-model").click();
  await isShown;
  await waitUntilReady(page);
  assert.equal(await page.getByTestId("agree-model").count(), 0);
  assert.ok(requests.attempted.some((url) => url.endsWith("/weights.safetensors")));
  assert.equal((await ask(page, "Which instrument hides what opens the dome?")).hits[0].document, "keys.txt");
});

step("pages and scripts come with the policy that the site has written for its server", async () => {
  const policies = await page.evaluate(async () => {
    const [name] = (await caches.keys()).filter((name) => name.startsWith("ibid-demo "));
    const cache = await caches.open(name);
    const entries = await Promise.all((await cache.keys()).map((request) => cache.match(request)));
    const paths = (await cache.keys()).map(({ url }) => new URL(url).pathname);
    return paths.map((path, at) => [path, entries[at].headers.get("content-security-policy")]);
  });
  assert.ok(policies.length > 200);
  const paths = policies.map(([path]) => path);
  for (const file of readdirSync(fromRoot("site/assets")))
    assert.ok(paths.includes(`${BASE}assets/${file}`), file);
  for (const [path, policy] of policies.filter(([path]) => /\.m?js$|\/$/.test(path))) {
    assert.match(policy ?? "", /^default-src 'none'; .*frame-ancestors 'none'$/, path);
  }
  assert.deepEqual(
    policies.filter(([path]) => path.includes("/models/")),
    [],
  );
});

step(
  "without server and network the page loads, finds what it had, and reads and shows PDF files",
  async () => {
    site.stop();
    await context.setOffline(true); // the browser says so, too
    await page.reload();
    await untilOpen(page);
    await page.getByTestId("model-loading").waitFor({ state: "detached" });
    assert.equal((await ask(page, KEYS)).hits[0].document, "keys.txt");
    await addFiles(page, { "pumps.pdf": readFileSync(`${FIXTURES}pdf/latex-two-columns-en.pdf`) });
    assert.equal((await ask(page, PUMPS)).hits[0].document, "pumps.pdf");
    await page.getByTestId("open-hit").first().click();
    await page.locator("[data-testid=viewer][open] ibid-page-view [aria-busy=false]").waitFor();
    await closeViewer(page);
    await page.getByTestId("to-evaluate").click();
    await page.getByRole("heading", { name: "How well is it found?" }).waitFor();
    await page.getByTestId("to-ask").click();
    await context.setOffline(false);
  },
  { isStopped: true },
);

/** Writes another version of the page: another title, and a sample that is other words under the same name. */
async function writeNewer() {
  const newer = join(folder, "newer");
  cpSync(fromRoot("site"), newer, { recursive: true, filter: (path) => !/site.models/.test(path) });
  const index = join(newer, "index.html");
  const html = readFileSync(index, "utf8");
  writeFileSync(index, html.replace(/<title>.*<\/title>/, "<title>ibid, the newer one</title>"));
  appendFileSync(join(newer, "samples/lease.md"), "\nOf the newer version.\n");
  await writeServiceWorker(newer);
  return newer;
}

/** Has the browser look for a newer version, as it also does with each visit, and waits until it has it, or has refused it. */
const lookForNewer = () =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const arriving = () => registration.installing ?? registration.waiting;
    await registration.update();
    if (arriving() === null) await registration.update(); // the first has joined a look at what was served before
    const worker = arriving();
    if (worker === null) return "none";
    while (worker.state === "installing") {
      await new Promise((resolve) => worker.addEventListener("statechange", resolve, { once: true }));
    }
    return worker.state;
  });

const isLease = ({ url }) => url.endsWith("/samples/lease.md");

/** Ways in which a file of a new version does not arrive as it is. */
const DAMAGES = {
  "with other bytes": (request, response) => isLease(request) && response.end("not the lease"),
  "in part": (request, response) =>
    isLease(request) && response.writeHead(206, { "content-range": "bytes 0-9/10" }).end("0123456789"),
  "not at all": (request, response) => isLease(request) && response.writeHead(500).end(),
  "from elsewhere": (request, response) =>
    isLease(request) && response.writeHead(302, { location: "/nowhere" }).end(),
};

let newer;

step("a new version of which a file does not arrive as it is, is refused as a whole", async () => {
  newer = await writeNewer();
  const before = await caches();
  for (const [how, damage] of Object.entries(DAMAGES)) {
    await replace(newer, damage);
    assert.equal(await lookForNewer(), "redundant", how);
    assert.equal(await page.getByTestId("update").count(), 0, how);
  }
  await page.reload();
  await untilOpen(page);
  assert.doesNotMatch(await page.title(), /newer/);
  const lease = await page.evaluate(async () => (await fetch("samples/lease.md")).text());
  assert.doesNotMatch(lease, /newer version/);
  for (const name of before) assert.ok((await caches()).includes(name));
  complaints.splice(0); // of the answers that were damaged
});

step("a new version waits until it is wanted, and takes over in all tabs without a loss", async () => {
  await replace(newer);
  const [before] = await caches();
  const other = await context.newPage();
  await other.goto(site.address);
  await untilOpen(other);
  assert.equal(await lookForNewer(), "installed");
  await page.getByTestId("update").waitFor();
  await page.reload();
  await page.getByTestId("update").waitFor();
  assert.doesNotMatch(await page.title(), /newer/);
  assert.doesNotMatch(
    await page.evaluate(async () => (await fetch("samples/lease.md")).text()),
    /newer version/,
  );
  await page.getByTestId("change-version").click();
  for (const tab of [page, other]) {
    await tab.waitForFunction(() => document.title === "ibid, the newer one");
    await untilOpen(tab);
    assert.equal(await tab.getByTestId("update").count(), 0);
  }
  await other.close();
  assert.match(
    await page.evaluate(async () => (await fetch("samples/lease.md")).text()),
    /Of the newer version/,
  );
  assert.equal((await caches()).length, 1);
  assert.notDeepEqual(await caches(), [before]);
  assert.deepEqual(
    (await listDocuments(page)).map(({ id }) => id),
    ["keys.txt", "pumps.pdf"],
  );
  await page.getByTestId("model-loading").waitFor({ state: "detached" });
  assert.equal((await ask(page, KEYS)).hits[0].document, "keys.txt");
  assert.equal(await page.getByTestId("agree-model").count(), 0);
});

step("a new version that has arrived removes what nobody came to use, and not what is in use", async () => {
  const [inUse] = await caches();
  const unused = `ibid-demo ${site.address} replaced-before-it-was-wanted`;
  await page.evaluate((name) => caches.open(name).then(() => {}), unused);
  const index = join(newer, "index.html");
  writeFileSync(index, readFileSync(index, "utf8").replace("the newer one", "the newest one"));
  await writeServiceWorker(newer);
  await replace(newer);
  assert.equal(await lookForNewer(), "installed");
  const names = await caches();
  assert.equal(names.length, 2);
  assert.ok(names.includes(inUse));
  assert.ok(!names.includes(unused));
});

step("the service worker is as large as its list, which names every file but models and licences", () => {
  const source = readFileSync(join(newer, SERVICE_WORKER), "utf8");
  for (const name of [
    "manifest.webmanifest",
    "pdfjs/pdf.worker.min.mjs",
    "model.html",
    "samples/index.json",
  ]) {
    assert.ok(source.includes(`"${name}"`) || source.includes(`\`${name}\``), name);
  }
  assert.doesNotMatch(source, /weights\.safetensors|_headers|nginx\.conf/);
});
