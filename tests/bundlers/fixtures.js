// @ts-check
// Building the small applications of this folder with the packed package in them, and looking at each in a browser.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createStaticServer, listen } from "../../scripts/serve.js";

/**
 * @typedef {object} Fixture
 * @property {string} folder of the application, beside this file
 * @property {string} [serves] the folder that a server publishes, in the application's own; absent, a server of the bundler does
 * @property {boolean} [isBuilt] whether `npm run build` comes first
 * @property {(other: string) => string} [path] what follows in the page's address; it is given the other origin's
 */

/** @type {Record<string, Fixture>} */
export const FIXTURES = {
  Vite: { folder: "vite", serves: "dist", isBuilt: true },
  "Vite, dev server": { folder: "vite" },
  "webpack 5": { folder: "webpack", serves: ".", isBuilt: true },
  "Next.js, static export": { folder: "next", serves: "dist", isBuilt: true },
  Parcel: { folder: "parcel", serves: "dist", isBuilt: true },
  "Rollup, with ibid assets": { folder: "rollup", serves: ".", isBuilt: true },
  "esbuild, with ibid assets": { folder: "esbuild", serves: ".", isBuilt: true },
  "esbuild, assets of another origin": {
    folder: "esbuild",
    serves: ".",
    path: (other) => `?assets=${other}ibid@0.1.0/dist/`,
  },
  "no bundler, import map": { folder: "modules", serves: "..", path: () => "modules/" },
  "no bundler, another origin": { folder: "cdn", serves: "..", path: (other) => `cdn/?cdn=${other}` },
};

/** For how many milliseconds a page may work: generous, since shared machines stall. */
const PATIENCE = 120_000;

const fromRoot = (/** @type {string} */ path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/**
 * Builds an application from nothing.
 * @param {string} work a copy of this folder with what the applications need in its node_modules
 * @param {string} folder of the application
 */
export async function build(work, folder) {
  rmSync(join(work, folder, "dist"), { recursive: true, force: true });
  const child = spawn("npm", ["run", "build"], { cwd: join(work, folder), env: environment() });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (output += part));
  const [status] = await once(child, "close");
  assert.equal(status, 0, `the build of ${folder} failed:\n${output}`);
}

/** Nothing is asked of people, and nothing told to bundlers' makers. */
const environment = (more = {}) => ({
  ...process.env,
  CI: "true",
  NO_COLOR: "1",
  NEXT_TELEMETRY_DISABLED: "1",
  PARCEL_WORKERS: "1",
  ...more,
});

/**
 * Serves an application and has a browser open it; what its page did is checked.
 * @param {string} work as in `build`
 * @param {Fixture} fixture
 * @param {import("playwright-core").Browser} browser
 */
export async function look(work, { folder, serves, path = () => "" }, browser) {
  const shared = {
    "/models": fromRoot("models"),
    "/documents": fromRoot("tests/fixtures/documents/pdf"),
  };
  const site = createStaticServer(join(work, folder, serves ?? ""), shared);
  const other = createStaticServer(
    join(work, folder),
    { "/ibid@0.1.0": join(work, "node_modules/ibid") },
    { "access-control-allow-origin": "*" },
  );
  const [address, elsewhere] = await Promise.all([listen(site), listen(other)]);
  const server = serves === undefined ? await startServer(join(work, folder), address) : undefined;
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    /** @type {string[]} */
    const requests = [];
    context.on("request", (request) => requests.push(request.url()));
    const broken = new Promise((_, reject) => {
      page.on("pageerror", reject);
      page.on("response", (response) => {
        const isMissing = response.status() >= 400 && response.request().resourceType() === "script";
        if (isMissing) reject(new Error(`${response.status()} for ${response.url()}`));
      });
    });
    broken.catch(() => {});
    await page.goto((server?.address ?? address) + path(elsewhere));
    const isDone = page.waitForFunction(() => "outcome" in globalThis, undefined, { timeout: PATIENCE });
    isDone.catch(() => {});
    await Promise.race([isDone, broken]);
    const outcome = await page.evaluate(() => /** @type {any} */ (globalThis).outcome);
    checkOutcome(outcome);
    const allowed = [server?.address ?? address, elsewhere, "blob:", "data:"];
    assert.deepEqual(
      requests.filter((url) => !allowed.some((origin) => url.startsWith(origin))),
      [],
      "a request left the site",
    );
  } finally {
    await context.close();
    await server?.end();
    for (const it of [site, other]) {
      it.close();
      it.closeAllConnections();
    }
  }
}

/** @param {{ error?: string, result?: any }} outcome what the page's job left */
function checkOutcome({ error, result }) {
  assert.equal(error, undefined);
  const { found, pages, cited, workers, ...others } = result;
  assert.equal(found, "rules");
  assert.match(pages, /Ball bearing/);
  assert.equal(cited[0][0], "lease");
  assert.match(cited[0][1], /The landlord repairs the roof/);
  assert.equal(workers.fallback, undefined);
  assert.equal(workers.running, 1);
  assert.deepEqual(others, { sliced: true, vectors: 32, backlog: 0, model: "ready" });
}

/**
 * Starts the development server of an application, which takes models and documents from `site`.
 * @param {string} folder
 * @param {string} site
 */
async function startServer(folder, site) {
  // A process group of its own, since npm does not hand on signals to what it has started.
  const child = spawn("npm", ["run", "dev"], {
    cwd: folder,
    env: environment({ SITE: site }),
    detached: true,
  });
  const ended = once(child, "close");
  const address = await new Promise((resolve, reject) => {
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (part) => {
        output += part;
        const [found] = /http:\/\/127\.0\.0\.1:\d+\//.exec(output) ?? [];
        if (found !== undefined) resolve(found);
      });
    }
    ended.then(() => reject(new Error(`the server of ${folder} ended:\n${output}`)));
  });
  const end = async () => {
    process.kill(-Number(child.pid), "SIGTERM");
    await ended;
  };
  return { address: /** @type {string} */ (address), end };
}

/**
 * What a bundler has emitted, by kind; every binary of the package has to be among it, and each only once.
 * @param {string} work
 * @param {string} folder
 */
export function emitted(work, folder) {
  const dist = join(work, folder, "dist");
  const files = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const sizes = (/** @type {string[]} */ ...extensions) => {
    const found = files.filter((file) => extensions.includes(extname(file)));
    return { files: found.length, bytes: found.reduce((sum, file) => sum + readFileSync(file).length, 0) };
  };
  const own = join(work, "node_modules/ibid/dist/wasm");
  const all = files.map(hashOf);
  for (const name of readdirSync(own).filter((name) => name.endsWith(".wasm"))) {
    const hash = hashOf(join(own, name));
    assert.equal(all.filter((it) => it === hash).length, 1, `how often ${name} was emitted`);
  }
  return { wasm: sizes(".wasm"), scripts: sizes(".js", ".mjs") };
}

const hashOf = (/** @type {string} */ file) => createHash("sha256").update(readFileSync(file)).digest("hex");
