/** Building graphs in a spare worker, off the path of queries. */
import type { ErrorMessage } from "./error.js";
import type { GraphBuilder } from "./wasm/ibid_simd128.js";

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

export type GraphReply = { graph: Uint8Array } | { error: ErrorMessage };

/** Starts a worker for each graph. Rejects where it cannot: the core then goes on without the graph. */
export class SpareWorker implements GraphBuilder {
  readonly #wasmUrl: string | undefined;

  constructor(wasmUrl: string | undefined) {
    this.#wasmUrl = wasmUrl;
  }

  async build(rows: number, runs: Uint8Array[]): Promise<Uint8Array> {
    // Bundlers recognise a worker by exactly this expression.
    const worker = new Worker(new URL("./graph-worker.js", import.meta.url), {
      type: "module",
      name: "ibid-graph",
    });
    try {
      return await ask(worker, { rows, runs, wasmUrl: this.#wasmUrl });
    } finally {
      worker.terminate();
    }
  }
}

function ask(worker: Worker, request: GraphRequest): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const fail = (message: string) => reject({ code: "internal", message } satisfies ErrorMessage);
    const patience = setTimeout(() => fail("the graph was not built in time"), PATIENCE);
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      clearTimeout(patience);
      fail(event.message || "the worker could not be loaded");
    });
    worker.addEventListener("message", ({ data }: MessageEvent<GraphReply>) => {
      clearTimeout(patience);
      "graph" in data ? resolve(data.graph) : reject(data.error);
    });
    const buffers = request.runs.map(({ buffer }) => buffer as ArrayBuffer);
    worker.postMessage(request, buffers);
  });
}
