/** Models behind the chat completions protocol, as Ollama, llama.cpp, LM Studio and vLLM speak it. */

import { checkSignal, untilAborted } from "../abort.js";
import { IbidError } from "../error.js";
import { chatEndpoint, type Endpoint } from "./address.js";
import { readCompletion, readRefusal } from "./completion.js";
import { ChatError, nameAndMessage, quoted } from "./failure.js";
import { plainMessages } from "./messages.js";
import { Secrets } from "./secrets.js";
import type { ChatMessage, ChatModel, ChatOptions } from "./types.js";

/** Where a model is, and how to ask it. */
export interface OpenAiOptions {
  /**
   * The address of the server (`http://localhost:11434`), of its version (`…/v1`), or of chat completions themselves
   * (`…/v1/chat/completions`).
   */
  url: string | URL;
  /** The name by which the server knows the model. */
  model: string;
  /** Sent as `Authorization: Bearer …`; local servers need none. It appears in no error. */
  apiKey?: string;
  /** Sent with each request; these go before what the library sends itself. Their values appear in no error. */
  headers?: Record<string, string>;
  /** How much chance is in the choice of words, from 0, which is none, to 2; the default is the server's. */
  temperature?: number;
  /** The most tokens of a reply, at least 1; the default is the server's. */
  maxTokens?: number;
  /**
   * Whether the server may be another machine. The text of the documents that a prompt quotes then leaves this device, which
   * people should be told before. The default is `false`.
   */
  allowRemote?: boolean;
  /** What sends requests, in place of the browser's own `fetch`. */
  fetch?: typeof fetch;
}

/** A model of {@link openAiCompatible}. */
export interface OpenAiModel extends ChatModel {
  /** Whether messages go to another machine. A page should say so, and where to. */
  readonly isRemote: boolean;
  /** The server that messages go to, such as `http://localhost:11434`. */
  readonly origin: string;
}

/** What requests are made of. */
interface Connection {
  endpoint: Endpoint;
  headers: Headers;
  /** What the body says beside the messages. */
  settings: Record<string, unknown>;
  secrets: Secrets;
  fetch: typeof fetch | undefined;
}

/**
 * A model behind an address that speaks the chat completions protocol. Replies are streamed where the server streams, and
 * taken whole where it does not. Requests carry no cookies and no referrer, follow no redirect, and are made once: trying
 * again and giving up are the caller's, by the signal.
 *
 * Addresses of other machines are refused unless `allowRemote` is `true`; see {@link isLocalAddress}. A server on this
 * machine has to allow requests of the page's origin (CORS; `OLLAMA_ORIGINS` of Ollama).
 *
 * @throws IbidError `invalid-argument` where an option is not as it should be, `chat-remote` where the address is of another machine.
 * What it returns throws a {@link ChatError} where the server does not answer, refuses, or breaks off.
 */
export function openAiCompatible(options: OpenAiOptions): OpenAiModel {
  const connection = connectionOf({ ...options });
  const { isRemote, origin } = connection.endpoint;
  const model = (messages: readonly ChatMessage[], { signal }: ChatOptions = {}) =>
    reply(connection, messages, signal);
  return Object.freeze(Object.assign(model, { isRemote, origin }));
}

async function* reply(
  connection: Connection,
  messages: readonly ChatMessage[],
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, undefined> {
  checkSignal(signal);
  const body = JSON.stringify({ ...connection.settings, messages: plainMessages(messages), stream: true });
  const show = (text: string) => quoted(connection.secrets.hide(text));
  const response = await post(connection, body, show, signal);
  if (!response.ok) {
    throw await readRefusal(response, show, signal);
  }
  yield* readCompletion(response, show, signal);
}

/** @throws ChatError where there is no answer: browsers do not tell why */
async function post(
  connection: Connection,
  body: string,
  show: (text: string) => string,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const { endpoint, headers } = connection;
  const request: RequestInit = {
    method: "POST",
    headers,
    body,
    // Nothing but what is sent here goes to the server, and nothing goes on from there to another one.
    credentials: "omit",
    referrerPolicy: "no-referrer",
    redirect: "error",
    cache: "no-store",
    ...(signal && { signal }),
  };
  const send = connection.fetch ?? fetch;
  try {
    const sent = Promise.resolve(send(endpoint.href, request));
    return await untilAborted(sent, signal, (late) => void late.body?.cancel().catch(() => {}));
  } catch (error) {
    if (error instanceof IbidError) {
      throw error;
    }
    // Without it as a cause: what a custom fetch throws may hold the request.
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
    const why = show(nameAndMessage(error) + cause);
    throw new ChatError(
      `no answer from ${endpoint.origin}: is it running, does it allow requests of this page (CORS), ` +
        `and does it answer without a redirect? ${why}`,
    );
  }
}

function connectionOf(options: OpenAiOptions): Connection {
  const { url, model, apiKey, temperature, maxTokens, allowRemote = false, fetch } = options;
  check(typeof model === "string" && model !== "", "model: expected the name of a model");
  check(
    temperature === undefined || (Number.isFinite(temperature) && temperature >= 0 && temperature <= 2),
    "temperature: expected a number from 0 to 2",
  );
  check(
    maxTokens === undefined || (Number.isSafeInteger(maxTokens) && maxTokens > 0),
    "maxTokens: expected a whole number of at least 1",
  );
  check(typeof allowRemote === "boolean", "allowRemote: expected a boolean");
  check(fetch === undefined || typeof fetch === "function", "fetch: expected a function");
  const endpoint = chatEndpoint(url, allowRemote);
  const headers = headersOf(apiKey, options.headers);
  return {
    endpoint,
    headers,
    settings: {
      model,
      ...(temperature !== undefined && { temperature }),
      ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    },
    secrets: new Secrets(apiKey, options.headers, endpoint.href),
    fetch,
  };
}

/** The messages tell no value: it may be the key. */
function headersOf(apiKey: string | undefined, given: Record<string, string> = {}): Headers {
  check(
    apiKey === undefined || (typeof apiKey === "string" && /^[\x21-\x7e]+$/.test(apiKey)),
    "apiKey: expected a string of visible ASCII characters",
  );
  check(typeof given === "object" && given !== null, "headers: expected an object of names and values");
  const headers = new Headers({
    accept: "text/event-stream, application/json",
    "content-type": "application/json",
  });
  if (apiKey !== undefined) {
    headers.set("authorization", `Bearer ${apiKey}`);
  }
  for (const [name, value] of Object.entries(given)) {
    try {
      headers.set(name, value);
    } catch {
      throw new IbidError(
        "invalid-argument",
        `headers[${JSON.stringify(name)}]: the name or the value is no header's`,
      );
    }
  }
  return headers;
}

function check(holds: boolean, message: string): void {
  if (!holds) {
    throw new IbidError("invalid-argument", message);
  }
}
