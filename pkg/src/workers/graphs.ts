/** Building graphs in a spare worker, off the path of queries. */
import type { GraphBuilder } from "../wasm/ibid_simd128.js";
import { nameOf, Peer } from "./peer.js";
import { starter } from "./start.js";

/** How long a graph may take, in milliseconds: ten times what a large one takes on a slow machine. */
const PATIENCE = 15 * 60_000;

/** What the spare worker is asked. */
export interface GraphRequest {
  /** The number of rows of the segment. */
  rows: number;
  /** Its stored vectors. */
  runs: Uint8Array[];
  wasmUrl: string | undefined;
}

/** Starts a worker for each graph. Rejects where it cannot: the core then goes on without the graph. */
export class SpareWorker implements GraphBuilder {
  readonly #wasmUrl: string | undefined;

  constructor(wasmUrl: string | undefined) {
    this.#wasmUrl = wasmUrl;
  }

  async build(rows: number, runs: Uint8Array[]): Promise<Uint8Array> {
    const peer = new Peer<GraphRequest>(
      starter(
        // Bundlers recognise a worker by exactly this expression.
        () =>
          new Worker(new URL("./graph-worker.js", import.meta.url), { type: "module", name: "ibid-graph" }),
        "graph-worker.js",
        { type: "module", name: "ibid-graph" },
      ),
      nameOf("graph-worker.js"),
    );
    const transfer = runs.map(({ buffer }) => buffer as ArrayBuffer);
    try {
      const request = { rows, runs, wasmUrl: this.#wasmUrl };
      return await peer.request<Uint8Array>(request, { limit: PATIENCE, transfer }).answer;
    } finally {
      peer.end({ code: "closed", message: "the worker is not needed any more" });
    }
  }
}
