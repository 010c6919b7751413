// A visit on its way from the draft to the server. A draft counts as sent only when the server
// says that it has the visit: an entry can leave the outbox in other ways too.

import { bundleOf } from "./bundle.js";
import { discard, enqueue, waiting } from "./outbox.js";
import { draftName } from "./visit-draft.js";
import { word } from "./words.js";
import { dayWords, thisMinute } from "./zones.js";

const lang = document.documentElement.lang;
const PATIENCE_MS = 10_000;

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

async function isOnServer(draft) {
  try {
    const address = `/api/v1/visits/${draft.ids.visit}`;
    const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok) return true;
    return answer.status === 404 ? false : null;
  } catch {
    return null;
  }
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
  const isThere = row === undefined ? await isOnServer(draft) : false;
  if (isThere === null) return false;
  if (isThere) {
    draft.state = "sent";
    draft.sent_at = thisMinute();
  } else {
    const { errors, conflicts, problem } = row ?? {};
    Object.assign(draft, { state: "open", step: "sign", signed_at: null });
    draft.refused = { errors: errors ?? [], conflicts: conflicts ?? [], problem: problem ?? word("refused_unsaid") };
  }
  await vault.put(draftName(draft.key), draft);
  if (row !== undefined) await discard(vault, row.name);
  return true;
}
