// Two pages that change the same documents at the same time, one of which the browser freezes for a while.

import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { until } from "../e2e/support.js";
import { History } from "./history.js";
import { isFound, storedState } from "./inspection.js";
import { Operations } from "./operations.js";
import { Profile } from "./profile.js";
import { Random } from "./random.js";

/** How many calls each page has under way at once. */
const LANES = 2;

/** How often each kind is chosen. */
const WEIGHTS = { add: 10, searchable: 10, addMany: 6, atomic: 8, burst: 4, remove: 8, removeWhere: 2 };

/**
 * The same while the other page is frozen: calls that do not wait for vectors. A frozen page may be the one that embeds, and
 * others wait a minute until they do it in its place.
 */
const WITHOUT_VECTORS = { searchable: 20, remove: 8, removeWhere: 2 };

/**
 * How many calls of the other page are waited for while one is frozen, for how long at most in milliseconds, and how often it
 * is frozen for that. A page that is frozen inside a transaction keeps all others from the database, which is the browser's
 * business; so the first attempts come at any moment, and later ones when nobody commits.
 */
const FREEZE = { calls: 3, milliseconds: 7000, attempts: 8, atAnyMoment: 2 };

/** Two pages, what both were told to do, and what both said. */
class Tabs {
  #history = new History();
  #operations;
  #left;
  /** The calls that are under way, by page and lane. */
  #underWay = /** @type {Map<string, import("./history.js").Call>[]} */ ([new Map(), new Map()]);
  /** What the calls of the second page wait for while the first one is about to be frozen. */
  #pause = Promise.resolve();
  #isFrozen = false;
  #done = [0, 0];
  #failures = /** @type {string[]} */ ([]);

  constructor(operations, seed) {
    this.#operations = new Operations(new Random(seed, "tabs"));
    this.#left = [operations - (operations >> 1), operations >> 1];
  }

  /** Takes what a call came to, and begins the next. */
  async next([page, lane], done) {
    const last = this.#underWay[page].get(lane);
    this.#underWay[page].delete(lane);
    if (done !== undefined) {
      if (done.error === undefined) this.#history.acknowledge(last);
      // The other page was faster each time that this one tried: the call says so, and wrote nothing.
      else if (done.error.startsWith("store-conflict:")) this.#history.refuse(last);
      else this.#failures.push(`${last.operation.kind}: ${done.error}`);
      this.#done[page]++;
    }
    if (page === 1) await this.#pause;
    if (this.#left[page] === 0) return undefined;
    this.#left[page]--;
    const weights = this.#isFrozen && page === 1 ? WITHOUT_VECTORS : WEIGHTS;
    const call = this.#history.begin(this.#operations.next([], weights));
    this.#underWay[page].set(lane, call);
    return call.operation;
  }

  /** Has both pages work to the end, and freezes the first one meanwhile. */
  async run(profile) {
    profile.next = (lane, done) => this.next(lane, done);
    const pages = [(await profile.openPage()).page, (await profile.openPage()).page];
    const enough = (this.#left[0] + this.#left[1]) / 8;
    const working = Promise.all(
      pages.map((page, at) =>
        page.evaluate(
          ([at, lanes]) => Promise.all(Array.from({ length: lanes }, (_, lane) => work([at, lane]))),
          [at, LANES],
        ),
      ),
    );
    working.catch(() => {}); // waited for below
    await until(async () => this.#done[0] + this.#done[1] >= enough);
    const frozen = await this.#freeze(pages, await profile.debug(pages[0]));
    await working;
    assert.deepEqual(this.#failures, []);
    return { ...(await this.#compare(pages)), frozen };
  }

  /**
   * Freezes the first page until the second one has gone on. Returns how many calls of each were acknowledged meanwhile, and how
   * often nothing could be.
   */
  async #freeze([page, other], session) {
    await page.evaluate(countFreezes);
    for (let blocked = 0; blocked < FREEZE.attempts; blocked++) {
      const { promise, resolve } = deferred();
      this.#pause = promise;
      await until(async () => this.#underWay[1].size === 0);
      if (blocked >= FREEZE.atAnyMoment) await until(() => other.evaluate(nobodyCommits));
      await session.send("Page.setWebLifecycleState", { state: "frozen" });
      this.#isFrozen = true;
      const before = [...this.#done];
      resolve();
      const deadline = performance.now() + FREEZE.milliseconds;
      const isDone = () => this.#done[1] >= before[1] + FREEZE.calls;
      while (!isDone() && performance.now() < deadline) await wait(20);
      const [ofFrozen, ofOther] = this.#done.map((count, at) => count - before[at]);
      await session.send("Page.setWebLifecycleState", { state: "active" });
      this.#isFrozen = false;
      assert.equal(await page.evaluate(() => freezes), blocked + 1, "the page was not frozen");
      assert.ok(ofFrozen <= LANES, `the frozen page went on: ${ofFrozen} calls`);
      if (ofOther > 0) return { ofFrozen, ofOther, blocked };
    }
    throw new Error(`the other page did not go on, in ${FREEZE.attempts} attempts`);
  }

  /** Holds what each page finds against the other, and against what was acknowledged. */
  async #compare(pages) {
    const [documents, others] = await Promise.all(
      pages.map(async (page) => {
        const { documents } = await page.evaluate(() => stored());
        return this.#history.explain(documents);
      }),
    );
    assert.deepEqual([...others].sort(), [...documents].sort(), "the pages do not agree");
    for (const page of pages) {
      await storedState(page, [{ documents }]);
      await isFound(page, documents);
    }
    const { acknowledged, refused, conflicts } = this.#history;
    return { operations: acknowledged, refused, conflicts, documents: documents.size };
  }
}

/** Counts in the page how often it is frozen. */
function countFreezes() {
  globalThis.freezes = 0;
  document.addEventListener("freeze", () => freezes++);
}

/** Whether no page of the browser has the lock of writers. */
async function nobodyCommits() {
  const { held } = await navigator.locks.query();
  return held.every(({ name }) => name !== "writing of ibid/papers");
}

/** A promise, and what resolves it. */
function deferred() {
  let resolve = () => {};
  const promise = new Promise((resolver) => {
    resolve = resolver;
  });
  return { promise, resolve };
}

/**
 * @param {number} operations of both pages together
 * @param {number} seed
 */
export async function tortureByTabs(operations, seed) {
  const profile = await Profile.create();
  try {
    return await new Tabs(operations, seed).run(profile);
  } finally {
    await profile.close();
  }
}
