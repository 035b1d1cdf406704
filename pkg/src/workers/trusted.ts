/** Workers on pages whose content security policy requires trusted types (W3C, Trusted Types). */

/** The address of a script, as such pages take it; TypeScript's own declarations have none of this yet. */
type ScriptUrl = URL;

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL: (url: string) => ScriptUrl };
}

let policy: ReturnType<TrustedTypes["createPolicy"]> | undefined;

/**
 * Whether this module is where the package has it, by itself or as a part of a worker, so that workers are beside it. A bundler puts
 * both elsewhere, and some leave here the address of a file on the machine that built the page.
 */
function isInPlace(): boolean {
  const here = import.meta.url;
  return (
    here.startsWith(`${globalThis.location?.origin}/`) &&
    /\/workers\/(trusted|worker|documents-worker|shared-[\w-]+)\.js(\?|$)/.test(here)
  );
}

/**
 * Starts a worker with an address by the policy `ibid`, which a page that requires trusted types allows by `trusted-types ibid`. Where
 * the page allows no such policy, `start` does it.
 *
 * @param start constructs the worker, in the expression by which bundlers recognise one
 * @param address absolute, or relative to the package's folder of workers
 */
export function trusting(start: () => Worker, address: string, options: WorkerOptions): () => Worker {
  return () => {
    const url = trustedUrl(start, address);
    return url === undefined ? start() : new Worker(url, options);
  };
}

function trustedUrl(start: () => Worker, address: string): ScriptUrl | undefined {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  if (trustedTypes === undefined) {
    return undefined;
  }
  // Bundlers would take the address for that of an asset if it stood beside this one.
  const here = import.meta.url;
  try {
    const url = isInPlace() || URL.canParse(address) ? new URL(address, here).href : addressOf(start);
    policy ??= trustedTypes.createPolicy("ibid", { createScriptURL: ownUrl });
    return policy.createScriptURL(url);
  } catch {
    return undefined;
  }
}

/**
 * The address of the worker that `start` would start. In a bundle only that expression knows it, so it is evaluated with another
 * constructor in the place of the real one; being synchronous, nobody else meets that.
 *
 * @throws TypeError where `Worker` cannot be replaced, or no address was given
 */
function addressOf(start: () => Worker): string {
  const real = globalThis.Worker;
  let address: string | undefined;
  const noting = function (this: unknown, url: string | URL) {
    address = new URL(url, globalThis.location.href).href;
  };
  try {
    globalThis.Worker = noting as unknown as typeof Worker;
    start();
  } finally {
    globalThis.Worker = real;
  }
  if (address === undefined) {
    throw new TypeError("no worker was started");
  }
  return address;
}

/** Only scripts of the page's own origin are trusted, which are all that a worker may be of. */
function ownUrl(url: string): string {
  if (new URL(url).origin !== globalThis.location.origin) {
    throw new TypeError(`${url} is of another origin`);
  }
  return url;
}
