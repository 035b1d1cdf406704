/**
 * Folders in which downloads wait to be completed. Each is one process's: commands that fetch the same at the same time have one each, and
 * what a process has left is taken over by whoever comes after its end. Nothing is locked, so nothing stays locked after a kill.
 *
 * A folder is called by what is in it, the machine, the process, and something random, with dots between them. It is taken over by giving
 * it another name, which succeeds for one process only.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { codeOf } from "./failure.js";

/**
 * A folder of this process for what is called `name` below `parent`, with what an ended process has left there.
 *
 * @throws an error of the file system
 */
export async function claimFolder(parent: string, name: string): Promise<string> {
  const claimed = join(parent, `${prefixOf(name)}${process.pid}.${randomBytes(4).toString("hex")}`);
  for (const left of await leftFolders(parent, name)) {
    try {
      await rename(left, claimed);
      return claimed;
    } catch (error) {
      if (codeOf(error) !== "ENOENT") {
        throw error;
      }
      // Another process was faster.
    }
  }
  await mkdir(claimed, { recursive: true });
  return claimed;
}

/** Removes what ended processes, and this one, have left of what is called `name` below `parent`. */
export async function clearFolders(parent: string, name: string): Promise<void> {
  for (const left of await leftFolders(parent, name)) {
    await rm(left, { recursive: true, force: true });
  }
}

/** Of other machines that share the folder nothing is known, so theirs are left alone. */
function prefixOf(name: string): string {
  return `${name}.${hostname()}.`;
}

/** The folders that no other running process has. */
async function leftFolders(parent: string, name: string): Promise<string[]> {
  const prefix = prefixOf(name);
  const entries = await readdir(parent).catch((error) => {
    if (codeOf(error) === "ENOENT") {
      return [];
    }
    throw error;
  });
  return entries
    .filter((entry) => {
      const [, id] =
        (entry.startsWith(prefix) && /^(\d+)\.[0-9a-f]+$/.exec(entry.slice(prefix.length))) || [];
      return id !== undefined && (Number(id) === process.pid || !isRunning(Number(id)));
    })
    .map((entry) => join(parent, entry));
}

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== "ESRCH"; // one of another user's cannot be signalled, and runs
  }
}
