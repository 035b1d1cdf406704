// Counts the queries that are answered rightly of those that people type and that search libraries are known to get wrong:
// identifiers, numbers, accents, other scripts, mistakes. See benches/README.md.

import { readFileSync } from "node:fs";
import { ISOLATED, openPages, reason, root, versionOf } from "../harness.js";
import { CONTESTANTS } from "./contestants.js";

export const SECTIONS = ["typed"];

/** A document is found where it is among so many. */
const K = 10;

const RIVALS = ["minisearch", "@orama/orama", "flexsearch"];

/**
 * The cases, each a small collection with its queries; a query names the document that has to be the `first` hit, or one
 * that has to be `found`.
 * @returns {{ kind: string, docs: Record<string, string>, queries: { text: string, first?: string, found?: string }[] }[]}
 */
const readCases = () =>
  readFileSync(root("tests/fixtures/words.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

const isRight = ({ first, found }, hits) =>
  first === undefined ? hits.slice(0, K).includes(found) : hits[0] === first;

/** How many queries there are of each kind, of those that pass. */
function countByKind(cases, passes = () => true) {
  const counts = {};
  for (const [at, { kind, queries }] of cases.entries()) {
    counts[kind] ??= 0;
    counts[kind] += queries.filter((query, number) => passes(query, at, number)).length;
  }
  return counts;
}

/** What a contestant gets right with each of its knobs, or why it gets nowhere. */
async function ask(pages, { name, knobs, ...contestant }, cases) {
  console.error(`==> bench: ${name}`);
  const page = await pages.open();
  try {
    const answers = await page.call("answers", { ...contestant, knobs, cases, k: K });
    const rightOf = (at) =>
      countByKind(cases, (query, number, asked) => isRight(query, answers[at][number][asked]));
    return knobs.map(({ label }, at) => ({ name, label, right: rightOf(at) }));
  } catch (error) {
    return [{ name, label: "", failed: reason(error) }];
  } finally {
    await page.close();
  }
}

/** Asks the contestants that were asked for, all where nobody was named. */
export async function measure({ browser, contestants: names }) {
  const cases = readCases();
  const mounts = {
    "/index": root("benches/index/page"),
    "/models": root("models"),
    "/pkg": root("pkg/dist"),
    "/rivals": process.env.IBID_RIVALS,
  };
  const pages = await openPages(browser, root("benches/typed/page"), mounts, ISOLATED);
  try {
    const entries = [];
    for (const [name, contestant] of Object.entries(CONTESTANTS)) {
      if (names?.includes(name) ?? true) entries.push(...(await ask(pages, { name, ...contestant }, cases)));
    }
    return { k: K, rivals: RIVALS.map(versionOf), cases: cases.length, queries: countByKind(cases), entries };
  } finally {
    pages.close();
  }
}
