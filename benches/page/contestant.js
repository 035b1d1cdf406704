// The page's side of a contestant, and what all pages of the benchmarks share.

/** A dedicated worker of one side. */
export class Contestant {
  #worker;

  /** Starts the worker `script` and lets it `open` what it compares with these settings. */
  static async open({ script, settings }) {
    const contestant = new Contestant(script);
    contestant.facts = await contestant.call("open", settings);
    return contestant;
  }

  constructor(script) {
    this.#worker = new Worker(script, { type: "module" });
  }

  call(method, ...args) {
    return new Promise((resolve, reject) => {
      this.#worker.onerror = (event) => reject(new Error(event.message || "a worker could not be loaded"));
      this.#worker.onmessage = ({ data }) => {
        if ("error" in data) reject(new Error(data.error));
        else resolve(data.result);
      };
      this.#worker.postMessage({ method, args });
    });
  }

  end() {
    this.#worker.terminate();
  }
}

/** How many milliseconds `work` takes. */
export async function time(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
