// The step while it runs: rate steps with what the limit says of them, the rates of last time, and
// vital signs as they are due by the clinic's protocol.

import { judge, limitOf, productOf, startOf, stepsOf, weightOf } from "./bundle.js";
import { VITALS } from "./faults.js";
import { button, h } from "./dom.js";
import { numberField, selectField, showNumber, textField } from "./fields.js";
import { keptRows, momentOf } from "./steps.js";
import { concentrationOf, dueOf, lastRatesOf, overWords } from "./strip.js";
import { ratesOf } from "./timing.js";
import { newRow } from "./visit-draft.js";
import { thisMinute } from "./zones.js";
import { word } from "./words.js";

export function runningStep(ctx) {
  return [vitalsPart(ctx), ratePart(ctx), duePart(ctx), lastRatesPart(ctx)];
}

function told(draft, packets, mlPerH) {
  const { mlPerKgH, mgPerKgMin } = ratesOf(mlPerH, weightOf(draft), concentrationOf(draft, packets.products));
  const { verdict, limit } = judge(draft, mlPerH);
  const units = `${showNumber(mlPerKgH)} mL/kg/h · ${showNumber(mgPerKgMin)} mg/kg/min`;
  return { verdict, text: `${units}. ${word(`verdict.${verdict}`, { limit: showNumber(limit) })}` };
}

// Never above the limit itself, so that what is typed as it stands here is not over it.
const floorTo = (value, parts) => Math.floor(value * parts + 1e-9) / parts;

// What the catalogue says of this patient's rates, in the units of pump and label.
function limitPart(ctx) {
  const { draft, packets } = ctx;
  const limit = limitOf(draft);
  if (limit === undefined) return h("p", { class: "quiet" }, word("no_limit"));
  const { sure_ml_per_kg_h: sure, maximum_ml_per_kg_h: highest, initial_ml_per_kg_h: first } = limit;
  const basis = limit.basis ?? "own"; // packets of before know none
  const weight = weightOf(draft);
  const told = (perKg) => {
    const { mgPerKgMin } = ratesOf(perKg, 1, concentrationOf(draft, packets.products));
    const perHour = weight === null ? [] : [`${showNumber(floorTo(perKg * weight, 10), 1)}\u00a0mL/h`];
    return [...perHour, `${showNumber(perKg)}\u00a0mL/kg/h`, `${showNumber(mgPerKgMin)}\u00a0mg/kg/min`].join(" · ");
  };
  const doubted = sure === null && basis === "own" ? "highest" : basis;
  const rows = [
    ...(first === null ? [] : [["first", first]]),
    ...(sure === null ? [] : [["highest", sure]]),
    ...(highest === sure ? [] : [[doubted, highest]]),
  ];
  const risk = word(`limit_risk.${limit.risk}`, { diagnosis: draft.packet.patient.diagnosis });
  return h("div", { class: "limits" },
    h("h4", {}, word(sure === null ? "catalogue_rates" : "label_rates")),
    h("dl", { class: "facts" }, rows.map(([key, perKg]) => h("div", {}, h("dt", {}, word(`label.${key}`)), h("dd", {}, told(perKg))))),
    h("p", { class: "quiet" }, risk),
    limit.lacks_risk_figure ? h("p", {}, word("no_risk_rate")) : null);
}

function ratePart(ctx) {
  const { draft, packets } = ctx;
  const form = (draft.typed.rate ??= { ml_per_h: null, reason: "titration", volume_so_far_ml: null, over_limit_reason: null });
  const says = h("p", { role: "status", class: "quiet" });
  const overReason = textField(word("over_limit_reason"), form.over_limit_reason, (value) => ctx.change(() => { form.over_limit_reason = value; }));
  const judgeNow = () => {
    const shown = form.ml_per_h === null ? null : told(draft, packets, form.ml_per_h);
    says.textContent = shown === null ? "" : shown.text;
    overReason.hidden = shown?.verdict !== "over";
  };
  judgeNow();
  const set = (name) => (value) => { ctx.change(() => { form[name] = value; }); judgeNow(); };
  const add = (mlPerH, reason) => () => {
    if (mlPerH === null) return ctx.say(word("type_rate"));
    if (judge(draft, mlPerH).verdict === "over" && !form.over_limit_reason) return ctx.say(word("gap.over"));
    const at = thisMinute();
    if (draft.rates.some((row) => row.at === at)) return ctx.say(word("one_a_minute"));
    return ctx.change(() => {
      draft.rates.push(newRow({ at, ml_per_h: mlPerH, reason, volume_so_far_ml: form.volume_so_far_ml, over_limit_reason: form.over_limit_reason }));
      draft.typed.rate = { ml_per_h: null, reason: "titration", volume_so_far_ml: null, over_limit_reason: null };
    }, { redraw: true });
  };
  const steps = stepsOf(draft);
  const current = steps.at(-1)?.ml_per_h ?? null;
  const reasons = packets.choices.rate_reasons.filter((key) => key !== "end").map((key) => [key, word(`reason.${key}`)]);
  return h("section", {},
    h("h3", {}, word("rate")),
    keptRows(ctx, draft.rates, (row) => `${row.ml_per_h === 0 ? word("paused") : `${showNumber(row.ml_per_h)} mL/h`}, ${word(`reason.${row.reason}`)}`),
    overReasons(ctx),
    limitPart(ctx),
    h("div", { class: "pair" },
      numberField(word("new_rate"), form.ml_per_h, set("ml_per_h"), { unit: "mL/h" }),
      selectField(word("why_rate"), form.reason, reasons, (value) => set("reason")(value ?? "titration"))),
    says,
    overReason,
    numberField(word("volume_so_far"), form.volume_so_far_ml, set("volume_so_far_ml"), { unit: "mL", hint: word("volume_so_far_hint") }),
    h("div", { class: "row" },
      button(word(startOf(draft) === null ? "start_now" : "change_rate"), () => add(form.ml_per_h, form.reason)(), { kind: "big" }),
      current ? button(word("pause"), () => add(0, form.reason === "titration" ? "other" : form.reason)(), { kind: "plain" }) : null),
    steps.length === 0 ? null : h("details", {}, h("summary", {}, word("put_times_right")), steps.map((row) => momentOf(ctx, row, `${showNumber(row.ml_per_h)} mL/h`))));
}

// A rate can turn out to be over the limit later, such as when the weight is entered after it.
function overReasons(ctx) {
  const { draft } = ctx;
  const over = draft.rates.filter((row) => judge(draft, row.ml_per_h).verdict === "over");
  return h("div", {}, over.map((row) => textField(word("over_limit_reason_of", { rate: showNumber(row.ml_per_h), at: ctx.clock(row.at) }),
    row.over_limit_reason, (value) => ctx.change(() => { row.over_limit_reason = value; }), { lines: true })));
}

function vitalsPart(ctx) {
  const { draft } = ctx;
  const form = (draft.typed.vitals ??= Object.fromEntries(VITALS.map((name) => [name, null])));
  const set = (name) => (value) => ctx.change(() => { form[name] = value; });
  const add = () => {
    if (Object.values(form).every((value) => value === null)) return ctx.say(word("type_vitals"));
    return ctx.change(() => {
      draft.vitals.push(newRow({ at: thisMinute(), ...form }));
      draft.typed.vitals = undefined;
    }, { redraw: true });
  };
  const rowWords = (row) => VITALS.filter((name) => row[name] !== null).map((name) => `${word(`vital.${name}`)} ${showNumber(row[name])}`).join(", ");
  return h("section", {},
    h("h3", {}, word("vitals")),
    keptRows(ctx, draft.vitals, rowWords),
    h("div", { class: "vitals" }, VITALS.map((name) => numberField(word(`vital.${name}`), form[name], set(name)))),
    button(word("keep_vitals"), add, { kind: "big" }),
    draft.vitals.length === 0 ? null : h("details", {}, h("summary", {}, word("put_times_right")), draft.vitals.map((row) => momentOf(ctx, row))));
}

function duePart(ctx) {
  const due = dueOf(ctx.draft, ctx.packets.protocol, Date.now());
  if (due.length === 0) return null;
  const rows = due.map((one) => h("li", { "data-mark": one.state }, `${ctx.clock(one.at)} · ${word(`why.${one.why}`)}: ${word(`due.${one.state}`)}`));
  return h("section", {}, h("h3", {}, word("vitals_due")), h("ul", { class: "due-list" }, rows));
}

// What ran last time, beside when it would come today.
function lastRatesPart(ctx) {
  const { draft, packets } = ctx;
  const last = draft.packet.last_infusion;
  if (last === null || last.rates.length === 0 || draft.ended_at !== null) return null;
  const heading = h("h3", {}, word("last_rates_on", { day: ctx.date(last.started_at.slice(0, 10)) }));
  if (last.product !== productOf(draft)) return h("section", {}, heading, h("p", { class: "quiet" }, word("last_rates_other")));
  const now = Date.now();
  const rows = lastRatesOf(draft, packets.protocol, now).map((one) => h("li", { "data-mark": one.state === "overdue" ? "due" : one.state }, stepWords(ctx, one, now)));
  const terms = last.reactions.map((one) => word(`term.${one.term}`)).join(", ");
  return h("section", {},
    heading,
    h("p", { class: "quiet" }, word("last_rates_why")),
    terms ? h("p", {}, word("last_rates_reaction", { terms })) : null,
    h("ul", { class: "due-list" }, rows));
}

function stepWords(ctx, one, now) {
  const rate = showNumber(one.ml_per_h);
  const min = Math.round(one.after / 60_000);
  const isClear = one.at !== null && !["paused", "reaction"].includes(one.state);
  const told = isClear ? word("last_rate_from", { rate, at: ctx.clock(one.at) }) : word("last_rate_after", { rate, min });
  const state = one.at === null ? "" : word(`last_rate.${one.state}`, { min: Math.round((now - one.at) / 60_000) });
  return [told, state, overWords(judge(ctx.draft, one.ml_per_h))].filter(Boolean).join(" · ");
}
