// What browsers are started and ended by.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { awaitValue } from "../../scripts/engines.js";
import { start } from "../../scripts/processes.js";
import { until } from "../e2e/support.js";

const LONG = 60_000;

/** Whether a process runs; one that has ended may still be listed until somebody asks for its status. */
function isRunning(pid) {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

test("a program that is killed takes along what it has started", async () => {
  const shell = start("sh", ["-c", "sleep 1000 & echo child $!; wait"]);
  const [, pid] = await shell.line(/^child (\d+)$/, LONG);
  assert.ok(isRunning(pid));
  await shell.kill();
  await until(async () => !isRunning(pid));
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  test(`whoever is ended by ${signal} takes along what it has started, and says by what it ended`, async () => {
    const module = new URL("../../scripts/processes.js", import.meta.url);
    const code = `
      import { start } from ${JSON.stringify(module)};
      const shell = start("sh", ["-c", "sleep 1000 & echo child $!; wait"]);
      console.log((await shell.line(/^child .*$/, ${LONG}))[0]);`;
    const starter = spawn(process.execPath, ["--input-type=module", "--eval", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exit = once(starter, "exit");
    const [said] = await once(starter.stdout, "data");
    const pid = Number(/^child (\d+)$/m.exec(said)[1]);
    assert.ok(isRunning(pid));
    starter.kill(signal);
    assert.deepEqual(await exit, [null, signal]);
    await until(async () => !isRunning(pid));
  });
}

test("a program that ends instead of saying what is waited for fails with its status and what it said", async () => {
  const shell = start("sh", ["-c", "echo no display >&2; exit 3"]);
  await assert.rejects(shell.line(/^ready$/, LONG), /sh ended: status 3\nno display/);
  await assert.rejects(shell.awaited(new Promise(() => {}), LONG), /status 3/);
  await shell.kill();
});

test("a program that cannot be started fails by its name", async () => {
  const nothing = start("/no/such/browser", []);
  await assert.rejects(nothing.line(/^ready$/, LONG), /^Error: \/no\/such\/browser ended: .*ENOENT/);
  await nothing.kill();
});

test("a program that says something else only is waited for no longer than told", async () => {
  const shell = start("sh", ["-c", "echo busy; sleep 1000"]);
  await shell.line(/^busy$/, LONG);
  await assert.rejects(shell.line(/^ready$/, 10), /did not say .*ready.*\nbusy/);
  await assert.rejects(shell.awaited(new Promise(() => {}), 10), /did not answer.*\nbusy/);
  await shell.kill();
});

test("a value that comes later is waited for, and one that does not come is an error that names it", async () => {
  const values = [undefined, null, false];
  const tab = { evaluate: async () => values.shift() };
  assert.equal(await awaitValue(tab, "globalThis.outcome"), false);
  await assert.rejects(awaitValue(tab, "globalThis.outcome", 10), /nothing came of globalThis.outcome/);
});
