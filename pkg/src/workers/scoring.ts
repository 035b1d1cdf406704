/** Workers that hold the cross-encoder and score passages beside the collection's own worker. */
import type { PooledModel, ScoreRequest } from "../protocol.js";
import { nameOf, Peer } from "./peer.js";
import { starter } from "./start.js";

/** How long a worker may take to load the model or to score its share, in milliseconds; the slowest need a tenth of it. */
const PATIENCE = 60_000;

/** After how many milliseconds without a search the workers end, each of which holds a copy of the model. */
const IDLE = 60_000;

export class ScoringCrew {
  #limit: number;
  readonly #model: PooledModel;
  readonly #workers = new Set<ScoringWorker>();
  #idle: ReturnType<typeof setTimeout> | undefined;

  /** @param limit the most workers that run at once */
  constructor(limit: number, model: PooledModel) {
    this.#limit = limit;
    this.#model = model;
  }

  /** How many could score at once, now. */
  get free(): number {
    return this.#free().length;
  }

  /**
   * Up to `most` workers that are free now. Those that do not run yet are started for the next time: whoever asks does not
   * wait for them.
   */
  take(most: number): ScoringWorker[] {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#end(), IDLE);
    const free = this.#free();
    while (this.#workers.size < this.#limit) {
      this.#start();
    }
    return free.slice(0, Math.max(most, 0));
  }

  #free(): ScoringWorker[] {
    return [...this.#workers].filter(({ isFree }) => isFree);
  }

  #start(): void {
    const worker = new ScoringWorker(this.#model);
    this.#workers.add(worker);
    void worker.died.then(() => {
      this.#workers.delete(worker);
      if (!worker.wasReady) {
        this.#limit--; // another one could not be started either
      }
    });
  }

  #end(): void {
    if ([...this.#workers].some(({ isBusy }) => isBusy)) {
      this.#idle = setTimeout(() => this.#end(), IDLE);
      return;
    }
    for (const worker of this.#workers) {
      worker.end();
    }
    this.#workers.clear();
  }
}

/** One worker: loading the model, free, or busy with one share. */
export class ScoringWorker {
  readonly #peer: Peer<PooledModel | ScoreRequest>;
  #wasReady = false;
  #isBusy = false;

  constructor(model: PooledModel) {
    this.#peer = new Peer(
      starter(
        // Bundlers recognise a worker by exactly this expression.
        () =>
          new Worker(new URL("./scoring-worker.js", import.meta.url), {
            type: "module",
            name: "ibid-scoring",
          }),
        "scoring-worker.js",
        { type: "module", name: "ibid-scoring" },
      ),
      nameOf("scoring-worker.js"),
    );
    const loading = this.#peer.request(model, { limit: PATIENCE }).answer;
    loading.then(
      () => {
        this.#wasReady = true;
      },
      () => {}, // It has died, which is reported; a model that cannot be loaded is fatal.
    );
  }

  /** Resolves when it ends by itself. */
  get died(): Promise<unknown> {
    return this.#peer.died;
  }

  /** Whether it has ever loaded the model. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  get isFree(): boolean {
    return this.#wasReady && !this.#isBusy && !this.#peer.hasEnded;
  }

  /** The score of each passage; `undefined` where the worker fails. */
  async score(query: string, passages: string[]): Promise<ArrayLike<number> | undefined> {
    this.#isBusy = true;
    try {
      return await this.#peer.request<Float32Array>({ query, passages }, { limit: PATIENCE }).answer;
    } catch {
      return undefined;
    } finally {
      this.#isBusy = false;
    }
  }

  end(): void {
    this.#peer.end({ code: "closed", message: "there is nothing to score any more" });
  }
}
