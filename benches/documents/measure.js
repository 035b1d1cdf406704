// Compares how documents of formats beyond text and Markdown are read: time in turns, and memory each alone. See
// benches/README.md.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { launchProfile } from "../../scripts/browser.js";
import { watchPeak } from "../costs/processes.js";
import { BROWSER_FLAGS, ISOLATED, openPages, reason, root, versionOf } from "../harness.js";
import { CONTESTANTS, RIVALS } from "./contestants.js";
import { FIXTURES, makeFiles } from "./files.js";

export const SECTIONS = Object.keys(CONTESTANTS);

const ROUNDS = 9;

/** Readings of each contestant whose memory is watched, each in a page of its own. */
const WATCHED = 3;

/** What one contestant takes to read files once: the peak of the process above what it had, and what is held afterwards. */
async function watch(pages, profile, contestant, addresses) {
  const peaks = [];
  let held;
  for (let round = 0; round < WATCHED; round++) {
    const page = await pages.open();
    try {
      await page.call("prepare", { contestant, addresses });
      const peak = watchPeak(profile);
      await page.call("readOnce");
      peaks.push(peak());
      held = await page.call("held");
    } finally {
      await page.close();
    }
  }
  return { peaks, held };
}

/** Times and memory of all contestants over one set of files. */
async function measureSet(pages, profile, contestants, { name, addresses }, rounds) {
  console.error(`==> bench: ${name}`);
  try {
    const times = await pages.run("compare", { contestants, addresses, rounds });
    const memory = {};
    for (const [contestant, settings] of Object.entries(contestants)) {
      memory[contestant] = await watch(pages, profile, settings, addresses);
    }
    return { name, times, memory };
  } catch (error) {
    console.error(error);
    return { name, failed: reason(error) };
  }
}

/** Measures the kinds of documents that were asked for, in a browser of its own, whose processes can be told. */
export async function measure({ browser, sections, quick, rounds = quick ? 1 : ROUNDS }) {
  const made = `${process.env.IBID_BENCH_DATA}/documents`;
  const files = await makeFiles({ browser, folder: made });
  const profile = mkdtempSync(`${tmpdir()}/ibid-documents-`);
  const context = await launchProfile(profile, BROWSER_FLAGS);
  const mounts = {
    "/fixtures": FIXTURES,
    "/made": made,
    "/pkg": root("pkg/dist"),
    "/rivals": process.env.IBID_RIVALS,
  };
  const pages = await openPages(context, root("benches/documents/page"), mounts, ISOLATED);
  try {
    const results = {};
    for (const section of sections) {
      results[section] = [];
      for (const set of files[section]) {
        results[section].push(await measureSet(pages, profile, CONTESTANTS[section], set, rounds));
      }
    }
    const pdfjs = JSON.parse(readFileSync(root("node_modules/pdfjs-dist/package.json"), "utf8"));
    return { rounds, rivals: [...RIVALS.map(versionOf), `pdfjs-dist ${pdfjs.version}`], results };
  } finally {
    await context.close();
    pages.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
