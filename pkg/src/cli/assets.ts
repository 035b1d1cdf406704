/** `ibid assets`: the files that pages load beside their scripts, copied to a folder of the site. */
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { VERSION } from "../version.js";
import type { AssetsArguments } from "./arguments.js";
import { sha256Of } from "./download.js";
import { codeOf, diskFailure, Failure } from "./failure.js";
import { writeFolder } from "./folder.js";
import { megabytes } from "./report.js";

const DIST = fileURLToPath(new URL("../", import.meta.url));

/** What of the package's folder is loaded by address: workers and what they share, binaries, pdf.js. */
const ASSETS = [
  /^workers\/([\w-]+-)?worker\.js$/,
  /^workers\/shared-[\w-]+\.js$/,
  /^wasm\/\w+\.wasm$/,
  /^pdfjs\/.+/,
];

/** Tells a folder that this command wrote, and may replace, from others. */
const LIST = "ibid-assets.json";

/** @returns what there is to say of the folder that is there now */
export async function assets({ to }: AssetsArguments): Promise<string[]> {
  const files = await readAssets();
  const list = { version: VERSION, files: mapValues(files, sha256Of) };
  files[LIST] = Buffer.from(`${JSON.stringify(list, null, 2)}\n`);
  const found = await lookAt(to, files);
  if (found !== "same") {
    await writeFolder(to, files, { replaces: true });
  }
  const size = Object.values(files).reduce((sum, { length }) => sum + length, 0);
  const is = found === "same" ? "has them already" : "has them";
  return [
    `${to} ${is}: ${Object.keys(files).length} files of ibid ${VERSION}, ${megabytes(size)}`,
    'a page that is served it as /ibid/ opens collections with { assetsUrl: "/ibid/" }',
  ];
}

/** The contents of the files, by their paths from the package's folder, with slashes. */
async function readAssets(): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const path of await pathsBelow(DIST)) {
    if (ASSETS.some((pattern) => pattern.test(path))) {
      files[path] = await readFile(join(DIST, path));
    }
  }
  return files;
}

async function pathsBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)).replaceAll(sep, "/"))
    .sort();
}

/**
 * What is in the place where the folder is to be written.
 *
 * @throws Failure `disk` where something is there that this command did not write
 */
async function lookAt(folder: string, wanted: Record<string, Uint8Array>): Promise<"free" | "old" | "same"> {
  try {
    const paths = await pathsBelow(folder);
    if (paths.length === 0) {
      return "free";
    }
    const written = await writtenBefore(folder, paths);
    const foreign = paths.find((path) => !written.has(path));
    if (foreign !== undefined) {
      throw new Failure(
        "disk",
        `${folder} is taken: it has files, such as ${foreign}, that ibid assets did not write; --to names another folder`,
      );
    }
    return (await hasAll(folder, paths, wanted)) ? "same" : "old";
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return "free";
    }
    throw diskFailure(folder, error);
  }
}

/** The paths that this command wrote into a folder, by the list that it left there. */
async function writtenBefore(folder: string, paths: string[]): Promise<Set<string>> {
  if (!paths.includes(LIST)) {
    return new Set();
  }
  try {
    const { files } = JSON.parse(await readFile(join(folder, LIST), "utf8")) as { files: object };
    return new Set([LIST, ...Object.keys(files)]);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) {
      return new Set(); // not as it was written
    }
    throw error;
  }
}

/** Whether a folder has just the wanted files. */
async function hasAll(folder: string, paths: string[], wanted: Record<string, Uint8Array>): Promise<boolean> {
  if (paths.length !== Object.keys(wanted).length) {
    return false;
  }
  for (const [path, content] of Object.entries(wanted)) {
    if (!paths.includes(path) || !(await readFile(join(folder, path))).equals(content)) {
      return false;
    }
  }
  return true;
}

function mapValues<From, To>(record: Record<string, From>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
