/** A state that changes, for whatever shows it. */

/** One immutable state after the other. The methods are bound, as frameworks take them one by one. */
export class Observable<S> {
  #state: S;
  readonly #listeners = new Set<() => void>();

  constructor(state: S) {
    this.#state = state;
  }

  /** The state now: the same object as long as nothing changes. */
  readonly snapshot = (): S => this.#state;

  /** Calls `listener` after each change. Returns a function that ends that. */
  readonly subscribe = (listener: () => void): (() => void) => {
    const own = () => listener(); // the same listener may be there twice
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  };

  protected change(changes: Partial<S>): void {
    this.#state = { ...this.#state, ...changes };
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (thrown) {
        reportError(thrown); // one listener's fault is not the others', nor what was found
      }
    }
  }
}
