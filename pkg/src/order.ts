/** The order of calls that change a collection, some of which first read files. */

/** A call's place in the order. */
export interface Turn {
  /** Resolves when all calls that were made before have been sent, or given up. */
  ready: Promise<void>;
  /** Says that this call was sent, or given up. */
  end: () => void;
}

/** Calls reach the worker in the order in which they were made, however long each reads before it can be sent. */
export class Order {
  #last: Promise<void> = Promise.resolve();

  /** The place of a call that is made now; it must be ended. */
  take(): Turn {
    const ready = this.#last;
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#last = ready.then(() => ended);
    return { ready, end };
  }
}
