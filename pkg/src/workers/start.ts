/** Starting workers where a page cannot simply do it: scripts of another origin, and trusted types (W3C, Trusted Types). */

/** The address of a script, as pages that require trusted types take it; TypeScript's own declarations have none of this yet. */
type ScriptUrl = URL;

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL: (url: string) => ScriptUrl };
}

let policy: ReturnType<TrustedTypes["createPolicy"]> | undefined;

/** The scripts that stand for those of another origin, by whose address. A page has seven at most, so none is ever revoked. */
const standIns = new Map<string, string>();

/**
 * Starts a worker with the address that is known of it, where more is needed than `start`:
 *
 * - A script of another origin, as where the package comes from a CDN, is imported by one of the page's own, since browsers
 *   start workers of their own origin only (HTML, `new Worker`). The other server has to allow it by CORS.
 * - By the policy `ibid`, which a page that requires trusted types allows by `trusted-types ibid`; only scripts of its own origin.
 *
 * Where neither is needed, or the page allows no such policy, `start` does it.
 *
 * @param start constructs the worker, in the expression by which bundlers recognise one
 * @param address absolute, or relative to the package's folder of workers
 */
export function starter(start: () => Worker, address: string, options?: WorkerOptions): () => Worker {
  return () => {
    const url = knownUrl(address);
    if (url !== undefined && isOfAnotherOrigin(url)) {
      return new Worker(standInFor(url), options);
    }
    const trust = trusting();
    if (trust === undefined) {
      return start();
    }
    return url === undefined ? startTrusting(start, trust) : new Worker(trust(url), options);
  };
}

function knownUrl(address: string): string | undefined {
  if (URL.canParse(address)) {
    return address;
  }
  // Bundlers would take the address for that of an asset if it stood beside this one, and leave none in scripts that are no modules.
  const here: string | undefined = import.meta.url;
  return here !== undefined && isInPlace(here) ? new URL(address, here).href : undefined;
}

/**
 * Whether this module is where the package has it, by itself or as a part of a worker, so that workers are beside it. A bundler puts
 * both elsewhere, and some leave here the address of a file on the machine that built the page.
 */
function isInPlace(here: string): boolean {
  return (
    (here.startsWith(`${globalThis.location?.origin}/`) || isOfAnotherOrigin(here)) &&
    /\/workers\/(start|worker|[\w-]+-worker|shared-[\w-]+)\.js(\?|$)/.test(here)
  );
}

function isOfAnotherOrigin(url: string): boolean {
  const { protocol, origin } = new URL(url);
  return /^https?:$/.test(protocol) && origin !== globalThis.location?.origin;
}

function standInFor(url: string): string {
  let standIn = standIns.get(url);
  if (standIn === undefined) {
    const source = `import ${JSON.stringify(url)};`;
    standIn = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    standIns.set(url, standIn);
  }
  return standIn;
}

/** What makes addresses trusted ones, on pages that require that and allow it. */
function trusting(): ((url: string) => ScriptUrl) | undefined {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  try {
    policy ??= trustedTypes?.createPolicy("ibid", { createScriptURL: ownUrl });
  } catch {
    return undefined;
  }
  const known = policy;
  return known && ((url) => known.createScriptURL(url));
}

/**
 * Has `start` construct a worker by a trusted address. In a bundle only that expression knows the address, and bundlers may change the
 * options as well; so it is evaluated with another constructor in the place of the real one. Being synchronous, nobody else meets that.
 */
function startTrusting(start: () => Worker, trust: (url: string) => ScriptUrl): Worker {
  const real = globalThis.Worker;
  const trusted = (address: string) => {
    try {
      return trust(address);
    } catch {
      return address; // of no origin, as what bundlers put into the script itself
    }
  };
  globalThis.Worker = function construct(url: string | URL, options?: WorkerOptions) {
    const address = new URL(url, globalThis.location.href).href;
    return new real(isOfAnotherOrigin(address) ? standInFor(address) : trusted(address), options);
  } as unknown as typeof Worker;
  try {
    return start();
  } finally {
    globalThis.Worker = real;
  }
}

/** Only scripts of the page's own origin are trusted. */
function ownUrl(url: string): string {
  if (new URL(url).origin !== globalThis.location.origin) {
    throw new TypeError(`${url} is of another origin`);
  }
  return url;
}
