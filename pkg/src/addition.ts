/** Adding documents: some at a time, with one outcome for each. */
import { expectSignal } from "./abort.js";
import type { CallOptions, Progress, WorkerClient } from "./client.js";
import { type Conversion, type NewDocument, toDocumentInput } from "./content.js";
import type { ReadNote } from "./documents/reader.js";
import { aborted, IbidError } from "./error.js";
import type { Order, Turn } from "./order.js";
import { lengthOf, shortageFor, sizeOf } from "./space.js";
import type { AddOutcome, DocumentInput } from "./wasm/ibid_simd128.js";

/** How many documents go to the worker together. */
const BATCH_DOCUMENTS = 64;

/** How much content goes to the worker together, in bytes or UTF-16 code units, unless one document alone is longer. */
const BATCH_CONTENT = 2 * 2 ** 20;

/** How many batches are under way at once: one is prepared while the other is written. */
const BATCHES_UNDER_WAY = 2;

/** From which size on a list of documents is held against the room that is left, in bytes: asking the browser takes a moment. */
const LARGE = 2 ** 18;

/** What became of a document that was added. */
export interface Added {
  /** The document's id. */
  id: string;
  /** The number of its chunks. */
  chunks: number;
  /** Whether the very same document was there already, so that nothing was done. */
  unchanged: boolean;
  /** How many of its chunks have no vector, because there is no model for it or they could not be embedded. */
  unembedded: number;
}

/** How many documents are added. */
export interface AddManyOptions extends CallOptions {
  /** Whether all documents are added in one commit, or none. The default is `false`. */
  atomic?: boolean;
}

/** What became of one of many documents. */
export type AddManyOutcome =
  /** It is durable and found by its words, or was there already with the same content. */
  | { id: string; status: "added" | "unchanged"; chunks: number }
  /** It could not be added; what was stored under its id is as it was. */
  | { id: string; status: "failed"; error: IbidError };

/** A document as the worker takes it, or why there is none. */
type Converted =
  | { id: string; input: DocumentInput; transfer: Transferable[] }
  | { id: string; error: IbidError };

/** One call that adds documents. */
export class Addition {
  readonly #client: WorkerClient;
  readonly #turn: Turn;
  readonly #conversion: Conversion;
  readonly #options: AddManyOptions;

  /** Takes the call's place in the order of calls, which its first message ends, or its own end. */
  constructor(client: WorkerClient, order: Order, conversion: Conversion, options: AddManyOptions) {
    this.#client = client;
    this.#options = { ...options };
    const { signal, onProgress } = this.#options;
    const onPage = onProgress && ((pages: ReadNote) => onProgress({ phase: "extracting", ...pages }));
    this.#conversion = { ...conversion, signal, onPage };
    this.#turn = order.take();
  }

  async addOne(document: NewDocument): Promise<Added> {
    const { signal, onProgress } = this.#options;
    const options = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
    const [outcome] = await this.#turn.send(async () => {
      expectSignal(signal ?? undefined);
      const transfer: Transferable[] = [];
      const input = await toDocumentInput(document, transfer, this.#conversion);
      return () => this.#client.call("add", [[input], { atomic: true }], options, transfer);
    });
    if (outcome === undefined || outcome.status === "failed") {
      throw new IbidError("internal", "a document has no outcome");
    }
    const { id, chunks, status } = outcome;
    const unembedded = await this.#client.call("embedDocuments", [[id]], options);
    return { id, chunks, unchanged: status === "unchanged", unembedded };
  }

  async addMany(documents: Iterable<NewDocument> | AsyncIterable<NewDocument>): Promise<AddManyOutcome[]> {
    if (!isIterable(documents, Symbol.iterator)) {
      this.#turn.end(); // calls that come later do not wait for a source that takes its time
    }
    const outcomes = await this.#addDocuments(documents).finally(this.#turn.end);
    const ids = outcomes.filter(({ status }) => status !== "failed").map(({ id }) => id);
    const { signal, onProgress } = this.#options;
    await this.#client.call("embedDocuments", [ids], {
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
    return outcomes;
  }

  async #addDocuments(
    documents: Iterable<NewDocument> | AsyncIterable<NewDocument>,
  ): Promise<AddManyOutcome[]> {
    if (!isIterable(documents, Symbol.iterator) && !isIterable(documents, Symbol.asyncIterator)) {
      throw new IbidError(
        "invalid-argument",
        "documents: expected a list of documents, or an iterable of them",
      );
    }
    expectSignal(this.#options.signal ?? undefined);
    await this.#warn(documents);
    return this.#options.atomic ? this.#addAll(documents) : this.#addEach(documents);
  }

  /** Tells where a list needs more room than there is. Of a stream nobody knows how much comes. */
  async #warn(documents: unknown): Promise<void> {
    if (Array.isArray(documents)) {
      const size = documents.reduce((sum, document) => sum + estimatedSize(document), 0);
      const event = size < LARGE ? undefined : await shortageFor(size);
      if (event !== undefined) {
        this.#client.tell({ name: "space", event });
      }
    }
  }

  async #addAll(documents: Iterable<NewDocument> | AsyncIterable<NewDocument>): Promise<AddManyOutcome[]> {
    const inputs: DocumentInput[] = [];
    const { signal, onProgress } = this.#options;
    const options = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
    const outcomes = await this.#turn.send(async () => {
      const transfer: Transferable[] = [];
      for await (const document of untilAborted(documents, signal)) {
        inputs.push(await toDocumentInput(document, transfer, this.#conversion));
      }
      return () => this.#client.call("add", [inputs, { atomic: true }], options, transfer);
    });
    return outcomes.map((outcome, at) => publicOutcome(outcome, inputs[at]?.id ?? ""));
  }

  async #addEach(documents: Iterable<NewDocument> | AsyncIterable<NewDocument>): Promise<AddManyOutcome[]> {
    const progress = new BatchProgress(
      this.#options.onProgress,
      Array.isArray(documents) ? documents.length : 0,
    );
    const underWay: Promise<AddManyOutcome[]>[] = [];
    const outcomes: AddManyOutcome[] = [];
    const settleFirst = async () => void outcomes.push(...((await underWay.shift()) ?? []));
    let batch: Converted[] = [];
    let content = 0;
    const send = async () => {
      const sent = this.#send(batch, progress);
      sent.catch(() => {}); // it is waited for below
      underWay.push(sent);
      batch = [];
      content = 0;
      if (underWay.length >= BATCHES_UNDER_WAY) {
        await settleFirst();
      }
    };
    try {
      for await (const document of untilAborted(documents, this.#options.signal)) {
        const converted = await convert(document, this.#conversion);
        const length = "input" in converted ? lengthOf(converted.input) : 0;
        if (batch.length > 0 && content + length > BATCH_CONTENT) {
          await send();
        }
        batch.push(converted);
        content += length;
        if (batch.length >= BATCH_DOCUMENTS) {
          await send();
        }
      }
      if (batch.length > 0) {
        await send();
      }
    } finally {
      // Also where the caller's iterable throws: what was sent is not left behind.
      while (underWay.length > 0) {
        await settleFirst();
      }
    }
    return outcomes;
  }

  async #send(batch: Converted[], progress: BatchProgress): Promise<AddManyOutcome[]> {
    const inputs = batch.flatMap((converted) => ("input" in converted ? [converted.input] : []));
    const transfer = batch.flatMap((converted) => ("transfer" in converted ? converted.transfer : []));
    const { signal } = this.#options;
    const onProgress = progress.ofBatch(batch.length);
    const options = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
    const added = await this.#turn.send(
      async () => () => this.#client.call("add", [inputs, {}], options, transfer),
    );
    this.#embed(inputs.map(({ id }) => id));
    return batch.map((converted) => {
      if ("error" in converted) {
        return { id: converted.id, status: "failed", error: converted.error };
      }
      return publicOutcome(added.shift() as AddOutcome, converted.id);
    });
  }

  /** Has documents embedded while others are still added; at the end all are waited for. */
  #embed(ids: string[]): void {
    const { signal } = this.#options;
    this.#client.call("embedDocuments", [ids], signal && { signal }).catch(() => {});
  }
}

/** What an iterable gives, until the signal aborts, also while the next of it does not come. */
async function* untilAborted<T>(
  iterable: Iterable<T> | AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void> {
  let abort = () => {};
  const ended = new Promise<never>((_, reject) => {
    abort = () => reject(aborted(signal?.reason));
  });
  ended.catch(() => {}); // it may come when nobody waits for more
  signal?.aborted ? abort() : signal?.addEventListener("abort", abort);
  const iterator =
    Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]();
  let isOver = false;
  try {
    while (true) {
      const { done, value } = await Promise.race([ended, iterator.next()]);
      if (done) {
        isOver = true;
        return;
      }
      yield await Promise.race([ended, value]);
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    if (!isOver) {
      void (async () => iterator.return?.())().catch(() => {}); // not waited for: it may never end
    }
  }
}

async function convert(document: NewDocument, conversion: Conversion): Promise<Converted> {
  const id = typeof document?.id === "string" ? document.id : "";
  const transfer: Transferable[] = [];
  try {
    return { id, input: await toDocumentInput(document, transfer, conversion), transfer };
  } catch (error) {
    if (error instanceof IbidError && error.code !== "aborted") {
      return { id, error };
    }
    throw error;
  }
}

function publicOutcome(outcome: AddOutcome, id: string): AddManyOutcome {
  if (outcome.status !== "failed") {
    return { id: outcome.id, status: outcome.status, chunks: outcome.chunks };
  }
  const { code, message } = outcome.error;
  return { id, status: "failed", error: new IbidError(code, message) };
}

function isIterable(value: unknown, method: typeof Symbol.iterator | typeof Symbol.asyncIterator): boolean {
  const object = value as Record<symbol, unknown> | null | undefined;
  return typeof value === "object" && typeof object?.[method] === "function";
}

/** The progress of several batches as that of one call: what they have done together, of what is known of so far. */
class BatchProgress {
  readonly #onProgress: ((progress: Progress) => void) | undefined;
  /** How many documents there will be at least. */
  readonly #expected: number;
  readonly #phases = new Map<string, { done: number; total: number }>();

  constructor(onProgress: ((progress: Progress) => void) | undefined, expected: number) {
    this.#onProgress = onProgress;
    this.#expected = expected;
  }

  /** What a batch reports to. */
  ofBatch(documents: number): ((progress: Progress) => void) | undefined {
    if (this.#onProgress === undefined) {
      return undefined;
    }
    this.#add("searchable", 0, documents);
    const before = new Map<string, Progress>();
    return (progress) => {
      const { phase, done, total } = progress;
      const earlier = before.get(phase) ?? { done: 0, total: phase === "searchable" ? total : 0 };
      before.set(phase, progress);
      // A batch counts each of its documents from 0.
      const isNext = done < earlier.done;
      const { done: sum, total: whole } = this.#add(
        phase,
        isNext ? done : done - earlier.done,
        isNext ? total : total - earlier.total,
      );
      const expected = phase === "searchable" ? this.#expected : 0;
      this.#onProgress?.({ ...progress, done: sum, total: Math.max(whole, expected) });
    };
  }

  #add(phase: string, done: number, total: number): { done: number; total: number } {
    const before = this.#phases.get(phase) ?? { done: 0, total: 0 };
    const after = { done: before.done + done, total: before.total + total };
    this.#phases.set(phase, after);
    return after;
  }
}

/** What cannot be looked at is told when its turn comes to be added. */
function estimatedSize(document: unknown): number {
  try {
    return sizeOf((document ?? {}) as Pick<NewDocument, "content">);
  } catch {
    return 0;
  }
}
