/** Folders that are written: what is there already, and writing so that a folder is there whole or not at all. */
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
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

/** What a model folder has, and nothing else. */
const MODEL_FILES = ["model.json", "tokenizer.json", "weights.safetensors"];

/**
 * Why what is at `folder` is not to be replaced even by force; `undefined` where it is a model folder, damaged ones and those of
 * other versions included, or empty, or not there.
 */
export async function whyKept(folder: string): Promise<string | undefined> {
  try {
    const entries = await readdir(folder);
    const foreign = entries.find((entry) => !MODEL_FILES.includes(entry));
    if (foreign !== undefined) {
      return `it has ${foreign}, which is no file of a model folder`;
    }
    return entries.length === 0 || entries.includes("model.json") ? undefined : "it has no model.json";
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return undefined;
    }
    if (codeOf(error) === "ENOTDIR") {
      return "it is a file";
    }
    throw diskFailure(folder, error);
  }
}

/**
 * Writes `files`, by their paths in it, to the folder `target`, under another name until all are there. What was there before goes only
 * then, and only where `replaces` says so.
 *
 * @returns whether they were written: `false` where there is something else, which may have been written just now
 * @throws Failure `disk`, and then what was there before still is
 */
export async function writeFolder(
  target: string,
  files: Record<string, Uint8Array>,
  { replaces }: { replaces: boolean },
): Promise<boolean> {
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
    if (replaces) {
      await replace(target, complete, join(temporary, "old"));
      return true;
    }
    return await put(complete, target);
  } catch (error) {
    throw diskFailure(target, error);
  } finally {
    if (temporary !== undefined) {
      await rm(temporary, { recursive: true, force: true });
    }
  }
}

/** Puts the folder `complete` where `target` says; `false` where there is something. */
async function put(complete: string, target: string): Promise<boolean> {
  await rmdir(target).catch(() => {}); // an empty folder
  try {
    await rename(complete, target);
    return true;
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST"].includes(codeOf(error) ?? "")) {
      return false;
    }
    throw error;
  }
}

/** Puts `complete` in the place of `target`, and of what others may put there at the same time. */
async function replace(target: string, complete: string, aside: string): Promise<void> {
  for (;;) {
    const wasThere = await moveAside(target, aside);
    try {
      if (await put(complete, target)) {
        return;
      }
    } catch (error) {
      if (wasThere) {
        await rename(aside, target);
      }
      throw error;
    }
    await rm(aside, { recursive: true, force: true });
  }
}

/** Whether there was something. */
async function moveAside(target: string, aside: string): Promise<boolean> {
  try {
    await rename(target, aside);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return false;
    }
    throw error;
  }
}
