// Says what was not sent yet, in the live region [data-sync] of every page of the installed app,
// and sends: on write, on open, when the network returns, and once a minute while something waits.

import { correctionName } from "./correcting.js";
import { button, h } from "./dom.js";
import { discard, flush, obstacleNow, onOutbox, waiting } from "./outbox.js";
import { countLocked, whyClosed } from "./vault.js";
import { word } from "./words.js";

const EVERY_MS = 60_000;
const places = () => document.querySelectorAll("[data-sync]");

function say(text, { mark = "", canSend = false, canSignIn = false } = {}) {
  for (const place of places()) {
    const line = place.querySelector("[data-sync-text]");
    // A live region speaks when its text changes, so it is left alone while it does not.
    if (line.textContent !== text) line.textContent = text;
    place.dataset.mark = mark;
    place.querySelector("[data-sync-now]").hidden = !canSend;
    place.querySelector("[data-sync-sign-in]").hidden = !canSignIn;
  }
}

async function show(vault) {
  const rows = await waiting(vault);
  const refused = rows.filter((row) => row.state === "refused");
  const n = rows.length - refused.length;
  const isOffline = !navigator.onLine || obstacleNow() === "offline";
  const needsSignIn = obstacleNow() === "sign-in";
  if (n > 0 && needsSignIn) say(word("sync_sign_in", { n }), { mark: "waiting", canSignIn: true });
  else if (n > 0 && isOffline) say(word("sync_offline_waiting", { n }), { mark: "waiting", canSend: true });
  else if (n > 0) say(word("sync_waiting", { n }), { mark: "waiting", canSend: true });
  else if (isOffline) say(word("sync_offline"), { mark: "offline" });
  else if (refused.length > 0) say(word("sync_refused", { n: refused.length }), { mark: "refused" });
  else say(word("sync_sent"), { mark: "sent" });
  showRefused(vault, refused);
}

/** Lists what the server refused, each with its reason, to be taken out after a second press. */
function showRefused(vault, refused) {
  for (const place of document.querySelectorAll("[data-refused]")) {
    place.hidden = refused.length === 0;
    const items = refused.map((row) => {
      const text = word("refused_entry", { what: row.what, problem: row.problem });
      return h("li", {}, h("p", {}, text), correction(row), discarding(vault, row));
    });
    const list = place.querySelector("ul");
    const same = list.dataset.shown === refused.map((row) => row.name).join();
    if (!same) list.replaceChildren(...items);
    list.dataset.shown = refused.map((row) => row.name).join();
  }
}

/** Takes a refused entry out of the outbox, after a second press. */
function discarding(vault, row) {
  let isSure = false;
  const made = button(word("refused_discard"), async () => {
    if (isSure) {
      await vault.remove(correctionName(row.id));
      await discard(vault, row.name);
    }
    isSure = true;
    made.textContent = word("refused_sure");
  });
  return made;
}

/** The way to the page that opens a refused entry again, where it has one. */
function correction({ again, form, id }) {
  const isHere = new URLSearchParams(location.search).get("correct") === id;
  if (again === undefined || form === undefined || isHere) return [];
  const href = `${again}?correct=${id}`;
  return [h("a", { class: "button", href }, word("refused_correct")), " "];
}

/** Begins to send and to say so; without a vault it says that somebody must sign in. */
export async function startSync(vault) {
  if (vault === null) {
    const n = await countLocked();
    const { is, problem } = whyClosed();
    if (is === "refused" && problem !== "") {
      say(problem, { mark: "offline" });
      return;
    }
    const text = n > 0 ? word("sync_sign_in", { n }) : word("sync_nobody");
    say(text, { mark: n > 0 ? "waiting" : "offline", canSignIn: true });
    return;
  }
  const send = () => flush(vault).catch(() => {});
  onOutbox(() => show(vault).catch(() => {}));
  addEventListener("online", send);
  addEventListener("offline", () => show(vault));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") send();
  });
  setInterval(async () => {
    if ((await waiting(vault)).some((row) => row.state === "waiting")) await send();
  }, EVERY_MS);
  for (const place of places()) {
    place.querySelector("[data-sync-now]").addEventListener("click", send);
  }
  await show(vault);
  await send();
}
