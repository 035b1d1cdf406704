/** What a language model of the caller's choice is to this library: messages in, text out. */

/** One message of a conversation; those of a {@link Prompt} are such messages. */
export interface ChatMessage {
  /** Who speaks. */
  role: "system" | "user" | "assistant";
  /** What is said. */
  content: string;
}

/** What a model takes with the messages. */
export interface ChatOptions {
  /** Ends the reply. A model that does not heed it is left alone: who asked it gets `aborted` at once all the same. */
  signal?: AbortSignal;
}

/** The text of a reply: at once, or piece by piece, each piece the continuation of those before. */
export type ChatReply = string | AsyncIterable<string> | ReadableStream<string>;

/**
 * Any function that answers messages: one that is written around a model in the page or on a server, or one of
 * {@link browserModel} and {@link openAiCompatible}.
 */
export interface ChatModel {
  (messages: readonly ChatMessage[], options: ChatOptions): ChatReply | Promise<ChatReply>;
  /** Whether the messages, and so text of documents, go to another machine; absent where that is not known. */
  readonly isRemote?: boolean;
}
