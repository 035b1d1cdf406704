/** `ibid model add`: from a name to a folder that a page can serve. */
import { basename, join, resolve } from "node:path";
import type { AddArguments } from "./arguments.js";
import { convert, type Description, fingerprintOf } from "./convert.js";
import { Failure } from "./failure.js";
import {
  isModelFolder,
  lookAt,
  type Manifest,
  type ModelFolder,
  readModelFolder,
  whyKept,
  writeFolder,
} from "./folder.js";
import { megabytes, type Report } from "./report.js";
import { openRepository } from "./repository.js";
import { openFolder, type Source } from "./source.js";
import { resolveModel } from "./wanted.js";

/** @returns what there is to say of the folder that is there now */
export async function add(options: AddArguments, signal: AbortSignal, report: Report): Promise<string[]> {
  const wanted = resolveModel(options);
  const target = join(options.to, wanted.name);
  if (wanted.from === "folder" && (await isModelFolder(wanted.folder))) {
    return copy(wanted.folder, target, options);
  }
  const source =
    wanted.from === "folder"
      ? await openFolder(wanted.folder)
      : await openRepository(wanted, options, signal, report);
  const preset = wanted.from === "hub" ? wanted.preset : undefined;
  const description: Description = {
    name: source.title,
    license: options.license ?? preset?.license ?? "unknown",
    source: source.origin,
    queryPrefix: options.queryPrefix ?? preset?.queryPrefix,
    passagePrefix: options.passagePrefix ?? preset?.passagePrefix,
  };
  const place: Place = {
    target,
    isWanted: (manifest) => isOf(manifest, description),
    force: options.force,
  };
  const existing = await existingModel(place);
  if (existing !== undefined) {
    return isThere(place, existing);
  }
  const { files, unpinned } = await fetchAndConvert(source, description, signal, report);
  const written = await write(files, place);
  await source.clear();
  const hashes = unpinned.map(({ path, sha256 }) => `  ${sha256}  ${path}`);
  return [
    ...written,
    ...(hashes.length > 0 ? [`not pinned; the sha256 of what came from ${source.where}:`, ...hashes] : []),
  ];
}

async function fetchAndConvert(
  source: Source,
  description: Description,
  signal: AbortSignal,
  report: Report,
) {
  const { files, unpinned } = await source.fetch();
  report.line(`converting ${source.where}`);
  const model = await convert(files, description, source.where);
  signal.throwIfAborted();
  return { files: model.files, unpinned };
}

/** Copies a folder that is converted already. */
async function copy(folder: string, target: string, options: AddArguments): Promise<string[]> {
  const given = [options.license, options.queryPrefix, options.passagePrefix];
  if (given.some((option) => option !== undefined)) {
    const message = `${folder} is converted already: neither its licence nor its prefixes can be changed`;
    throw new Failure("usage", message);
  }
  const model = await readModelFolder(folder);
  if (resolve(folder) === resolve(target)) {
    return [`${target} is whole`, ...(await describe(target, model))];
  }
  const isSame = (manifest: Manifest) => JSON.stringify(manifest) === JSON.stringify(model.manifest);
  return write(model.files, { target, isWanted: isSame, force: options.force });
}

/** Where a model is to be. */
interface Place {
  target: string;
  /** Whether a model that is there is the wanted one. */
  isWanted: (manifest: Manifest) => boolean;
  /** Whether another one is replaced. */
  force: boolean;
}

/** Writes a model, unless it is there: another command may write the same at the same time. */
async function write(files: Record<string, Uint8Array>, place: Place): Promise<string[]> {
  for (;;) {
    const existing = await existingModel(place);
    if (existing !== undefined) {
      return isThere(place, existing);
    }
    if (await writeFolder(place.target, files, { replaces: place.force })) {
      const manifest = JSON.parse(new TextDecoder().decode(files["model.json"]));
      return describe(place.target, { manifest, files });
    }
  }
}

/** What there is to say where nothing is written. */
async function isThere({ target }: Place, existing: ModelFolder): Promise<string[]> {
  return [`${target} is there already (--force replaces it)`, ...(await describe(target, existing))];
}

/**
 * The model in a place if it is the wanted one; `undefined` where one is to be written.
 *
 * @throws Failure `disk` where something else is there that is not to be replaced
 */
async function existingModel({ target, isWanted, force: isForced }: Place): Promise<ModelFolder | undefined> {
  if (isForced) {
    const why = await whyKept(target);
    if (why !== undefined) {
      throw new Failure(
        "disk",
        `${target} is no model folder and is not replaced: ${why}; --as takes another name`,
      );
    }
    return undefined;
  }
  const found = await lookAt(target);
  if (found.state === "free") {
    return undefined;
  }
  if (found.state === "model" && isWanted(found.model.manifest)) {
    return found.model;
  }
  const why =
    found.state === "model"
      ? `it has ${found.model.manifest.name}, from ${found.model.manifest.source}`
      : found.why;
  const force = (await whyKept(target)) === undefined ? "--force replaces it, " : "";
  throw new Failure("disk", `${target} is taken: ${why}; ${force}--as takes another name`);
}

/** Whether a model was made as it would be made now. */
function isOf({ name, source, task }: Manifest, wanted: Description): boolean {
  const recipe = task === "pair-scoring" ? undefined : task.embedding;
  return (
    name === wanted.name &&
    source === wanted.source &&
    [undefined, recipe?.query_prefix].includes(wanted.queryPrefix) &&
    [undefined, recipe?.passage_prefix].includes(wanted.passagePrefix)
  );
}

async function describe(target: string, { manifest, files }: ModelFolder): Promise<string[]> {
  const { "model.json": bytes, "tokenizer.json": tokenizer } = files as Record<string, Uint8Array>;
  const size = Object.values(files).reduce((sum, { length }) => sum + length, 0);
  const fingerprint = await fingerprintOf(bytes as Uint8Array, tokenizer as Uint8Array, target);
  const name = basename(target);
  const option = manifest.task === "pair-scoring" ? "reranker" : "model";
  return [
    `${target}: ${manifest.name}, ${manifest.license}, ${megabytes(size)}`,
    `fingerprint ${fingerprint}`,
    `served as models/${name}/, a page opens it with { ${option}: ${JSON.stringify(name)} }`,
  ];
}
