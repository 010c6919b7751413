// From the draft of a visit to the bundle that the server takes (app/visits/bundle_schemas.py),
// and what the draft still lacks, as app/visits/completeness.py will say it. Pure.

const GRAM_DIGITS = 6;
const STATUS_OF = { given: "completed", partly_given: "stopped", not_given: "not_done" };
const SERIOUS_GRADE = 3;

export const round6 = (value) => Number(value.toFixed(GRAM_DIGITS));

// Returns the grams of a vial that ran and that were thrown away, parted as its volume was.
export function gramsOf(vial) {
  const whole = round6(vial.nominal_g);
  const volume = vial.used_ml + vial.wasted_ml;
  const used = volume > 0 ? round6((whole * vial.used_ml) / volume) : 0;
  return { used, wasted: round6(whole - used) };
}

// Returns the grams of the day; `infused` is null where no vial was entered.
export function totalsOf(draft) {
  const parts = draft.vials.map(gramsOf);
  const sum = (name) => round6(parts.reduce((total, part) => total + part[name], 0));
  const opened = round6(draft.vials.reduce((total, vial) => total + vial.nominal_g, 0));
  const infused = draft.vials.length === 0 ? null : sum("used");
  const ordered = draft.ordered_g;
  const tolerance = draft.packet.plan?.rounding_tolerance_percent ?? 5;
  const percent = infused === null || !ordered ? null : (100 * (infused - ordered)) / ordered;
  return {
    ordered,
    opened,
    infused,
    wasted: sum("wasted"),
    percent,
    isWithin: percent === null ? null : Math.abs(percent) <= tolerance,
  };
}

export const stepsOf = (draft) => draft.rates.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));

export const startOf = (draft) => stepsOf(draft).find((step) => step.ml_per_h > 0)?.at ?? null;

// Returns the risk by the checks before: "no" only where both were answered so.
export function riskOf(draft) {
  const answers = ["thrombosis_risk", "renal_risk"].map((name) => draft.checks?.answers[name]);
  if (answers.includes("yes")) return "yes";
  return answers.every((answer) => answer === "no") ? "no" : "unknown";
}

export const weightOf = (draft) => draft.weight?.weight_kg ?? draft.packet.weights[0]?.weight_kg ?? null;

export function productOf(draft) {
  return draft.vials[0]?.product ?? draft.packet.plan?.product ?? null;
}

// Returns the limits of what runs at the patient's risk; undefined where the device knows none.
export function limitOf(draft) {
  return draft.packet.limits.find((each) => each.product === productOf(draft) && each.risk === riskOf(draft));
}

// Returns what the limit says of a rate: {verdict, limit}; without a limit or weight "unknown".
export function judge(draft, mlPerH) {
  const weight = weightOf(draft);
  const limit = limitOf(draft);
  if (limit === undefined || weight === null) return { verdict: "unknown", limit: null };
  const isOver = (most) => most !== null && mlPerH / weight > most * (1 + 1e-9);
  if (isOver(limit.sure_ml_per_kg_h)) return { verdict: "over", limit: limit.sure_ml_per_kg_h };
  if (isOver(limit.maximum_ml_per_kg_h)) return { verdict: "over_unverified", limit: limit.maximum_ml_per_kg_h };
  const isSure = limit.sure_ml_per_kg_h !== null && !limit.lacks_risk_figure;
  return { verdict: isSure ? "within" : "no_confirmed_limit", limit: limit.maximum_ml_per_kg_h };
}

export function redFlagOf(term, flags) {
  return flags.find((flag) => flag.terms.includes(term)) ?? null;
}

// --- the bundle ----------------------------------------------------------------------------------

function eventsOf(draft) {
  const infusion_id = draft.ids.infusion;
  const made = (kind, row, details) => ({ id: row.id, infusion_id, at: row.at, kind, details });
  const details = (row) => {
    const kept = Object.entries(row).filter(([name, value]) => !["id", "at"].includes(name) && value !== null);
    return Object.fromEntries(kept);
  };
  const one = (kind, row) => (row === null ? [] : [made(kind, row, details(row))]);
  const checks = draft.checks;
  const events = [
    ...one("identity", draft.identity),
    ...(checks === null
      ? []
      : [made("pre_check", checks, { ...checks.answers, ...(checks.note ? { note: checks.note } : {}) })]),
    ...one("wearing_off", draft.wearing_off),
    ...["premedication", "hydration", "access", "vitals"].flatMap((kind) =>
      draft[kind].flatMap((row) => one(kind, row)),
    ),
    ...stepsOf(draft).flatMap((row) => one("rate", row)),
    ...one("access_removed", draft.access_removed),
  ];
  return events.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function infusionOf(draft, events) {
  const isGiven = draft.outcome !== "not_given";
  const start = startOf(draft);
  if (start === null && (isGiven || events.length === 0)) return null;
  const infused = totalsOf(draft).infused;
  const ran = isGiven && infused;
  return {
    id: draft.ids.infusion,
    started_at: start ?? draft.arrived_at ?? events[0].at,
    ended_at: isGiven ? draft.ended_at : null,
    status: STATUS_OF[draft.outcome] ?? "in_progress",
    product: isGiven ? productOf(draft) : null,
    dose_g: ran ? infused : null,
    weight_kg: draft.weight?.weight_kg ?? null,
    lot_numbers: isGiven ? [...new Set(draft.vials.map((vial) => vial.lot))] : [],
    note: isGiven ? null : draft.outcome_reason,
  };
}

function reportOf(draft) {
  const grip = draft.grip;
  if (grip === null) return [];
  const values = ["right_hand", "left_hand"]
    .filter((site) => grip[site] !== null)
    .map((site) => ({ measure: grip.measure, site, value: grip[site], device: grip.device }));
  return values.length === 0 ? [] : [{ id: grip.id, observed_at: grip.at, source: "nurse", values }];
}

// Returns the body of POST /patients/{id}/visit-bundles; ids are those of the draft, so sending it
// twice stores it once.
export function bundleOf(draft) {
  const events = eventsOf(draft);
  const infusion = infusionOf(draft, events);
  const { packet } = draft;
  const infusion_id = draft.ids.infusion;
  const confirmed = (row) => {
    const fields = draft.confirmed[row.id];
    // What the server has otherwise is replaced only where the nurse said so, and why.
    const correction = draft.corrections?.[row.id];
    return { ...row, ...(fields === undefined ? {} : { confirm: fields }), ...correction };
  };
  const vials = draft.vials.map((vial) => ({ ...vial, infusion_id }));
  return {
    visit: confirmed({
      id: draft.ids.visit,
      planned_on: packet.on_date,
      course_day: packet.course_day,
      course_days: packet.course_days,
      infusion_id: infusion === null ? null : infusion_id,
      assignment_id: packet.assignment_id,
      nurse_id: draft.nurse_id,
      plan_id: packet.plan?.id ?? null,
      plan_version: packet.plan?.version ?? null,
      ordered_g: draft.ordered_g,
      arrived_at: draft.arrived_at,
      left_at: draft.left_at,
      outcome: draft.outcome,
      outcome_reason: draft.outcome_reason,
      no_trough_reason: draft.no_trough_reason,
      note: draft.note,
    }),
    infusion: infusion === null ? null : confirmed(infusion),
    weights: draft.weight === null ? [] : [confirmed({ id: draft.weight.id, measured_at: draft.weight.at, weight_kg: draft.weight.weight_kg })],
    vials: infusion === null ? [] : vials.map(confirmed),
    events: infusion === null ? [] : events.map(confirmed),
    reactions: infusion === null ? [] : draft.reactions.map((row) => confirmed({ ...row, infusion_id })),
    reports: reportOf(draft).map(confirmed),
    signature: draft.signed_at === null ? null : { id: draft.ids.signature },
  };
}

// --- what is missing -----------------------------------------------------------------------------

// Returns [{step, key}] of what the visit still needs; `key` is one of the page's words.
export function gapsOf(draft, flags) {
  const gaps = [];
  const need = (isMissing, step, key) => isMissing && gaps.push({ step, key });
  need(draft.outcome === null, "end", "gap.outcome");
  if (draft.outcome === null) return gaps;
  const isGiven = draft.outcome !== "not_given";
  const totals = totalsOf(draft);
  const needsReason = draft.outcome !== "given" || totals.isWithin === false;
  need(needsReason && !draft.outcome_reason, "end", "gap.outcome_reason");
  draft.reactions.forEach((one) => {
    const isAlarming = one.grade >= SERIOUS_GRADE || redFlagOf(one.term, flags) !== null;
    need(isAlarming && !one.physician_notified_at, "reaction", "gap.physician");
    need(one.outcome === "unknown", "reaction", "gap.reaction_outcome");
  });
  const steps = stepsOf(draft);
  need(
    steps.some((step) => judge(draft, step.ml_per_h).verdict === "over" && !step.over_limit_reason),
    "running",
    "gap.over",
  );
  if (!isGiven) return gaps;
  const start = startOf(draft);
  const isLate = (row) => start !== null && row !== null && Date.parse(row.at) > Date.parse(start);
  need(draft.arrived_at === null, "identity", "gap.arrived");
  // When the nurse leaves is when they sign, where they did not say it.
  need(draft.ordered_g === null, "vials", "gap.ordered");
  need(draft.ended_at === null, "end", "gap.ended");
  need(draft.weight === null, "weight", "gap.weight");
  need(draft.identity === null || isLate(draft.identity), "identity", "gap.identity");
  need(draft.checks === null || isLate(draft.checks), "checks", "gap.checks");
  need(!draft.access.some((row) => row.outcome === "working"), "access", "gap.access");
  need(start === null, "running", "gap.rate");
  need(start !== null && steps.at(-1).ml_per_h > 0, "running", "gap.stopped");
  const hasBaseline = draft.vitals.some((row) => start !== null && !isLate(row));
  need(!hasBaseline, "running", "gap.baseline");
  if (draft.packet.course_day === 1) {
    need(draft.wearing_off === null, "before", "gap.wearing_off");
    const grip = draft.grip;
    const isTaken = grip !== null && grip.right_hand !== null && grip.left_hand !== null && !isLate(grip);
    need(!isTaken && !draft.no_trough_reason, "before", "gap.trough");
  }
  need(draft.vials.length === 0, "vials", "gap.vials");
  need(draft.vials.some((vial) => vial.looks_right === null), "vials", "gap.looks");
  need(draft.vials.some((vial) => vial.wasted_ml > 0 && !vial.waste_reason), "vials", "gap.waste");
  return gaps;
}
