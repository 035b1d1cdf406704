/** Workers that wait: their code is here, whatever becomes of the network, and nothing else of them takes memory yet. */
import { mayBeOnline } from "./online.js";
import type { Peer } from "./peer.js";

/** After how many milliseconds workers that could not be started are tried again. */
export const RECOVERY = 30_000;

export class Standby<Request, Note = never> {
  readonly #start: () => Peer<Request, Note>;
  #waiting: Peer<Request, Note>[] = [];

  /** @param start starts a worker */
  constructor(start: () => Peer<Request, Note>) {
    this.#start = start;
  }

  /** How many wait, or are being started to wait. */
  get size(): number {
    return this.#alive().length;
  }

  /**
   * Has at least `count` workers wait.
   *
   * @throws IbidError `internal` where one cannot be started
   */
  async prepare(count: number): Promise<void> {
    for (let missing = count - this.size; missing > 0; missing--) {
      this.#waiting.push(this.#start());
    }
    await Promise.all(this.#waiting.map(({ started }) => started));
  }

  /** Has at least `count` workers wait, where there is a network to start them from. Whether they do. */
  async replenish(count: number): Promise<boolean> {
    if (this.size < count && !mayBeOnline()) {
      return false;
    }
    return this.prepare(count).then(
      () => true,
      () => false,
    );
  }

  /** The one that waits longest, or a new one. */
  take(): Peer<Request, Note> {
    return this.#alive().shift() ?? this.#start();
  }

  #alive(): Peer<Request, Note>[] {
    this.#waiting = this.#waiting.filter(({ hasEnded }) => !hasEnded);
    return this.#waiting;
  }
}
