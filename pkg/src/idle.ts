/** Tells when nothing has been asked for some time. */

/** The longest time that a timer of JavaScript takes, in milliseconds: 24.8 days. */
const MAX_TIMEOUT = 2 ** 31 - 1;

export class IdleTimer {
  readonly #limit: number;
  readonly #onIdle: () => void;
  #underWay = 0;
  #since: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param limit in milliseconds */
  constructor(limit: number, onIdle: () => void) {
    this.#limit = limit;
    this.#onIdle = onIdle;
    this.#since = Date.now();
    this.#wait();
  }

  /** Whether it is possible to wait so long. */
  static accepts(limit: unknown): limit is number {
    return typeof limit === "number" && limit >= 1 && limit <= MAX_TIMEOUT;
  }

  /** Something is asked. Returns a function to be called once it is answered. */
  begin(): () => void {
    // A device that slept, or a page that was frozen, has not run the timer.
    if (this.#underWay === 0 && Date.now() - this.#since >= this.#limit) {
      this.#onIdle();
    }
    this.#underWay++;
    clearTimeout(this.#timer);
    return () => {
      this.#underWay--;
      if (this.#underWay === 0) {
        this.#since = Date.now();
        this.#wait();
      }
    };
  }

  /** Tells nothing any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#underWay = Number.POSITIVE_INFINITY;
  }

  #wait(): void {
    this.#timer = setTimeout(this.#onIdle, this.#limit);
  }
}
