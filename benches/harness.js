// What all groups of benchmarks share in Node: pages, and where things are.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createStaticServer, listen } from "../scripts/serve.js";

/** A path of this repository. */
export const root = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The folder of the test collections. */
export const collections = process.env.IBID_EVAL ?? root("../shared/eval");

/** Memory is measured when it is asked for, not at the next garbage collection. */
export const BROWSER_FLAGS = ["--enable-blink-features=ForceEagerMeasureMemory"];

/** Headers of pages that share nothing with others: timers are precise there, and memory can be told apart. */
export const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** An installed rival with its version, as `name version`. */
export function versionOf(name) {
  const { version } = JSON.parse(readFileSync(`${process.env.IBID_RIVALS}/${name}/package.json`, "utf8"));
  return `${name} ${version}`;
}

/** The first line of what a page threw, without what the driver adds. */
export const reason = (error) => error.message.split("\n")[0].replace(/^page\.evaluate: (Error: )?/, "");

/**
 * Serves pages from `folder`, which register what can be called as `globalThis.benchmarks`.
 * @param {Pick<import("playwright-core").Browser, "newPage">} browser or a profile of one
 * @param {string} folder
 * @param {Record<string, string>} mounts
 * @param {Record<string, string>} [headers]
 * @param {number} [port] the one to listen at if it is free: what a profile keeps is found again at the same address only
 */
export async function openPages(browser, folder, mounts, headers, port) {
  const server = createStaticServer(folder, { "/page": root("benches/page"), ...mounts }, headers);
  const address = await listen(server, port);

  /** A page of its own process, as long as it is open: `call` calls a benchmark in it. */
  async function open() {
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error(error));
    const crashed = new Promise((_, reject) => {
      page.on("crash", () => reject(new Error("the page ran out of memory or crashed")));
    });
    crashed.catch(() => {}); // heard by the calls that are under way
    await page.goto(address);
    const evaluate = (benchmark, args) =>
      page.evaluate(([benchmark, args]) => globalThis.benchmarks[benchmark](...args), [benchmark, args]);
    return {
      call: (benchmark, ...args) => Promise.race([evaluate(benchmark, args), crashed]),
      close: () => page.close(),
    };
  }

  return {
    address,
    open,
    /** Calls a benchmark in a fresh page. */
    async run(benchmark, settings) {
      const page = await open();
      const result = await page.call(benchmark, settings);
      await page.close();
      return result;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
