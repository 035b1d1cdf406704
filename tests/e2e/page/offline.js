// A service worker such as an installable page has: the page's own files are there without a connection. Models are not
// its business.

const CACHE = "page";

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

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (pathname === "/" || pathname.startsWith("/pkg/") || pathname === "/page.js") {
    event.respondWith(networkFirst(event.request));
  }
});
