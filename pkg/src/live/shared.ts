/** Collections that several parts of a page share: each is opened once, for as long as somebody shows it. */
import type { Progress } from "../client.js";
import { type Collection, type OpenOptions, openCollection } from "../collection.js";
import type { Metadata } from "../metadata.js";
import { keyOf } from "./key.js";
import { Observable } from "./observable.js";

/** How to open a collection that is shared. */
export type SharedOptions = Omit<OpenOptions, "signal" | "onProgress">;

/** How far a collection is. */
export interface CollectionState<C = Collection> {
  /** The collection, once it is open. */
  collection: C | undefined;
  /** Why it could not be opened, or is open no more; whoever shows it next tries again. */
  error: unknown;
  /** How far the loading of its model is, which goes on after it is open; `undefined` where that has not begun. */
  progress: Progress | undefined;
}

/** The state of a collection that nobody has opened: on a server, for example. */
export const UNOPENED: CollectionState = { collection: undefined, error: undefined, progress: undefined };

/**
 * How long a collection stays open that nobody shows, in milliseconds: what leaves a page often comes back at once, as React
 * does in its strict mode and development servers do with every change of a file.
 */
const LINGERING = 1000;

const shared = new Map<string, SharedCollection>();

/** The collection that all share who name it with options that say the same; it is opened with the first subscription. */
export function sharedCollection(name: string, options: SharedOptions) {
  const key = keyOf([name, Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))]);
  return {
    snapshot: (): CollectionState => shared.get(key)?.snapshot() ?? UNOPENED,
    subscribe: (listener: () => void): (() => void) => {
      let entry = shared.get(key);
      if (entry === undefined || entry.hasFailed) {
        entry = new SharedCollection(name, options, () => {
          if (shared.get(key) === entry) {
            shared.delete(key);
          }
        });
        shared.set(key, entry);
      }
      return entry.use(listener);
    },
  };
}

class SharedCollection extends Observable<CollectionState> {
  readonly #opening = new AbortController();
  readonly #onClose: () => void;
  #users = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(name: string, options: SharedOptions, onClose: () => void) {
    super(UNOPENED);
    this.#onClose = onClose;
    void this.#open(name, options);
  }

  /** Whether a new attempt is due. */
  get hasFailed(): boolean {
    return this.snapshot().error !== undefined && this.#users === 0;
  }

  use(listener: () => void): () => void {
    clearTimeout(this.#timer);
    this.#users++;
    const unsubscribe = this.subscribe(listener);
    return () => {
      unsubscribe();
      this.#users--;
      if (this.#users === 0) {
        this.#timer = setTimeout(() => this.#close(), LINGERING);
      }
    };
  }

  async #open(name: string, options: SharedOptions): Promise<void> {
    const { signal } = this.#opening;
    const onProgress = (progress: Progress) => this.change({ progress });
    try {
      const collection = await openCollection<Metadata>(name, { ...options, signal, onProgress });
      this.change({ collection });
      void collection.closed.then((error) => this.change({ collection: undefined, error }));
    } catch (error) {
      this.change({ error });
    }
  }

  #close(): void {
    this.#onClose();
    this.#opening.abort();
    void this.snapshot().collection?.close();
  }
}
