// What a collection is tortured with: random operations on few documents, each version of which has a word of its own.

/** The ids that there may be. */
const IDS = Array.from({ length: 90 }, (_, n) => `doc-${String(n).padStart(2, "0")}`);

/** How often each kind of operation is chosen. */
const WEIGHTS = {
  add: 14,
  replace: 14,
  searchable: 12,
  addMany: 10,
  atomic: 8,
  burst: 8,
  remove: 8,
  removeWhere: 4,
  record: 6,
  reindex: 3,
  upkeep: 8,
  restore: 6,
  merge: 6,
  key: 10,
};

/** Kinds whose documents are committed some at a time, in their order: an end in between leaves the first of them. */
export const IN_STEPS = new Set(["addMany", "burst"]);

/** The group of a document, by which `removeWhere` finds it. */
const groupOf = (id) => `group-${Number(id.slice(4)) % 6}`;

/**
 * @typedef {object} Version a document as it was added
 * @property {string} id
 * @property {string} content its text
 * @property {{ group: string, version: string }} metadata `version` is the word that no other text has
 *
 * @typedef {object} Operation
 * @property {string} kind
 * @property {Version[]} [documents] what is added
 * @property {string[]} [ids] what is removed
 * @property {string} [group] what is removed
 * @property {string} [question] what is asked and recorded
 * @property {number} [milliseconds] how long work in the background is watched at most
 * @property {string | null} [passphrase] what opens the collection afterwards; `null` where it is plain then
 *
 * @typedef {ReadonlyMap<string, Version>} Documents by their ids
 */

/** Makes operations, one after the other. */
export class Operations {
  #random;
  #made = 0;

  /** @param {import("./random.js").Random} random */
  constructor(random) {
    this.#random = random;
  }

  /**
   * The next one.
   * @param {Iterable<string>} ids of documents that may be replaced and removed; of any where there are none
   * @param {Record<string, number>} [weights] how often each kind is chosen
   * @param {string | null} [passphrase] what opens the collection
   * @returns {Operation}
   */
  next(ids, weights = WEIGHTS, passphrase = null) {
    const kind = this.#random.weighted(weights);
    const there = [...ids];
    const present = there.length > 0 ? there : IDS;
    switch (kind) {
      case "add":
      case "searchable":
        return { kind, documents: [this.version(this.#random.of(IDS))] };
      case "replace":
        return { kind, documents: [this.version(this.#random.of(present))] };
      case "addMany": // sometimes in more than one batch to the worker
        return { kind, documents: this.#versions(this.#random.of([3, 8, 20, 80])) };
      case "atomic":
      case "burst":
        return { kind, documents: this.#versions(this.#random.whole(2, 12)) };
      case "remove":
      case "merge": // out of a file in which they still are
        return { kind, ids: this.#random.some(present, this.#random.whole(1, 6)) };
      case "removeWhere":
        return { kind, group: groupOf(this.#random.of(present)) };
      case "record":
        return { kind, question: `Who nests by the river of ${this.word()}?` };
      case "key":
        return this.#changeOfKey(passphrase);
      case "upkeep":
        return { kind, milliseconds: this.#random.whole(50, 500) };
      default:
        return { kind };
    }
  }

  /** A new version of a document: a few sentences, or now and then many, for which the model takes a while. */
  version(id) {
    const version = this.word();
    const sentences = this.#random.next() < 0.1 ? this.#random.whole(20, 60) : this.#random.whole(1, 4);
    const lines = Array.from(
      { length: sentences },
      (_, n) => `The ${this.#random.of(BIRDS)} nests ${this.#random.of(PLACES)} number ${n} of ${id}.`,
    );
    lines.splice(this.#random.whole(0, lines.length), 0, `Its sign is ${version} alone.`);
    return { id, content: lines.join(" "), metadata: { group: groupOf(id), version } };
  }

  #changeOfKey(passphrase) {
    if (passphrase !== null && this.#random.next() < 0.25) return { kind: "decrypt", passphrase: null };
    return { kind: passphrase === null ? "encrypt" : "changeKey", passphrase: this.word() };
  }

  #versions(count) {
    return this.#random.some(IDS, count).map((id) => this.version(id));
  }

  /** A word that was never used. It has no vowels, so that no stem joins it with another, and ends as it likes. */
  word() {
    const letters = "bcdfghjklmnpqrtvwxz";
    let word = "";
    for (let left = ++this.#made; left > 0; left = Math.floor(left / letters.length)) {
      word = letters[left % letters.length] + word;
    }
    return `zq${word.padStart(6, "b")}`;
  }
}

const BIRDS = ["heron", "owl", "plover", "swift", "swan", "kingfisher"];
const PLACES = ["by the river", "in the barn", "under the roof", "on the island", "in the reeds"];

/**
 * The documents after an operation.
 * @param {Documents} documents
 * @param {Operation} operation
 * @returns {Map<string, Version>}
 */
export function after(documents, { kind, documents: added = [], ids = [], group }) {
  if (kind === "merge") return new Map(documents); // what was removed came back
  const next = new Map(documents);
  for (const version of added) next.set(version.id, version);
  for (const id of removedIds(documents, { ids, group })) next.delete(id);
  return next;
}

/** Which documents an operation removes. */
export function removedIds(documents, { ids = [], group }) {
  const there = [...documents.keys()];
  return there.filter((id) => ids.includes(id) || (group !== undefined && groupOf(id) === group));
}

/** All ids whose documents an operation removes if they are there. */
export const idsRemovedBy = ({ ids = [], group }) =>
  IDS.filter((id) => ids.includes(id) || (group !== undefined && groupOf(id) === group));

/**
 * What may be stored once an operation was cut off: nothing of it, all of it, and of those in steps the first so many.
 * @param {Documents} documents what was there before
 * @param {Operation} operation
 * @returns {{ progress: "before" | "partly" | "after", documents: Documents }[]}
 */
export function interrupted(documents, operation) {
  const states = [{ progress: "before", documents }];
  if (operation.kind === "merge") {
    const { ids } = operation;
    return [...states, { progress: "partly", documents: after(documents, { kind: "remove", ids }) }];
  }
  const steps = IN_STEPS.has(operation.kind) ? operation.documents.length : 1;
  for (let step = 1; step < steps; step++) {
    const first = { ...operation, documents: operation.documents.slice(0, step) };
    states.push({ progress: "partly", documents: after(documents, first) });
  }
  return [...states, { progress: "after", documents: after(documents, operation) }];
}
