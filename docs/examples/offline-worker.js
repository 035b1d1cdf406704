// The page's own files, fetched while there is a network and kept for when there is none. Models are kept by ibid itself.
const PREFIX = "page-";
const CACHE = `${PREFIX}v1`; // with another version all is kept anew

async function keep(request, response) {
  const cache = await caches.open(CACHE);
  await cache.put(request, response);
}

async function networkFirst(event) {
  try {
    const response = await fetch(event.request);
    // What cannot be kept, for lack of room, is answered all the same.
    if (response.status === 200) event.waitUntil(keep(event.request, response.clone()).catch(() => {}));
    return response;
  } catch (error) {
    const kept = await caches.match(event.request, { cacheName: CACHE });
    if (kept) return kept;
    throw error;
  }
}

/** Other caches of the origin, such as ibid's, stay. */
async function deleteOldVersions() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => {
  event.waitUntil(deleteOldVersions().then(() => self.clients.claim()));
});
self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const isOurs = origin === self.location.origin && !pathname.startsWith("/models/");
  if (isOurs && event.request.method === "GET") event.respondWith(networkFirst(event));
});
