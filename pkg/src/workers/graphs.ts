/** Building graphs in a spare worker, off the path of queries. */
import type { GraphBuilder } from "../wasm/ibid_simd128.js";
import type { CompiledCore } from "./core.js";
import { nameOf, Peer } from "./peer.js";
import { Standby } from "./standby.js";
import { starter } from "./start.js";

/** How long a graph may take, in milliseconds: ten times what a large one takes on a slow machine. */
const PATIENCE = 15 * 60_000;

/** What the spare worker is asked. */
export interface GraphRequest {
  /** The number of rows of the segment. */
  rows: number;
  /** Its stored vectors. */
  runs: Uint8Array[];
  compiled: CompiledCore;
}

/** Starts a worker for each graph. Rejects where it cannot: the core then goes on without the graph. */
export class SpareWorker implements GraphBuilder {
  readonly #compiled: CompiledCore;
  readonly #standby = new Standby<GraphRequest>(startWorker);
  #isPrepared = false;

  constructor(compiled: CompiledCore) {
    this.#compiled = compiled;
  }

  /**
   * Resolves when the next graph needs no network. Each has a worker of its own; those after the next need one again.
   *
   * @throws IbidError `internal` where no worker can be started
   */
  async prepare(): Promise<void> {
    this.#isPrepared = true;
    await this.#standby.prepare(1);
  }

  async build(rows: number, runs: Uint8Array[]): Promise<Uint8Array> {
    const peer = this.#standby.take();
    if (this.#isPrepared) {
      void this.#standby.replenish(1);
    }
    const transfer = runs.map(({ buffer }) => buffer as ArrayBuffer);
    try {
      const request = { rows, runs, compiled: this.#compiled };
      return await peer.request<Uint8Array>(request, { limit: PATIENCE, transfer }).answer;
    } finally {
      peer.end({ code: "closed", message: "the worker is not needed any more" });
    }
  }
}

function startWorker(): Peer<GraphRequest> {
  return new Peer(
    starter(
      // Bundlers recognise a worker by exactly this expression.
      () => new Worker(new URL("./graph-worker.js", import.meta.url), { type: "module", name: "ibid-graph" }),
      "graph-worker.js",
      { type: "module", name: "ibid-graph" },
    ),
    nameOf("graph-worker.js"),
  );
}
