/** Folders that are written: what is there already, and writing so that a folder is there whole or not at all. */
import { access, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { digestsOf } from "./convert.js";
import { sha256Of } from "./download.js";
import { codeOf, diskFailure, Failure } from "./failure.js";

/** The parts of `model.json` that are looked at here. */
export interface Manifest {
  name: string;
  license: string;
  source: string;
  task: "pair-scoring" | { embedding: { query_prefix: string; passage_prefix: string } };
}

/** A model folder whose files are as its manifest says. */
export interface ModelFolder {
  manifest: Manifest;
  files: Record<string, Uint8Array>;
}

/** What is in the place where a folder is to be written. */
export type Found =
  | { state: "free" }
  | { state: "model"; model: ModelFolder }
  | { state: "other"; why: string };

export async function lookAt(folder: string): Promise<Found> {
  try {
    if ((await readdir(folder)).length === 0) {
      return { state: "free" };
    }
    return { state: "model", model: await readModelFolder(folder) };
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return { state: "free" };
    }
    if (codeOf(error) === "ENOTDIR") {
      return { state: "other", why: "it is a file" };
    }
    if (error instanceof Failure) {
      return { state: "other", why: error.message };
    }
    throw diskFailure(folder, error);
  }
}

/**
 * Reads a folder in ibid's own format.
 *
 * @throws Failure `model` where it is none, `integrity` where a file is another than its manifest says
 */
export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const read = async (file: string) => {
    try {
      return await readFile(join(folder, file));
    } catch (error) {
      throw codeOf(error) === "ENOENT" ? new Failure("model", `${folder} has no ${file}`) : error;
    }
  };
  const bytes = await read("model.json");
  const digests = await digestsOf(bytes, join(folder, "model.json"));
  const files: Record<string, Uint8Array> = { "model.json": bytes };
  for (const [file, expected] of Object.entries(digests)) {
    const content = await read(file);
    const found = sha256Of(content);
    if (found !== expected.sha256) {
      const message = `${join(folder, file)} is damaged: expected sha256 ${expected.sha256}, found ${found}`;
      throw new Failure("integrity", message);
    }
    files[file] = content;
  }
  return { manifest: JSON.parse(bytes.toString()), files };
}

/** Whether a folder is one in ibid's own format. */
export async function isModelFolder(folder: string): Promise<boolean> {
  return access(join(folder, "model.json")).then(
    () => true,
    () => false,
  );
}

/**
 * Writes `files`, by their paths in it, to the folder `target`, under another name until all are there. What was there before goes only then.
 *
 * @throws Failure `disk`, and then what was there before still is
 */
export async function writeFolder(target: string, files: Record<string, Uint8Array>): Promise<void> {
  const parent = dirname(target);
  let temporary: string | undefined;
  try {
    await mkdir(parent, { recursive: true });
    temporary = await mkdtemp(join(parent, `.${basename(target)}-`));
    const complete = join(temporary, "new");
    await mkdir(complete);
    for (const [file, content] of Object.entries(files)) {
      await mkdir(dirname(join(complete, file)), { recursive: true });
      await writeFile(join(complete, file), content, { flush: true });
    }
    await replace(target, complete, join(temporary, "old"));
  } catch (error) {
    throw diskFailure(target, error);
  } finally {
    if (temporary !== undefined) {
      await rm(temporary, { recursive: true, force: true });
    }
  }
}

/** Puts `complete` in the place of `target`. */
async function replace(target: string, complete: string, aside: string): Promise<void> {
  const isThere = await lstat(target).then(
    () => true,
    () => false,
  );
  if (isThere) {
    await rename(target, aside);
  }
  try {
    await rename(complete, target);
  } catch (error) {
    if (isThere) {
      await rename(aside, target);
    }
    throw error;
  }
}
