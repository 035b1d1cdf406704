/** The open collection and what the page knows of it. */
import type {
  CallOptions,
  Collection,
  CollectionInfo,
  DocumentSummary,
  EvaluateOptions,
  EvaluationReport,
  ExtractiveAnswer,
  ExtractiveOptions,
  GeneratedAnswer,
  GenerateOptions,
  NewDocument,
  Progress,
  Prompt,
  PromptOptions,
  QuestionSource,
  Recorded,
  SearchOptions,
  SearchResult,
  SourcePlace,
  StoredDocument,
  Suggestions,
  SuggestOptions,
  TextRange,
  Trail,
  Verification,
  VerifyOptions,
} from "ibid";
import type { Picked } from "../text/dropped-files.js";
import { count, titleOf } from "../text/format.js";
import { type Problem, toProblem } from "../text/problem.js";
import { whileAdding } from "./adding.js";
import { keepExpectation } from "./expected.js";
import { hasAgreed, keepAgreement, MODEL, type ModelOffer, modelOffer, RERANKER } from "./model-offer.js";
import { Observable } from "./observable.js";
import { type Original, Originals } from "./originals.js";
import { isPdfFile, PDFJS } from "./pdf.js";
import { isRecordingKept, keepRecording, onRecordingElsewhere } from "./recording.js";
import { fetchSamples, SAMPLE_COUNT } from "./samples.js";
import { announce } from "./status.js";

export const COLLECTION = "demo";

/** How often counts are read while chunks are being embedded, in milliseconds. */
const POLL_INTERVAL = 700;

/** How often it is said how far documents are embedded at most, in milliseconds: saying it takes slow devices long. */
const TELL_INTERVAL = 100;

/** How long the page rests between two readings of list and counts, in times of what a reading takes: a long list takes long. */
const REST = 4;

/** After how long without a newly embedded chunk the backlog counts as paused, in milliseconds. */
const STALLED_AFTER = 120_000;

export type Opening =
  | { phase: "opening" }
  | { phase: "failed"; problem: Problem }
  /** A passphrase opens it; `problem` is what came of the last one. */
  | { phase: "locked"; isTrying: boolean; problem: Problem | undefined }
  | { phase: "open" };

/** Documents that are being added together, or were, if some of them failed. */
export interface Import {
  id: number;
  documents: number;
  /** How many can be found by their words. */
  searchable: number;
  /** How many are added and embedded. */
  finished: number;
  /** What is embedded of those that are not finished, in documents: two halves are 1. */
  underway: number;
  failures: { document: string; problem: Problem }[];
  /** What was found in folders and is left out, by its path. */
  skipped: readonly string[];
  /** How many pages are read of a long file that is being read now. */
  reading: { document: string; done: number; total: number } | undefined;
  running: boolean;
}

/** Asks the reader for the password of a document; `undefined`: it stays closed. */
export type AskPassword = (document: string, isAgain: boolean) => Promise<string | undefined>;

export interface LibraryState {
  opening: Opening;
  /** Absent until the collection is open. */
  info: CollectionInfo | undefined;
  /** The model that is not fetched before the reader agrees to its size; absent once that is done. */
  offer: ModelOffer | undefined;
  documents: readonly DocumentSummary[];
  imports: readonly Import[];
  /** How far documents are embedded that are being added now, by id. It is ahead of what is committed. */
  embedding: ReadonlyMap<string, Progress>;
  /** Documents that nobody is embedding although chunks of them are in the backlog. */
  paused: ReadonlySet<string>;
  /** What this site uses on the device and may use, in bytes, as the browser estimates it. */
  storage: StorageEstimate | undefined;
  /** What went wrong with the collection as a whole. */
  problem: Problem | undefined;
  /** How far the stored documents are embedded with another model, from 0 to 1; absent while that is not done. */
  reindexing: number | undefined;
  /** Whether answers and checks are kept in the trail. */
  recording: boolean;
}

/** What is known of a collection that is not open. */
const EMPTY = {
  info: undefined,
  documents: [],
  embedding: new Map(),
  paused: new Set<string>(),
  storage: undefined,
  problem: undefined,
  reindexing: undefined,
} satisfies Omit<LibraryState, "opening" | "offer" | "imports" | "recording">;

export class Library extends Observable<LibraryState> {
  /** Set by the page. */
  askPassword: AskPassword = async () => undefined;
  #collection: Collection | undefined;
  /** The opening that is under way. */
  #opening: Promise<void> | undefined;
  /** Whether another tab has encrypted what is open, or made it plain. */
  #isOutdated = false;
  readonly #originals = new Originals();
  readonly #running = new Map<number, AbortController>();
  /** Those who wait for the collection to be open. */
  #waiting: ((collection: Collection) => void)[] = [];
  #lastImport = 0;
  #refreshes = 0;
  /** The latest reading of list and counts. */
  #reading: Promise<void> = Promise.resolve();
  /** Whether list and counts are being read by `refreshSoon`, or were just now; and whether that is to be done again. */
  #isResting = false;
  #isRefreshDue = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When it was last said how far a document is embedded. */
  #toldEmbedding = 0;
  #stalledSince = { backlog: 0, time: 0 };

  constructor() {
    const recording = isRecordingKept();
    super({ ...EMPTY, opening: { phase: "opening" }, offer: undefined, imports: [], recording });
    if (!hasAgreed()) {
      this.#offerModel();
    }
    onRecordingElsewhere((recording) => this.#record(recording));
  }

  /**
   * Opens the collection, also again after a failure; an encrypted one by its passphrase, which is not kept. Whoever has it opened
   * while it is being opened waits for the same; a passphrase has its turn afterwards.
   */
  open(passphrase?: string): Promise<void> {
    const running = this.#opening;
    if (running !== undefined && passphrase === undefined) {
      return running;
    }
    const opening = (running ?? Promise.resolve())
      .then(() => this.#openAsItIs(passphrase))
      .finally(() => {
        if (this.#opening === opening) {
          this.#opening = undefined;
        }
      });
    this.#opening = opening;
    return opening;
  }

  /** Opens again what another tab has encrypted or made plain, after the opening that is under way. */
  #reopen(): void {
    this.#isOutdated = true;
    if (this.#opening === undefined) {
      void this.open();
    }
  }

  async #openAsItIs(passphrase: string | undefined): Promise<void> {
    await this.#open(passphrase);
    while (this.#isOutdated) {
      await this.#open();
    }
    if (this.#collection !== undefined) {
      for (const go of this.#waiting.splice(0)) {
        go(this.#collection);
      }
    }
  }

  async #open(passphrase?: string): Promise<void> {
    const before = this.#collection;
    this.#collection = undefined; // nothing is asked of one that closes, and what it still says counts no more
    this.#isOutdated = false;
    await before?.close();
    const isTrying = passphrase !== undefined;
    const opening: Opening = isTrying
      ? { phase: "locked", isTrying, problem: undefined }
      : { phase: "opening" };
    this.update({ ...EMPTY, opening });
    try {
      const { openCollection } = await import("ibid");
      const collection = await openCollection(COLLECTION, {
        model: MODEL,
        reranker: RERANKER,
        pdfUrl: PDFJS,
        ...(isTrying && { passphrase }),
        loadModel: hasAgreed(),
        onProgress: ({ done, total }) => this.#showLoading(done, total),
      });
      this.#collection = collection;
      collection.trail.recording = this.state.recording;
      collection.on("change", () => this.#refreshSoon());
      collection.on("problem", () => this.#refreshSoon());
      await this.refresh();
      this.update({ opening: { phase: "open" } });
      if (hasAgreed()) {
        void this.loadModel();
      }
    } catch (thrown) {
      const problem = toProblem(thrown);
      if (problem.code === "not-encrypted" && isTrying) {
        await this.#open(); // another tab has made it plain meanwhile
      } else if (problem.code === "locked" || problem.code === "wrong-key" || isTrying) {
        const why = problem.code === "locked" ? undefined : problem;
        this.update({ opening: { phase: "locked", isTrying: false, problem: why } });
        announce(problem.summary);
      } else {
        this.update({ opening: { phase: "failed", problem } });
      }
    }
  }

  /** Encrypts what is stored; from then on the passphrase opens it. */
  async encrypt(passphrase: string): Promise<void> {
    await this.#call((collection) => collection.encrypt({ passphrase }));
    await this.refresh();
    announce("Everything that is stored is encrypted.");
  }

  /** Makes what is stored plain again. */
  async decrypt(): Promise<void> {
    await this.#call((collection) => collection.decrypt());
    await this.refresh();
    announce("What is stored is not encrypted any more.");
  }

  /** Locks an encrypted collection. The page begins anew, so that answers and passages are in nobody's memory either. */
  async lock(): Promise<void> {
    await this.#collection?.lock();
    location.reload();
  }

  #offerModel(): void {
    this.update({ offer: { bytes: undefined } });
    void modelOffer(MODEL).then((offer) => !hasAgreed() && this.update({ offer }));
  }

  /** Has the model fetched, to whose size the reader agrees herewith, once and for all. */
  async agreeToModel(): Promise<void> {
    keepAgreement();
    this.#stalledSince.time = Date.now();
    this.update({ offer: undefined });
    await this.loadModel();
  }

  /** Waits for the model, or tries again to load it. */
  async loadModel(): Promise<void> {
    const { info } = this.state;
    if (info?.model.state === "failed" || info?.model.state === "deferred") {
      this.update({ info: { ...info, model: { state: "loading", done: 0, total: 0 } } });
    }
    // What is wrong is in info().
    const loading = this.#collection?.loadModel({
      onProgress: ({ done, total }) => this.#showLoading(done, total),
    });
    await loading?.catch(() => {});
    this.#stalledSince.time = Date.now(); // nothing could be embedded before
    await this.refresh();
  }

  /** Embeds the stored documents with the model that the site has now. */
  async reindex(): Promise<void> {
    this.update({ reindexing: 0 });
    try {
      await this.#call((collection) =>
        collection.reindex({
          onProgress: ({ phase, done, total }) =>
            phase === "embedding" && this.update({ reindexing: total > 0 ? done / total : 0 }),
        }),
      );
      announce("All documents are embedded with the model of this site.");
    } catch (thrown) {
      this.update({ problem: toProblem(thrown) });
    }
    this.update({ reindexing: undefined });
    await this.refresh();
  }

  #showLoading(done: number, total: number): void {
    const { info } = this.state;
    if (info?.model.state === "loading") {
      this.update({ info: { ...info, model: { state: "loading", done, total } } });
    }
  }

  search(question: string, options: SearchOptions, signal: AbortSignal): Promise<SearchResult> {
    return this.#ask((collection) => collection.search(question, { ...options, signal }));
  }

  /** Builds a prompt from what a search found. */
  prompt(result: SearchResult, options: PromptOptions): Promise<Prompt> {
    return this.#ask((collection) => collection.prompt(result, options));
  }

  /** Answers with sentences of the documents. */
  answer(question: string, options: ExtractiveOptions): Promise<ExtractiveAnswer & Recorded> {
    return this.#ask((collection) => collection.answer(question, options));
  }

  /** Has a language model answer, and holds what it writes against the documents. */
  write(question: string, options: GenerateOptions): Promise<GeneratedAnswer> {
    return this.#call((collection) => collection.answer(question, options));
  }

  /** Holds an answer against what it cites, and against all documents if asked. */
  verify(
    answer: string,
    options: VerifyOptions & { everywhere?: boolean } & CallOptions,
  ): Promise<Verification & Recorded> {
    return this.#ask((collection) => collection.verify(answer, options));
  }

  /** Measures how well searches find what they should. */
  evaluate(questions: QuestionSource, options: EvaluateOptions): Promise<EvaluationReport> {
    return this.#call((collection) => collection.evaluate(questions, options));
  }

  /** Works with the trail of the collection. */
  trail<T>(work: (trail: Trail) => Promise<T>): Promise<T> {
    return this.#call(({ trail }) => work(trail));
  }

  /** Has answers and checks kept in the trail from now on, or no longer. */
  record(recording: boolean): void {
    keepRecording(recording);
    this.#record(recording);
  }

  #record(recording: boolean): void {
    if (this.#collection !== undefined) {
      this.#collection.trail.recording = recording;
    }
    this.update({ recording });
  }

  suggest(text: string, options: SuggestOptions): Promise<Suggestions> {
    return this.#ask((collection) => collection.suggest(text, options));
  }

  get(id: string): Promise<StoredDocument | undefined> {
    return this.#ask((collection) => collection.get(id));
  }

  /** Where a range of a document's text stands in the original. */
  async locate(id: string, range: TextRange): Promise<SourcePlace[]> {
    return (await this.#ask((collection) => collection.locate(id, range))) ?? [];
  }

  /** The file that a document was added from, if that was in this tab. */
  original(id: string): Original | undefined {
    return this.#originals.get(id);
  }

  /** Keeps the file of a document at hand, until the tab is closed. */
  keepOriginal(id: string, original: Original): void {
    this.#originals.keep(id, original);
  }

  async addSamples(): Promise<void> {
    const task = this.#begin(SAMPLE_COUNT);
    try {
      await this.#addAll(task, await fetchSamples(task.signal));
    } catch (thrown) {
      this.#fail(task, "The sample documents", thrown);
    }
    this.#end(task);
  }

  /** Adds files; each that cannot be added is reported, and the others go on. */
  async addFiles({ files, skipped }: Picked): Promise<void> {
    const task = this.#begin(files.length, skipped);
    await this.#addAll(
      task,
      files.map(({ id, file }) => ({ id, content: file })),
    );
    this.#end(task);
  }

  /** Embeds what a cancelled import left. Adding what is there already does just that. */
  async resume(id: string): Promise<void> {
    const original = this.original(id);
    const stored = original ? undefined : await this.get(id).catch(() => undefined);
    if (stored !== undefined && !isTextual(stored)) {
      return this.open(); // the file is not at hand: what is not embedded is embedded after opening
    }
    const task = this.#begin(1);
    if (original !== undefined) {
      await this.#addAll(task, [{ id, content: original.file, ...withPassword(original.password) }]);
    } else if (stored !== undefined) {
      const { title, mediaType, metadata, text } = stored;
      await this.#addAll(task, [{ id, title, mediaType, metadata, content: text }]);
    }
    this.#end(task);
  }

  /** Stops an import: what is searchable stays, what has not been read is not added. */
  cancel(id: number): void {
    this.#running.get(id)?.abort();
    if (this.#collection === undefined) {
      this.dismiss(id); // it waits, and could not say that it is over
      announce("Cancelled.");
    }
  }

  dismiss(id: number): void {
    this.update({ imports: this.state.imports.filter((each) => each.id !== id) });
  }

  async remove(document: DocumentSummary): Promise<void> {
    try {
      await this.#call((collection) => collection.remove(document.id));
      this.#originals.forget(document.id);
      announce(`“${titleOf(document)}” is removed.`);
    } catch (thrown) {
      this.update({ problem: toProblem(thrown) });
    }
    await this.refresh();
  }

  /** Deletes the collection from this device, says so with a `deleted` event, and opens a new, empty one. */
  async destroy(): Promise<void> {
    for (const controller of this.#running.values()) {
      controller.abort();
    }
    this.update({ imports: [] });
    this.#originals.clear();
    let problem: Problem | undefined;
    try {
      await this.#collection?.destroy();
      this.dispatchEvent(new Event("deleted"));
    } catch (thrown) {
      problem = toProblem(thrown);
    }
    await this.open();
    this.update({ problem });
    announce(problem ? `Not deleted: ${problem.detail}` : "Everything is deleted.");
  }

  /** Deletes a collection that cannot be opened any more, says so with a `deleted` event, and opens a new, empty one. */
  async discard(): Promise<void> {
    try {
      const { deleteCollection } = await import("ibid");
      await deleteCollection(COLLECTION);
      this.dispatchEvent(new Event("deleted"));
    } catch (thrown) {
      this.update({ opening: { phase: "failed", problem: toProblem(thrown) } });
      return;
    }
    await this.open();
  }

  /**
   * Has list and counts read again: at once, or after the rest that follows a reading. So a thousand documents that come one after
   * the other are not listed a thousand times.
   */
  #refreshSoon(): void {
    if (this.#isResting) {
      this.#isRefreshDue = true;
      return;
    }
    this.#isResting = true;
    const begun = performance.now();
    void this.refresh().finally(() => {
      setTimeout(
        () => {
          this.#isResting = false;
          if (this.#isRefreshDue) {
            this.#isRefreshDue = false;
            this.#refreshSoon();
          }
        },
        REST * (performance.now() - begun),
      );
    });
  }

  /** Reads list and counts again; only the latest reading counts, and whoever began an earlier one waits for it. */
  refresh(): Promise<void> {
    this.#reading = this.#read(++this.#refreshes);
    return this.#reading;
  }

  async #read(turn: number): Promise<void> {
    const collection = this.#collection;
    if (collection === undefined) {
      return;
    }
    const counts = () => turn === this.#refreshes && collection === this.#collection;
    try {
      const [documents, info, storage] = await Promise.all([
        collection.list(),
        collection.info(),
        navigator.storage?.estimate().catch(() => undefined),
      ]);
      if (counts()) {
        this.update({ documents, info, storage });
        keepExpectation(documents.length > 0);
        this.#watchBacklog(info);
      }
    } catch (thrown) {
      if (counts()) {
        const problem = toProblem(thrown);
        if (hasOtherLock(problem)) {
          this.#reopen();
        } else {
          this.update({ problem });
        }
      }
    }
    if (turn !== this.#refreshes) {
      await this.#reading;
    }
  }

  /** Reads the counts again and again while embedding goes on. */
  #watchBacklog({ backlog, model }: CollectionInfo): void {
    // Without the model nothing is embedded, however long it takes to have it.
    const isUnderway = this.#running.size > 0 || model.state !== "ready";
    if (backlog !== this.#stalledSince.backlog || isUnderway) {
      this.#stalledSince = { backlog, time: Date.now() };
    } else if (backlog > 0 && Date.now() - this.#stalledSince.time > STALLED_AFTER) {
      this.#pause(this.state.documents.map(({ id }) => id));
    }
    const { documents, paused, offer } = this.state;
    const isModelComing = offer === undefined && model.state !== "failed";
    const going = isModelComing && documents.some(({ id, backlog }) => backlog > 0 && !paused.has(id));
    if (going && this.#timer === undefined) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#refreshSoon();
      }, POLL_INTERVAL);
    }
  }

  /** The collection, once it is open. */
  async #opened(): Promise<Collection> {
    return this.#collection ?? new Promise<Collection>((go) => void this.#waiting.push(go));
  }

  /** Calls the collection; while it is being opened, or can't be, the call waits until it is open. */
  async #call<T>(call: (collection: Collection) => Promise<T>): Promise<T> {
    const collection = await this.#opened();
    try {
      return await call(collection);
    } catch (thrown) {
      const problem = toProblem(thrown);
      if (collection !== this.#collection) {
        // It is open again by now.
      } else if (hasOtherLock(problem)) {
        this.#reopen();
      } else if (problem.code === "internal" || problem.code === "deleted") {
        this.update({ problem }); // the worker may be dead: the page offers to open again
      }
      throw thrown;
    }
  }

  /** As `#call`, for what changes nothing: what another tab's encrypting cut short is asked again once it is open again. */
  async #ask<T>(call: (collection: Collection) => Promise<T>): Promise<T> {
    try {
      return await this.#call(call);
    } catch (thrown) {
      const problem = toProblem(thrown);
      if (hasOtherLock(problem) || problem.code === "closed") {
        return this.#call(call);
      }
      throw thrown;
    }
  }

  #begin(documents: number, skipped: readonly string[] = []): ImportTask {
    const controller = new AbortController();
    const id = ++this.#lastImport;
    this.#running.set(id, controller);
    const entry = {
      id,
      documents,
      searchable: 0,
      finished: 0,
      underway: 0,
      failures: [],
      skipped,
      reading: undefined,
      running: true,
    };
    this.update({ imports: [...this.state.imports, entry] });
    announce(`Adding ${count(documents, "document")}.`);
    return { id, signal: controller.signal };
  }

  async #addAll(task: ImportTask, documents: readonly NewDocument[]): Promise<void> {
    await this.#opened(); // a change of the page's version waits for what is being added, and not for what is locked
    await whileAdding(() => this.#addInTurn(task, documents));
  }

  /** Each document is read when the one before it is durable; embedding takes turns. */
  async #addInTurn(task: ImportTask, documents: readonly NewDocument[]): Promise<void> {
    const added: Promise<void>[] = [];
    for (const document of documents) {
      if (task.signal.aborted) {
        break;
      }
      await new Promise<void>((durable) => {
        added.push(this.#addUnlocked(task, document, durable).finally(durable));
      });
    }
    await Promise.all(added);
  }

  /** Adds a document; where a password opens it, the reader is asked until it does or there is none. */
  async #addUnlocked(task: ImportTask, document: NewDocument, durable: () => void): Promise<void> {
    let given = document;
    for (let isAgain = false; ; isAgain = true) {
      const refusal = await this.#addOne(task, given, durable);
      if (refusal === undefined) {
        return;
      }
      const password =
        toProblem(refusal).code === "document-encrypted" && (await isPdfFile(given.content))
          ? await this.askPassword(document.id, isAgain)
          : undefined;
      if (password === undefined || task.signal.aborted) {
        this.#fail(task, document.id, refusal);
        return;
      }
      given = { ...document, password };
    }
  }

  /** Adds a document and returns why it could not be, unless the import was cancelled. */
  async #addOne(task: ImportTask, document: NewDocument, durable: () => void): Promise<unknown> {
    const { id } = document;
    let searchable = false;
    let refusal: unknown;
    const onProgress = (progress: Progress) => {
      const { phase, done, total } = progress;
      if (phase === "extracting") {
        this.#change(task.id, () => ({ reading: { document: id, done, total } }));
      } else if (phase === "searchable") {
        searchable = true;
        this.#keep(document);
        this.#pause([], [id]);
        this.#change(task.id, (entry) => ({ searchable: entry.searchable + 1, reading: undefined }));
        durable();
        this.#refreshSoon();
      } else if (phase === "embedding" && performance.now() - this.#toldEmbedding > TELL_INTERVAL) {
        this.#toldEmbedding = performance.now();
        this.#setEmbedding(task.id, id, progress);
      }
    };
    try {
      await this.#call((collection) => collection.add(document, { signal: task.signal, onProgress }));
      this.#keep(document);
      this.#change(task.id, (entry) => ({ finished: entry.finished + 1 }));
    } catch (thrown) {
      refusal = task.signal.aborted ? undefined : thrown;
      if (searchable) {
        this.#pause([id]);
      }
    }
    this.#change(task.id, ({ reading }) => (reading?.document === id ? { reading: undefined } : {}));
    this.#setEmbedding(task.id, id, undefined);
    return refusal;
  }

  #keep({ id, content, password }: NewDocument): void {
    if (content instanceof Blob) {
      this.keepOriginal(id, { file: content, password });
    }
  }

  #setEmbedding(task: number, id: string, progress: Progress | undefined): void {
    const embedding = new Map(this.state.embedding);
    const more = fraction(progress) - fraction(embedding.get(id));
    if (progress === undefined) {
      embedding.delete(id);
    } else {
      embedding.set(id, progress);
    }
    this.#change(task, ({ underway }) => ({ underway: underway + more }));
    this.update({ embedding });
  }

  #pause(paused: readonly string[], resumed: readonly string[] = []): void {
    const next = new Set([...this.state.paused, ...paused]);
    for (const id of resumed) {
      next.delete(id);
    }
    this.update({ paused: next });
  }

  #fail(task: ImportTask, document: string, thrown: unknown): void {
    if (!task.signal.aborted) {
      const failure = { document, problem: toProblem(thrown) };
      this.#change(task.id, ({ failures }) => ({ failures: [...failures, failure] }));
    }
  }

  /** Removes an import that is over from the page, unless there is something to read in it. */
  #end(task: ImportTask): void {
    this.#running.delete(task.id);
    const entry = this.state.imports.find(({ id }) => id === task.id);
    if (entry === undefined) {
      return; // the collection was deleted meanwhile, or it was cancelled before it began
    }
    if (entry.failures.length > 0 || entry.skipped.length > 0) {
      this.#change(task.id, () => ({ running: false }));
    } else {
      this.dismiss(task.id);
    }
    announce(summary(entry, task.signal.aborted));
    void this.refresh();
  }

  #change(id: number, change: (entry: Import) => Partial<Import>): void {
    const imports = this.state.imports.map((entry) =>
      entry.id === id ? { ...entry, ...change(entry) } : entry,
    );
    this.update({ imports });
  }
}

interface ImportTask {
  id: number;
  signal: AbortSignal;
}

/** Whether the stored text of a document is all that was read of it. */
/** Whether another tab has encrypted the collection, or made it plain, so that it has to be opened anew. */
function hasOtherLock({ code }: Problem): boolean {
  return code === "locked" || code === "not-encrypted";
}

function isTextual({ mediaType }: StoredDocument): boolean {
  return mediaType === "text/plain" || mediaType === "text/markdown";
}

function withPassword(password: string | undefined) {
  return password === undefined ? {} : { password };
}

function fraction(progress: Progress | undefined): number {
  return progress === undefined || progress.total === 0 ? 0 : progress.done / progress.total;
}

function summary({ finished, searchable, failures, skipped }: Import, cancelled: boolean): string {
  if (cancelled) {
    return `Cancelled. ${count(searchable, "document")} can be found.`;
  }
  const failed = failures.length > 0 ? ` ${count(failures.length, "document")} couldn’t be added.` : "";
  const left = skipped.length > 0 ? ` ${count(skipped.length, "file")} left out.` : "";
  return `${count(finished, "document")} added and ready.${failed}${left}`;
}
