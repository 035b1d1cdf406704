/** The files that a model is converted from, wherever they are. */
import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { SourceFiles } from "../model/source.js";
import { type Bytes, sha256Of } from "./download.js";
import { codeOf, Failure } from "./failure.js";

/** A source that can be converted. */
export interface Source {
  /** What `model.json` says of where the weights come from; the same for the same files. */
  origin: string;
  /** The model's public name. */
  title: string;
  /** What messages call it. */
  where: string;
  /** Fetches the files; beside them those whose hash nothing had said before. */
  fetch(): Promise<{ files: SourceFiles; unpinned: { path: string; sha256: string }[] }>;
  /** Removes what was kept while it was fetched. */
  clear(): Promise<void>;
}

/** The paths of the files, by the name that the core knows them under; the weights come last. */
export const SOURCE_PATHS: Record<keyof SourceFiles, string> = {
  config: "config.json",
  tokenizer: "tokenizer.json",
  modules: "modules.json",
  pooling: "1_Pooling/config.json",
  sentence: "sentence_bert_config.json",
  prompts: "config_sentence_transformers.json",
  weights: "model.safetensors",
};

/** Whether there is no model without the file at `path`. */
export function isNeeded(path: string): boolean {
  const { config, tokenizer, weights } = SOURCE_PATHS;
  return [config, tokenizer, weights].includes(path);
}

/** The error of a source without a file that it needs. */
export function missing(path: string, where: string): Failure {
  const { tokenizer, weights } = SOURCE_PATHS;
  const why = [tokenizer, weights].includes(path)
    ? `: only models with their ${path === weights ? "weights" : "tokenizer"} in this one file can be converted`
    : "";
  return new Failure("model", `${where} has no ${path}${why}`);
}

/** The files that are there, as the core takes them. */
export function toSourceFiles(contents: ReadonlyMap<string, Bytes>): SourceFiles {
  const fields = Object.entries(SOURCE_PATHS).map(([field, path]) => [field, contents.get(path)]);
  return Object.fromEntries(fields.filter(([, content]) => content !== undefined));
}

/** A folder in the layout of Hugging Face. */
export async function openFolder(folder: string): Promise<Source> {
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
    throw new Failure("usage", `there is no folder ${folder}`);
  }
  const contents = new Map<string, Bytes>();
  for (const path of Object.values(SOURCE_PATHS)) {
    const content = await readOptional(join(folder, path));
    if (content !== undefined) {
      contents.set(path, content);
    } else if (isNeeded(path)) {
      throw missing(path, folder);
    }
  }
  const files = toSourceFiles(contents);
  return {
    origin: `a local folder, model.safetensors with sha256 ${sha256Of(files.weights)}`,
    title: basename(folder),
    where: folder,
    fetch: async () => ({ files, unpinned: [] }),
    clear: async () => {},
  };
}

async function readOptional(path: string): Promise<Bytes | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return undefined;
    }
    throw new Failure("usage", `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
