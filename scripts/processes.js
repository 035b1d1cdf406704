// The processes of a browser: killed all at once, and never left behind.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

/** What a process says last, in an error; the rest is forgotten. */
const REMEMBERED_LINES = 20;

/** What kills each group that still runs: being detached, it would outlive us. */
const running = new Set();

function killAll() {
  for (const killNow of running) killNow();
}

process.once("exit", killAll);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => {
    killAll();
    process.kill(process.pid, signal); // now it does what it would have done without us
  });
}

/**
 * Starts a program in a process group of its own.
 * @param {string} program
 * @param {string[]} args
 * @param {Record<string, string>} [environment] besides our own
 */
export function start(program, args, environment = {}) {
  const child = spawn(program, args, {
    detached: true, // so that it leads a process group
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  const said = [];
  const listeners = new Set();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on("line", (line) => {
      said.push(line);
      if (said.length > REMEMBERED_LINES) said.shift();
      for (const listener of listeners) listener(line);
    });
  }
  const ended = new Promise((resolve) => {
    child.once("error", resolve); // it could not be started
    child.once("exit", (code, signal) => resolve(new Error(`status ${code ?? signal}`)));
  });
  const failure = ended.then((cause) => {
    throw new Error(`${program} ended: ${[cause.message, ...said].join("\n")}`, { cause });
  });
  failure.catch(() => {}); // of interest only to who waits for something

  const killNow = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // All of the group has ended.
    }
  };
  running.add(killNow);

  /** Ends it, and all that it has started. */
  async function kill() {
    killNow();
    await ended;
    running.delete(killNow);
  }

  /**
   * Waits for a line of its output; rejects if it ends before.
   * @param {RegExp} pattern
   * @param {number} patience in milliseconds
   * @returns {Promise<RegExpExecArray>}
   */
  function line(pattern, patience) {
    let look;
    const match = new Promise((resolve) => {
      look = (text) => {
        const match = pattern.exec(text);
        if (match !== null) resolve(match);
      };
    });
    said.forEach(look);
    listeners.add(look);
    return awaited(match, patience, `did not say ${pattern}`).finally(() => listeners.delete(look));
  }

  /**
   * What is waited for; rejects if the process ends before, or if it takes too long.
   * @template T
   * @param {Promise<T>} promise
   * @param {number} patience in milliseconds
   * @param {string} [lack] what the process did not do, for the error
   * @returns {Promise<T>}
   */
  function awaited(promise, patience, lack = "did not answer") {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${program} ${lack} in ${patience / 1000} s:\n${said.join("\n")}`)),
        patience,
      );
    });
    return Promise.race([promise, failure, late]).finally(() => clearTimeout(timer));
  }

  return { kill, line, awaited };
}

/** A port of loopback that nobody listens on, for programs that do not choose one themselves. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/**
 * The value of an environment variable that scripts/with-engines sets.
 * @param {string} name
 */
export function program(name) {
  const path = process.env[name];
  if (!path) throw new Error(`${name} names no program: run this through scripts/with-engines`);
  return path;
}
