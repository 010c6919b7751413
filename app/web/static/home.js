// What people at home work with: whom they act for, and what is asked today. From the network,
// else from the vault.

import { fetchAs } from "./vault.js";

const API = "/api/v1";
const PATIENCE_MS = 4000;

/** Returns the answer; null where it is not theirs to see, undefined where none came. */
async function ask(vault, path) {
  try {
    const response = await fetchAs(vault, API + path, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const kind = response.headers.get("Content-Type") ?? "";
    const isOurs = /^application\/(problem\+)?json\b/.test(kind);
    if (isOurs && [403, 404].includes(response.status)) return null;
    return response.ok && isOurs ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

async function fresh(vault, name, path) {
  const answer = await ask(vault, path);
  if (answer === undefined) return vault.get(name);
  if (answer === null) {
    await vault.remove(name);
    return undefined;
  }
  await vault.put(name, answer).catch(() => {}); // A full disk keeps nothing from being shown.
  return answer;
}

/** Returns [{patient_id, name, may_report, may_alarm, may_see_course}]. */
export async function patientsOf(vault) {
  const items = (await fresh(vault, "patients", "/me/patients"))?.items ?? [];
  // What was asked of a patient whom they no longer act for goes.
  const theirs = items.map((one) => `today/${one.patient_id}`);
  for (const name of await vault.names("today/")) {
    if (!theirs.includes(name)) await vault.remove(name);
  }
  return items;
}

/** Returns the day of now as the patient's calendar has it: "2026-03-14". */
export function dayIn(zone, now = new Date()) {
  const parts = { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" };
  return new Intl.DateTimeFormat("en-CA", parts).format(now);
}

/** Returns what is asked today, or undefined where it was never fetched. */
export async function todayOf(vault, patientId) {
  const kept = await fresh(vault, `today/${patientId}`, `/patients/${patientId}/today`);
  if (kept === undefined || kept.today === dayIn(kept.time_zone)) return kept;
  // It is of another day: what is asked once a week stays away, and nothing was reported yet.
  const items = kept.items.filter((item) => item.kind === "daily");
  return { ...kept, items, reported_today: false, next_infusion: null };
}

/** Notes that today's report was made, so that the pages know it without a network. */
export async function noteReported(vault, patientId) {
  const kept = await vault.get(`today/${patientId}`);
  if (kept === undefined) return;
  const today = dayIn(kept.time_zone);
  await vault.put(`today/${patientId}`, { ...kept, today, reported_today: true });
}

/** Writes a day of the calendar as it is read here. */
export function formatDay(day) {
  const how = { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" };
  const lang = document.documentElement.lang;
  return new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, how).format(new Date(day));
}

export function formatMoment(instant) {
  const lang = document.documentElement.lang;
  const how = { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, how).format(instant);
}

export function formatNumber(value) {
  return new Intl.NumberFormat(document.documentElement.lang).format(value);
}
