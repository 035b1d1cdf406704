/** A search that follows what is typed, and what happens to the collection. */
import type { Collection, SearchOptions } from "../collection.js";
import type { Metadata, MetadataOf, SearchResult } from "../metadata.js";
import { Observable } from "./observable.js";

/** How far a search is. */
export interface SearchState<M extends MetadataOf<M> = Metadata> {
  /** What was found last; it stays while the next search is under way. `undefined` before, and where nothing is asked. */
  result: SearchResult<M> | undefined;
  /** Whether something else than `result` is asked by now. */
  loading: boolean;
  /** Why the last search failed; `undefined` where it did not. */
  error: unknown;
}

/** How to search while somebody types. */
export interface LiveSearchOptions<M extends MetadataOf<M> = Metadata>
  extends Omit<SearchOptions<M>, "signal" | "onProgress"> {
  /** For how many milliseconds nothing else may be asked before a search begins; the default is 120, 0 begins at once. */
  debounce?: number;
}

/** What is asked of which collection. */
interface Question<M extends MetadataOf<M>> {
  collection: Collection<M>;
  query: string;
  options: SearchOptions<M>;
}

/** Milliseconds: shorter than most people take for a letter, so that most letters are not searched for. */
const DEBOUNCE = 120;

/** After how many milliseconds what changed is searched for again: an import changes a collection many times in a second. */
const AGAIN = 250;

/**
 * One search at a time: what is asked anew ends what was asked before. Once something was found it is looked for again
 * whenever the collection has changed, and when a model is ready that it had to do without.
 */
export class LiveSearch<M extends MetadataOf<M> = Metadata> extends Observable<SearchState<M>> {
  #question: Question<M> | undefined;
  /** The one that is watched. */
  #collection: Collection<M> | undefined;
  /** The one that was asked last. */
  #asked: Collection<M> | undefined;
  #unwatch = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: AbortController | undefined;
  /** The last generation that was told of. */
  #generation = 0;
  /** Whether a model became ready since the last search began. */
  #hasNewModel = false;

  constructor() {
    super({ result: undefined, loading: false, error: undefined });
  }

  /** Asks something: nothing for a query without a word, and later while there is no collection yet. */
  ask(collection: Collection<M> | undefined, query: string, options: LiveSearchOptions<M> = {}): void {
    const isFirst = this.#question === undefined;
    this.#stop();
    this.#watch(collection);
    // Hits of the one are none of the other.
    const former = collection === this.#asked ? {} : { result: undefined, error: undefined };
    this.#asked = collection;
    if (query.trim() === "") {
      this.change({ result: undefined, loading: false, error: undefined });
      return;
    }
    this.change({ ...former, loading: true });
    if (collection === undefined) {
      this.#question = undefined;
      return;
    }
    const { debounce = DEBOUNCE, ...search } = options;
    this.#question = { collection, query, options: search };
    if (isFirst || debounce <= 0) {
      void this.#run();
    } else {
      this.#timer = setTimeout(() => void this.#run(), debounce);
    }
  }

  /** Ends the search that is under way, and follows the collection no longer. It may be asked again. */
  end(): void {
    this.#stop();
    this.#watch(undefined);
    this.#question = undefined;
    if (this.snapshot().loading) {
      this.change({ loading: false });
    }
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running?.abort();
    this.#running = undefined;
  }

  #watch(collection: Collection<M> | undefined): void {
    if (collection === this.#collection) {
      return;
    }
    this.#unwatch();
    this.#collection = collection;
    this.#generation = 0;
    const unwatch = [
      collection?.on("change", ({ generation }) => {
        this.#generation = Math.max(this.#generation, generation);
        this.#catchUp();
      }),
      collection?.on("model", () => {
        this.#hasNewModel = true;
        this.#catchUp();
      }),
    ];
    this.#unwatch = () => {
      for (const end of unwatch) {
        end?.();
      }
    };
  }

  /** Searches again where the collection or the model has changed since, unless that happens anyway. */
  #catchUp(): void {
    const { result } = this.snapshot();
    if (this.#timer !== undefined || this.#running !== undefined || result === undefined) {
      return;
    }
    if (this.#hasNewModel && result.model !== "ready") {
      void this.#run();
    } else if (result.generation < this.#generation) {
      this.#timer = setTimeout(() => void this.#run(), AGAIN);
    }
  }

  async #run(): Promise<void> {
    const { collection, query, options } = this.#question as Question<M>;
    this.#stop();
    const running = new AbortController();
    const { signal } = running;
    this.#running = running;
    this.#hasNewModel = false;
    try {
      const result = await collection.search(query, { ...options, signal });
      if (signal.aborted) {
        return;
      }
      this.#running = undefined;
      this.change({ result, loading: false, error: undefined });
      this.#catchUp();
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      this.#running = undefined;
      this.change({ loading: false, error }); // which the same search would meet again
    }
  }
}
