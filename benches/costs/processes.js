// How much memory the pages of a profile take at most, as the system counts it.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const readOrNothing = (file) => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // the process has ended
  }
};

/** The ids of the processes that hold pages and workers of the browser whose profile is in `folder`. */
function pageProcesses(folder) {
  const ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return ids.filter((id) => {
    // Chromium writes its processes' arguments anew, with spaces between them.
    const command = readOrNothing(`/proc/${id}/cmdline`);
    return command.includes(" --type=renderer ") && command.includes(` --user-data-dir=${folder} `);
  });
}

/** A value of the system's status of a process in bytes; 0 where it has ended. */
function statusBytes(id, name) {
  const [, kibibytes] =
    new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(readOrNothing(`/proc/${id}/status`)) ?? [];
  return Number(kibibytes ?? 0) * 1024;
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

/**
 * Begins to watch the resident memory of the pages of the profile in `folder`. The function that it returns gives the
 * bytes by which their peaks since then exceed what they had at the beginning: of all kinds, garbage included. Linux only.
 */
export function watchPeak(folder) {
  const ids = pageProcesses(folder);
  if (ids.length === 0) throw new Error(`no process of a page is known of ${folder}`);
  for (const id of ids) writeFileSync(`/proc/${id}/clear_refs`, "5"); // the peak begins anew: proc(5)
  const before = sum(ids.map((id) => statusBytes(id, "VmRSS")));
  return () => sum(ids.map((id) => statusBytes(id, "VmHWM"))) - before;
}
