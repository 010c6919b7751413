// The strip on top of every step: how long, how fast, how much, and what is due. It never blocks.
// What ran last time is an observation: it is told, and never marked as a fault.

import { judge, productOf, startOf, stepsOf, totalsOf, weightOf } from "./bundle.js";
import { h } from "./dom.js";
import { showNumber } from "./fields.js";
import { gramsIn, nextDue, nextRateStep, rateStepsDue, ratesOf, rateTable, vitalsDue } from "./timing.js";
import { word } from "./words.js";

const MINUTE = 60_000;

// Returns the concentration of what runs, mg/mL; null where it is not known.
export function concentrationOf(draft, products) {
  const own = draft.vials.at(-1)?.concentration_mg_per_ml ?? null;
  return own ?? products.find((each) => each.key === productOf(draft))?.concentration_mg_per_ml ?? null;
}

export function dueOf(draft, protocol, now) {
  const start = startOf(draft);
  if (start === null) return [];
  const asks = draft.rates.filter((row) => row.ml_per_h > 0 || row.reason === "reaction");
  return vitalsDue(protocol, {
    startedAt: Date.parse(start),
    endedAt: draft.ended_at === null ? null : Date.parse(draft.ended_at),
    ratesAt: asks.map((row) => Date.parse(row.at)),
    takenAt: draft.vitals.map((row) => Date.parse(row.at)),
    now,
  });
}

const firstOnset = (reactions) => reactions.map((row) => Date.parse(row.onset_at)).sort((a, b) => a - b)[0] ?? null;

// Returns the rates of the last infusion as they come today; none where another product ran.
export function lastRatesOf(draft, protocol, now) {
  const last = draft.packet.last_infusion;
  const isSame = last !== null && last.product !== null && last.product === productOf(draft);
  const stepOf = (row) => ({ at: Date.parse(row.at), ml_per_h: row.ml_per_h });
  const then = isSame ? { steps: last.rates.map(stepOf), reactedAt: firstOnset(last.reactions) } : null;
  return rateStepsDue(then, {
    steps: draft.rates.map(stepOf),
    endedAt: draft.ended_at === null ? null : Date.parse(draft.ended_at),
    reactedAt: firstOnset(draft.reactions),
    now,
    grace: protocol.grace,
  });
}

// Returns all that the strip says at a moment.
export function standing(draft, packets, now) {
  const start = startOf(draft);
  const steps = stepsOf(draft).map((row) => ({ at: Date.parse(row.at), ml_per_h: row.ml_per_h, volume_ml: row.volume_so_far_ml ?? undefined }));
  const until = draft.ended_at === null ? now : Date.parse(draft.ended_at);
  const ran = rateTable(steps.filter((step) => step.at <= until), until);
  const concentration = concentrationOf(draft, packets.products);
  const rate = draft.ended_at === null ? (ran.at(-1)?.step.ml_per_h ?? null) : null;
  const volume = ran.at(-1)?.after_ml ?? null;
  return {
    elapsed: start === null ? null : Math.max(0, until - Date.parse(start)),
    rate,
    ...(rate === null ? { mlPerKgH: null, mgPerKgMin: null } : ratesOf(rate, weightOf(draft), concentration)),
    verdict: rate === null ? null : judge(draft, rate),
    volume,
    grams: volume === null ? null : gramsIn(volume, concentration),
    ordered: totalsOf(draft).ordered,
    due: nextDue(dueOf(draft, packets.protocol, now)),
    next: nextRateStep(lastRatesOf(draft, packets.protocol, now)),
  };
}

export function elapsedWords(ms) {
  if (ms === null) return word("not_started");
  const minutes = Math.floor(ms / MINUTE);
  return word("elapsed", { h: Math.floor(minutes / 60), min: String(minutes % 60).padStart(2, "0") });
}

function dueWords(due, now, clock) {
  if (due === null) return ["–", ""];
  const away = Math.round((due.at - now) / MINUTE);
  const why = word(`why.${due.why}`);
  if (due.state === "overdue") return [word("due_late", { min: -away }), "late"];
  if (away <= 0 || due.state === "due") return [word("due_now", { why }), "due"];
  return [word("due_in", { min: away, at: clock(due.at), why }), ""];
}

export function overWords(verdict) {
  return verdict?.verdict.startsWith("over") ? word("over_limit", { limit: showNumber(verdict.limit) }) : "";
}

// Returns what the strip tells of a rate of last time. One that is over a limit is shown, never announced.
function lastRate(draft, next, now, clock) {
  const away = Math.round((next.at - now) / MINUTE);
  const over = overWords(judge(draft, next.ml_per_h));
  const isDue = ["due", "overdue"].includes(next.state) && over === "";
  const values = { rate: showNumber(next.ml_per_h), at: clock(next.at) };
  const isPaused = next.state === "paused";
  const when = next.state === "planned" ? word("last_rate_in", { min: away }) : word(`last_rate.${next.state}`, { min: -away });
  const hadReaction = draft.packet.last_infusion.reactions.length > 0;
  return {
    rate: isPaused ? `${values.rate} mL/h` : word("last_rate_from", values),
    when,
    over: [over, hadReaction ? word("last_rate_reaction") : ""].filter(Boolean).join(" · "),
    mark: isDue ? "due" : "",
    told: isDue ? word(hadReaction ? "last_rate_told_reaction" : "last_rate_told", values) : "",
  };
}

function cell(name, value, { more = "", over = "", mark = "" } = {}) {
  return h("div", { "data-mark": mark || null },
    h("dt", {}, name),
    h("dd", {}, value),
    over ? h("dd", { class: "over" }, over) : null,
    more ? h("dd", { class: "quiet" }, more) : null);
}

// Writes the strip into its place; alerts are text and shape, and speak once when they change.
export function drawStrip(place, draft, packets, { now, clock }) {
  const told = standing(draft, packets, now);
  const [due, mark] = dueWords(told.due, now, clock);
  const rate = told.rate === null
    ? "–"
    : told.rate === 0
      ? word("paused")
      : `${showNumber(told.rate)} mL/h`;
  const perKg = told.rate ? `${showNumber(told.mlPerKgH)} mL/kg/h · ${showNumber(told.mgPerKgMin)} mg/kg/min` : "";
  const last = told.next === null ? null : lastRate(draft, told.next, now, clock);
  const given = word("grams_of", { grams: showNumber(told.grams ?? 0, 1), ordered: showNumber(told.ordered, 1) });
  place.replaceChildren(...[
    cell(word("strip.time"), elapsedWords(told.elapsed)),
    cell(word("strip.rate"), rate, { more: perKg, over: overWords(told.verdict) }),
    last === null ? null : cell(word("strip.rate_due"), last.rate, { more: last.when, over: last.over, mark: last.mark }),
    cell(word("strip.grams"), given, { more: told.volume === null ? "" : `${showNumber(told.volume, 0)} mL` }),
    cell(word("strip.vitals"), due, { mark }),
  ].filter(Boolean));
  return { mark, told: last?.told ?? "" };
}
