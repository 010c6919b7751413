// What people at home work with: whom they act for, and what is asked today. From the network,
// else from the vault.

import { fetchAs } from "./vault.js";
import { dayIn, localeOf } from "./zones.js";

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

/** Returns {value, isFresh}: what the server says now, else what lies in the vault, if anything. */
async function fresh(vault, name, path) {
  const answer = await ask(vault, path);
  if (answer === undefined) return { value: await vault.get(name), isFresh: false };
  if (answer === null) {
    await vault.remove(name);
    return { value: undefined, isFresh: true };
  }
  await vault.put(name, answer).catch(() => {}); // A full disk keeps nothing from being shown.
  return { value: answer, isFresh: true };
}

/** Returns [{patient_id, name, may_report, may_alarm, may_see_course}]. */
export async function patientsOf(vault) {
  const items = (await fresh(vault, "patients", "/me/patients")).value?.items ?? [];
  // What was asked of a patient whom they no longer act for goes.
  const theirs = items.map((one) => `today/${one.patient_id}`);
  for (const name of await vault.names("today/")) {
    if (!theirs.includes(name)) await vault.remove(name);
  }
  return items;
}

/**
 * Returns what is asked today, or undefined where it was never fetched; `today` is the patient's
 * day. What the server has just said is of today: to know the day of a zone takes a slow phone a
 * quarter of a second, so it is asked for only where it matters.
 */
export async function todayOf(vault, patientId) {
  const path = `/patients/${patientId}/today`;
  const { value: kept, isFresh } = await fresh(vault, `today/${patientId}`, path);
  if (kept === undefined || isFresh) return kept;
  const today = dayIn(Date.now(), kept.time_zone);
  if (kept.today === today) return kept;
  // It is of another day: what is asked once a week stays away, and nothing was reported yet.
  const items = kept.items.filter((item) => item.kind === "daily");
  return { ...kept, today, items, reported_today: false, next_infusion: null };
}

/** Notes that today's report was made, so that the pages know it without a network. */
export async function noteReported(vault, patientId) {
  const kept = await vault.get(`today/${patientId}`);
  if (kept === undefined) return;
  const today = dayIn(Date.now(), kept.time_zone);
  await vault.put(`today/${patientId}`, { ...kept, today, reported_today: true });
}

/** Writes a day of the calendar as it is read here. */
export function formatDay(day) {
  const how = { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" };
  return new Intl.DateTimeFormat(localeOf(document.documentElement.lang), how).format(new Date(day));
}

export function formatMoment(instant) {
  const lang = document.documentElement.lang;
  const how = { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, how).format(instant);
}

export function formatNumber(value) {
  return new Intl.NumberFormat(document.documentElement.lang).format(value);
}
