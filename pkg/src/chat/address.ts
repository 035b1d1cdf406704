/** Addresses of models: whether they are on this machine. */
import { IbidError } from "../error.js";

/** What is sent to, and what may be shown of it: the path may hold names, the query keys. */
export interface Endpoint {
  href: string;
  origin: string;
  isRemote: boolean;
}

/**
 * Whether an address is one of this machine, so that what is sent there does not leave it: `localhost`, names that end in
 * `.localhost` (RFC 6761), `127.0.0.0/8` and `[::1]`, by http or https. What only looks so is not (`localhost.example`,
 * `127.0.0.1.nip.io`), nor is what means any interface (`0.0.0.0`), and neither is what is no address.
 */
export function isLocalAddress(url: string | URL): boolean {
  try {
    return isLocal(new URL(url, globalThis.location?.href));
  } catch {
    return false;
  }
}

/** The parser of URLs has made one spelling of each host: `127.1` and `0x7f000001` are `127.0.0.1` by now. */
function isLocal({ protocol, hostname }: URL): boolean {
  return (
    isHttp(protocol) &&
    (hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname) || /^([^.]+\.)*localhost$/.test(hostname))
  );
}

function isHttp(protocol: string): boolean {
  return protocol === "http:" || protocol === "https:";
}

/**
 * The address to which chats are posted, of what the caller gave: that address itself, or the folder above it (`…/v1`), or a
 * server alone.
 *
 * @throws IbidError `invalid-argument` where it is no address of http or https, or has a user or a password in
 * it, `chat-remote` where it is on another machine and `allowRemote` is not `true`. What is secret in it is not told.
 */
export function chatEndpoint(given: string | URL, allowRemote: boolean): Endpoint {
  const url = parse(given);
  if (!isHttp(url.protocol)) {
    throw new IbidError(
      "invalid-argument",
      `url: expected an address of http or https, found ${url.protocol}`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new IbidError(
      "invalid-argument",
      "url: a user or a password in it would be shown: use apiKey or headers",
    );
  }
  const isRemote = !isLocal(url);
  if (isRemote && !allowRemote) {
    throw new IbidError("chat-remote", warning(url));
  }
  url.hash = "";
  const path = url.pathname.replace(/\/+$/, "");
  if (!path.endsWith("/chat/completions")) {
    url.pathname = `${path || "/v1"}/chat/completions`;
  }
  return { href: url.href, origin: url.origin, isRemote };
}

function parse(given: string | URL): URL {
  try {
    return new URL(String(given), globalThis.location?.href);
  } catch {
    throw new IbidError("invalid-argument", "url: it is no address");
  }
}

function warning({ origin, protocol }: URL): string {
  const open = protocol === "http:" ? ", unencrypted" : "";
  return (
    `url: ${origin} is another machine: the question and text of the documents would leave this device${open}. ` +
    "Where that is wanted, set allowRemote: true"
  );
}
