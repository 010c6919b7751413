// A page must not stay on the screen when its session has ended by itself, nor come back with the
// back button after somebody signed out. Asking for it anew leads to the sign-in.

const GRACE_SECONDS = 5;
const loaded = Date.now();
const idleSeconds = Number(document.body.dataset.idleSeconds);

function askAnew() {
  if (Date.now() - loaded >= (idleSeconds + GRACE_SECONDS) * 1000) location.reload();
}

addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
if (idleSeconds > 0) {
  setTimeout(askAnew, (idleSeconds + GRACE_SECONDS) * 1000 + 50);
  // A machine that slept has not counted the time.
  document.addEventListener("visibilitychange", askAnew);
}

// Signing out takes the key off this device; what was not sent stays, encrypted. A browser that
// cannot do so in a second signs out all the same.
const LOCK_MS = 1000;
const SIGNED_OUT = "ivig-signed-out";
const TAB = "ivig-tab"; // as vault.js has it
const locked = () => import("./vault.js").then(({ lockVault }) => lockVault());

// The key of a tab that rested goes with the first page that sees it, also one without a vault.
const kept = JSON.parse(sessionStorage.getItem(TAB) ?? "null");
if (kept !== null && Date.now() - kept.usedAt > kept.idleMs) sessionStorage.removeItem(TAB);

// Another window may have fetched the key anew before the server had ended the session.
if (location.pathname === "/sign-in" && sessionStorage.getItem(SIGNED_OUT) !== null) {
  sessionStorage.removeItem(SIGNED_OUT);
  locked().catch(() => {});
}
for (const form of document.querySelectorAll('form[action="/sign-out"]')) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const late = new Promise((resolve) => setTimeout(resolve, LOCK_MS));
    sessionStorage.setItem(SIGNED_OUT, "1");
    await Promise.race([locked().catch(() => {}), late]);
    form.submit();
  });
}
