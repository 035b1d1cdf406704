/** What is asked for: a preset, a repository of the hub, or a folder. */
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type AddArguments, isModelName } from "./arguments.js";
import { Failure } from "./failure.js";
import { PRESETS, type Preset } from "./presets.js";
import { nearest } from "./suggest.js";

/** A repository of the hub, of which a preset knows more. */
export interface WantedRepository {
  from: "hub";
  /** The name of the model's folder. */
  name: string;
  /** `owner/name` */
  repository: string;
  /** A commit, a branch or a tag. */
  revision: string;
  preset: Preset | undefined;
}

export interface WantedFolder {
  from: "folder";
  name: string;
  folder: string;
}

/**
 * Tells what `model` names: a folder where it begins with a dot or a slash, a repository where it has a slash, else a preset.
 *
 * @throws Failure `usage` for what is none of these, with the nearest names
 */
export function resolveModel({ model, as }: AddArguments): WantedRepository | WantedFolder {
  if (/^(\.|\/|[a-z]:[\\/]|file:)/i.test(model)) {
    const folder = resolve(model.startsWith("file:") ? fileURLToPath(model) : model);
    return { from: "folder", folder, name: as ?? toName(basename(folder), model) };
  }
  const [, repository, title, revision] = /^([\w.-]+\/([\w.-]+))(?:@([\w./-]+))?$/.exec(model) ?? [];
  if (repository !== undefined && title !== undefined) {
    if (`${repository}/${revision ?? ""}`.split("/").some((part) => /^\.+$/.test(part))) {
      throw unknown(model); // a path of this machine would be made of it
    }
    const name = as ?? toName(title, model);
    return { from: "hub", name, repository, revision: revision ?? "main", preset: undefined };
  }
  const preset = PRESETS.find(({ name }) => name === model.toLowerCase());
  if (preset === undefined) {
    throw unknown(model);
  }
  const { name, commit } = preset;
  return { from: "hub", name: as ?? name, repository: preset.repository, revision: commit, preset };
}

function toName(text: string, model: string): string {
  const name = text.toLowerCase();
  if (!isModelName(name)) {
    throw new Failure("usage", `${JSON.stringify(model)}: say with --as how its folder is to be called`);
  }
  return name;
}

function unknown(model: string): Failure {
  const names = PRESETS.map(({ name }) => name);
  const near = nearest(model, names);
  const hint =
    near.length > 0
      ? `did you mean ${near.join(" or ")}?`
      : `there are ${names.join(", ")}; others are named as owner/repository, folders as ./folder`;
  return new Failure("usage", `there is no model ${JSON.stringify(model)}: ${hint}`);
}
