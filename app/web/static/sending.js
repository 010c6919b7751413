// A visit on its way from the draft to the server. A draft counts as sent only when the server
// says that it has the visit: an entry can leave the outbox in other ways too.

import { bundleOf } from "./bundle.js";
import { placeOf } from "./faults.js";
import { discard, enqueue, onOutbox, waiting } from "./outbox.js";
import { fetchAs } from "./vault.js";
import { draftName } from "./visit-draft.js";
import { word } from "./words.js";
import { dayWords, thisMinute } from "./zones.js";

const lang = document.documentElement.lang;
const PATIENCE_MS = 10_000;
const SOON_MS = 2000;
const LATE_MS = 60_000;

const rowsOf = async (vault, draft) => (await waiting(vault)).filter((row) => row.id === draft.ids.visit);

// Hands a visit to the outbox. First the draft says so: killed in between, it is handed over again
// with the same ids and the same content.
export async function handOver(vault, draft) {
  draft.state = "sending";
  draft.refused = null;
  await vault.put(draftName(draft.key), draft);
  for (const row of await rowsOf(vault, draft)) await discard(vault, row.name);
  const { packet } = draft;
  await enqueue(vault, {
    path: `/api/v1/patients/${packet.patient.id}/visit-bundles`,
    body: bundleOf(draft),
    what: word("what_visit", { day: dayWords(packet.on_date, lang), patient: packet.patient.external_id }),
    id: draft.ids.visit,
  });
  draft.state = "queued";
  await vault.put(draftName(draft.key), draft);
}

async function isOnServer(vault, draft) {
  try {
    const address = `/api/v1/visits/${draft.ids.visit}`;
    const answer = await fetchAs(vault, address, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok) return true;
    return answer.status === 404 ? false : null;
  } catch {
    return null;
  }
}

// Faults are placed by what was sent: the draft may have other rows when they are read.
function refusalOf(row) {
  const place = (path) => placeOf(path, row.body);
  return {
    errors: (row?.errors ?? []).map((fault) => ({ ...fault, ...place(fault.field) })),
    conflicts: (row?.conflicts ?? []).map((clash) => ({ ...clash, step: place(clash.item).step })),
    problem: row?.problem ?? word("refused_unsaid"),
  };
}

// Finds out what became of a visit that was handed over, and keeps that. Says whether anything did.
export async function settle(vault, draft) {
  if (draft.state === "sending") {
    await handOver(vault, draft);
    return true;
  }
  if (draft.state !== "queued") return false;
  const [row] = await rowsOf(vault, draft);
  if (row?.state === "waiting") return false;
  const isThere = row === undefined ? await isOnServer(vault, draft) : false;
  if (isThere === null) return false;
  if (isThere) {
    draft.state = "sent";
    draft.sent_at = thisMinute();
  } else {
    Object.assign(draft, { state: "open", step: "sign", signed_at: null, refused: refusalOf(row) });
  }
  await vault.put(draftName(draft.key), draft);
  if (row !== undefined) await discard(vault, row.name);
  return true;
}

// One window at a time has a visit open, or settles it; a lock ends with its window.
const lockOf = (vault, key) => `ivig-visit-${vault.hash}-${key}`;

// Returns once no other window has the visit open; until then `tell` says that one does.
export function holdVisit(vault, key, tell) {
  const late = setTimeout(tell, 500);
  return new Promise((resolve) => {
    navigator.locks.request(lockOf(vault, key), () => {
      clearTimeout(late);
      resolve();
      return new Promise(() => {});
    });
  });
}

// Settles a visit that no window has open; says whether that changed anything.
export function settleUnheld(vault, key) {
  return navigator.locks.request(lockOf(vault, key), { ifAvailable: true }, async (lock) => {
    const draft = lock === null ? undefined : await vault.get(draftName(key));
    return draft === undefined ? false : settle(vault, draft);
  });
}

// Looks after visits on their way: when the outbox changes, when the network returns, and from time
// to time, since the question what became of one can fail as well.
export function keepLooking(look) {
  let wait = SOON_MS;
  let timer = 0;
  const arm = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      await look();
      wait = Math.min(2 * wait, LATE_MS);
      arm();
    }, wait);
  };
  const begin = () => {
    wait = SOON_MS;
    arm();
    look();
  };
  onOutbox(begin);
  addEventListener("online", begin);
  arm();
}
