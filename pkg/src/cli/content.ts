/** The content of an answer as it comes. */
import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";

/** How many bytes may wait to be read before the server has to wait. */
const MOST_UNREAD = 1024 * 1024;

/**
 * What comes is taken at once: what had arrived when a connection broke is given out before the error is. The message alone
 * forgets what nobody had read of it.
 */
export class Content {
  readonly #message: IncomingMessage;
  readonly #arrived = new PassThrough({ highWaterMark: MOST_UNREAD });
  #failure: Error | undefined;

  constructor(message: IncomingMessage) {
    this.#message = message;
    message.once("error", (error) => {
      this.#failure = error;
      this.#arrived.end();
    });
    message.pipe(this.#arrived);
  }

  /** Asks for no more of it. */
  discard(): void {
    this.#message.destroy();
  }

  /** @throws the error of the connection, once all that had arrived is given out */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#arrived;
    } finally {
      this.discard();
    }
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
  }
}
