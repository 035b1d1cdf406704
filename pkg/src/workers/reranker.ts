/** The cross-encoder of an open collection: in the collection's worker, and in others that score beside it. */
import { IbidError } from "../error.js";
import { loadModel } from "../model/files.js";
import { needModel, releaseModel } from "../model/kept.js";
import type { OpenSettings } from "../protocol.js";
import type { PassageScorer, Progress, Task, WasmScorer } from "../wasm/ibid_simd128.js";
import type { LoadedCore } from "./core.js";
import { settleKernels } from "./kernels.js";
import { ScoringCrew } from "./scoring.js";

/** How many passages each worker scores between two looks at the clock: more take long where time is short. */
const EACH_AT_ONCE = 3;

export class Reranker {
  readonly #own: WasmScorer;
  readonly #crew: ScoringCrew;

  private constructor(own: WasmScorer, crew: ScoringCrew) {
    this.#own = own;
    this.#crew = crew;
  }

  /**
   * Loads it from the folder that the settings name. The others load it when there is something to score.
   *
   * @throws IbidError `invalid-argument` where no folder is named; as `loadModel`
   */
  static async load(
    { core, compiled }: LoadedCore,
    settings: OpenSettings,
    onProgress: (progress: Progress) => void,
  ): Promise<Reranker> {
    const { owner, reranker: place, wasmUrl } = settings;
    if (place === undefined) {
      const message =
        "options.rerank: there is neither a scorer nor a cross-encoder; open the collection with the option reranker";
      throw new IbidError("invalid-argument", message);
    }
    const { url, fingerprint: pinned } = place;
    const { files, check } = await loadModel(url, core, { name: place.name, onProgress, wasmUrl, pinned });
    const kernels = await settleKernels(core);
    const own = new core.WasmScorer(files);
    const { fingerprint } = own;
    await (pinned === undefined
      ? releaseModel(core, owner, ["pinned-reranker"])
      : needModel(core, owner, { url, manifest: files.manifest, fingerprint }, "pinned-reranker"));
    void check();
    const limit = core.workerLimit(settings.core, navigator.hardwareConcurrency ?? 0);
    return new Reranker(own, new ScoringCrew(limit, { url, manifest: files.manifest, compiled, kernels }));
  }

  /**
   * Resolves when scoring needs no network any more.
   *
   * @throws IbidError `internal` where a worker cannot be started
   */
  prepare(): Promise<void> {
    return this.#crew.prepare();
  }

  /** It, for as long as a call lasts. */
  during(task: Task): PassageScorer {
    return {
      score: (query, passages) => this.#score(query, passages, task),
      fingerprint: this.#own.fingerprint,
      atOnce: EACH_AT_ONCE * (1 + this.#crew.free),
    };
  }

  /** Every worker that is free takes its share of the passages, this one, too. */
  async #score(query: string, passages: string[], task: Task): Promise<ArrayLike<number>> {
    const own = (passages: string[]) => this.#own.score(query, passages, task);
    const crew = this.#crew.take(passages.length - 1);
    if (crew.length === 0) {
      return own(passages);
    }
    // Dealt out like cards, since those that the first stage puts first may be the longest.
    const [mine = [], ...others] = deal(passages, 1 + crew.length);
    const theirs = others.map((share, at) => crew[at]?.score(query, share));
    const scores: ArrayLike<number>[] = [await own(mine)];
    for (const [at, share] of others.entries()) {
      scores.push((await theirs[at]) ?? (await own(share))); // what a worker that died could not score is scored here
    }
    return gather(scores, passages.length);
  }
}

/** Deals items out to so many hands. */
function deal<T>(items: readonly T[], hands: number): T[][] {
  return Array.from({ length: hands }, (_, hand) => items.filter((_, at) => at % hands === hand));
}

/** Puts what was dealt out in order again. */
function gather(shares: readonly ArrayLike<number>[], count: number): number[] {
  return Array.from({ length: count }, (_, at) => {
    const share = shares[at % shares.length];
    return share?.[Math.floor(at / shares.length)] ?? Number.NaN;
  });
}
