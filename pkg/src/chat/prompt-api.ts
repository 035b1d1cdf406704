/**
 * The language model that a browser has of its own, by the Prompt API: https://webmachinelearning.github.io/prompt-api/
 */

import { checkSignal, untilAborted } from "../abort.js";
import { IbidError } from "../error.js";
import { ChatError, nameAndMessage, quoted } from "./failure.js";
import { plainMessages } from "./messages.js";
import { chunksOf } from "./reply.js";
import type { ChatMessage, ChatModel, ChatOptions } from "./types.js";

/**
 * Whether the browser's model can be used: `unavailable` where there is none for the languages or on this device,
 * `downloadable` and `downloading` where the first question has to wait for it, `available` where it is there.
 */
export type BrowserModelAvailability = "unavailable" | "downloadable" | "downloading" | "available";

/** How the browser's model is to be used. */
export interface BrowserModelOptions {
  /**
   * The languages of questions, documents and answers, as BCP 47 tags; a browser refuses what its model was not made for.
   * By default it is told of none.
   */
  languages?: readonly string[];
  /** Called while the browser downloads its model, with how much of it is there, from 0 to 1. */
  onDownload?: (fraction: number) => void;
}

/** What this library uses of the standard's interfaces, which TypeScript does not declare yet. */
interface LanguageModelStatic {
  availability(options?: ModelFeatures): Promise<BrowserModelAvailability>;
  create(options?: CreateOptions): Promise<LanguageModelSession>;
}

interface ModelFeatures {
  expectedInputs?: ExpectedText[];
  expectedOutputs?: ExpectedText[];
}

interface ExpectedText {
  type: "text";
  languages: readonly string[];
}

interface CreateOptions extends ModelFeatures {
  initialPrompts?: ChatMessage[];
  signal?: AbortSignal;
  monitor?: (monitor: EventTarget) => void;
}

interface LanguageModelSession {
  promptStreaming(input: string, options?: { signal?: AbortSignal }): ReadableStream<string>;
  destroy(): void;
}

/**
 * Whether {@link browserModel} would answer. It downloads nothing. Pages without a secure context have no such model, and
 * neither have workers.
 *
 * @throws IbidError `invalid-argument` where a language is no BCP 47 tag
 */
export async function browserModelAvailability(
  options: BrowserModelOptions = {},
): Promise<BrowserModelAvailability> {
  const features = featuresOf(options);
  try {
    return (await languageModel()?.availability(features)) ?? "unavailable";
  } catch {
    return "unavailable"; // as in a frame that may not use it
  }
}

/**
 * The browser's own model. Each question gets a session of its own, which ends with the reply; messages before the last
 * become its initial prompts, those of the system first, in one. The last must be the user's. Where the model has to be
 * downloaded first, browsers ask for a click shortly before.
 *
 * Browsers that have such a model run it on this device today. The standard leaves it open, and does not tell a page; so
 * `isRemote` is absent.
 *
 * @throws IbidError `chat-unavailable` where this browser has no such model. What it returns throws the same where the model
 * is not available here or not in these languages, `invalid-argument` for messages that it does not take or that are too
 * long for it, and a {@link ChatError} where it fails.
 */
export function browserModel(options: BrowserModelOptions = {}): ChatModel {
  const api = languageModel();
  if (api === undefined) {
    throw new IbidError("chat-unavailable", "this browser has no language model of its own (no Prompt API)");
  }
  const { onDownload } = { ...options };
  if (onDownload !== undefined && typeof onDownload !== "function") {
    throw new IbidError("invalid-argument", "options.onDownload: expected a function");
  }
  const features = featuresOf(options);
  return (messages, { signal }: ChatOptions = {}) => reply(api, features, onDownload, messages, signal);
}

function languageModel(): LanguageModelStatic | undefined {
  const { LanguageModel } = globalThis as { LanguageModel?: LanguageModelStatic };
  return typeof LanguageModel?.create === "function" ? LanguageModel : undefined;
}

async function* reply(
  api: LanguageModelStatic,
  features: ModelFeatures,
  onDownload: BrowserModelOptions["onDownload"],
  messages: readonly ChatMessage[],
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, undefined> {
  checkSignal(signal);
  const { initialPrompts, question } = conversation(messages);
  const heeding = signal === undefined ? {} : { signal };
  let session: LanguageModelSession | undefined;
  try {
    if ((await untilAborted(api.availability(features), signal)) === "unavailable") {
      throw new IbidError("chat-unavailable", "the browser's language model is not available on this device");
    }
    const monitor = onDownload && ((target: EventTarget) => watch(target, onDownload, signal));
    const creating = api.create({
      ...features,
      ...heeding,
      ...(initialPrompts.length > 0 && { initialPrompts }),
      ...(monitor && { monitor }),
    });
    session = await untilAborted(creating, signal, (late) => late.destroy());
    yield* chunksOf(session.promptStreaming(question, heeding), heeding);
  } catch (error) {
    throw explained(error);
  } finally {
    session?.destroy();
  }
}

/** The system's messages, which have to be the first and one, then those before the last; and the last. */
function conversation(messages: readonly ChatMessage[]): { initialPrompts: ChatMessage[]; question: string } {
  const all = plainMessages(messages);
  const last = all.pop();
  if (last?.role !== "user") {
    throw new IbidError("invalid-argument", "messages: the last has to be the user's");
  }
  const system = all.filter(({ role }) => role === "system").map(({ content }) => content);
  const others = all.filter(({ role }) => role !== "system");
  const first: ChatMessage[] = system.length > 0 ? [{ role: "system", content: system.join("\n\n") }] : [];
  return { initialPrompts: [...first, ...others], question: last.content };
}

/** Tells of the download, until the caller wants to hear no more. */
function watch(target: EventTarget, onDownload: (fraction: number) => void, signal?: AbortSignal): void {
  target.addEventListener("downloadprogress", (event) => {
    const { loaded, total } = event as ProgressEvent;
    if (!signal?.aborted) {
      onDownload(Math.min(Math.max(loaded / (total || 1), 0), 1)); // `total` is 1; what it throws the browser reports
    }
  });
}

function featuresOf({ languages }: BrowserModelOptions): ModelFeatures {
  if (languages === undefined) {
    return {};
  }
  try {
    const expected: ExpectedText[] = [{ type: "text", languages: Intl.getCanonicalLocales([...languages]) }];
    return { expectedInputs: expected, expectedOutputs: expected };
  } catch (cause) {
    throw new IbidError("invalid-argument", "options.languages: expected an array of BCP 47 tags", { cause });
  }
}

/** What the browser's errors mean to whoever asked. */
function explained(thrown: unknown): IbidError {
  const error = thrown instanceof ChatError ? thrown.cause : thrown;
  if (error instanceof IbidError) {
    return error;
  }
  const { name } = { ...(error instanceof Object && "name" in error && { name: error.name }) };
  if (name === "QuotaExceededError") {
    return new IbidError("invalid-argument", `messages: too long for the browser's model${lengths(error)}`, {
      cause: error,
    });
  }
  if (name === "NotSupportedError") {
    const message = "the browser's language model does not support these languages, or what was asked of it";
    return new IbidError("chat-unavailable", message, { cause: error });
  }
  const why =
    name === "NotAllowedError"
      ? "it may have to be downloaded first, which browsers do only after a click, or this frame may not use it"
      : quoted(nameAndMessage(error));
  return new ChatError(`the browser's language model failed: ${why}`, undefined, { cause: error });
}

/** How long the messages are and may be, where the browser tells. */
function lengths(error: unknown): string {
  const { requested, quota, contextWindow } = error as Record<string, unknown>;
  const most = quota ?? contextWindow;
  return typeof requested === "number" && typeof most === "number"
    ? `: ${requested} tokens, and it takes ${most}`
    : "";
}
