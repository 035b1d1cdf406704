/** Workers that hold the cross-encoder and score passages beside the collection's own worker. */
import type { PooledModel, ScoreRequest } from "../protocol.js";
import { nameOf, Peer } from "./peer.js";
import { RECOVERY, Standby } from "./standby.js";
import { starter } from "./start.js";

/** How long a worker may take to load the model or to score its share, in milliseconds; the slowest need a tenth of it. */
const PATIENCE = 60_000;

/** After how many milliseconds without a search the workers end, each of which holds a copy of the model. */
const IDLE = 60_000;

type ScoringPeer = Peer<PooledModel | ScoreRequest>;

export class ScoringCrew {
  readonly #limit: number;
  /** How many workers less there are, since so many could not be started. */
  #missing = 0;
  readonly #model: PooledModel;
  readonly #standby: Standby<PooledModel | ScoreRequest> = new Standby(startWorker);
  readonly #workers = new Set<ScoringWorker>();
  #idle: ReturnType<typeof setTimeout> | undefined;

  /** @param limit the most workers that run at once */
  constructor(limit: number, model: PooledModel) {
    this.#limit = limit;
    this.#model = model;
  }

  /**
   * Resolves when all workers have their code, so that they need no network any more.
   *
   * @throws IbidError `internal` where one cannot be started
   */
  async prepare(): Promise<void> {
    await this.#standby.prepare(this.#limit - this.#workers.size);
    this.#missing = 0;
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
    this.#idle = setTimeout(() => void this.#rest(), IDLE);
    const free = this.#free();
    while (this.#workers.size < this.#limit - this.#missing) {
      this.#start();
    }
    return free.slice(0, Math.max(most, 0));
  }

  #free(): ScoringWorker[] {
    return [...this.#workers].filter(({ isFree }) => isFree);
  }

  #start(): void {
    const worker = new ScoringWorker(this.#standby.take(), this.#model);
    this.#workers.add(worker);
    void worker.died.then(() => {
      this.#workers.delete(worker);
      if (!worker.wasReady) {
        this.#missing++; // another one could not be started now either
        setTimeout(() => {
          this.#missing = 0;
        }, RECOVERY);
      }
    });
  }

  /** Ends the workers, each once one without a model stands by; where none can be started, they stay. */
  async #rest(): Promise<void> {
    if ([...this.#workers].some(({ isBusy }) => isBusy)) {
      this.#idle = setTimeout(() => void this.#rest(), IDLE);
      return;
    }
    for (const worker of [...this.#workers]) {
      if (!(await this.#standby.replenish(this.#limit - this.#workers.size + 1))) {
        return;
      }
      if (!worker.isBusy) {
        this.#workers.delete(worker);
        worker.end();
      }
    }
  }
}

function startWorker(): ScoringPeer {
  return new Peer(
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
}

/** One worker: loading the model, free, or busy with one share. */
export class ScoringWorker {
  readonly #peer: ScoringPeer;
  #wasReady = false;
  #isBusy = false;

  constructor(peer: ScoringPeer, model: PooledModel) {
    this.#peer = peer;
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
