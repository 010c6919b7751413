// The service worker of the installed app, served at /sw.js with version and lists filled in
// (app/web/shells.py).
//
// It keeps pages that hold nothing personal, the shells, and the scripts and styles they need. It
// never keeps an answer of the API or any other page: what is personal lies in the vault alone.

const VERSION = "__VERSION__";
const SHELLS = "__SHELLS__"; // hold nothing personal, whoever asks
const PUBLIC = "__PUBLIC__"; // hold nothing personal where nobody is signed in
const ASSETS = "__ASSETS__";

const CACHE = `ivig-${VERSION}`;
const PATIENCE_MS = 3000;
const STATE = "/sw-state"; // language of the kept pages and the page the app begins with

self.addEventListener("install", (event) => event.waitUntil(keepAll()));

// No skipWaiting: open pages go on with the worker and the scripts that they began with. A page
// that is asked for meanwhile comes from the network, with its own scripts.
self.addEventListener("activate", (event) => event.waitUntil(begin()));

async function begin() {
  for (const name of await caches.keys()) {
    if (name.startsWith("ivig-") && name !== CACHE) await caches.delete(name);
  }
  await self.clients.claim();
}

async function keepAll() {
  const cache = await caches.open(CACHE);
  await cache.addAll(ASSETS);
  await keepShells(cache);
}

async function keepShells(cache, language = self.navigator.language) {
  await Promise.all(
    [...SHELLS, ...PUBLIC].map(async (path) => {
      // Asked for as nobody: what is kept here is for everybody who uses the device.
      const headers = { "Accept-Language": language };
      const response = await fetch(path, { cache: "no-store", credentials: "omit", headers });
      if (response.ok && !response.redirected) await cache.put(path, response);
    }),
  );
}

async function stateNow(cache) {
  const kept = await cache.match(STATE);
  return kept === undefined ? {} : kept.json();
}

self.addEventListener("message", (event) => event.waitUntil(told(event.data)));

async function told({ language, start }) {
  const cache = await caches.open(CACHE);
  const before = await stateNow(cache);
  const after = { language, start: start ?? before.start };
  await cache.put(STATE, Response.json(after));
  if (before.language !== language) await keepShells(cache, language).catch(() => {});
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/static/v-")) event.respondWith(asset(request));
  else if (request.mode === "navigate") event.respondWith(page(request, url));
});

/** An address of an asset changes with what it holds, so what is kept is never old. */
async function asset(request) {
  const kept = await caches.match(request, { ignoreVary: true });
  if (kept !== undefined) return kept;
  const response = await fetch(request);
  if (response.ok) {
    const cache = await caches.open(CACHE);
    await cache.put(request, response.clone());
  }
  return response;
}

async function page(request, url) {
  const cache = await caches.open(CACHE);
  const isShell = SHELLS.includes(url.pathname);
  const isKept = isShell || PUBLIC.includes(url.pathname);
  try {
    const response = await fetchSoon(request, isKept);
    if (isShell && response.ok && !response.redirected) {
      await cache.put(url.pathname, response.clone());
    }
    return response;
  } catch (error) {
    return (await offline(cache, url)) ?? Promise.reject(error);
  }
}

/** The network, which has three seconds to answer where there is a kept page instead. */
function fetchSoon(request, isKept) {
  if (!isKept) return fetch(request);
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("too slow")), PATIENCE_MS);
    fetch(request).then(resolve, reject);
  });
}

async function offline(cache, url) {
  const { start } = await stateNow(cache);
  if (url.pathname === "/" && start !== undefined) return Response.redirect(start, 302);
  const kept = await cache.match(url.pathname, { ignoreVary: true });
  return kept ?? cache.match("/offline", { ignoreVary: true });
}
