// Entries on their way: kept in the vault until the server has them.
//
// The browser makes the id of an entry, so sending it twice stores it once: the server answers
// the second time as if it were the first. An entry is taken out only after such an answer.

import { contact, postAs } from "./vault.js";
import { word } from "./words.js";

const PREFIX = "outbox/";
const ASKED = "persist-asked";
const changes = new EventTarget();
const others = new BroadcastChannel("ivig-outbox");
others.onmessage = () => changes.dispatchEvent(new Event("change"));

/** What stands in the way of sending: "" | "offline" | "sign-in" | "later" (the server is ill). */
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
 * @param {{path: string, body: object, what: string, id?: string, again?: string, form?: object}}
 *   entry `what` names it to the person; `id` is that of the body where it is left out; `again` is
 *   the page that opens it anew where it was refused, with what it shows then in `form`
 */
export async function enqueue(vault, entry) {
  const { id = entry.body.id } = entry;
  const at = Date.now();
  const name = `${PREFIX}${String(at).padStart(15, "0")}-${id}`;
  await vault.put(name, { ...entry, id, at, state: "waiting", problem: "" });
  tell();
  flush(vault).catch(() => {}); // What went wrong is tried again, and is not of whoever writes.
  keepStored(vault).catch(() => {});
  return name;
}

/** Asks the browser, once, not to throw away what waits when its disk is full. */
async function keepStored(vault) {
  if (navigator.storage?.persist === undefined || (await vault.get(ASKED)) !== undefined) return;
  await vault.put(ASKED, true);
  await navigator.storage.persist();
}

/** Puts the correction of a refused entry into its place, in one step, and sends it. */
export async function replace(vault, { name }, entry) {
  const { id } = entry.body;
  await vault.put(name, { ...entry, id, at: Date.now(), state: "waiting", problem: "" });
  tell();
  flush(vault).catch(() => {});
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

/** Sends what waits, alarms first, then in order; several windows do so one after the other. Returns how many. */
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
  const isAlarm = ({ path }) => path.endsWith("/alarms");
  for (const row of [...rows.filter(isAlarm), ...rows.filter((each) => !isAlarm(each))]) {
    const outcome = await sendOne(vault, row);
    if (outcome.obstacle !== undefined) {
      obstacle = outcome.obstacle;
      if (obstacle === "later") continue; // It may be this entry alone that the server fails at.
      break;
    }
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

async function sendOne(vault, { path, body, id }) {
  let response;
  try {
    response = await postAs(vault, path, body);
  } catch {
    return { obstacle: "offline" };
  }
  const { status } = response;
  if (response.ok) {
    // Who answers must have read the entry: the network of a hotel says yes to everything.
    const isJson = (response.headers.get("Content-Type") ?? "").startsWith("application/json");
    const said = isJson ? await response.text().catch(() => "") : "";
    return said.includes(id) ? {} : { obstacle: "later" };
  }
  if (status === 401) return { obstacle: "sign-in" };
  const isOurs = (response.headers.get("Content-Type") ?? "").startsWith("application/problem+json");
  if (!isOurs || status === 408 || status === 425 || status === 429 || status >= 500) {
    return { obstacle: "later" };
  }
  return problemOf(response);
}

async function problemOf(response) {
  const problem = await response.json().catch(() => ({}));
  if (["sign-in-again", "not-signed-in"].includes(problem.code)) return { obstacle: "sign-in" };
  const { status } = response;
  const faults = (problem.errors ?? []).map((fault) => `${fault.field}: ${fault.reason}`);
  return {
    status,
    problem: faults.join("; ") || problem.detail || word("refused_unsaid"),
    errors: problem.errors ?? [],
    code: problem.code,
    isStored: problem.stored !== undefined,
    conflicts: problem.conflicts ?? [],
  };
}
