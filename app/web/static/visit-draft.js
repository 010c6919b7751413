// The draft of a visit as it lies in the vault under "visit:<key>", saved at every change.

import { fetchAs } from "./vault.js";

const PACKETS = "packets";
const PREFIX = "visit:";

const anId = () => crypto.randomUUID();

export const draftName = (key) => `${PREFIX}${key}`;

// Returns what names a visit on this device: its assignment, else the patient and the day.
export function keyOf(packet) {
  return packet.assignment_id ?? `${packet.patient.id}:${packet.on_date}`;
}

// Says whether the days of the plan's course are over before this one.
export const isBeyond = (packet) => packet.plan !== null && packet.course_day > packet.plan.course_days;

export function newRow(fields) {
  return { id: anId(), ...fields };
}

export function newDraft(packet, packets) {
  return {
    key: keyOf(packet),
    state: "open", // open, sending (to the outbox), queued (in it), sent
    refused: null, // what the server said of it
    step: "identity",
    packet,
    nurse_id: packets.account_id,
    nurse_name: packets.nurse_name,
    ids: { visit: anId(), infusion: anId(), signature: anId() },
    confirmed: {}, // by row: fields whose unusual value is right
    corrections: {}, // by row: {version, change_reason} of what the server has otherwise
    arrived_at: null,
    left_at: null,
    ended_at: null,
    identity: null,
    checks: null,
    wearing_off: null,
    grip: null,
    no_trough_reason: null,
    weight: null,
    premedication: [],
    hydration: [],
    access: [],
    access_removed: null,
    vials: [],
    rates: [],
    vitals: [],
    reactions: [],
    ordered_g: packet.order === null ? null : packet.order.grams,
    outcome: null,
    outcome_reason: null,
    note: null,
    signed_at: null,
    typed: {}, // of forms that are not kept yet, so that leaving loses nothing
  };
}

// Keeps drafts one after the other: the last change is the one that stays.
export class Keeper {
  #vault;
  #last = Promise.resolve();

  constructor(vault) {
    this.#vault = vault;
  }

  keep(draft) {
    const copy = structuredClone(draft);
    this.#last = this.#last.then(() => this.#vault.put(draftName(draft.key), copy));
    return this.#last;
  }
}

export async function draftsOf(vault) {
  const names = await vault.names(PREFIX);
  return Promise.all(names.map((name) => vault.get(name)));
}

export const packetsIn = (vault) => vault.get(PACKETS);

// Asks the server for the visits, and keeps them; without a network what is kept stays.
export async function refreshPackets(vault) {
  const kept = await vault.get(PACKETS);
  try {
    const me = await fetchAs(vault, "/api/v1/me", { cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (!me.ok) return { packets: kept, isFresh: false };
    const { clinic_id, account_id } = await me.json();
    if (account_id !== vault.accountId || clinic_id === null) return { packets: kept, isFresh: false };
    const path = `/api/v1/clinics/${clinic_id}/visit-packets`;
    const answer = await fetchAs(vault, path, { cache: "no-store", signal: AbortSignal.timeout(20_000) });
    if (!answer.ok) return { packets: kept, isFresh: false };
    const packets = await answer.json();
    await vault.put(PACKETS, packets);
    return { packets, isFresh: true };
  } catch {
    return { packets: kept, isFresh: false };
  }
}
