// The step while it runs: rate steps with what the limit says of them, and vital signs as they
// are due by the clinic's protocol.

import { judge, startOf, stepsOf, weightOf } from "./bundle.js";
import { VITALS } from "./faults.js";
import { button, h, numberField, selectField, showNumber, textField } from "./fields.js";
import { keptRows, momentOf } from "./steps.js";
import { concentrationOf, dueOf } from "./strip.js";
import { ratesOf } from "./timing.js";
import { newRow } from "./visit-draft.js";
import { thisMinute } from "./zones.js";
import { word } from "./words.js";

export function runningStep(ctx) {
  return [vitalsPart(ctx), ratePart(ctx), duePart(ctx)];
}

function told(draft, packets, mlPerH) {
  const { mlPerKgH, mgPerKgMin } = ratesOf(mlPerH, weightOf(draft), concentrationOf(draft, packets.products));
  const { verdict, limit } = judge(draft, mlPerH);
  const units = `${showNumber(mlPerKgH)} mL/kg/h · ${showNumber(mgPerKgMin)} mg/kg/min`;
  return { verdict, text: `${units}. ${word(`verdict.${verdict}`, { limit: showNumber(limit) })}` };
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
