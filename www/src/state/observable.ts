/** A value that is replaced, never changed in place, and says so with a `change` event. */
export class Observable<State extends object> extends EventTarget {
  #state: State;

  constructor(initial: State) {
    super();
    this.#state = initial;
  }

  get state(): State {
    return this.#state;
  }

  protected update(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    this.dispatchEvent(new Event("change"));
  }
}
