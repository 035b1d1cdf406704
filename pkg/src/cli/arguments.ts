/** What was typed after `ibid`. */
import { parseArgs } from "node:util";
import { Failure } from "./failure.js";

/** How `ibid model add` is called. */
export interface AddArguments {
  /** A preset's name, a repository or a folder. */
  model: string;
  /** The folder in which the model's own folder will be. */
  to: string;
  /** The name of the model's own folder, where it is not to be its usual one. */
  as: string | undefined;
  /** The address of the hub, or of something that answers like it. */
  from: string;
  force: boolean;
  license: string | undefined;
  queryPrefix: string | undefined;
  passagePrefix: string | undefined;
  /** For how many milliseconds a server may send nothing. */
  timeout: number;
}

/** How `ibid assets` is called. */
export interface AssetsArguments {
  /** The folder to write. */
  to: string;
}

export type Command =
  | { run: "help" | "version" }
  | { run: "add"; arguments: AddArguments }
  | { run: "list"; json: boolean }
  | { run: "assets"; arguments: AssetsArguments };

export const HUB = "https://huggingface.co";

export const USAGE = `Models for pages that use ibid, and the package's own files.

usage: ibid model add MODEL [options]
       ibid model list [--json]
       ibid assets [--to FOLDER]

assets copies what pages load beside their scripts, workers and WebAssembly, to a folder [public/ibid] that a page names as
assetsUrl where its bundler finds neither. It belongs to one version of the package: run it with each build.

model add fetches a model, converts it, and writes it to a folder that a page can serve. MODEL is one of

  NAME                        a model of the list
  OWNER/REPOSITORY[@COMMIT]   a repository of the hub, of an architecture that can be converted
  ./FOLDER                    a folder with the files of such a repository, or with a model that is converted already

options of model add:
  --to FOLDER             where the model's folder will be [public/models]
  --as NAME               the name of the model's folder [the model's, in lower case]
  --from URL              a mirror of the hub, with the same paths [HF_ENDPOINT, else ${HUB}]
  --force                 replace a model folder that is there
  --license SPDX          the licence, for a model that is not of the list [unknown]
  --query-prefix TEXT     the text before each query [what the model says, else none]
  --passage-prefix TEXT   the text before each passage [what the model says, else none]
  --timeout SECONDS       how long a server may send nothing [60]
  --help, --version

HTTPS_PROXY, HTTP_PROXY and NO_PROXY are respected. What has arrived of a download is kept in ~/.cache/ibid (IBID_CACHE) until
the model is written.

exit status: 0 done, 2 wrong usage, 3 network, 4 wrong size or hash, 5 no model that can be converted, 6 not written,
130 interrupted`;

/** @throws Failure `usage` naming what is not understood */
export function parseCommand(typed: string[], environment: NodeJS.ProcessEnv): Command {
  const { values, positionals } = parse(typed);
  if (values.help || typed.length === 0) {
    return { run: "help" };
  }
  if (values.version) {
    return { run: "version" };
  }
  if (positionals[0] === "assets") {
    return parseAssets(positionals.slice(1), values);
  }
  const [topic, verb, model, ...more] = positionals;
  const surplus = verb === "list" ? model : more[0];
  if (topic !== "model" || (verb !== "add" && verb !== "list") || surplus !== undefined) {
    const wrong = topic !== "model" ? topic : verb !== "add" && verb !== "list" ? verb : surplus;
    throw wrongUsage(wrong === undefined ? "there is no command" : `${JSON.stringify(wrong)} is no command`);
  }
  if (verb === "list") {
    return { run: "list", json: values.json ?? false };
  }
  if (model === undefined) {
    throw wrongUsage("which model is missing; `ibid model list` tells those that have a name");
  }
  const { to = "public/models", as, force = false, license } = values;
  if (as !== undefined && !isModelName(as)) {
    throw wrongUsage(
      `--as: ${JSON.stringify(as)} is no name of letters, digits, dots, dashes and underscores`,
    );
  }
  return {
    run: "add",
    arguments: {
      model,
      to,
      as,
      force,
      license,
      from: parseAddress(values.from ?? (environment.HF_ENDPOINT || HUB)),
      queryPrefix: values["query-prefix"],
      passagePrefix: values["passage-prefix"],
      timeout: parseSeconds(values.timeout ?? "60"),
    },
  };
}

function parseAssets(
  [surplus]: string[],
  { to = "public/ibid", ...others }: ReturnType<typeof parse>["values"],
): Command {
  const [option] = Object.keys(others);
  if (surplus !== undefined || option !== undefined) {
    throw wrongUsage(`ibid assets takes --to only, not ${JSON.stringify(surplus ?? `--${option}`)}`);
  }
  return { run: "assets", arguments: { to } };
}

/** Whether a page can open a folder of this name by the name alone. */
export function isModelName(name: string): boolean {
  return /^[a-z0-9][\w.-]*$/i.test(name);
}

function parse(typed: string[]) {
  try {
    return parseArgs({
      args: typed,
      allowPositionals: true,
      options: {
        to: { type: "string" },
        as: { type: "string" },
        from: { type: "string" },
        force: { type: "boolean" },
        license: { type: "string" },
        "query-prefix": { type: "string" },
        "passage-prefix": { type: "string" },
        timeout: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
        version: { type: "boolean" },
      },
    });
  } catch (error) {
    throw wrongUsage((error as Error).message, error);
  }
}

/** The address without a slash at its end. */
function parseAddress(typed: string): string {
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw wrongUsage(
      `--from: ${JSON.stringify(typed)} is not an address that begins with https:// or http://`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw wrongUsage(
      "--from: an address with a name or password is not taken, as the model's folder would tell it",
    );
  }
  return url.href.replace(/\/+$/, "");
}

function parseSeconds(typed: string): number {
  const seconds = Number(typed);
  if (!(seconds > 0 && seconds <= 86_400)) {
    throw wrongUsage(`--timeout: ${JSON.stringify(typed)} is not a number of seconds from 0 to 86400`);
  }
  return seconds * 1000;
}

function wrongUsage(message: string, cause?: unknown): Failure {
  return new Failure("usage", `${message} (ibid --help says how it is called)`, { cause });
}
