// A writer that the debugger stops in the middle of a commit, while another page commits.

import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { until } from "../e2e/support.js";
import { hold, isFound, storedState } from "./inspection.js";
import { after, Operations } from "./operations.js";
import { Profile } from "./profile.js";
import { Random } from "./random.js";

/** How long the other page is given where it has to wait for the suspended one, in milliseconds: longer than for its lock. */
const SUSPENDED = 7000;

/** Where in a commit the writer stops, and whether others can commit there. */
const PLACES = {
  /** It has the lock of writers and has not begun its transaction, which has to see that others were faster. */
  "before the transaction": { othersGoOn: true },
  /** It has written a part of its transaction; the browser lets no other begin. */
  "inside the transaction": { othersGoOn: false },
};

/** What the suspended writer does. */
const KINDS = ["searchable", "remove", "atomic"];

/** Has the next commit of a worker stop at `globalThis.stopAt`; this runs in the worker. */
function stopCommits() {
  /** Calls a method, and stops at one of its sides where that was asked for. */
  const stopping = (prototype, method, place, matches) => {
    const real = prototype[method];
    prototype[method] = function (...args) {
      const stops = globalThis.stopAt === place && matches(args);
      if (stops) globalThis.stopAt = undefined;
      // biome-ignore lint/suspicious/noDebugger: it is the debugger that stops here
      if (stops && place === "before the transaction") debugger;
      const result = real.apply(this, args);
      // biome-ignore lint/suspicious/noDebugger: it is the debugger that stops here
      if (stops && place === "inside the transaction") debugger;
      return result;
    };
  };
  stopping(
    IDBDatabase.prototype,
    "transaction",
    "before the transaction",
    ([, mode]) => mode === "readwrite",
  );
  stopping(IDBObjectStore.prototype, "put", "inside the transaction", () => true);
}

/** The debugger of the worker of a page. (Sessions of playwright-core reach no workers, but the page's own relays.) */
class WorkerDebugger {
  #page;
  #session;
  #lastId = 0;
  #pending = new Map();
  /** Whether the worker stands still. */
  isPaused = false;

  /** @param {import("playwright-core").CDPSession} page */
  static async attach(page) {
    const own = new WorkerDebugger();
    own.#page = page;
    page.on("Target.receivedMessageFromTarget", ({ message }) => own.#receive(JSON.parse(message)));
    const attached = new Promise((resolve) => page.once("Target.attachedToTarget", resolve));
    const options = { autoAttach: true, waitForDebuggerOnStart: false, flatten: false };
    await page.send("Target.setAutoAttach", options);
    own.#session = (await attached).sessionId;
    await own.send("Debugger.enable");
    await own.evaluate(`(${stopCommits})()`);
    return own;
  }

  async send(method, params = {}) {
    const id = ++this.#lastId;
    const answer = new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    const message = JSON.stringify({ id, method, params });
    await this.#page.send("Target.sendMessageToTarget", { sessionId: this.#session, message });
    return answer;
  }

  async evaluate(expression) {
    const { exceptionDetails } = await this.send("Runtime.evaluate", { expression });
    assert.equal(exceptionDetails, undefined);
  }

  #receive({ id, method, result, error }) {
    if (method === "Debugger.paused") this.isPaused = true;
    if (method === "Debugger.resumed") this.isPaused = false;
    const { resolve, reject } = this.#pending.get(id) ?? {};
    this.#pending.delete(id);
    if (error !== undefined) reject?.(new Error(error.message));
    else resolve?.(result);
  }
}

/** One call on a page, and whether it was acknowledged. */
function begin(page, operation) {
  const call = {
    isDone: false,
    done: page.evaluate((operation) => perform(operation).then(() => {}), operation),
  };
  call.done.then(
    () => {
      call.isDone = true;
    },
    () => {}, // waited for by others
  );
  return call;
}

/**
 * Suspends a writer at each place, with each kind of operation.
 * @param {number} rounds how often each is done
 * @param {number} seed
 */
export async function tortureBySuspension(rounds, seed) {
  const profile = await Profile.create();
  const random = new Random(seed, "suspended");
  const operations = new Operations(random);
  const only = (kind, ids) => operations.next(ids, { [kind]: 1 });
  const figures = Object.fromEntries(Object.keys(PLACES).map((place) => [place, 0]));
  try {
    const [suspended, other] = [(await profile.openPage()).page, (await profile.openPage()).page];
    const worker = await WorkerDebugger.attach(await profile.debug(suspended));
    let documents = new Map();
    const done = (operation) => {
      documents = after(documents, operation);
    };
    for (let round = 0; round < rounds; round++) {
      for (const [place, { othersGoOn }] of Object.entries(PLACES)) {
        for (const kind of KINDS) {
          for (const page of [suspended, other]) {
            const first = only("atomic", []);
            await begin(page, first).done;
            done(first);
          }
          await suspended.evaluate(() => drained()); // so that no commit in the background is the one that stops
          await other.evaluate(() => drained());
          await worker.evaluate(`globalThis.stopAt = ${JSON.stringify(place)}`);
          const operation = only(kind, documents.keys());
          const call = begin(suspended, operation);
          await until(async () => worker.isPaused);
          // The same document in both, so that the one who is second has to see what the first one did.
          const [id] = operation.ids ?? operation.documents.map((version) => version.id);
          const meanwhile = { kind: "searchable", documents: [operations.version(id)] };
          const otherCall = begin(other, meanwhile);
          if (othersGoOn) await otherCall.done;
          else await Promise.race([wait(SUSPENDED), otherCall.done]);
          hold(!call.isDone, "a call was acknowledged by a worker that stood still");
          const wasFirst = otherCall.isDone;
          await worker.send("Debugger.resume");
          await Promise.all([call.done, otherCall.done]);
          for (const each of wasFirst ? [meanwhile, operation] : [operation, meanwhile]) done(each);
          for (const page of [suspended, other]) await storedState(page, [{ documents }]);
          figures[place]++;
        }
      }
    }
    for (const page of [suspended, other]) await isFound(page, documents);
    return figures;
  } finally {
    await profile.close();
  }
}
