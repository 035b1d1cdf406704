/** Asking a server for a file, over redirects. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Content } from "./content.js";
import { Failure } from "./failure.js";
import { startRequest } from "./proxy.js";

const REDIRECTS = [301, 302, 303, 307, 308];
const MOST_REDIRECTS = 10;

/** A failure that may be gone at the next try. */
export class PassingError extends Error {
  override readonly name = "PassingError";
}

export interface RequestOptions {
  headers?: Record<string, string>;
  /** For how many milliseconds nothing may arrive. */
  timeout: number;
  signal: AbortSignal;
}

/** An answer whose content is still to come. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  content: Content;
  /** The size of the whole file that the content is, or is a part of, where the server says so. */
  bytes: number | undefined;
  /** What the hub says of the file beside its content. */
  facts: FileFacts;
}

/** What the hub says of a file; mirrors may say nothing. */
export interface FileFacts {
  /** The commit that a branch stands for. */
  commit?: string;
  /** Its size. */
  bytes?: number;
  /** Its sha256, which the hub knows of large files. */
  sha256?: string;
}

/**
 * Asks for `url` and follows where the answer leads, also to other hosts. No credentials are ever sent.
 *
 * @throws PassingError where there is no answer, Failure `network` for redirects that lead nowhere
 */
export async function ask(url: string, options: RequestOptions): Promise<Answer> {
  const facts: FileFacts = {};
  let address = new URL(url);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const { status, headers, content } = await askOnce(address, options);
    addFacts(facts, headers);
    if (!REDIRECTS.includes(status)) {
      return { status, headers, content, bytes: sizeOf(status, headers), facts };
    }
    content.discard();
    const location = headers.location ?? "";
    const next = URL.canParse(location, address) ? new URL(location, address) : undefined;
    if (next === undefined || !["http:", "https:"].includes(next.protocol)) {
      throw new Failure(
        "network",
        `${address.href} redirects to ${JSON.stringify(location)}, which is no address`,
      );
    }
    if (address.protocol === "https:" && next.protocol === "http:") {
      throw new Failure("network", `${address.href} redirects to ${next.href}, which is not encrypted`);
    }
    address = next;
  }
  throw new Failure("network", `${url} redirects more than ${MOST_REDIRECTS} times`);
}

async function askOnce(
  url: URL,
  { headers, timeout, signal }: RequestOptions,
): Promise<Pick<Answer, "status" | "headers" | "content">> {
  try {
    // Compressed, ranges would count other bytes than the file's.
    const all = { "user-agent": "ibid", "accept-encoding": "identity", ...headers };
    const request = await startRequest(url, { headers: all, timeout, signal });
    return await new Promise((resolve, reject) => {
      const silence = new Error(`nothing arrived for ${timeout / 1000} seconds`);
      let message: IncomingMessage | undefined;
      request.on("timeout", () => (message ?? request).destroy(silence));
      request.once("response", (response) => {
        message = response;
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, content: new Content(response) });
      });
      request.on("error", reject);
      request.end();
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new PassingError(reasonOf(error), { cause: error });
  }
}

/** What a failed connection says; several addresses of one host fail together and say nothing themselves. */
export function reasonOf(error: unknown): string {
  const { errors } = error as AggregateError;
  const messages = Array.isArray(errors) ? errors.map(reasonOf) : [];
  return messages.length > 0 ? messages.join(", ") : (error as Error).message;
}

function addFacts(facts: FileFacts, headers: IncomingHttpHeaders): void {
  const header = (name: string) => [headers[name]].flat()[0] ?? "";
  const [commit] = /^[0-9a-f]{40}$/.exec(header("x-repo-commit")) ?? [];
  // Of large files, beside the redirect to where they are.
  const [bytes] = /^\d+$/.exec(header("x-linked-size")) ?? [];
  const [, sha256] = /^"?([0-9a-f]{64})"?$/.exec(header("x-linked-etag")) ?? [];
  Object.assign(facts, {
    ...(commit !== undefined && { commit }),
    ...(bytes !== undefined && { bytes: Number(bytes) }),
    ...(sha256 !== undefined && { sha256 }),
    ...facts, // what the first server said counts
  });
}

function sizeOf(status: number, headers: IncomingHttpHeaders): number | undefined {
  const [, total] = /^bytes (?:\d+-\d+|\*)\/(\d+)$/.exec(headers["content-range"] ?? "") ?? [];
  const whole = status === 200 ? headers["content-length"] : total;
  return whole === undefined ? undefined : Number(whole);
}
