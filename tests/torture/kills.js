// Kills the worker or the whole browser at random moments, opens the same profile again, and looks for what was lost.

import { setTimeout as wait } from "node:timers/promises";
import { hold, isFound, storedState } from "./inspection.js";
import { after, interrupted, Operations, removedIds } from "./operations.js";
import { Profile } from "./profile.js";
import { Random } from "./random.js";

/** How long after an operation has begun the kill comes, in milliseconds. Early moments are more frequent. */
const DELAY = { least: 5, most: 400 };

/** Up to how many operations are waited for before the one that is to be hit. */
const OPERATIONS_BEFORE = 8;

/** Kinds of which the documents do not tell how far they came. */
const CHANGES_NOTHING = new Set(["reindex", "restore", "upkeep"]);

/** Kinds after which another passphrase opens the collection, or none. */
const CHANGES_KEY = new Set(["changeKey", "decrypt", "encrypt"]);

/** Ways to end it all: the worker alone, or every process of the browser. */
const WAYS = ["worker", "browser"];

/**
 * @typedef {object} KillFigures
 * @property {Record<string, number>} kills by what was killed
 * @property {number} operations that were acknowledged
 * @property {Record<string, { before: number, partly: number, after: number }>} hit by the kind of operation under way, what
 *   was found of it
 */

/** One profile, and what has to be in it. */
class KillLoop {
  #profile;
  #page;
  #operations;
  #moments;
  /** What was acknowledged. */
  #documents = /** @type {import("./operations.js").Documents} */ (new Map());
  #questions = /** @type {string[]} */ ([]);
  /** `null` where the collection is plain. */
  #passphrase = /** @type {string | null} */ (null);
  /** What opened the collection before that, and must not any more. */
  #former = /** @type {string | null | undefined} */ (undefined);
  #models = 0;
  /** The operation that has begun and was not acknowledged. */
  #underWay = /** @type {import("./operations.js").Operation | undefined} */ (undefined);
  /** Whether the key was changed by the operation that was cut off. */
  #isRekeyed = false;
  #untilKill = 0;
  #onTarget = () => {};
  #isOver = false;
  /** What went wrong while the page worked. */
  #failure = /** @type {Error | undefined} */ (undefined);
  /** @type {KillFigures} */
  figures = { kills: { worker: 0, browser: 0 }, operations: 0, hit: {} };

  constructor(profile, seed) {
    this.#profile = profile;
    this.#operations = new Operations(new Random(seed, "operations"));
    this.#moments = new Random(seed, "moments");
    profile.next = (lane, done) => this.#next(lane, done);
  }

  async run(kills, onKill) {
    this.#page = (await this.#profile.openPage()).page;
    for (let kill = 0; kill < kills; kill++) {
      await this.#workUntilKilled(this.#moments.of(WAYS));
      await this.#inspect();
      onKill(kill + 1);
    }
  }

  /** Takes an acknowledgement, and gives the next operation. Of rounds that are over nothing is taken. */
  #next(round, done) {
    if (this.#isOver || round !== this.figures.kills.worker + this.figures.kills.browser) return undefined;
    try {
      if (done !== undefined) this.#acknowledge(done);
    } catch (error) {
      this.#failure ??= error;
      this.#onTarget();
      return undefined;
    }
    const operation = this.#operations.next(this.#documents.keys(), undefined, this.#passphrase);
    this.#underWay = operation;
    if (operation.kind === "reindex") this.#profile.serveModel(`question ${++this.#models}: `);
    if (this.#untilKill-- === 0) this.#onTarget();
    return operation;
  }

  #acknowledge({ result, error }) {
    const operation = this.#underWay;
    hold(error === undefined, `${operation.kind} failed`, error);
    const removed = removedIds(this.#documents, operation).length;
    if (operation.kind.startsWith("remove")) hold(result === removed, `removed ${result} of ${removed}`);
    if (operation.kind === "record") {
      this.#questions.push(operation.question);
      hold(result === this.#questions.length, `record ${result} in place of ${this.#questions.length}`);
    }
    if (CHANGES_KEY.has(operation.kind)) this.#isOpenedBy(operation.passphrase);
    this.#documents = after(this.#documents, operation);
    this.#underWay = undefined;
    this.figures.operations++;
  }

  async #workUntilKilled(way) {
    this.#isOver = false;
    this.#untilKill = this.#moments.whole(0, OPERATIONS_BEFORE);
    const delay = DELAY.least + (DELAY.most - DELAY.least) * this.#moments.next() ** 2;
    const onTarget = new Promise((resolve) => {
      this.#onTarget = resolve;
    });
    const round = this.figures.kills.worker + this.figures.kills.browser;
    const working = this.#page.evaluate((round) => void work(round), round);
    working.catch(() => {}); // the page may be gone before it answers
    await onTarget;
    await wait(delay);
    if (this.#failure) throw this.#failure;
    if (way === "browser") await this.#profile.kill();
    else await this.#page.evaluate(() => terminateWorkers());
    await wait(0); // what had been said by then arrives
    this.#isOver = true;
    if (this.#failure) throw this.#failure;
    this.figures.kills[way]++;
    if (way === "browser") await this.#profile.launch();
    const killed = this.#page;
    await this.#open(); // beside the page without a worker, which is still there
    if (way === "worker") await killed.close();
  }

  /** Opens the collection again, by what opens it after the operation that was cut off, or before it. */
  async #open() {
    const operation = this.#underWay;
    const changesKey = operation !== undefined && CHANGES_KEY.has(operation.kind);
    const passphrases = changesKey ? [operation.passphrase, this.#passphrase] : [this.#passphrase];
    const former = [this.#former].filter((it) => it !== undefined && !passphrases.includes(it));
    const { page, passphrase } = await this.#profile.openPage([...former, ...passphrases]);
    hold(!former.includes(passphrase), "what no longer opens the collection has opened it", passphrase);
    this.#page = page;
    this.#isRekeyed = passphrase !== this.#passphrase;
    this.#isOpenedBy(passphrase);
  }

  #isOpenedBy(passphrase) {
    if (passphrase === this.#passphrase) return;
    [this.#former, this.#passphrase] = [this.#passphrase, passphrase];
  }

  /** Holds what is there against what was acknowledged, and the operation that was cut off. */
  async #inspect() {
    const operation = this.#underWay;
    const before = { progress: "before", documents: this.#documents };
    const states = operation === undefined ? [before] : interrupted(this.#documents, operation);
    const state = await storedState(this.#page, states);
    const { documents, records, question } = state;
    if (operation?.kind === "record" && records === this.#questions.length + 1) {
      this.#questions.push(operation.question);
      state.progress = "after";
    }
    if (this.#isRekeyed) state.progress = "after";
    hold(records === this.#questions.length, `${records} records in place of ${this.#questions.length}`);
    hold(question === this.#questions.at(-1), "the last record is of another question", question);
    this.#documents = documents;
    this.#underWay = undefined;
    await isFound(this.#page, documents);
    if (operation !== undefined) {
      this.figures.hit[operation.kind] ??= { before: 0, partly: 0, after: 0 };
      this.figures.hit[operation.kind][state.progress]++;
    }
  }
}

/**
 * Kills so many times, each time with the same profile.
 * @param {number} kills
 * @param {number} seed
 * @param {(kills: number) => void} [onKill] told how many there were, when nothing was found lost after the last one
 * @returns {Promise<KillFigures>}
 */
export async function tortureByKills(kills, seed, onKill = () => {}) {
  const profile = await Profile.create();
  const loop = new KillLoop(profile, seed);
  let failed = true;
  try {
    await loop.run(kills, onKill);
    failed = false;
    return loop.figures;
  } catch (error) {
    const { worker, browser } = loop.figures.kills;
    error.message += `\n(after ${worker + browser} kills with TORTURE_SEED=${seed}; the profile: ${profile.folder})`;
    throw error;
  } finally {
    await profile.close({ keep: failed });
  }
}

/** What the kills hit, as lines of text. */
export function describeHits(hit) {
  const kinds = Object.entries(hit).sort(([one], [other]) => (one < other ? -1 : 1));
  const sum = kinds.reduce((sum, [, { before, partly, after }]) => sum + before + partly + after, 0);
  const lines = kinds.map(([kind, { before, partly, after }]) => {
    const found = CHANGES_NOTHING.has(kind)
      ? `${before} times`
      : `${before} times found as before, ${partly} partly done, ${after} done`;
    return `  ${kind}: ${found}`;
  });
  return [`kills that hit an operation under way: ${sum}`, ...lines];
}
