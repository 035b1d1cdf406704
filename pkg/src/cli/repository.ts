/** A repository of the hub as a source. */
import { rmdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { type AddArguments, HUB } from "./arguments.js";
import { claimFolder, clearFolders } from "./claim.js";
import { checkSource } from "./convert.js";
import { type Bytes, type Downloaded, download } from "./download.js";
import { diskFailure } from "./failure.js";
import type { PresetFile } from "./presets.js";
import type { Report } from "./report.js";
import { isNeeded, missing, SOURCE_PATHS, type Source, toSourceFiles } from "./source.js";
import type { WantedRepository } from "./wanted.js";

/** Opens a repository; where no commit is named, the server is asked which one it is. */
export async function openRepository(
  wanted: WantedRepository,
  options: Pick<AddArguments, "from" | "timeout">,
  signal: AbortSignal,
  report: Report,
): Promise<Source> {
  const { repository, revision } = wanted;
  const isCommit = /^[0-9a-f]{40}$/.test(revision);
  const commit = isCommit
    ? revision
    : await new Repository(wanted, revision, options, signal, report).findCommit();
  if (commit === undefined) {
    report.line(`${options.from} does not say which commit ${revision} is: it may be another one tomorrow`);
  } else if (!isCommit) {
    report.line(`${repository}: ${revision} is commit ${commit}`);
  }
  return new Repository(wanted, commit ?? revision, options, signal, report);
}

class Repository implements Source {
  readonly origin: string;
  readonly title: string;
  readonly where: string;
  readonly #wanted: WantedRepository;
  /** The address of its files. */
  readonly #address: string;
  /** The folder of the repository's downloads, and the name of this commit's there. */
  readonly #kept: { parent: string; name: string };
  /** Where they wait to be completed, once something was asked for. */
  #claimed: Promise<string> | undefined;
  readonly #options: { timeout: number; signal: AbortSignal };
  readonly #report: Report;

  /** @param at the commit, or what stands for one */
  constructor(
    wanted: WantedRepository,
    at: string,
    { from, timeout }: Pick<AddArguments, "from" | "timeout">,
    signal: AbortSignal,
    report: Report,
  ) {
    const { repository, preset } = wanted;
    // Files with these hashes are the hub's wherever they come from.
    const isPinned = preset?.files.every(({ sha256 }) => sha256 !== undefined) ?? false;
    this.origin = `${isPinned ? HUB : from}/${repository}@${at}`;
    this.title = repository;
    this.where = `${repository}@${at}`;
    this.#wanted = wanted;
    this.#address = `${from}/${repository}/resolve/${at}/`;
    const parent = join(cacheFolder(), "hub", repository.replace("/", "--"));
    this.#kept = { parent, name: at.replaceAll("/", "--") };
    this.#options = { timeout, signal };
    this.#report = report;
  }

  /** The commit that the branch or tag stands for, where the server says so. */
  async findCommit(): Promise<string | undefined> {
    await this.clear(); // what a branch had may be something else by now, which cannot be continued
    const commit = (await this.#fetchFile({ path: SOURCE_PATHS.config }))?.facts.commit;
    if (commit !== undefined) {
      await this.clear();
    }
    return commit;
  }

  async fetch() {
    const { preset } = this.#wanted;
    const listed: PresetFile[] = preset?.files ?? Object.values(SOURCE_PATHS).map((path) => ({ path }));
    const contents = new Map<string, Bytes>();
    const unpinned: { path: string; sha256: string }[] = [];
    for (const file of listed) {
      if (file.path === SOURCE_PATHS.weights) {
        await checkSource(toSourceFiles(contents), this.where);
      }
      const arrived = await this.#fetchFile(file);
      if (arrived === undefined) {
        continue;
      }
      contents.set(file.path, arrived.content);
      if (file.sha256 === undefined) {
        unpinned.push({ path: file.path, sha256: arrived.sha256 });
      }
    }
    return { files: toSourceFiles(contents), unpinned };
  }

  async clear(): Promise<void> {
    const { parent, name } = this.#kept;
    this.#claimed = undefined;
    await clearFolders(parent, name);
    await rmdir(parent).catch(() => {}); // unless other commits are kept beside it
  }

  #claim(): Promise<string> {
    const { parent, name } = this.#kept;
    this.#claimed ??= claimFolder(parent, name).catch((error) => {
      throw diskFailure(parent, error);
    });
    return this.#claimed;
  }

  /** `undefined` where there is no such file and none is needed. */
  async #fetchFile(file: PresetFile): Promise<Downloaded | undefined> {
    const { path, bytes, sha256 } = file;
    const remote = { url: this.#address + path, bytes, sha256 };
    const kept = join(await this.#claim(), path);
    const arrived = await this.#report.file(path, bytes, (progress) =>
      download(remote, kept, { ...this.#options, ...progress }),
    );
    if (arrived === undefined && (this.#wanted.preset !== undefined || isNeeded(path))) {
      throw missing(path, this.#address);
    }
    return arrived;
  }
}

function cacheFolder(): string {
  const { IBID_CACHE, XDG_CACHE_HOME } = process.env;
  return IBID_CACHE || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "ibid");
}
