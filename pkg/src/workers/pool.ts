/** The pool of embedding workers, in the collection's worker: it starts them, shares batches out, and replaces the dead. */
import { type ErrorMessage, toErrorMessage } from "../error.js";
import type { EmbedBatch, PooledModel } from "../protocol.js";
import type {
  EmbeddedTexts,
  EmbeddingJob,
  EmbeddingPool,
  EmbedRole,
  TextBatch,
} from "../wasm/ibid_simd128.js";
import { nameOf, Peer } from "./peer.js";
import { RECOVERY, type Standby } from "./standby.js";
import { starter } from "./start.js";

/** How long a worker may take to load the model or to embed a batch, in milliseconds; the slowest need a tenth of it. */
const PATIENCE = 60_000;

/** After how many milliseconds without work the workers end: their memory never shrinks as long as they live. */
const IDLE = 10_000;

/** How many workers may die of one batch before it is taken for the cause. */
const MAX_DEATHS = 2;

/** Some texts of a job, embedded together. */
interface Batch extends Readonly<TextBatch> {
  readonly job: Job;
  readonly index: number;
  readonly role: EmbedRole;
  /** What the workers died of that had it. */
  readonly deaths: string[];
}

export class WorkerPool implements EmbeddingPool {
  readonly #most: number;
  /** How many workers less there are, since so many could not be started. */
  #missing = 0;
  #recovery: ReturnType<typeof setTimeout> | undefined;
  #fallback: string | undefined;
  /** Of several jobs in turn, so that a small one does not wait for the end of a large one. */
  #queue: Batch[] = [];
  #idle: ReturnType<typeof setTimeout> | undefined;
  readonly #workers = new Set<PoolWorker>();
  readonly #model: PooledModel;
  readonly #standby: EmbeddingStandby;

  /**
   * @param most the most workers that run at once
   * @param standby workers without a model, which pools share
   */
  constructor(most: number, model: PooledModel, standby: EmbeddingStandby) {
    this.#most = most;
    this.#model = model;
    this.#standby = standby;
    self.addEventListener("online", () => this.#recover());
  }

  get limit(): number {
    return Math.max(this.#most - this.#missing, 0);
  }

  /**
   * Resolves when all workers that may run have their code, so that they need no network any more.
   *
   * @throws IbidError `internal` where one cannot be started
   */
  async prepare(): Promise<void> {
    await this.#standby.prepare(this.#most - this.#workers.size);
    this.#recover();
  }

  get running(): number {
    return this.#workers.size;
  }

  get fallback(): string | undefined {
    return this.#fallback;
  }

  start(batches: TextBatch[], role: EmbedRole): EmbeddingJob {
    const job = new Job(batches.length, () => this.#withdraw(job));
    const added = batches.map((batch, index) => ({ ...batch, job, index, role, deaths: [] }));
    this.#queue = inTurn([...byJob(this.#queue), added]);
    this.#dispatch();
    return job;
  }

  /** Gives waiting batches to free workers, and starts or ends workers as there is work for them. */
  #dispatch(): void {
    clearTimeout(this.#idle);
    for (const worker of this.#workers) {
      const batch = worker.isFree ? this.#queue.shift() : undefined;
      if (batch !== undefined) {
        void worker.embed(batch);
      }
    }
    let starting = [...this.#workers].filter(({ isReady }) => !isReady).length;
    while (this.#workers.size < this.limit && starting < this.#queue.length) {
      this.#startWorker();
      starting++;
    }
    if (this.limit === 0) {
      this.#giveUp();
    } else if (this.#queue.length === 0 && ![...this.#workers].some(({ batch }) => batch !== undefined)) {
      this.#idle = setTimeout(() => void this.#rest(), IDLE);
    }
  }

  #startWorker(): void {
    const worker = new PoolWorker(this.#standby.take(), {
      onFree: () => this.#dispatch(),
      onError: (batch, error) => this.#fail(batch.job, error),
      onDeath: (dead, reason) => this.#bury(dead, reason),
    });
    this.#workers.add(worker);
    void worker.open(this.#model);
  }

  /** Lets another worker have the batch of a dead one. */
  #bury(dead: PoolWorker, reason: string): void {
    const { batch, isReady } = dead;
    this.#workers.delete(dead);
    if (!isReady) {
      this.#lower(reason);
    } else if (batch !== undefined && !batch.job.isOver) {
      batch.deaths.push(reason);
      if (batch.deaths.length < MAX_DEATHS) {
        this.#queue.unshift(batch);
      } else {
        const deaths = batch.deaths.join("; then: ");
        const message = `a batch of ${batch.texts.length} texts ended ${MAX_DEATHS} embedding workers: ${deaths}`;
        this.#fail(batch.job, { code: "internal", message });
      }
    }
    this.#dispatch();
  }

  /** Goes on for a while with one worker less, because it cannot be started. */
  #lower(reason: string): void {
    this.#missing = Math.min(this.#missing + 1, this.#most);
    this.#fallback = `an embedding worker could not be started: ${reason}`;
    clearTimeout(this.#recovery);
    this.#recovery = setTimeout(() => this.#recover(), RECOVERY);
  }

  /** Tries all workers again: what kept them from starting may be over. */
  #recover(): void {
    clearTimeout(this.#recovery);
    this.#missing = 0;
    this.#fallback = undefined;
    this.#dispatch();
  }

  /** Leaves all waiting work to whoever asked for it. */
  #giveUp(): void {
    const jobs = new Set(this.#queue.map(({ job }) => job));
    this.#queue = [];
    for (const job of jobs) {
      job.end();
    }
  }

  #fail(job: Job, error: ErrorMessage): void {
    job.fail(error);
    this.#withdraw(job);
  }

  /** Drops what waits of a job; what runs of it is thrown away when it is done. */
  #withdraw(job: Job): void {
    this.#queue = this.#queue.filter((batch) => batch.job !== job);
    this.#dispatch();
  }

  /**
   * Ends the workers, each once a fresh one stands by, which holds no model. Where none can be started, as without a network, they
   * stay: memory can be spared, and the next bulk work would have nobody.
   */
  async #rest(): Promise<void> {
    for (const worker of [...this.#workers]) {
      if (!(await this.#standby.replenish(this.#most - this.#workers.size + 1))) {
        return;
      }
      if (worker.isFree && this.#queue.length === 0) {
        this.#workers.delete(worker);
        worker.end();
      }
    }
  }
}

export type EmbeddingStandby = Standby<PooledModel | EmbedBatch>;

/** Starts a worker that embeds once it has a model. */
export function startEmbeddingWorker(): Peer<PooledModel | EmbedBatch> {
  return new Peer(
    starter(
      // Bundlers recognise a worker by exactly this expression.
      () =>
        new Worker(new URL("./embedding-worker.js", import.meta.url), {
          type: "module",
          name: "ibid-embedding",
        }),
      "embedding-worker.js",
      { type: "module", name: "ibid-embedding" },
    ),
    nameOf("embedding-worker.js"),
  );
}

function byJob(batches: readonly Batch[]): Batch[][] {
  const jobs = new Map<Job, Batch[]>();
  for (const batch of batches) {
    const same = jobs.get(batch.job) ?? [];
    same.push(batch);
    jobs.set(batch.job, same);
  }
  return [...jobs.values()];
}

/** The first of each list, then the second of each, and so on. */
function inTurn<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat();
}

/** The batches of one call. */
class Job implements EmbeddingJob {
  readonly #done: ({ batch: number } & EmbeddedTexts)[] = [];
  readonly #withdraw: () => void;
  #left: number;
  #error: ErrorMessage | undefined;
  #isOver = false;
  #wake = () => {};

  constructor(batches: number, withdraw: () => void) {
    this.#left = batches;
    this.#withdraw = withdraw;
  }

  /** Whether nobody waits for batches any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  async next() {
    for (;;) {
      const done = this.#done.shift();
      if (done !== undefined) {
        return done;
      }
      if (this.#error !== undefined) {
        throw this.#error;
      }
      if (this.#isOver) {
        return undefined;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  cancel(): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#withdraw();
    }
  }

  finish(batch: number, embedded: EmbeddedTexts): void {
    if (!this.#isOver) {
      this.#done.push({ batch, ...embedded });
      this.#left--;
      this.#isOver = this.#left === 0;
      this.#wake();
    }
  }

  fail(error: ErrorMessage): void {
    if (!this.#isOver) {
      this.#error = error;
      this.end();
    }
  }

  /** No more batches will be finished. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }
}

interface PoolWorkerEvents {
  onFree(): void;
  onError(batch: Batch, error: ErrorMessage): void;
  onDeath(dead: PoolWorker, reason: string): void;
}

/** One worker: loading the model, free, or busy with one batch. */
class PoolWorker {
  readonly #peer: Peer<PooledModel | EmbedBatch>;
  readonly #events: PoolWorkerEvents;
  #isReady = false;
  #batch: Batch | undefined;

  constructor(peer: Peer<PooledModel | EmbedBatch>, events: PoolWorkerEvents) {
    this.#events = events;
    this.#peer = peer;
    void this.#peer.died.then(({ message }) => events.onDeath(this, message));
  }

  /** Whether it has loaded the model. */
  get isReady(): boolean {
    return this.#isReady;
  }

  get isFree(): boolean {
    return this.#isReady && this.#batch === undefined;
  }

  get batch(): Batch | undefined {
    return this.#batch;
  }

  async open(model: PooledModel): Promise<void> {
    try {
      await this.#peer.request(model, { limit: PATIENCE }).answer;
    } catch {
      return; // It has died, which is reported; a model that cannot be loaded is fatal.
    }
    this.#isReady = true;
    this.#events.onFree();
  }

  async embed(batch: Batch): Promise<void> {
    this.#batch = batch;
    const { texts, parts, role } = batch;
    try {
      const { answer } = this.#peer.request<EmbeddedTexts>({ texts, parts, role }, { limit: PATIENCE });
      const embedded = await answer;
      this.#batch = undefined;
      batch.job.finish(batch.index, embedded);
    } catch (thrown) {
      if (this.#peer.hasEnded) {
        return; // Its death is reported, with the batch that it had.
      }
      this.#batch = undefined;
      this.#events.onError(batch, toErrorMessage(thrown));
    }
    this.#events.onFree();
  }

  end(): void {
    this.#peer.end({ code: "closed", message: "there is nothing to embed any more" });
  }
}
