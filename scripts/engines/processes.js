// The processes of a browser: killed all at once, and never left behind.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

/** What a process says last, in an error; the rest is forgotten. */
const REMEMBERED_LINES = 20;

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
  process.once("exit", killNow); // being detached, it would outlive us

  /** Ends it, and all that it has started. */
  async function kill() {
    killNow();
    await ended;
    process.off("exit", killNow);
  }

  /**
   * Waits for a line of its output; rejects if it ends before.
   * @param {RegExp} pattern
   * @param {number} patience in milliseconds
   * @returns {Promise<RegExpExecArray>}
   */
  function line(pattern, patience) {
    const { promise, settle } = deferred();
    const look = (text) => {
      const match = pattern.exec(text);
      if (match !== null) settle(() => match);
    };
    const timer = setTimeout(
      () =>
        settle(() => fail(`${program} did not say ${pattern} in ${patience / 1000} s:\n${said.join("\n")}`)),
      patience,
    );
    said.forEach(look);
    listeners.add(look);
    return Promise.race([promise, failure]).finally(() => {
      clearTimeout(timer);
      listeners.delete(look);
    });
  }

  /**
   * What is waited for, or the error that the process has ended.
   * @template T
   * @param {Promise<T>} promise
   */
  const unlessEnded = (promise) => Promise.race([promise, failure]);

  return { kill, line, unlessEnded };
}

function fail(message) {
  throw new Error(message);
}

function deferred() {
  let settle;
  const promise = new Promise((resolve, reject) => {
    settle = (result) => {
      try {
        resolve(result());
      } catch (error) {
        reject(error);
      }
    };
  });
  return { promise, settle };
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
