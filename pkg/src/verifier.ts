/** An answer that is held against its sources while it is written. */

import type { WorkerClient } from "./client.js";
import { IbidError } from "./error.js";
import { cutAtPair } from "./pairs.js";
import type { Citation, Hit, SentenceVerdict, VerifiableSource, VerifySources } from "./wasm/ibid_simd128.js";

/** What an answer is held against. */
export interface VerifyOptions {
  /** The prompt that it answers, or whatever else has the citations that its marks stand for. */
  prompt?: { readonly citations: readonly Citation[] };
  /** The sources that its marks stand for, by their numbers from 1 on, where they are not those of a prompt. */
  sources?: readonly VerifiableSource[];
  /** What else was retrieved: it can support a sentence, but not be cited. */
  hits?: readonly Pick<Hit, "document" | "title" | "chunk" | "passage">[];
  /** The question, for the trail, where there is no prompt that has it. */
  question?: string;
}

/** The sources and everything else, as the core takes them. */
export function verifySources(options: VerifyOptions): VerifySources {
  const { prompt, sources, hits, question: _, ...others } = { ...options };
  const [name] = Object.keys(others);
  if (name !== undefined) {
    // Without this an answer would be held against nothing where `prompt` is misspelt.
    throw new IbidError("invalid-argument", `options: there is no property ${JSON.stringify(name)}`);
  }
  const citations = prompt ? listOf("options.prompt.citations", prompt.citations) : [];
  const cited = sources ? listOf("options.sources", sources) : citations.map(source);
  const found = (hits ? listOf("options.hits", hits) : []).map(({ document, title, chunk, passage }) => {
    return { ...passage, document, title, section: chunk.section };
  });
  return { sources: [...cited], others: found };
}

function listOf<T>(name: string, value: readonly T[]): readonly T[] {
  if (!Array.isArray(value)) {
    throw new IbidError("invalid-argument", `${name}: expected a list`);
  }
  return value;
}

function source({ quote, number, ...citation }: Citation, at: number): VerifiableSource {
  if (number !== at + 1) {
    const message = `prompt.citations[${at}] has the number ${number}: all are needed, in order`;
    throw new IbidError("invalid-argument", message);
  }
  return { ...citation, text: quote };
}

/**
 * Holds an answer against its sources while it comes: `push` takes its pieces, cut anywhere. Verdicts come once no further piece
 * can change them, which is when a paragraph, an item of a list or a row of a table has ended; together they are those that
 * `collection.verify` gives of the whole.
 */
export class Verifier {
  readonly #client: WorkerClient;
  readonly #number: Promise<number>;
  /** The first half of a surrogate pair, which does not cross to the worker alone. */
  #held = "";
  /** The answer so far. */
  #answer = "";
  readonly #record: ((answer: string) => Promise<number | undefined>) | undefined;
  #recorded: number | undefined;

  /** @internal Use {@link Collection.verifier}. */
  constructor(
    client: WorkerClient,
    options: VerifyOptions,
    record?: (answer: string) => Promise<number | undefined>,
  ) {
    this.#client = client;
    this.#record = record;
    this.#number = client.call("openVerifier", [verifySources(options)]);
    this.#number.catch(() => {}); // the first call that needs it says so
  }

  /** The number of the answer's record, once it is finished; `undefined` where nothing is recorded. See {@link Collection.trail}. */
  get record(): number | undefined {
    return this.#recorded;
  }

  /** Goes on with the answer; resolves to the verdicts that are final now, mostly none. Calls need not be awaited in turn. */
  async push(text: string): Promise<SentenceVerdict[]> {
    const [whole, half] = cutAtPair(this.#held + text);
    this.#held = half;
    this.#answer += whole;
    return this.#client.call("pushAnswer", [await this.#number, whole]);
  }

  /** The verdicts about the sentences so far that further pieces may still change. */
  async draft(): Promise<SentenceVerdict[]> {
    return this.#client.call("draftAnswer", [await this.#number]);
  }

  /** Ends the answer: the verdicts about the rest of its sentences. It cannot be used any more. */
  async finish(): Promise<SentenceVerdict[]> {
    const verdicts = await this.#client.call("finishAnswer", [await this.#number]);
    this.#recorded = await this.#record?.(this.#answer);
    return verdicts;
  }
}
