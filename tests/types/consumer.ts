// The built declarations as a strict consumer sees them. It is compiled, never run: each call of `is` holds the type of
// a result to exactly the one named, and each `@ts-expect-error` to be an error.

import {
  type Activity,
  type Added,
  type AddManyOptions,
  type AddManyOutcome,
  type AssetOptions,
  askModel,
  type BrowserModelAvailability,
  browserModel,
  browserModelAvailability,
  type CallOptions,
  type ChangeEvent,
  ChatError,
  type ChatMessage,
  type ChatModel,
  type Citation,
  type Collection,
  type CollectionEvents,
  type CollectionInfo,
  type CollectionKey,
  type CollectionStorage,
  chunksOf,
  clearModels,
  type DamagedDocument,
  type DamagedHit,
  type DocumentSummary,
  deleteCollection,
  type EgressPolicy,
  type Embedding,
  type ErrorCode,
  type ErrorInfo,
  type EvaluationReport,
  type Filter,
  type Hit,
  type HitCopy,
  type HitEvidence,
  type HitMatch,
  IbidError,
  type ImportReport,
  isLocalAddress,
  type Language,
  type MatchKind,
  type Message,
  type ModelState,
  type ModelStatus,
  type NewDocument,
  type OpenAiModel,
  type OpenOptions,
  openAiCompatible,
  openCollection,
  type PinnedModel,
  type ProblemEvent,
  type Progress,
  type Prompt,
  type PromptOptions,
  persistStorage,
  type RerankTrace,
  type Retrieval,
  type RetrievedHit,
  type Scorer,
  type SearchOptions,
  type SearchResult,
  type StorageInfo,
  type StoredDocument,
  type Suggestions,
  type SuggestOptions,
  type TextRange,
  type Trace,
} from "ibid";
import { is } from "./is.js";

declare const file: File;
declare const signal: AbortSignal;

const onProgress = (progress: Progress): void => {
  type Reading = "model" | "extracting" | "chunking" | "searchable" | "embedding" | "searching";
  is<Reading | "exporting" | "importing" | "converting">()(progress.phase);
  is<number>()(progress.done);
  is<number>()(progress.total);
  is<number | undefined>()(progress.secondsLeft);
};
const call: CallOptions = { signal, onProgress };

export async function opens(): Promise<Collection> {
  const assets: AssetOptions = {
    assetsUrl: "/ibid/",
    wasmUrl: "/wasm/",
    workerUrl: new URL("https://example.com/workers/worker.js"),
  };
  const options: OpenOptions = {
    ...assets,
    ...call,
    model: "/models/all-minilm-l6-v2/",
    reranker: new URL("https://example.com/models/reranker/"),
    chunking: { target: 128, max: 256, overlap: 32 },
    workers: "auto",
    language: "french",
    loadModel: false,
  };
  await openCollection("contracts", { model: "bge-small-en-v1.5", modelsUrl: "/static/models/" });
  is<void>()(await deleteCollection("contracts"));
  is<void>()(await deleteCollection("contracts", assets));
  // @ts-expect-error: a language that is not among them
  await openCollection("contracts", { language: "klingon" });
  const model: PinnedModel = { url: new URL("https://example.com/models/own/"), fingerprint: "0123" };
  await openCollection("contracts", { model, reranker: { url: "/models/reranker/", fingerprint: "4567" } });
  // @ts-expect-error: which model is pinned has to be said
  await openCollection("contracts", { model: { url: "/models/own/" } });
  is<Promise<Collection>>()(openCollection("contracts"));
  return openCollection("contracts", options);
}

export async function writes(collection: Collection): Promise<void> {
  const documents: NewDocument[] = [
    { id: "lease", title: "Lease", content: file },
    { id: "note", content: "text", mediaType: "text/markdown" },
    { id: "bytes", content: new Uint8Array([104, 105]) },
    { id: "buffer", content: new ArrayBuffer(8) },
    { id: "bail", content: "Le propriétaire répare le toit.", language: "french" },
    { id: "unknown", content: "text", language: "auto" },
    {
      id: "facts",
      content: "text",
      metadata: { year: 2024, signed: true, tags: ["lease"], due: new Date(), end: null, pages: [1, 2] },
    },
  ];
  const added = await collection.add({ id: "lease", content: "text" }, call);
  is<Added>()(added);
  is<string>()(added.id);
  is<number>()(added.chunks);
  is<boolean>()(added.unchanged);
  is<number>()(added.unembedded);
  const many: AddManyOptions = { ...call, atomic: true };
  const outcomes = await collection.addMany(documents);
  is<AddManyOutcome[]>()(outcomes);
  for (const outcome of outcomes) {
    is<string>()(outcome.id);
    if (outcome.status === "failed") {
      is<IbidError>()(outcome.error);
    } else {
      is<number>()(outcome.chunks);
    }
  }
  is<AddManyOutcome[]>()(await collection.addMany(new Set(documents), many));
  async function* stream(): AsyncGenerator<NewDocument> {
    yield* documents;
  }
  is<AddManyOutcome[]>()(await collection.addMany(stream(), call));
  is<number>()(await collection.remove("lease"));
  is<number>()(await collection.remove(["lease", "note"] as const));
  is<number>()(await collection.removeWhere({ year: { $lt: 2020 } }));
  // @ts-expect-error: a document has content
  await collection.add({ id: "empty" });
  // @ts-expect-error: a language that is not among them
  await collection.add({ id: "note", content: "text", language: "klingon" });
}

export async function reads(collection: Collection): Promise<void> {
  is<string>()(collection.name);
  const stored = await collection.get("lease");
  is<StoredDocument | undefined>()(stored);
  is<string | undefined>()(stored?.text);
  const range: TextRange = { start: 0, end: 5 };
  is<StoredDocument | undefined>()(await collection.get("lease", range));
  is<DocumentSummary[]>()(await collection.list());
  const info = await collection.info();
  is<CollectionInfo>()(info);
  is<number>()(info.backlog);
  is<string>()(info.version);
  is<ModelState>()(info.model);
  if (info.model.state === "ready") {
    is<number>()(info.model.dimensions);
  } else if (info.model.state === "mismatch") {
    is<string>()(info.model.stored);
  } else if (info.model.state === "failed") {
    is<ErrorInfo>()(info.model.error);
  } else if (info.model.state === "loading") {
    is<number>()(info.model.total);
  } else {
    is<"deferred">()(info.model.state);
  }
  is<number>()(info.setAside);
  is<Partial<Record<Language | "undecided", number>>>()(info.languages);
  is<number | undefined>()(info.languages.french);
  // @ts-expect-error: each document has its own
  info.language;
  is<string | undefined>()(info.reindexing);
  is<string | undefined>()(info.newerModel);
  is<Activity[]>()(info.activities);
  is<ProblemEvent | undefined>()(info.problem);
  is<string | undefined>()(info.workers.fallback);
  is<CollectionStorage>()(info.storage);
  const origin: StorageInfo = info.storage;
  is<number | undefined>()(origin.used);
  is<number | undefined>()(info.storage.used);
  is<number | undefined>()(info.storage.quota);
  is<boolean | undefined>()(info.storage.persisted);
  is<number>()(info.storage.generation);
  is<"own-origin" | "other-origins" | "unknown">()(info.egress.page.connect);
  is<EgressPolicy>()(info.egress.worker);
}

export async function stores(): Promise<void> {
  is<boolean>()(await persistStorage());
  is<number>()(await clearModels());
}

export async function watches(collection: Collection): Promise<void> {
  const listener = (event: CollectionEvents["change"]): void => is<ChangeEvent>()(event);
  const end = collection.on("change", listener);
  is<() => void>()(end);
  collection.on("backlog", ({ backlog }) => is<number>()(backlog));
  collection.on("problem", ({ activity, error }) => {
    is<Activity>()(activity);
    is<ErrorInfo>()(error);
  });
  collection.on("space", ({ needed, free }) => is<number[]>()([needed, free]));
  // @ts-expect-error: an event that is not among them
  collection.on("closed", () => {});
}

export async function maintains(collection: Collection): Promise<void> {
  is<void>()(await collection.loadModel(call));
  is<void>()(await collection.prepareOffline(call));
  is<void>()(await collection.reindex(call));
  const damaged = await collection.check(call);
  is<DamagedDocument[]>()(damaged);
  is<"text" | "words" | "vectors" | undefined>()(damaged[0]?.kind);
}

export async function searches(collection: Collection): Promise<void> {
  const scorer: Scorer = (query, passages) => passages.map((passage) => passage.length - query.length);
  const filter: Filter = {
    year: { $gte: 2020, $lt: 2024 },
    tags: { $contains: "lease" },
    $or: [{ signed: true }, { due: { $lt: new Date() } }, { end: null }, { pages: { $contains: [1, 2] } }],
  };
  const options: SearchOptions = {
    ...call,
    filter,
    k: 8,
    mode: "hybrid",
    fusion: "reciprocal-rank",
    weights: { dense: 1, lexical: 1 },
    rankConstant: 60,
    typos: false,
    compounds: false,
    prefix: true,
    minScore: 0.2,
    minRelevance: 0.5,
    maxPerDocument: 2,
    diversity: 0.3,
    expand: 1,
    duplicates: false,
    evidence: { sentences: 24, neighbours: 0 },
    rerank: { candidates: 50, window: 64, scorer },
    explain: true,
  };
  const result = await collection.search("who repairs the roof?", options);
  is<SearchResult>()(result);
  is<string>()(result.query);
  is<boolean>()(result.answerable);
  is<boolean>()(result.queryTruncated);
  is<number>()(result.unembedded);
  is<ModelStatus>()(result.model);
  is<DamagedHit[]>()(result.damaged);
  is<number>()(result.generation);
  is<Trace | undefined>()(result.trace);
  is<RerankTrace | undefined>()(result.trace?.rerank);
  is<"done" | "budget" | undefined>()(result.trace?.rerank?.end);
  for (const hit of result.hits) {
    is<Hit>()(hit);
    is<string>()(hit.document);
    is<number>()(hit.score);
    is<number>()(hit.relevance);
    is<string>()(hit.chunk.text);
    is<number>()(hit.chunk.start);
    is<number>()(hit.chunk.end);
    is<HitEvidence[]>()(hit.evidence);
    for (const { start, end, score } of hit.evidence) {
      is<number>()(start);
      is<number>()(end);
      is<number>()(score);
    }
    is<HitCopy[]>()(hit.copies);
    is<HitMatch[]>()(hit.matches);
    for (const { start, end, term, kind } of hit.matches) {
      is<number>()(start);
      is<number>()(end);
      is<string>()(term);
      is<MatchKind>()(kind);
      is<"exact" | "folded" | "stem" | "part" | "prefix" | "compound" | "typo">()(kind);
    }
  }
  is<SearchResult>()(await collection.search("roof", { rerank: true }));
  // @ts-expect-error: an operator that is not among them
  await collection.search("roof", { filter: { year: { $above: 2020 } } });
}

export async function suggests(collection: Collection): Promise<void> {
  const options: SuggestOptions = { limit: 5 };
  const suggestions = await collection.suggest("who repairs the ro", options);
  is<Suggestions>()(suggestions);
  is<string[]>()(suggestions.completions);
  is<string | undefined>()(suggestions.correction);
  is<Suggestions>()(await collection.suggest("roof"));
  // @ts-expect-error: suggestions are of the whole collection
  await collection.suggest("roof", { filter: { year: 2024 } });
}

export async function prompts(collection: Collection): Promise<void> {
  const options: PromptOptions = {
    ...call,
    budget: 3000,
    instructions: "Answer briefly.",
    k: 4,
    unanswerable: "quote",
  };
  const prompt = await collection.prompt("who repairs the roof?", options);
  is<Prompt>()(prompt);
  is<Message[]>()(prompt.messages);
  is<Citation[]>()(prompt.citations);
  is<boolean>()(prompt.answerable);
  is<Prompt>()(await collection.prompt("who repairs the roof?"));
  is<Prompt>()(await collection.prompt(await collection.search("roof"), { budget: 1000 }));
  const { retrieval } = await collection.prompt("roof", { explain: true });
  is<Retrieval | undefined>()(retrieval);
  is<Trace | undefined>()(retrieval?.trace);
}

export async function records(collection: Collection): Promise<void> {
  collection.trail.recording = true;
  is<number | undefined>()((await collection.answer("who repairs the roof?")).record);
  is<number | undefined>()((await collection.verify("The landlord [1].", { question: "who?" })).record);
  const [entry] = await collection.trail.list({ limit: 1, before: 7 });
  if (entry !== undefined && "answer" in entry) {
    is<string>()(entry.previous);
    is<RetrievedHit | undefined>()(entry.retrieval?.hits[0]);
  }
  is<boolean>()((await collection.trail.replay(1, { ...call })).identical);
  is<Blob>()(await collection.trail.export());
  is<string>()((await collection.trail.check(call)).head);
}

export async function carries(collection: Collection, file: File): Promise<void> {
  is<Blob>()(await collection.export(call));
  const report = await collection.import(file, { ...call, replace: true });
  is<ImportReport>()(report);
  is<number>()(report.added + report.removed + report.unchanged + report.differing + report.records);
  await collection.import(file.stream(), { merge: true });
  // @ts-expect-error: a file, not its bytes
  await collection.import(new Uint8Array(8));
}

export async function evaluates(collection: Collection, file: File): Promise<void> {
  const questions = [
    { question: "who?", documents: ["lease"], spans: [{ document: "lease", quote: "The roof" }] },
  ];
  const report = await collection.evaluate(questions, { ...call, against: [{ mode: "lexical", k: 4 }] });
  is<EvaluationReport>()(report);
  is<number | undefined>()(report.runs[0]?.measures["ndcg@10"]?.mean);
  const sweep = { measure: "map", denseWeights: [0.3], chunkings: [{ target: 128 }] };
  is<"adopt" | "keep" | undefined>()((await collection.evaluate({ file }, { sweep })).choice?.advice);
  // @ts-expect-error: where questions come from is one thing
  await collection.evaluate({ known: 7 });
}

export async function chats(collection: Collection): Promise<void> {
  const { messages } = await collection.prompt("who repairs the roof?");
  const said: readonly ChatMessage[] = messages;
  const server = openAiCompatible({ url: "http://localhost:11434/v1", model: "tiny", maxTokens: 400 });
  is<OpenAiModel>()(server);
  is<boolean>()(server.isRemote);
  is<string>()(server.origin);
  is<boolean>()(isLocalAddress(new URL("http://localhost:11434")));
  is<BrowserModelAvailability>()(await browserModelAvailability({ languages: ["en"] as const }));
  const models: ChatModel[] = [
    server,
    browserModel({ languages: ["en"], onDownload: (fraction) => is<number>()(fraction) }),
    () => "all at once",
    async () => "after a while",
    async function* (asked, { signal }) {
      is<readonly ChatMessage[]>()(asked);
      is<AbortSignal | undefined>()(signal);
      yield "piece by piece";
    },
    async () => new ReadableStream<string>(),
  ];
  for (const model of models) {
    is<boolean | undefined>()(model.isRemote);
    for await (const chunk of askModel(model, said, { signal })) {
      is<string>()(chunk);
    }
  }
  for await (const chunk of chunksOf(models[0]?.(said, {}) ?? "")) {
    is<string>()(chunk);
  }
  // @ts-expect-error: pieces are text
  const bytes: ChatModel = () => new ReadableStream<Uint8Array>();
  // @ts-expect-error: an address is needed
  openAiCompatible({ model: "tiny" });
  // @ts-expect-error: where messages go does not change
  server.isRemote = true;
  void bytes;
}

export async function embeds(collection: Collection): Promise<void> {
  const embeddings = await collection.embed(["roof"] as const, "query", call);
  is<Embedding[]>()(embeddings);
  for (const { vector, tokens, truncated } of embeddings) {
    is<Float32Array>()(vector);
    is<number>()(tokens);
    is<boolean>()(truncated);
  }
  is<Embedding[]>()(await collection.embed(["roof"]));
}

export async function encrypts(collection: Collection, key: CryptoKey): Promise<void> {
  is<Collection>()(await openCollection("files", { passphrase: "it", lockAfter: 60_000 }));
  is<Collection>()(await openCollection("files", { key }));
  is<void>()(await collection.encrypt({ passphrase: "it" }));
  is<void>()(await collection.changeKey({ to: { key } }));
  const id = await collection.addKey({ passphrase: "another" });
  is<number>()(id);
  is<void>()(await collection.removeKey(id));
  is<CollectionKey[] | undefined>()((await collection.info()).encryption?.keys);
  is<void>()(await collection.decrypt());
  is<void>()(await collection.lock());
  // @ts-expect-error: either a passphrase or a key
  await collection.encrypt({ passphrase: "it", key });
}

export async function ends(collection: Collection): Promise<void> {
  await using _closed = collection;
  is<void>()(await collection.close());
  is<void>()(await collection.destroy());
  is<void>()(await collection[Symbol.asyncDispose]());
}

export function fails(error: unknown): ErrorCode | undefined {
  if (error instanceof IbidError) {
    is<string>()(error.message);
    is<ErrorCode>()(error.code);
    return error.code === "store-quota" ? error.code : undefined;
  }
  if (error instanceof ChatError) {
    is<number | undefined>()(error.status);
  }
  const made: Error = new IbidError("aborted", "the caller aborted the operation", { cause: error });
  // @ts-expect-error: a code that is not among them
  return made instanceof IbidError ? "sunk" : undefined;
}
