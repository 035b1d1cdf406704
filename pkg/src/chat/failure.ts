/** What is told of a model that did not answer. */
import { IbidError } from "../error.js";
import type { ErrorCode } from "../wasm/ibid_simd128.js";

/** The code of every {@link ChatError}. */
const CHAT_FAILED: ErrorCode = "chat-failed";

/** The most UTF-16 code units of a stranger's text that an error quotes. */
const MOST_QUOTED = 300;

/** A language model gave no reply, or not all of it. */
export class ChatError extends IbidError {
  constructor(
    message: string,
    /** The HTTP status with which a server refused; absent where there was no refusal. */
    readonly status?: number,
    options?: ErrorOptions,
  ) {
    super(CHAT_FAILED, message, options);
  }
}

/** What a model or its stream threw, as an error of this library; our own stay what they are. */
export function modelFailed(thrown: unknown): IbidError {
  if (thrown instanceof IbidError) {
    return thrown;
  }
  return new ChatError(`the model failed: ${quoted(nameAndMessage(thrown))}`, undefined, { cause: thrown });
}

/** Anything that was thrown, as a line of text. */
export function nameAndMessage(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
}

/** The beginning of a text on one line, without what could hide in it: controls and marks of direction. */
export function quoted(text: string): string {
  const line = text.replace(/[\p{Z}\p{Cc}\p{Cf}]+/gu, " ").trim();
  if (line.length <= MOST_QUOTED) {
    return line;
  }
  return `${line.slice(0, MOST_QUOTED).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
