/** Replies of any form as text that comes piece by piece. */

import { checkSignal, untilAborted } from "../abort.js";
import { IbidError } from "../error.js";
import { cutAtPair } from "../pairs.js";
import { modelFailed } from "./failure.js";
import type { ChatMessage, ChatModel, ChatOptions, ChatReply } from "./types.js";

/**
 * Asks `model`, and gives its reply as {@link chunksOf} does. The model is called when the first chunk is asked for.
 *
 * @throws IbidError as `chunksOf` does, and `invalid-argument` where `model` is no function
 */
export async function* askModel(
  model: ChatModel,
  messages: readonly ChatMessage[],
  options: ChatOptions = {},
): AsyncGenerator<string, void, undefined> {
  if (typeof model !== "function") {
    throw new IbidError("invalid-argument", `model: expected a function, found ${kindOf(model)}`);
  }
  const { signal } = options;
  checkSignal(signal);
  let reply: ReturnType<ChatModel>;
  try {
    reply = model(messages, signal === undefined ? {} : { signal });
  } catch (thrown) {
    throw modelFailed(thrown);
  }
  yield* chunksOf(reply, options);
}

/**
 * The text of a reply in chunks, none empty; no chunk ends within a surrogate pair unless the text does. When the signal
 * aborts it ends at once, also where the model does not heed it, and a stream is cancelled then and when the consumer stops
 * early. What the model does afterwards is not waited for.
 *
 * @throws IbidError `invalid-argument` where the reply or a piece of it is no text, `aborted`, and a {@link ChatError} for
 * whatever else the model throws; errors of this library pass unchanged
 */
export async function* chunksOf(
  reply: ReturnType<ChatModel>,
  { signal }: ChatOptions = {},
): AsyncGenerator<string, void, undefined> {
  let source: ChatReply;
  try {
    source = await untilAborted(Promise.resolve(reply), signal, letGo);
  } catch (thrown) {
    throw modelFailed(thrown);
  }
  if (typeof source === "string") {
    if (source !== "") {
      yield source;
    }
    return;
  }
  const pieces = piecesOf(source);
  let hasEnded = false;
  let held = ""; // the first half of a surrogate pair
  try {
    for (;;) {
      const piece = await nextPiece(pieces, signal);
      if (piece === undefined) {
        hasEnded = true;
        break;
      }
      const [whole, half] = cutAtPair(held + piece);
      held = half;
      if (whole !== "") {
        yield whole;
      }
    }
    if (held !== "") {
      yield held;
    }
  } finally {
    if (!hasEnded) {
      pieces.cancel().catch(() => {}); // it may throw, and may take any time
    }
  }
}

/** A stream or an iterable. */
interface Pieces {
  next(): Promise<IteratorResult<unknown, unknown>>;
  cancel(): Promise<unknown>;
}

/** The next piece of text; `undefined` at the end. */
async function nextPiece(pieces: Pieces, signal: AbortSignal | undefined): Promise<string | undefined> {
  let result: { done?: boolean | undefined; value: unknown };
  try {
    const { done, value } = await untilAborted(pieces.next(), signal);
    result = { done, value };
  } catch (thrown) {
    throw modelFailed(thrown);
  }
  if (result.done) {
    return undefined;
  }
  if (typeof result.value !== "string") {
    throw unlike(`a piece that is ${kindOf(result.value)}`);
  }
  return result.value;
}

function piecesOf(source: unknown): Pieces {
  if (isStream(source)) {
    // By its reader: in some browsers streams cannot be iterated.
    const reader = readerOf(source);
    return {
      next: async () => reader.read() as Promise<IteratorResult<unknown, unknown>>,
      cancel: async () => reader.cancel(),
    };
  }
  if (isAsyncIterable(source)) {
    const iterator = source[Symbol.asyncIterator]();
    return { next: async () => iterator.next(), cancel: async () => iterator.return?.() };
  }
  throw unlike(kindOf(source));
}

/** Cancels a reply that came too late. */
function letGo(reply: unknown): void {
  if (typeof reply !== "string") {
    piecesOf(reply)
      .cancel()
      .catch(() => {});
  }
}

function readerOf(stream: ReadableStream<unknown>): ReadableStreamDefaultReader<unknown> {
  try {
    return stream.getReader();
  } catch (cause) {
    throw new IbidError("invalid-argument", "the model's reply is a stream that somebody else reads", {
      cause,
    });
  }
}

function isStream(value: unknown): value is ReadableStream<unknown> {
  return typeof value === "object" && value !== null && "getReader" in value;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

function unlike(found: string): IbidError {
  const expected = "expected a string, an async iterable of strings, or a ReadableStream of them";
  return new IbidError("invalid-argument", `the model's reply: ${expected}, found ${found}`);
}

/** What a value is, with its article. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) {
    return String(value);
  }
  const kind =
    typeof value === "object"
      ? Object.prototype.toString.call(value).slice("[object ".length, -1)
      : typeof value;
  return `${/^[aeiou]/i.test(kind) ? "an" : "a"} ${kind}`;
}
