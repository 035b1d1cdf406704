/** The audit trail: what was asked, found and answered, record by record, each with the hash of the one before. */

import type { CallOptions, Scorer, WorkerClient } from "./client.js";
import { IbidError } from "./error.js";
import { wellFormed } from "./pairs.js";
import type {
  Citation,
  Message,
  Prompt,
  Replay,
  Retrieval,
  SentenceVerdict,
  TrailCheck,
  Verification,
} from "./wasm/ibid_simd128.js";

/** What stands in the place of a record: it, or the hash of what was deleted, or what is wrong with it. */
export type TrailEntry = TrailRecord | DeletedRecord | DamagedRecord;

/** A record that cannot be read. */
export interface DamagedRecord {
  number: number;
  /** What is wrong. */
  damaged: string;
}

/** A record that was deleted. */
export interface DeletedRecord {
  number: number;
  /** The SHA-256 of the line that was there. */
  deleted: string;
}

/** A question, and all that led to its answer. */
export interface TrailRecord extends Account {
  /** From 1; no number is ever used twice. */
  number: number;
  /** The SHA-256 of the line before it, as {@link Trail.export} has it; zeros where there was none. */
  previous: string;
  /** When, by this device's clock, in ISO 8601. */
  time: string;
  /** The documents when it was made. */
  documents: RecordedDocuments;
}

/** The documents when a record was made, and which had changed since the record before; for the first one all are new. */
export interface RecordedDocuments {
  /** How many there were. */
  count: number;
  /** The SHA-256 of a list of them: a line for each in the order of ids (by code points), with its hash, a space and the id. */
  digest: string;
  added: DocumentVersion[];
  replaced: DocumentVersion[];
  removed: string[];
  /** How many of these changes are not named: at most 100 of each kind are. */
  omitted: number;
  /** Whether some may have changed after the search of the record. */
  changedAfterSearch: boolean;
}

/** A document by its id, and the hash of all that was added of it. */
export interface DocumentVersion {
  id: string;
  content: string;
}

/** What is recorded. */
export interface Account {
  /** What was asked; empty where an answer was verified without its prompt. */
  question: string;
  /** What was searched and found, with its trace; absent where there was no search, or it is not known. */
  retrieval?: Retrieval;
  /** What a language model was asked; absent where there was none. */
  prompt?: { messages: Message[]; citations: Citation[] };
  /** What was answered: by sentences of the documents, by the model of `answer`, or given to `verify`. */
  answer: { kind: "extractive" | "model" | "given"; text: string; citations?: Citation[] };
  /** Whether the sources say so. */
  verification?: Verification;
  /** Every time that the model was asked, where that was more than once. */
  rounds?: { text: string; sentences: SentenceVerdict[] }[];
}

/** How many records are listed where nobody says otherwise. */
const LISTED = 20;

/** How many lines are exported at a time. */
const LINES_AT_ONCE = 256;

/** The audit trail of a collection. It is kept on this device, with the collection, and goes with it. */
export class Trail {
  readonly #client: WorkerClient;
  #recording = false;

  /** @internal Use {@link Collection.trail}. */
  constructor(client: WorkerClient, recording: boolean) {
    this.#client = client;
    this.recording = recording;
  }

  /**
   * Whether answers are recorded from now on: those of `answer`, and those that `verify` or a verifier hold against their
   * sources. A call whose record cannot be written rejects.
   */
  get recording(): boolean {
    return this.#recording;
  }

  set recording(recording: boolean) {
    if (typeof recording !== "boolean") {
      throw new IbidError("invalid-argument", "trail: expected a boolean");
    }
    this.#recording = recording;
  }

  /** Records, the newest first, below the number `before` if there is one; at most `limit`, by default 20. */
  async list({ limit = LISTED, before }: { limit?: number; before?: number } = {}): Promise<TrailEntry[]> {
    const [first, last] = await this.#client.call("recordNumbers", []);
    const end = Math.min(before ?? last + 1, last + 1);
    const entries = await this.#read(Math.max(first, end - limit), end);
    return entries.reverse();
  }

  /** A record by its number; `undefined` where there never was one, or all were deleted. */
  async get(number: number): Promise<TrailEntry | undefined> {
    return (await this.#read(number, number + 1))[0];
  }

  /**
   * The whole trail as JSON Lines, oldest first. Each line has in `previous` the SHA-256 of the line before it, so that it can be
   * checked anywhere: by `ibid trail FILE`, or by hashing lines.
   */
  async export(): Promise<Blob> {
    const parts: string[] = [];
    const [first, last] = await this.#client.call("recordNumbers", []);
    for (let from = first; from <= last; from += LINES_AT_ONCE) {
      const lines = await this.#client.call("recordLines", [from, from + LINES_AT_ONCE]);
      parts.push(...lines.map((line) => `${line}\n`));
    }
    return new Blob(parts, { type: "application/jsonl" });
  }

  /** Reads the whole trail and says whether it holds together. */
  check(options: CallOptions = {}): Promise<TrailCheck> {
    return this.#client.call("checkTrail", [], options);
  }

  /**
   * Repeats the search of a record and says whether it finds the same, to the bit, and which documents have changed since. With
   * another build of the core or other kernels (see `info()`, fields `build` and `kernels`) vectors of questions, and so scores, differ a little.
   *
   * @param options with `scorer`, where that was the second stage; a cross-encoder is the collection's
   * @throws IbidError `invalid-argument` where there is no such record, or it has no search
   */
  async replay(number: number, options: CallOptions & { scorer?: Scorer } = {}): Promise<Replay> {
    const place = options.scorer === undefined ? "model" : "page";
    return this.#client.call("replay", [number, place], options);
  }

  /** Deletes records, and returns how many there were. Their numbers and hashes stay: the trail shows that they were there. */
  remove(numbers: number | readonly number[]): Promise<number> {
    const list = typeof numbers === "number" ? [numbers] : [...numbers];
    return this.#client.call("deleteRecords", [list]);
  }

  /** Deletes all records, and returns how many there were; later ones go on from their numbers and the last hash. */
  clear(): Promise<number> {
    return this.#client.call("clearTrail", []);
  }

  /** @internal The number of the new record; `undefined` while nothing is recorded. */
  async record(account: () => Account): Promise<number | undefined> {
    if (!this.#recording) {
      return undefined;
    }
    // As JSON, which keeps integers integers. A language model may break off within a character.
    const repaired = (_: string, value: unknown) => (typeof value === "string" ? wellFormed(value) : value);
    const json = JSON.stringify({ time: new Date().toISOString(), ...account() }, repaired);
    return this.#client.call("record", [json]);
  }

  async #read(from: number, to: number): Promise<TrailEntry[]> {
    if (![from, to].every(Number.isSafeInteger)) {
      throw new IbidError("invalid-argument", "numbers of records are whole");
    }
    const lines = await this.#client.call("recordLines", [Math.max(0, from), Math.max(0, to)]);
    return lines.map((line) => JSON.parse(line) as TrailEntry);
  }
}

/** What a record says of a prompt. */
export function accountOf(prompt: Partial<Prompt>): Pick<Account, "question" | "retrieval" | "prompt"> {
  const { question = "", retrieval, messages, citations } = prompt;
  return {
    question,
    ...(retrieval !== undefined && { retrieval }),
    ...(messages !== undefined && citations !== undefined && { prompt: { messages, citations } }),
  };
}
