// The service worker of a built page: it is given the list of the files that it keeps.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";
import { headerRules } from "./headers.js";

const SOURCE = join(import.meta.dirname, "..", "worker", "service-worker.ts");

/** Its name in the folder of the page. */
export const SERVICE_WORKER = "service-worker.js";

/** What lies beside a page and is no part of it: the library keeps models itself, and settings of servers are theirs. */
const OTHERS = /^(models|docs)\/|^(_headers|vercel\.json|nginx\.conf|service-worker\.js)$|(^|\/)LICENSE/;

/**
 * Writes the service worker for the page that is built in `folder`, with all that is there.
 * @param {string} folder
 * @returns {Promise<string>} the build that it keeps, which follows from the files and the headers that go with them
 */
export async function writeServiceWorker(folder) {
  const files = listFiles(folder);
  const rules = headerRules(readFileSync(join(folder, "index.html"), "utf8"));
  const id = sha256(JSON.stringify([files, rules])).slice(0, 16);
  const built = await build({
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    define: { BUILD: JSON.stringify(id), FILES: JSON.stringify(files) },
    build: {
      target: "es2022",
      write: false,
      rollupOptions: { input: SOURCE, output: { format: "iife" } },
    },
  });
  writeFileSync(join(folder, SERVICE_WORKER), built.output[0].code);
  return id;
}

/** The sha256 of each file by its path, in order; the page itself is at "", as people ask for it. */
function listFiles(folder) {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => !OTHERS.test(path) && statSync(join(folder, path)).isFile())
    .sort();
  const entries = paths.map((path) => [
    path === "index.html" ? "" : path,
    sha256(readFileSync(join(folder, path))),
  ]);
  return Object.fromEntries(entries);
}

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}
