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
