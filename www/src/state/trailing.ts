/** The trail as the page shows it: its records, and what was asked of them. */
import type { Replay, TrailCheck, TrailEntry, TrailRecord } from "ibid";
import { count } from "../text/format.js";
import { type Problem, toProblem } from "../text/problem.js";
import { checkWords, replayWords } from "../text/trail.js";
import type { Outcome } from "./inquiry.js";
import { outcome } from "./inquiry.js";
import type { Library } from "./library.js";
import { Observable } from "./observable.js";
import { announce } from "./status.js";

export interface TrailingState {
  /** Newest first; absent until they are read. */
  entries: readonly TrailEntry[] | undefined;
  /** Whether there are older ones than are read. */
  hasOlder: boolean;
  /** The records that were searched again, by their numbers. */
  replays: ReadonlyMap<number, Outcome<Replay>>;
  /** Absent until the chain is checked. */
  check: Outcome<TrailCheck> | undefined;
  /** What went wrong with reading or deleting. */
  problem: Problem | undefined;
}

/** How many records are read at once. */
const PAGE = 20;

const NOTHING = {
  entries: undefined,
  hasOlder: false,
  replays: new Map<number, Outcome<Replay>>(),
  check: undefined,
  problem: undefined,
} satisfies TrailingState;

export class Trailing extends Observable<TrailingState> {
  readonly #library: Library;
  #readings = 0;

  constructor(library: Library) {
    super(NOTHING);
    this.#library = library;
  }

  /** Reads the newest records again, as many as are shown. */
  async refresh(): Promise<void> {
    await this.#read(Math.max(this.state.entries?.length ?? 0, PAGE));
  }

  async showOlder(): Promise<void> {
    await this.#read((this.state.entries?.length ?? 0) + PAGE);
  }

  /** Reads so many of the newest; one more tells whether there are others. Only the latest reading counts. */
  async #read(wanted: number): Promise<void> {
    const reading = ++this.#readings;
    const read = await outcome(this.#library.trail((trail) => trail.list({ limit: wanted + 1 })));
    if (reading !== this.#readings) {
      return;
    }
    if (read.state === "done") {
      const entries = read.value.slice(0, wanted);
      this.update({ entries, hasOlder: read.value.length > wanted, problem: undefined });
    } else if (read.state === "failed") {
      this.update({ problem: read.problem });
    }
  }

  /** Searches again for what a record's answer rests on. */
  async replay({ number, retrieval }: TrailRecord): Promise<void> {
    this.#replayed(number, { state: "running" });
    const replayed = await outcome(this.#library.trail((trail) => trail.replay(number)));
    this.#replayed(number, replayed);
    if (replayed.state === "done") {
      announce(replayWords(replayed.value, retrieval?.hits.length ?? 0).join(" "));
    }
  }

  #replayed(number: number, replayed: Outcome<Replay>): void {
    this.update({ replays: new Map([...this.state.replays, [number, replayed]]) });
  }

  async check(): Promise<void> {
    this.update({ check: { state: "running" } });
    const check = await outcome(this.#library.trail((trail) => trail.check()));
    this.update({ check });
    if (check.state === "done") {
      announce(checkWords(check.value).says);
    }
  }

  /** All records as a file; `undefined` where they can't be read. */
  async export(): Promise<Blob | undefined> {
    try {
      return await this.#library.trail((trail) => trail.export());
    } catch (thrown) {
      this.update({ problem: toProblem(thrown) });
      return undefined;
    }
  }

  async remove(number: number): Promise<void> {
    await this.#delete(() => this.#library.trail((trail) => trail.remove(number)));
  }

  async clear(): Promise<void> {
    await this.#delete(() => this.#library.trail((trail) => trail.clear()));
  }

  /** What was said of the records before may no longer hold. */
  async #delete(work: () => Promise<number>): Promise<void> {
    const deleted = await outcome(work());
    if (deleted.state === "done") {
      this.update({ check: undefined, replays: NOTHING.replays });
      announce(`${count(deleted.value, "record")} deleted.`);
    }
    await this.refresh();
    if (deleted.state === "failed") {
      this.update({ problem: deleted.problem });
    }
  }
}
