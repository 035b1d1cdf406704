// Runs the benchmarks that were asked for in one Chromium, prints their tables and keeps every number.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { launchBrowser } from "../scripts/browser.js";
import * as costs from "./costs/measure.js";
import { report as reportCosts } from "./costs/report.js";
import * as documents from "./documents/measure.js";
import { report as reportDocuments } from "./documents/report.js";
import * as embedding from "./embedding/measure.js";
import { report as reportEmbedding } from "./embedding/report.js";
import { BROWSER_FLAGS, root } from "./harness.js";
import * as index from "./index/measure.js";
import { report as reportIndex } from "./index/report.js";
import { replaceBetweenMarks } from "./report.js";
import * as typed from "./typed/measure.js";
import { report as reportTyped } from "./typed/report.js";

const GROUPS = {
  embedding: { ...embedding, report: reportEmbedding },
  index: { ...index, report: reportIndex },
  typed: { ...typed, report: reportTyped },
  documents: { ...documents, report: reportDocuments },
  costs: { ...costs, report: reportCosts },
};

/** Instructions that engines use for sums of products of bytes where a processor has them. */
const FEATURES = ["avx_vnni", "avx512_vnni"];

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: Object.keys(GROUPS).join(",") },
    rounds: { type: "string" },
    sizes: { type: "string" },
    queries: { type: "string" },
    "build-limit": { type: "string" },
    contestants: { type: "string" },
    quick: { type: "boolean", default: false },
    readme: { type: "boolean", default: false },
  },
});
const number = (value) => (value === undefined ? undefined : Number(value));
const settings = {
  rounds: number(options.rounds),
  sizes: options.sizes?.split(",").map(Number),
  queries: number(options.queries),
  buildLimit: number(options["build-limit"]),
  contestants: options.contestants?.split(","),
  quick: options.quick,
};

/** The sections of each group that were asked for, by their own names or that of the group. */
function chosenSections() {
  const names = options.only.split(",");
  const known = Object.entries(GROUPS).flatMap(([group, { SECTIONS }]) => [group, ...SECTIONS]);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no section ${unknown}; there are ${known.join(", ")}`);
  return Object.entries(GROUPS).map(([group, { SECTIONS }]) => [
    group,
    names.includes(group) ? SECTIONS : SECTIONS.filter((section) => names.includes(section)),
  ]);
}

/** Those of `FEATURES` that this processor has; `undefined` where the system does not tell. */
function processorFeatures() {
  if (!existsSync("/proc/cpuinfo")) return undefined;
  const flags =
    readFileSync("/proc/cpuinfo", "utf8")
      .match(/^flags\s*:(.*)$/m)?.[1]
      .split(" ") ?? [];
  return FEATURES.filter((feature) => flags.includes(feature));
}

/** The machine in a line. */
function describe({ processor, features, cores, load, browser }) {
  const having =
    features === undefined ? "" : ` (${features.join(", ") || `without ${FEATURES.join(", ")}`})`;
  return `${processor}${having}, ${cores} cores (load ${load} before), ${browser}`;
}

/** Prints the results of a group, keeps them, and puts them into the README where asked to. */
function publish(group, results) {
  const { date, machine } = results;
  const file = `benches/results/${date.slice(0, 16).replaceAll(":", "")}-${group}.json`;
  mkdirSync(root("benches/results"), { recursive: true });
  writeFileSync(root(file), `${JSON.stringify(results, undefined, 1)}\n`);
  const text = [`${date.slice(0, 10)}, ${describe(machine)}.`, GROUPS[group].report(results)].join("\n\n");
  console.log(text);
  if (options.readme) replaceBetweenMarks(root("benches/README.md"), group, text);
  console.error(`==> bench: every number is in ${file}`);
}

for (const [group, sections] of chosenSections()) {
  if (sections.length === 0) continue;
  const date = new Date().toISOString();
  /** What others did on this machine when the benchmark began, in processes that want to run. */
  const [load] = loadavg();
  const browser = await launchBrowser(BROWSER_FLAGS);
  try {
    const processor = { processor: cpus()[0]?.model, features: processorFeatures(), cores: cpus().length };
    const machine = { ...processor, load: Number(load.toFixed(1)), browser: `Chromium ${browser.version()}` };
    const results = await GROUPS[group].measure({ ...settings, sections, browser });
    publish(group, { date, machine, ...results });
  } finally {
    await browser.close();
  }
}
