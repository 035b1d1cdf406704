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

/** What a worker is constructed of. */
interface Construction {
  address: string;
  options: WorkerOptions | undefined;
}

/**
 * Starts a worker with an address by the policy `ibid`, which a page that requires trusted types allows by `trusted-types ibid`. Where
 * the page allows no such policy, `start` does it.
 *
 * @param start constructs the worker, in the expression by which bundlers recognise one
 * @param address absolute, or relative to the package's folder of workers
 */
export function trusting(start: () => Worker, address: string, options: WorkerOptions): () => Worker {
  return () => startTrusted(start, { address, options }) ?? start();
}

function startTrusted(start: () => Worker, { address, options }: Construction): Worker | undefined {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  if (trustedTypes === undefined) {
    return undefined;
  }
  // Bundlers would take the address for that of an asset if it stood beside this one.
  const here = import.meta.url;
  let url: ScriptUrl;
  let construction: Construction;
  try {
    construction =
      isInPlace() || URL.canParse(address)
        ? { address: new URL(address, here).href, options }
        : constructionOf(start);
    policy ??= trustedTypes.createPolicy("ibid", { createScriptURL: ownUrl });
    url = policy.createScriptURL(construction.address);
  } catch {
    return undefined;
  }
  return new Worker(url, construction.options);
}

/**
 * What `start` would construct a worker of. In a bundle only that expression knows it, and bundlers may change the type as well; so it is
 * evaluated with another constructor in the place of the real one. Being synchronous, nobody else meets that.
 *
 * @throws TypeError where `Worker` cannot be replaced, or is not constructed
 */
function constructionOf(start: () => Worker): Construction {
  const real = globalThis.Worker;
  let construction: Construction | undefined;
  const noting = function (this: unknown, url: string | URL, options?: WorkerOptions) {
    construction = { address: new URL(url, globalThis.location.href).href, options };
  };
  try {
    globalThis.Worker = noting as unknown as typeof Worker;
    start();
  } finally {
    globalThis.Worker = real;
  }
  if (construction === undefined) {
    throw new TypeError("no worker was constructed");
  }
  return construction;
}

/** Only scripts of the page's own origin are trusted, which are all that a worker may be of. */
function ownUrl(url: string): string {
  if (new URL(url).origin !== globalThis.location.origin) {
    throw new TypeError(`${url} is of another origin`);
  }
  return url;
}
