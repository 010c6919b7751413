// A report on its way: what is sent of a draft, and how it is kept until the server has it.

import { isConfirmed, sentAs } from "./correcting.js";
import { formatMoment, noteReported } from "./home.js";
import { enqueue, replace } from "./outbox.js";
import { sameBody } from "./straight.js";
import { word } from "./words.js";
import { dayIn } from "./zones.js";

/** Makes the entry of a draft; `refused` is the entry that it corrects, or null. */
export function entryOf({ role, patient, draft, refused, values }) {
  const now = new Date();
  // The id is made now: the same draft in two windows is two reports once both are sent.
  const first =
    refused === null
      ? { id: crypto.randomUUID(), at: now }
      : sentAs(refused, refused.body.observed_at, { isNow: draft.when === "" });
  const isSame = draft.when === "" || draft.when === refused?.form.when;
  const observed = isSame ? first.at : new Date(draft.when);
  const content = {
    source: role,
    values,
    context: draft.context,
    note: draft.note.trim() === "" ? null : draft.note.trim(),
    ...(isConfirmed() ? { confirm: true } : {}),
  };
  const moments = { observed_at: observed.toISOString(), entered_at: now.toISOString() };
  const body = sameBody({ id: first.id, ...moments, ...content }, { ...content, when: draft.when });
  const what = word("what", { when: formatMoment(new Date(body.observed_at)) });
  const path = `/api/v1/patients/${patient.patient_id}/reports`;
  return { path, body, what, again: "/report", form: { ...draft, patient: patient.patient_id } };
}

/** Keeps what is sent in place of its draft `name`; says whether this browser could. */
export async function isKept(vault, entry, { name, draft, refused, zone }) {
  const { id, observed_at: observed, entered_at: entered } = entry.body;
  // First what is sent, then that it is on its way, then the draft goes: whenever the page is
  // killed, the next one finds at least one of them, and the id makes one of two.
  // A correction takes the place of what was refused in one step.
  try {
    if (refused === null) {
      await vault.put(name, { ...draft, id, sending: entry });
      await enqueue(vault, entry);
    } else await replace(vault, refused, entry);
  } catch {
    return false;
  }
  const dayOf = (instant) => dayIn(Date.parse(instant), zone);
  try {
    if (dayOf(observed) === dayOf(entered)) await noteReported(vault, entry.form.patient);
    await vault.remove(name);
  } catch {
    // The draft that stays is sent again under the same id, which stores it once.
  }
  return true;
}
