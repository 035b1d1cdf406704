// The page's own files, fetched while there is a network and kept for when there is none. Models are kept by ibid itself.
const CACHE = "page-v1";

async function networkFirst(request) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(request);
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const isOurs = origin === self.location.origin && !pathname.startsWith("/models/");
  if (isOurs && event.request.method === "GET") event.respondWith(networkFirst(event.request));
});
