// Entries on their way: kept in the vault until the server has them.
//
// The browser makes the id of an entry, so sending it twice stores it once: the server answers
// the second time as if it were the first. An entry is taken out only after such an answer.

import { contact } from "./vault.js";
import { word } from "./words.js";

const PREFIX = "outbox/";
const PATIENCE_MS = 20_000;
const changes = new EventTarget();
const others = new BroadcastChannel("ivig-outbox");
others.onmessage = () => changes.dispatchEvent(new Event("change"));

/** What stands in the way of sending: "" | "offline" | "sign-in". */
let obstacle = "";

export const obstacleNow = () => obstacle;

function tell() {
  changes.dispatchEvent(new Event("change"));
  others.postMessage("change");
}

/** Calls back whenever an entry was added, sent, refused or taken out, in any window. */
export function onOutbox(callback) {
  changes.addEventListener("change", () => callback());
}

/**
 * Keeps an entry to be sent; it lies on the disk when this returns.
 * @param {{path: string, body: object, what: string, id?: string}} entry `what` names it to the
 *   person; `id` is that of the body where it is left out
 */
export async function enqueue(vault, { path, body, what, id = body.id }) {
  const at = Date.now();
  const name = `${PREFIX}${String(at).padStart(15, "0")}-${id}`;
  await vault.put(name, { id, path, body, what, at, state: "waiting", problem: "" });
  tell();
  flush(vault).catch(() => {}); // What went wrong is tried again, and is not of whoever writes.
  return name;
}

/** Returns what was not sent yet, the oldest first. */
export async function waiting(vault) {
  const names = await vault.names(PREFIX);
  const rows = await Promise.all(names.map(async (name) => ({ name, ...(await vault.get(name)) })));
  // Another window may have sent one meanwhile.
  return rows.filter((row) => row.id !== undefined);
}

/** Takes an entry out that the person no longer wants to send. */
export async function discard(vault, name) {
  await vault.remove(name);
  tell();
}

/** Sends what waits, in order; several windows do so one after the other. Returns how many. */
export async function flush(vault) {
  const sent = await navigator.locks.request(`ivig-outbox-${vault.hash}`, () => sendAll(vault));
  tell();
  return sent;
}

async function sendAll(vault) {
  const rows = (await waiting(vault)).filter((row) => row.state === "waiting");
  let sent = 0;
  if (rows.length === 0) {
    obstacle = navigator.onLine ? "" : "offline";
    return sent;
  }
  // Nobody sends for another: whoever is signed in now must be whose entries these are.
  obstacle = await contact(vault);
  if (obstacle !== "") return sent;
  for (const row of rows) {
    const outcome = await sendOne(row);
    obstacle = outcome.obstacle ?? "";
    if (outcome.obstacle !== undefined) break;
    if (outcome.problem === undefined) {
      await vault.remove(row.name);
      sent += 1;
    } else {
      await vault.put(row.name, { ...row, state: "refused", ...outcome });
    }
    tell();
  }
  return sent;
}

async function sendOne({ path, body }) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    return { obstacle: "offline" };
  }
  const { status } = response;
  if (response.ok) return {};
  if (status === 401) return { obstacle: "sign-in" };
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return { obstacle: "offline" };
  }
  return problemOf(response);
}

async function problemOf(response) {
  const problem = await response.json().catch(() => ({}));
  if (["sign-in-again", "not-signed-in"].includes(problem.code)) return { obstacle: "sign-in" };
  const faults = (problem.errors ?? []).map((fault) => `${fault.field}: ${fault.reason}`);
  return {
    problem: faults.join("; ") || problem.detail || word("refused_unsaid"),
    errors: problem.errors ?? [],
    conflicts: problem.conflicts ?? [],
  };
}
