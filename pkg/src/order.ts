/** The order of calls that change a collection, some of which first read files. */

/** A call's place in the order. */
export class Turn {
  readonly #ready: Promise<void>;
  /** Says that this call was sent, or given up; further times change nothing. */
  readonly end: () => void;

  constructor(ready: Promise<void>, end: () => void) {
    this.#ready = ready;
    this.end = end;
  }

  /**
   * Sends what `prepare` has made ready once all calls that were made before have been sent, or given up; then this call's
   * turn is over. What is sent later in the same turn does not wait.
   */
  async send<T>(prepare: () => Promise<() => Promise<T>>): Promise<T> {
    try {
      const send = await prepare();
      await this.#ready;
      const sent = send();
      this.end();
      return await sent;
    } finally {
      this.end();
    }
  }
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
    return new Turn(ready, end);
  }
}
