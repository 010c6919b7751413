// The strip on top of every step: how long, how fast, how much, and what is due. It never blocks.

import { judge, productOf, startOf, stepsOf, totalsOf, weightOf } from "./bundle.js";
import { h, showNumber } from "./fields.js";
import { gramsIn, nextDue, ratesOf, rateTable, vitalsDue } from "./timing.js";
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
  const over = told.verdict?.verdict.startsWith("over") ? word("over_limit", { limit: showNumber(told.verdict.limit) }) : "";
  const cells = [
    [word("strip.time"), elapsedWords(told.elapsed), ""],
    [word("strip.rate"), rate, [perKg, over].filter(Boolean).join(" · ")],
    [word("strip.vitals"), due, ""],
    [word("strip.grams"), word("grams_of", { grams: showNumber(told.grams ?? 0, 1), ordered: showNumber(told.ordered, 1) }), told.volume === null ? "" : `${showNumber(told.volume, 0)} mL`],
  ];
  place.replaceChildren(...cells.map(([name, value, more], index) =>
    h("div", { "data-mark": index === 2 ? mark || null : null }, h("dt", {}, name), h("dd", {}, value), more ? h("dd", { class: "quiet" }, more) : null)));
  return { due, mark };
}
