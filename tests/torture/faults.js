// Has one request to the database after the other fail, in one of several ways, while each kind of operation is under way: no state is
// ever half.

import { hold, isFound, storedState } from "./inspection.js";
import { after, IN_STEPS, interrupted, Operations } from "./operations.js";
import { Profile } from "./profile.js";
import { Random } from "./random.js";

/** The kinds of operations, and on how many documents each is tried. */
const KINDS = [
  "searchable",
  "replace",
  "addMany",
  "atomic",
  "burst",
  "remove",
  "removeWhere",
  "record",
  "reindex",
  "restore",
  "merge",
  "encrypt",
  "changeKey",
  "decrypt",
];

/** How a request fails: see `page/faulty-database.js`. */
const WAYS = ["thrown", "aborted", "full"];

/** As many requests of one operation are tried at most: those of long operations are alike. */
const MOST = 60;

/** How long the work in the background that follows an operation is waited for, in milliseconds. */
const IN_BACKGROUND = 2000;

/** What calls may be refused with: the database failed, or had no room. */
const REFUSALS = /^store-(lost|quota):/;

/** After how many operations of a kind that had fewer requests than were to be reached it is over with: they differ in length. */
const MISSES = 3;

/**
 * @typedef {object} FaultFigures
 * @property {number} faults that were injected
 * @property {number} refused how many operations were refused for it; the others were done in spite of it, or had been
 * @property {Record<string, number>} kinds faults by the kind of operation
 */

/** One collection whose database fails, and what has to be in it. */
class FaultLoop {
  #profile;
  #page;
  #operations;
  #random;
  #documents = /** @type {import("./operations.js").Documents} */ (new Map());
  #records = 0;
  #models = 0;
  /** `null` where the collection is plain. */
  #passphrase = /** @type {string | null} */ (null);
  /** @type {FaultFigures} */
  figures = { faults: 0, refused: 0, kinds: {} };

  constructor(profile, seed) {
    this.#profile = profile;
    this.#random = new Random(seed, "faults");
    this.#operations = new Operations(this.#random);
  }

  /** Tries all requests, or some of each kind where no more are to be tried. */
  async run(most) {
    this.#page = (await this.#profile.openPage([null], "?faulty")).page;
    const share = Math.ceil(most / KINDS.length);
    for (const kind of KINDS) {
      const isSample = share < MOST;
      let misses = 0;
      for (let request = 0; request < Math.min(share, MOST) && misses < MISSES; request++) {
        const isHit = await this.#fail(kind, isSample ? this.#random.whole(0, 12) : request);
        if (!isHit && !isSample) misses++;
      }
    }
    await this.#openAgain();
  }

  /** Has a request fail during an operation of that kind; resolves to whether there was one. */
  async #fail(kind, request) {
    await this.#prepare(kind);
    const operation = this.#operation(kind);
    if (kind === "reindex") this.#profile.serveModel(`question ${++this.#models}: `);
    const fault = { after: request, way: this.#random.of(WAYS) };
    const { error, failed } = await this.#page.evaluate(
      ([operation, fault, milliseconds]) => performFaulty(operation, fault, milliseconds),
      [operation, fault, IN_BACKGROUND],
    );
    if (failed === null) hold(error === undefined, `${kind} failed without a fault`, error);
    const what = `${kind}, request ${request} (${failed}): ${error ?? "done"}`;
    try {
      await this.#inspect(operation, error);
    } catch (loss) {
      loss.message += `\n(${what})`;
      throw loss;
    }
    if (failed === null) return false;
    this.figures.faults++;
    if (error !== undefined) this.figures.refused++;
    this.figures.kinds[kind] = (this.figures.kinds[kind] ?? 0) + 1;
    return true;
  }

  /** Does what has to be done for an operation of that kind to make sense. */
  async #prepare(kind) {
    const isEncrypted = this.#passphrase !== null;
    if (kind === "encrypt" && isEncrypted) await this.#perform({ kind: "decrypt", passphrase: null });
    if ((kind === "decrypt" || kind === "changeKey") && !isEncrypted) {
      await this.#perform({ kind: "encrypt", passphrase: this.#operations.word() });
    }
    if (this.#documents.size < 8) await this.#perform(this.#operation("atomic"));
  }

  #operation(kind) {
    if (kind === "decrypt") return { kind, passphrase: null };
    if (kind === "encrypt" || kind === "changeKey") return { kind, passphrase: this.#operations.word() };
    return this.#operations.next(this.#documents.keys(), { [kind]: 1 });
  }

  /** Performs an operation that nothing fails in. */
  async #perform(operation) {
    await this.#page.evaluate((operation) => perform(operation).then(() => {}), operation);
    this.#documents = after(this.#documents, operation);
    if (operation.passphrase !== undefined) this.#passphrase = operation.passphrase;
    if (operation.kind === "record") this.#records++;
  }

  /** Holds what is there against what the operation may have left, and has the collection go on. */
  async #inspect(operation, error) {
    hold(error === undefined || REFUSALS.test(error), "the error is none of the database's", error);
    const { documents, records } = await storedState(this.#page, await this.#states(operation, error));
    const recorded = records - this.#records;
    hold(recorded === 0 || (operation.kind === "record" && recorded === 1), `${recorded} records more`);
    if (operation.kind === "record" && error === undefined) hold(recorded === 1, "the record is missing");
    [this.#documents, this.#records] = [documents, records];
    if (operation.passphrase !== undefined) await this.#findPassphrase(operation, error);
    // What failed is done again; what a call went on with after it had answered, the next one finishes.
    const isOver = error === undefined || operation.passphrase !== undefined;
    await this.#perform(isOver ? this.#operation("add") : operation);
    await isFound(this.#page, this.#documents);
  }

  /** What the operation may have left. */
  async #states(operation, error) {
    if (error === undefined) return [{ documents: after(this.#documents, operation) }];
    if (!IN_STEPS.has(operation.kind)) return interrupted(this.#documents, operation);
    // What failed may be any of the documents, which are written on their own.
    const stored = await this.#page.evaluate(() => globalThis.stored());
    const texts = new Set(stored.documents.map(({ text }) => text));
    const written = operation.documents.filter(({ content }) => texts.has(content));
    return [{ documents: after(this.#documents, { ...operation, documents: written }) }];
  }

  /** Finds out, in a page of its own, which passphrase opens the collection. */
  async #findPassphrase({ passphrase }, error) {
    const passphrases = error === undefined ? [passphrase] : [passphrase, this.#passphrase];
    const opened = await this.#profile.openPage(passphrases);
    this.#passphrase = opened.passphrase;
    await opened.page.close();
  }

  /** That another page finds the same. */
  async #openAgain() {
    const { page } = await this.#profile.openPage([this.#passphrase]);
    await storedState(page, [{ documents: this.#documents }]);
    await isFound(page, this.#documents);
  }
}

/**
 * @param {number} most how many faults are injected at most
 * @param {number} seed
 * @returns {Promise<FaultFigures>}
 */
export async function tortureByFaults(most, seed) {
  const profile = await Profile.create();
  const loop = new FaultLoop(profile, seed);
  try {
    await loop.run(most);
    return loop.figures;
  } catch (error) {
    error.message += `\n(after ${loop.figures.faults} faults with TORTURE_SEED=${seed})`;
    throw error;
  } finally {
    await profile.close();
  }
}
