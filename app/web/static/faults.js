// Where a fault that the server found belongs: the step, the row and the field, and its words.

import { word } from "./words.js";

export const VITALS = ["temperature_c", "systolic_mmhg", "diastolic_mmhg", "heart_rate", "respiratory_rate", "spo2_percent"];

const STEPS = {
  identity: "identity", pre_check: "checks", wearing_off: "before", premedication: "premedication",
  hydration: "premedication", access: "access", access_removed: "end", rate: "running",
  vitals: "running", vials: "vials", reactions: "reaction", reports: "before", weights: "weight",
};
// Of the visit and the infusion, whose fields lie in several steps.
const FIELD_STEPS = {
  arrived_at: "identity", ordered_g: "vials", no_trough_reason: "before", weight_kg: "weight",
  started_at: "running", product: "vials", dose_g: "vials", lot_numbers: "vials",
};
const LABELS = {
  arrived_at: "arrived", left_at: "left", ended_at: "ended", started_at: "started", at: "at", observed_at: "at",
  measured_at: "at", onset_at: "onset", resolved_at: "resolved_at", physician_notified_at: "told_at",
  physician_notified: "physician_told", outcome: "how_it_ended", outcome_reason: "outcome_reason",
  no_trough_reason: "no_trough_reason", note: "note", ordered_g: "sum.grams", weight_kg: "weight_today",
  over_limit_reason: "over_limit_reason", recalled_reason: "recalled_reason", expired_reason: "expired_reason",
  waste_reason: "waste_reason", used_ml: "used", wasted_ml: "wasted", nominal_g: "size", lot: "lot", product: "product",
  expires_on: "expires_on", concentration_mg_per_ml: "concentration", looks_right: "looks_right", ml_per_h: "rate",
  volume_so_far_ml: "volume_so_far", term: "reaction_term", grade: "grade", description: "description",
  medication: "medication", identifiers: "identity_ask", weaker_before: "weaker_before",
  from_days_before: "from_days_before", drug: "drug", dose: "dose_given", route: "route", volume_ml: "volume",
  gauge: "gauge", attempts: "attempts", site: "site", side: "side", value: "grip_before", device: "device",
};
// What a reason that is missing is asked for with; other faults come in the words of the service.
const ASKED = {
  over_limit_reason: "gap.over", recalled_reason: "vial.recalled", expired_reason: "vial.expired",
  waste_reason: "vial.waste", outcome_reason: "gap.outcome_reason", looks_right: "gap.looks",
};
const LISTS = ["rates", "vials", "vitals", "reactions", "premedication", "hydration", "access"];

// Returns {step, id, field} of a fault such as "vials[2].used_ml" of a bundle that was sent.
export function placeOf(path, bundle) {
  const own = path.replace(/^signature\./, "");
  const isOfSignature = own !== path;
  const [, kind, index, rest] = /^(\w+)(?:\[(\d+)\])?\.?(.*)$/.exec(own) ?? [null, own, undefined, ""];
  const listed = bundle[kind];
  const item = Array.isArray(listed) ? listed[Number(index)] : listed;
  const ofEvent = kind === "events" && !isOfSignature ? item?.kind : null;
  const field = item === undefined ? own : rest;
  const group = ofEvent ?? (kind === "events" ? rest.split(".")[0] : kind);
  const leaf = field.split(".").at(-1);
  // The lists of a signature are those of the server, in its own order.
  const id = isOfSignature && Array.isArray(listed) ? null : (item?.id ?? null);
  const isRate = group === "details" || leaf === "over_limit_reason";
  return { step: isRate ? "running" : (STEPS[group] ?? FIELD_STEPS[leaf] ?? "end"), id, field };
}

export const leafOf = (field) => field.split(/[.[]/).at(-1);

// Returns how the page calls a field; what it has no words for is named as the service does.
export function labelOf(field, questions) {
  const leaf = leafOf(field);
  if (VITALS.includes(leaf)) return word(`vital.${leaf}`);
  if (questions.includes(leaf)) return word(`question.${leaf}`);
  return LABELS[leaf] === undefined ? leaf.replaceAll("_", " ") : word(LABELS[leaf]);
}

// Returns what is wrong with a field.
export function reasonOf({ field, reason, value }) {
  const asked = ASKED[leafOf(field)];
  return asked !== undefined && (value ?? null) === null ? word(asked) : reason;
}

// Returns the row of a draft that has an id; null for what is no row of a list.
export function rowOf(draft, id) {
  return LISTS.flatMap((name) => draft[name]).find((row) => row.id === id) ?? null;
}
