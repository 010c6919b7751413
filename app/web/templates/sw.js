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
const OWN = ASSETS[0].slice(0, ASSETS[0].indexOf("/", "/static/v-".length) + 1);
const STATE = "/sw-state"; // language of the kept pages and the page the app begins with

self.addEventListener("install", (event) => event.waitUntil(keepAll()));

// No skipWaiting: open pages go on with the worker and the scripts that they began with. A page
// that is asked for meanwhile comes from the network, with its own scripts.
self.addEventListener("activate", (event) => event.waitUntil(begin()));

async function begin() {
  // The language may have been changed since this worker was installed.
  const before = await stateBefore();
  const cache = await caches.open(CACHE);
  const now = await stateNow(cache);
  if (before !== undefined && before.language !== now.language) {
    await cache.put(STATE, Response.json(before));
    await keepShells(cache, before.language).catch(() => {});
  }
  for (const name of await caches.keys()) {
    if (name.startsWith("ivig-") && name !== CACHE) await caches.delete(name);
  }
  await self.clients.claim();
}

async function keepAll() {
  const cache = await caches.open(CACHE);
  await cache.addAll(ASSETS);
  const before = await stateBefore();
  if (before !== undefined) await cache.put(STATE, Response.json(before));
  const complete = await keepShells(cache, before?.language);
  // While servers are renewed one after the other, pages can be of another version: the browser
  // tries again later, and the worker before this one goes on meanwhile.
  if (!complete) throw new Error("pages of another version");
}

/** Returns the state that the worker before this one kept. */
async function stateBefore() {
  for (const name of await caches.keys()) {
    if (!name.startsWith("ivig-") || name === CACHE) continue;
    const state = await stateNow(await caches.open(name));
    if (state.language !== undefined) return state;
  }
  return undefined;
}

/** Says whether a page may be kept: it is whole, and has the scripts that are kept here. */
const isOfThis = (page) =>
  page.ok && !page.redirected && page.headers.get("X-Shell-Version") === VERSION;

async function keepShells(cache, language = self.navigator.language) {
  const kept = await Promise.all(
    [...SHELLS, ...PUBLIC].map(async (path) => {
      // Asked for as nobody: what is kept here is for everybody who uses the device.
      const headers = { "Accept-Language": language };
      const response = await fetch(path, { cache: "no-store", credentials: "omit", headers });
      if (isOfThis(response)) await cache.put(path, response);
      return isOfThis(response);
    }),
  );
  return kept.every(Boolean);
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
  // Of a page of another version they are left to the browser's own cache.
  if (response.ok && new URL(request.url).pathname.startsWith(OWN)) {
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
    if (isShell && isOfThis(response)) {
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
