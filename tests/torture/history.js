// What several writers did at the same time, and which documents may be there afterwards.

import { hold } from "./inspection.js";
import { IN_STEPS, idsRemovedBy } from "./operations.js";

/**
 * A call, by the order in which the test heard of it: it began later than it was heard to, and was done before that.
 * @typedef {object} Call
 * @property {import("./operations.js").Operation} operation
 * @property {number} begun
 * @property {number} done `Infinity` until it is acknowledged
 */

export class History {
  #clock = 0;
  /** How many calls were refused. */
  refused = 0;
  /** @type {Call[]} */
  #calls = [];

  /**
   * A call begins.
   * @param {import("./operations.js").Operation} operation
   * @returns {Call}
   */
  begin(operation) {
    const call = { operation, begun: ++this.#clock, done: Infinity };
    this.#calls.push(call);
    return call;
  }

  /** A call was acknowledged. */
  acknowledge(call) {
    call.done = ++this.#clock;
  }

  /** A call was refused: nothing of it may be there, but for what was written in steps before. */
  refuse(call) {
    this.refused++;
    if (!IN_STEPS.has(call.operation.kind)) this.#calls = this.#calls.filter((other) => other !== call);
  }

  /** The calls that were acknowledged. */
  get acknowledged() {
    return this.#calls.filter(({ done }) => done < Infinity).length;
  }

  /** How many pairs of calls overlapped in time and had a document in common. */
  get conflicts() {
    const touched = this.#calls.map(({ operation }) => new Set(Object.keys(effects(operation))));
    return this.#calls.reduce((sum, one, at) => {
      const others = this.#calls.slice(at + 1).filter(({ begun }) => begun < one.done);
      return (
        sum + others.filter((other) => [...touched[at]].some((id) => effects(other.operation)[id])).length
      );
    }, 0);
  }

  /**
   * Fails unless each document is what one call left of it that no later one changed: a call is later that began when
   * the other was acknowledged.
   * @param {{ id: string, text: string }[]} documents what is stored
   * @returns {import("./operations.js").Documents} the same, as they were added
   */
  explain(documents) {
    const stored = new Map(documents.map(({ id, text }) => [id, text]));
    const explained = new Map();
    for (const [id, writes] of this.#writes()) {
      const last = writes.filter(({ done }) => !writes.some(({ begun }) => begun > done));
      const write = last.find(({ version }) => version?.content === stored.get(id));
      hold(write !== undefined, `${id} is none of the ${last.length} that it may be`, [stored.get(id), last]);
      if (write.version !== undefined) explained.set(id, write.version);
      stored.delete(id);
    }
    hold(stored.size === 0, "there are documents that nobody added", [...stored.keys()]);
    return explained;
  }

  /** For each document the calls that changed it, and the version that each left; at first there was none. */
  #writes() {
    const writes = new Map();
    for (const { operation, begun, done } of this.#calls) {
      for (const [id, { version }] of Object.entries(effects(operation))) {
        if (!writes.has(id)) writes.set(id, [{ begun: 0, done: 0, version: undefined }]);
        writes.get(id).push({ begun, done, version });
      }
    }
    return writes;
  }
}

/** What an operation leaves of each document that it concerns. */
function effects(operation) {
  const removed = idsRemovedBy(operation).map((id) => [id, { version: undefined }]);
  const added = (operation.documents ?? []).map((version) => [version.id, { version }]);
  return Object.fromEntries([...removed, ...added]);
}
