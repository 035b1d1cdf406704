// @ts-check
// Serving an application, and watching what is asked of its servers.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createStaticServer, listen } from "../../scripts/serve.js";
import { serve } from "./npm.js";

const fromRoot = (/** @type {string} */ path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Where engines report what the policy has refused. */
const REPORTS = "refused";

/**
 * An application that is served.
 * @typedef {object} Site
 * @property {string} page the address of its page
 * @property {() => string[]} problems takes what went wrong between pages and servers since the last call: scripts and binaries that
 *   are missing, and requests to other origins, which its policy refuses
 * @property {() => Promise<void>} close
 */

/**
 * Serves an application, with the models and documents of its job beside it, and the package on another origin.
 * @param {string} work a copy of this folder with what the applications need in its node_modules
 * @param {import("./fixtures.js").Fixture} fixture
 * @returns {Promise<Site>}
 */
export async function openSite(work, { folder, serves, path = () => "" }) {
  /** @type {string[]} */
  const problems = [];
  const shared = {
    "/models": fromRoot("models"),
    "/documents": fromRoot("tests/fixtures/documents/pdf"),
  };
  let policy = "";
  const site = createStaticServer(join(work, folder, serves ?? ""), shared, () => ({
    "content-security-policy": policy,
  }));
  const other = createStaticServer(
    join(work, folder),
    { "/ibid@0.1.0": join(work, "node_modules/ibid") },
    { "access-control-allow-origin": "*" },
  );
  for (const server of [site, other]) watch(server, problems);
  const [address, elsewhere] = await Promise.all([listen(site), listen(other)]);
  policy = policyFor(address, elsewhere);
  const close = () => {
    for (const it of [site, other]) {
      it.close();
      it.closeAllConnections();
    }
  };
  try {
    const environment = { SITE: address, POLICY: policy };
    const own = serves === undefined ? await serve(work, folder, environment) : undefined;
    return {
      page: (own?.address ?? address) + path(elsewhere),
      problems: () => problems.splice(0),
      async close() {
        await own?.end();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * Lets pages and workers reach these servers and nothing else. WebKit reports what pages are refused only, not workers: there whatever needed
 * the answer has to fail. Scripts within a page are how Next.js hands over what it has rendered,
 * `blob:` is how a worker of another origin starts, and a development server tells its page of changes through a socket.
 * @param {string} address
 * @param {string} elsewhere
 */
const policyFor = (address, elsewhere) =>
  [
    `default-src 'self' blob: data: ${elsewhere} ws://127.0.0.1:*`,
    `script-src 'self' blob: ${elsewhere} 'unsafe-inline' 'wasm-unsafe-eval'`,
    "style-src 'self' 'unsafe-inline'",
    `report-uri ${address}${REPORTS}`,
  ].join("; ");

/**
 * @param {import("node:http").Server} server
 * @param {string[]} problems
 */
function watch(server, problems) {
  server.on("request", (request, response) => {
    if (request.url === `/${REPORTS}`) {
      let body = "";
      request.on("data", (part) => (body += part));
      request.on("end", () => problems.push(refusal(body)));
      return;
    }
    response.on("finish", () => {
      const isCode = /\.(m?js|wasm)(\?|$)/.test(request.url ?? "");
      if (isCode && response.statusCode >= 400) problems.push(`${response.statusCode} for ${request.url}`);
    });
  });
}

/** What a report of a refused request says (Content Security Policy Level 3, 5.3). */
function refusal(/** @type {string} */ report) {
  const told = JSON.parse(report)["csp-report"];
  return `the policy refused ${told["blocked-uri"]} in ${told["document-uri"]}`;
}
