/**
 * Where the page, and the worker of a collection, may send requests, as far as their content security policies tell (W3C, Content
 * Security Policy Level 3).
 *
 * Nothing is tried out, since what no policy refuses would leave the device. What is read is what the page's head says, and the
 * headers that the server sends with the page and with the worker's script.
 */
import { mayBeOnline } from "./workers/online.js";

/** How far requests get. */
export type EgressReach =
  /** To the page's own origin at most: a policy refuses all others. */
  | "own-origin"
  /** To other origins: all policies were read, and none refuses them. */
  | "other-origins"
  /** Nobody knows: no policy that was read refuses them, and not all could be read. */
  | "unknown";

/** What policies allow in one place. */
export interface EgressPolicy {
  /** Requests by `fetch`, `XMLHttpRequest`, `WebSocket`, `EventSource` and beacons. */
  connect: EgressReach;
  /** All that is loaded or sent otherwise: scripts, workers, styles, images, fonts, media, frames and forms. */
  load: EgressReach;
  /** The policies that were read, each with all of its directives. They all hold at once. */
  policies: string[];
}

/**
 * What policies allow where a collection works. No policy keeps a page from leading its reader to another site, or from WebRTC, and
 * extensions of the browser are not bound by any.
 */
export interface EgressInfo {
  /** On the page. */
  page: EgressPolicy;
  /** In the collection's worker, which the policy of its own script binds and not the page's. Those that it starts have their own scripts. */
  worker: EgressPolicy;
}

/** Policies as a server sends them; `undefined` where that is not known. */
export type SentPolicies = string[] | undefined;

/** What a server sends with what is at an address of this origin. The browser's own copy is asked before the network. */
export async function sentPolicies(address: string): Promise<SentPolicies> {
  const { protocol, origin } = new URL(address);
  if (!/^https?:$/.test(protocol) || origin !== globalThis.location.origin || !mayBeOnline()) {
    return undefined;
  }
  try {
    const response = await fetch(address, { method: "HEAD", cache: "force-cache", redirect: "error" });
    await response.text(); // it is empty; unread, the browser would list the request as a failed one
    return response.ok ? listed(response.headers.get("content-security-policy") ?? "") : undefined;
  } catch {
    return undefined;
  }
}

/** What the page's own head says. */
function policiesInHead(): string[] {
  const elements = globalThis.document?.head?.querySelectorAll<HTMLMetaElement>("meta[http-equiv]") ?? [];
  return [...elements]
    .filter(({ httpEquiv }) => httpEquiv.toLowerCase() === "content-security-policy")
    .flatMap(({ content }) => listed(content));
}

/** Several policies are parted by commas, which none has inside. */
function listed(policies: string): string[] {
  return policies
    .split(",")
    .map((policy) => policy.trim())
    .filter((policy) => policy !== "");
}

/** What holds on the page, and in a worker whose script came with `sent`. */
export async function egressInfo(sent: SentPolicies): Promise<EgressInfo> {
  const withPage = await sentPolicies(pageAddress());
  return { page: judge(withPage, PAGE, policiesInHead()), worker: judge(sent, WORKER) };
}

/** What the page was loaded from: scripts may have changed what the address bar says since. */
function pageAddress(): string {
  const [navigation] = performance.getEntriesByType("navigation");
  const address = new URL(navigation?.name ?? globalThis.location.href);
  address.hash = "";
  return address.href;
}

/** A directive, and those that stand for it where it is missing. */
type Directive = readonly string[];

const CONNECT: Directive = ["connect-src", "default-src"];

const SCRIPTS: Directive = ["script-src-elem", "script-src", "default-src"];

const WORKERS: Directive = ["worker-src", "child-src", "script-src", "default-src"];

/** What a worker may load. */
const WORKER: readonly Directive[] = [SCRIPTS, WORKERS, ["font-src", "default-src"]];

/** What a page may load. */
const PAGE: readonly Directive[] = [
  ...WORKER,
  ["style-src-elem", "style-src", "default-src"],
  ["img-src", "default-src"],
  ["media-src", "default-src"],
  ["object-src", "default-src"],
  ["manifest-src", "default-src"],
  ["frame-src", "child-src", "default-src"],
  ["form-action"],
];

function judge(sent: SentPolicies, loads: readonly Directive[], own: string[] = []): EgressPolicy {
  const policies = [...(sent ?? []), ...own];
  const parsed = policies.map(directivesOf);
  const reach = (directives: readonly Directive[]): EgressReach => {
    if (directives.every((directive) => parsed.some((policy) => confines(policy, directive)))) {
      return "own-origin";
    }
    return sent === undefined ? "unknown" : "other-origins";
  };
  return { connect: reach([CONNECT]), load: reach(loads), policies };
}

/** The sources that a policy lists, by directive; of a directive that stands there twice the first counts. */
function directivesOf(policy: string): Map<string, string[]> {
  const directives = new Map<string, string[]>();
  for (const part of policy.split(";")) {
    const [name = "", ...sources] = part.trim().split(/\s+/);
    if (name !== "" && !directives.has(name.toLowerCase())) {
      directives.set(name.toLowerCase(), sources);
    }
  }
  return directives;
}

/** Whether a policy refuses all other origins for a directive. */
function confines(policy: ReadonlyMap<string, string[]>, directive: Directive): boolean {
  const name = directive.find((name) => policy.has(name));
  return name !== undefined && (policy.get(name) ?? []).every(staysHere);
}

/** Sources that lead nowhere else. With a nonce, a hash or `'strict-dynamic'` a script may be of any origin. */
const HERE =
  /^('self'|'none'|'unsafe-inline'|'unsafe-eval'|'wasm-unsafe-eval'|'unsafe-hashes'|'report-sample'|data:|blob:)$/i;

function staysHere(source: string): boolean {
  const { origin } = globalThis.location;
  return (
    HERE.test(source) ||
    (URL.canParse(source) && new URL(source).origin === origin && /^https?:/i.test(source))
  );
}
