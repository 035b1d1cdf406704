/** Responses of the chat completions protocol: streams of events, whole replies, refusals. */

import { checkSignal, untilAborted } from "../abort.js";
import { IbidError } from "../error.js";
import { EventStreamParser } from "./event-stream.js";
import { ChatError, nameAndMessage } from "./failure.js";

/** The most UTF-16 code units of a reply that is not streamed. */
const MOST_WHOLE = 2 ** 24;

/** The most UTF-16 code units of a refusal that are read. */
const MOST_REFUSAL = 2 ** 16;

/** How long a server may take to end a stream after its last event, in milliseconds. */
const PATIENCE = 1000;

type Fields = Record<string, unknown>;

/** Makes what a server says fit to be shown. */
type Show = (text: string) => string;

/**
 * The text of a reply, piece by piece where the server streams. The first choice counts; what a model thinks before it
 * answers is not part of the text, where the server keeps the two apart.
 *
 * @throws ChatError where the server tells of an error, breaks off, or sends something else
 */
export async function* readCompletion(
  response: Response,
  show: Show,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, undefined> {
  const type = mediaType(response);
  const reading = new AbortController();
  const abort = () => reading.abort(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  const texts = textsOf(response, show, reading.signal);
  let isDone = false;
  try {
    checkSignal(signal);
    const head = type === "text/event-stream" ? "" : await headOf(texts);
    if (type.endsWith("json") || head.trimStart().startsWith("{")) {
      yield wholeReply(head + (await rest(texts, MOST_WHOLE)), show);
      return;
    }
    const sawEvents = yield* streamedReply(head, texts, show);
    if (!sawEvents) {
      throw new ChatError(`the server's reply, of type ${show(type) || "unknown"}, is no chat completion`);
    }
    isDone = true;
  } finally {
    // Nobody waits for the end of a stream whose text is complete.
    const ending = isDone ? comeToEnd(texts, reading) : texts.return();
    ending.then(
      () => signal?.removeEventListener("abort", abort),
      () => {},
    );
  }
}

/** Reads the end of a body, so that its connection can serve the next question; a server that has none is left. */
async function comeToEnd(texts: AsyncIterable<string>, reading: AbortController): Promise<void> {
  const timer = setTimeout(() => reading.abort(), PATIENCE);
  try {
    await rest(texts, MOST_REFUSAL, true);
  } catch {
    // The text was complete before.
  } finally {
    clearTimeout(timer);
  }
}

/** Returns whether there was any event. */
async function* streamedReply(
  head: string,
  texts: AsyncIterator<string>,
  show: Show,
): AsyncGenerator<string, boolean, undefined> {
  const parser = new EventStreamParser();
  let isComplete = false;
  let sawEvents = false;
  for (let text: string | undefined = head; text !== undefined; text = await nextOf(texts)) {
    for (const { type, data } of parse(parser, text)) {
      sawEvents = true;
      if (data.trim() === "[DONE]") {
        return true;
      }
      if (data.trim() === "") {
        continue; // a sign of life
      }
      const choice = firstChoice(readJson(data, show, type === "error"));
      const piece = textOf(choice?.delta ?? choice?.message);
      if (piece !== "") {
        yield piece;
      }
      isComplete ||= typeof choice?.finish_reason === "string";
    }
  }
  if (sawEvents && !isComplete) {
    throw brokenOff("it ended before the model had finished");
  }
  return sawEvents;
}

async function nextOf(texts: AsyncIterator<string>): Promise<string | undefined> {
  const { done, value } = await texts.next();
  return done ? undefined : value;
}

function wholeReply(text: string, show: Show): string {
  const choice = firstChoice(readJson(text, show));
  if (choice === undefined) {
    throw new ChatError("the server's reply is no chat completion: it has no choices");
  }
  return textOf(choice.message);
}

/** The error of a response with an error status. */
export async function readRefusal(
  response: Response,
  show: Show,
  signal: AbortSignal | undefined,
): Promise<IbidError> {
  const { status } = response;
  let body = "";
  try {
    body = await rest(textsOf(response, show, signal), MOST_REFUSAL, true);
  } catch (error) {
    if (error instanceof IbidError && error.code === "aborted") {
      return error;
    }
    // What it would have said is missing; the status is there.
  }
  const message = show(isWebPage(response) ? "it sent a web page" : messageIn(body));
  return new ChatError(`the server refused with status ${status}${message && `: ${message}`}`, status);
}

/** What the body of a refusal says, in the forms that servers have. */
function messageIn(body: string): string {
  try {
    return errorMessage(JSON.parse(body)) ?? body;
  } catch {
    return body;
  }
}

/** `{ error: { message } }`, `{ error: "…" }`, `{ message }`, `{ detail: "…" }`, `{ detail: [{ msg }] }`. */
function errorMessage(value: unknown): string | undefined {
  if (typeof value === "string") {
    return value;
  }
  if (Array.isArray(value)) {
    return errorMessage(value[0]);
  }
  if (!isFields(value)) {
    return undefined;
  }
  const names = ["error", "message", "detail", "msg"];
  return names.map((name) => errorMessage(value[name])).find((message) => message !== undefined);
}

/** The JSON of one event or a whole reply. @param isError whether the server has said that it is one */
function readJson(text: string, show: Show, isError = false): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const error = isFields(value) ? value.error : undefined;
  if (isError || (error !== undefined && error !== null && error !== false)) {
    throw new ChatError(`the server failed: ${show(errorMessage(value) ?? text)}`);
  }
  if (!isFields(value)) {
    throw new ChatError(`the server's reply is no chat completion: ${show(text)}`);
  }
  return value;
}

/** The choice with index 0; there is none in chunks that tell of usage. */
function firstChoice({ choices }: Fields): Fields | undefined {
  return Array.isArray(choices)
    ? choices.filter(isFields).find(({ index }) => index === undefined || index === null || index === 0)
    : undefined;
}

/** The text of a message or of what is added to one: none in those that name a role or call a tool. */
function textOf(message: unknown): string {
  const content = isFields(message) ? message.content : undefined;
  if (content === undefined || content === null) {
    return "";
  }
  if (typeof content !== "string") {
    throw new ChatError("the server's reply is no chat completion: the content is no text");
  }
  return content;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(parser: EventStreamParser, text: string) {
  try {
    return parser.push(text);
  } catch (error) {
    throw new ChatError(`the server's reply: ${nameAndMessage(error)}`);
  }
}

/** The body as text, with its byte order mark taken away. */
async function* textsOf(
  response: Response,
  show: Show,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) {
    return;
  }
  const decoder = new TextDecoder();
  let hasEnded = false;
  try {
    while (!hasEnded) {
      const { done, value } = await untilAborted(reader.read(), signal);
      hasEnded = done;
      const text = decoder.decode(value, { stream: !done });
      if (text !== "") {
        yield text;
      }
    }
  } catch (error) {
    throw error instanceof IbidError ? error : brokenOff(show(nameAndMessage(error)));
  } finally {
    if (!hasEnded) {
      reader.cancel().catch(() => {});
    }
  }
}

/** The text up to the piece with the first character that is not white space. */
async function headOf(texts: AsyncIterator<string>): Promise<string> {
  let head = "";
  while (head.trim() === "") {
    const text = await nextOf(texts);
    if (text === undefined) {
      break;
    }
    head += text;
  }
  return head;
}

/** What remains of a body. @param cut whether what goes beyond `most` is left out; it is an error otherwise */
async function rest(texts: AsyncIterable<string>, most: number, cut = false): Promise<string> {
  let all = "";
  for await (const text of texts) {
    all += text;
    if (all.length > most) {
      if (cut) {
        return all.slice(0, most);
      }
      throw new ChatError(`the server's reply is longer than ${most} characters`);
    }
  }
  return all;
}

function mediaType({ headers }: Response): string {
  return (headers.get("content-type")?.split(";")[0] ?? "").trim().toLowerCase();
}

function isWebPage(response: Response): boolean {
  return ["text/html", "application/xhtml+xml"].includes(mediaType(response));
}

function brokenOff(why: string): ChatError {
  return new ChatError(`the server's reply broke off: ${why}`);
}
