/** The parts of the page that are loaded when they are first wanted, or before that, when there is time. */
import { type Problem, toProblem } from "../text/problem.js";
import { Observable } from "./observable.js";
import { nextTask } from "./pace.js";

/** What came of loading a part. */
export type Loaded = "here" | Problem;

export interface PartsState<Name> {
  /** Those that are still being loaded are not in it. */
  loaded: ReadonlyMap<Name, Loaded>;
}

export class Parts<Name extends string> extends Observable<PartsState<Name>> {
  readonly #loaders: Readonly<Record<Name, () => Promise<unknown>>>;
  readonly #wanted = new Set<Name>();
  readonly #loading = new Map<Name, Promise<void>>();

  constructor(loaders: Readonly<Record<Name, () => Promise<unknown>>>) {
    super({ loaded: new Map() });
    this.#loaders = loaders;
  }

  isHere(name: Name): boolean {
    return this.state.loaded.get(name) === "here";
  }

  isWanted(name: Name): boolean {
    return this.#wanted.has(name);
  }

  /** Has a part loaded that is wanted now, once; resolves when that has succeeded or failed. */
  want(name: Name): Promise<void> {
    this.#wanted.add(name);
    return this.#load(name);
  }

  /** Has a part loaded that will be wanted; where that fails nobody is told, and it is tried again when it is. */
  prepare(name: Name): Promise<void> {
    return this.#load(name);
  }

  /** Loads a part again that could not be loaded. */
  retry(name: Name): Promise<void> {
    const loaded = new Map(this.state.loaded);
    loaded.delete(name);
    this.update({ loaded });
    this.#loading.delete(name);
    return this.#load(name);
  }

  #load(name: Name): Promise<void> {
    const loading = this.#loading.get(name) ?? this.#loadNow(name);
    this.#loading.set(name, loading);
    return loading;
  }

  async #loadNow(name: Name): Promise<void> {
    await nextTask(); // what wants several asks for each in a task of its own, which is long enough
    try {
      await this.#loaders[name]();
      this.#settle(name, "here");
    } catch (thrown) {
      if (this.#wanted.has(name)) {
        this.#settle(name, { ...toProblem(thrown), summary: "This part of the page couldn’t be loaded." });
      } else {
        this.#loading.delete(name);
      }
    }
  }

  #settle(name: Name, loaded: Loaded): void {
    this.update({ loaded: new Map([...this.state.loaded, [name, loaded]]) });
  }
}
