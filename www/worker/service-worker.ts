/**
 * Keeps one build of the page on this device, whole, and answers with it, also without a network. A new build is fetched beside the
 * one in use and waits until somebody wants it; no page ever gets files of both. Models are the library's, and are left alone.
 */

declare const self: ServiceWorkerGlobalScope;

/** The build, and the sha256 of each of its files by its path; the page itself is at "". Put in when the site is built. */
declare const BUILD: string;
declare const FILES: Record<string, string>;

const HASHES = FILES; // once: each mention of what is put in is a copy of it
const { scope } = self.registration;

/** What all caches of this page are called by; other pages of this origin have others. */
const CACHES = `ibid-demo ${scope} `;
const CACHE = CACHES + BUILD;

/** How many files are fetched at once. */
const AT_ONCE = 6;

/** In the cache of the build that is in use, and in no other. */
const NOTE = new URL("build-in-use", scope).href;

/** How often a build is fetched that somebody takes away meanwhile. */
const ATTEMPTS = 3;

/** Whether there was no build before this one. */
let isFirst = false;

self.addEventListener("install", (event) => {
  isFirst = self.registration.active === null;
  event.waitUntil(keepAll().then(removeUnused));
});
self.addEventListener("activate", (event) => event.waitUntil(begin()));
self.addEventListener("message", ({ data }) => {
  if (data === "take-over") {
    void self.skipWaiting();
  }
});
self.addEventListener("fetch", (event) => {
  const path = keptPath(event.request);
  if (path !== undefined) {
    event.respondWith(answer(path, event.request));
  }
});

/**
 * Keeps all files; what an attempt before this one has kept is not fetched again. Rejects where a single one can't be had. A cache
 * that is deleted meanwhile still takes files, which nobody finds again.
 */
async function keepAll(): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await keepMissing();
    if (await isWhole()) {
      return;
    }
  }
  throw new Error(`${CACHE}: the browser does not keep all files of this build`);
}

async function isWhole(): Promise<boolean> {
  const kept = new Set((await (await caches.open(CACHE)).keys()).map(({ url }) => url));
  return Object.keys(HASHES).every((path) => kept.has(addressOf(path)));
}

async function keepMissing(): Promise<void> {
  const cache = await caches.open(CACHE);
  const waiting = Object.keys(HASHES);
  const keepSome = async () => {
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if ((await cache.match(addressOf(path), { ignoreVary: true })) === undefined) {
        await cache.put(addressOf(path), await fetchWhole(path));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, keepSome));
}

/** Removes builds that were replaced before anybody wanted them, or that did not arrive whole. That in use stays. */
async function removeUnused(): Promise<void> {
  const { used, unused } = await otherCaches();
  if (used.length > 0 || isFirst) {
    await remove(unused);
  }
}

/** Removes the builds before this one. The first one takes charge of the pages that are open; they have no other. */
async function begin(): Promise<void> {
  const { used, unused } = await otherCaches();
  await remove(used);
  const { installing, waiting } = self.registration;
  if (installing === null && waiting === null) {
    await remove(unused); // else one of them may be of the next build, which removes the others itself
  }
  await (await caches.open(CACHE)).put(NOTE, new Response(BUILD));
  if (isFirst) {
    await self.clients.claim();
  }
}

/** The caches of other builds of this page: of the one in use, and of those that are not. */
async function otherCaches(): Promise<{ used: string[]; unused: string[] }> {
  const used: string[] = [];
  const unused: string[] = [];
  for (const name of await caches.keys()) {
    if (name.startsWith(CACHES) && name !== CACHE) {
      const isUsed = await caches.match(NOTE, { cacheName: name });
      (isUsed ? used : unused).push(name);
    }
  }
  return { used, unused };
}

async function remove(names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => caches.delete(name)));
}

/** The path of the kept file that is asked for; `undefined` where the network is to answer. */
function keptPath({ method, mode, url, headers }: Request): string | undefined {
  const { origin, pathname, search } = new URL(url);
  const address = origin + pathname;
  if (method !== "GET" || headers.has("range") || !address.startsWith(scope)) {
    return undefined;
  }
  const path = address.slice(scope.length);
  if (mode === "navigate" && (path === "" || path === "index.html")) {
    return "";
  }
  return search === "" && Object.hasOwn(HASHES, path) ? path : undefined;
}

async function answer(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(addressOf(path), { ignoreVary: true });
  if (kept !== undefined) {
    return kept;
  }
  // The browser has taken it away. The page itself may be a newer one, which brings files of its own.
  try {
    const whole = await fetchWhole(path);
    await cache.put(addressOf(path), whole.clone()).catch(() => {}); // there may be no room; the answer is right
    return whole;
  } catch (thrown) {
    if (path === "") {
      return fetch(request);
    }
    throw thrown;
  }
}

/**
 * Fetches a file of this build, from its server and not from what the browser has of it.
 *
 * @throws TypeError for anything but the whole file with the right hash
 */
async function fetchWhole(path: string): Promise<Response> {
  const address = addressOf(path);
  const response = await fetch(address, { cache: "no-cache" });
  if (response.type !== "basic" || response.status !== 200) {
    throw new TypeError(`${address}: the server answered with the status ${response.status}`);
  }
  const bytes = await response.arrayBuffer();
  const sha256 = hexOf(await crypto.subtle.digest("SHA-256", bytes));
  if (sha256 !== HASHES[path]) {
    throw new TypeError(
      `${address}: has the sha256 ${sha256} in place of ${HASHES[path]}: it is of another build`,
    );
  }
  // Policies of security and media types stay; the bytes are no longer compressed. A redirect, which pages would refuse, is gone.
  const headers = new Headers(response.headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  return new Response(bytes, { headers });
}

function addressOf(path: string): string {
  return new URL(path, scope).href;
}

function hexOf(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export {}; // a module of its own for TypeScript; browsers are given a classic script
