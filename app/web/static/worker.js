// Registers the service worker, which lets the pages of the installed app open without a network.
// The one policy of Trusted Types passes its address and nothing else.

const ADDRESS = "/sw.js";
const IDLE_MS = 2000;
const LONGEST_MS = 10_000; // what a page may take to stand before it is kept all the same

let settle;
const settled = new Promise((resolve) => { settle = resolve; });

/** Says that the page shows what it has: what is kept for later takes nothing from it now. */
export const pageStands = () => settle();

function addressOf(address) {
  if (address !== ADDRESS) throw new TypeError(`no worker at ${address}`);
  return address;
}

async function register() {
  const policy = window.trustedTypes?.createPolicy("ivig-worker", { createScriptURL: addressOf });
  const url = policy?.createScriptURL(ADDRESS) ?? ADDRESS;
  await navigator.serviceWorker.register(url, { scope: "/", updateViaCache: "none" });
  const { active } = await navigator.serviceWorker.ready;
  // Pages are kept in one language, the one that is read here; and where the app begins.
  const start = document.querySelector("[data-start]")?.dataset.start;
  active.postMessage({ language: document.documentElement.lang, start });
}

/** Waits until the page stands and does nothing. */
async function whenIdle() {
  await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, LONGEST_MS))]);
  const soon = window.requestIdleCallback ?? ((act) => setTimeout(act, IDLE_MS));
  await new Promise((resolve) => soon(resolve, { timeout: IDLE_MS }));
}

// A browser without workers, or a private window, still has the pages while there is a network.
if ("serviceWorker" in navigator) whenIdle().then(register).catch(() => {});
