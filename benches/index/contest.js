// A contest: every contestant builds the same index in a page of its own, then they take turns to search it.

import { reason } from "../harness.js";
import { rotated } from "../page/rounds.js";
import { DIMENSIONS } from "./data.js";

/** What one contestant may take for its share of the queries of a round, in milliseconds. */
const ROUND_LIMIT = 2000;

/** Loading, and encoding what is kept, in seconds. */
const OTHER_LIMIT = 120;

const WARM_UP = [0, 1, 2];

/** Opens and builds one contestant; where it fails, `failed` says why. */
async function enter(pages, name, { adapter, settings, missing }, files, limit) {
  if (missing !== undefined) return { name, failed: missing };
  console.error(`==> bench: ${name} builds`);
  const page = await pages.open();
  try {
    await page.call("open", { adapter, settings, dimensions: DIMENSIONS });
    const build = await page.call("call", limit, "build", { ...files, dimensions: DIMENSIONS });
    return { name, page, build, memory: await page.call("memory") };
  } catch (error) {
    await page.close();
    return { name, failed: reason(error) };
  }
}

const search = (entry, asked, knob, limit) =>
  entry.page.call("call", OTHER_LIMIT, "search", { asked, knob, limit });

/** Lets all that are still there search once with each knob, so that code is compiled and memory touched. */
async function warmUp(entries, contestants) {
  for (const entry of entries) {
    try {
      for (const knob of contestants[entry.name].knobs) await search(entry, WARM_UP, knob, ROUND_LIMIT);
    } catch (error) {
      entry.failed = reason(error);
    }
  }
}

/** What is stored to load the index again; a rival may fail to tell. */
async function measureBytes(entry) {
  try {
    entry.bytes = await entry.page.call("call", OTHER_LIMIT, "bytes");
    entry.facts = await entry.page.call("call", OTHER_LIMIT, "facts");
  } catch (error) {
    entry.bytesFailed = reason(error);
  }
}

/**
 * @param {{
 *   pages: Awaited<ReturnType<typeof import("../harness.js").openPages>>,
 *   contestants: Record<string, object>,
 *   files: { vectors?: string, passages?: string },
 *   queries: number,
 *   rounds: number,
 *   buildLimit: number,
 * }} options `buildLimit` in seconds
 * @returns for each contestant its build time (ms), memory, bytes, and its answers by knob and round; or why it failed
 */
export async function compete({ pages, contestants, files, queries, rounds, buildLimit }) {
  const entries = [];
  for (const [name, contestant] of Object.entries(contestants)) {
    entries.push(await enter(pages, name, contestant, files, buildLimit));
  }
  const able = () => entries.filter(({ failed }) => failed === undefined);
  await warmUp(able(), contestants);
  for (const entry of able())
    entry.knobs = contestants[entry.name].knobs.map((knob) => ({ ...knob, answers: [] }));
  const numbers = Array.from({ length: queries }, (_, query) => query);
  for (let round = 0; round < rounds; round++) {
    const asked = numbers.filter((query) => query % rounds === round);
    for (const entry of rotated(able(), round)) {
      for (const knob of entry.knobs) {
        const { answers, ...settings } = knob;
        answers.push(await search(entry, asked, settings, ROUND_LIMIT));
      }
    }
  }
  for (const entry of able()) await measureBytes(entry);
  for (const { page } of entries) await page?.close().catch(() => {}); // it may have crashed
  return entries.map(({ page, ...entry }) => entry);
}
