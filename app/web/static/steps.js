// The steps before the infusion: who it is, the checks, how the patient was, weight, drugs, access.

import { button, h } from "./dom.js";
import {
  checkField, choiceField, numberField, selectField, showNumber, textField, timeField,
} from "./fields.js";
import { newRow } from "./visit-draft.js";
import { thisMinute } from "./zones.js";
import { word } from "./words.js";

const options = (prefix, keys) => keys.map((key) => [key, word(`${prefix}.${key}`)]);

// The moment of a row, which can be put right.
export function momentOf(ctx, row, label = word("at")) {
  return timeField(label, ctx.wall(row.at), (wall) => ctx.change(() => { row.at = ctx.instant(wall); }));
}

// A list of rows that were kept, each with a button that takes it out again.
export function keptRows(ctx, rows, textOf) {
  if (rows.length === 0) return null;
  const items = rows.map((row) =>
    h("li", {},
      h("span", {}, `${ctx.clock(row.at ?? row.started_at ?? row.onset_at)} · ${textOf(row)}`),
      button(word("take_out"), () => ctx.change(() => rows.splice(rows.indexOf(row), 1), { redraw: true }), {
        kind: "plain",
        "aria-label": word("take_out_what", { what: textOf(row) }),
      })),
  );
  return h("ul", { class: "kept" }, items);
}

export function identityStep(ctx) {
  const { draft } = ctx;
  const { patient } = draft.packet;
  const chosen = new Set(draft.identity?.identifiers ?? draft.typed.identifiers ?? []);
  const shown = {
    name: [patient.given_name, patient.family_name].filter(Boolean).join(" "),
    birth_date: patient.birth_date === null ? "" : ctx.date(patient.birth_date),
    patient_id: patient.external_id,
  };
  const changed = (key, isOn) => ctx.change(() => {
    if (isOn) chosen.add(key);
    else chosen.delete(key);
    const identifiers = ctx.packets.choices.identifiers.filter((each) => chosen.has(each));
    draft.typed.identifiers = identifiers;
    const row = draft.identity ?? newRow({ at: thisMinute() });
    draft.identity = identifiers.length < 2 ? null : { ...row, identifiers };
  });
  const ticks = ctx.packets.choices.identifiers.map((key) => {
    const told = shown[key] ? `${word(`identifier.${key}`)}: ${shown[key]}` : word(`identifier.${key}`);
    return checkField(told, chosen.has(key), (isOn) => changed(key, isOn));
  });
  const arrive = draft.arrived_at === null
    ? button(word("arrived_now"), () => ctx.change(() => { draft.arrived_at = thisMinute(); }, { redraw: true }), { kind: "big" })
    : timeField(word("arrived"), ctx.wall(draft.arrived_at), (wall) => ctx.change(() => { draft.arrived_at = ctx.instant(wall); }));
  return [
    arrive,
    h("fieldset", { class: "ticks" }, h("legend", {}, word("identity_ask")), ticks),
    draft.packet.note ? h("p", { class: "note" }, draft.packet.note) : null,
    lastTime(ctx),
  ];
}

function lastTime(ctx) {
  const last = ctx.draft.packet.last_infusion;
  if (last === null) return null;
  const rates = last.rates.map((rate) => showNumber(rate.ml_per_h)).join(" → ");
  const reactions = last.reactions.map((one) => word("last_reaction", { term: word(`term.${one.term}`), grade: one.grade }));
  return h("section", { class: "last" },
    h("h3", {}, word("last_infusion")),
    h("p", {}, word("last_told", { day: ctx.date(last.started_at.slice(0, 10)), grams: showNumber(last.dose_g), lots: last.lots.join(", ") || "–" })),
    rates ? h("p", {}, word("last_rates", { rates })) : null,
    h("p", {}, reactions.length === 0 ? word("no_last_reaction") : reactions.join("; ")));
}

export function checksStep(ctx) {
  const { draft } = ctx;
  const { questions, answers } = ctx.packets.choices;
  const typed = (draft.typed.checks ??= { answers: {}, note: null });
  const keep = () => {
    if (!questions.every((name) => typed.answers[name])) return;
    const row = draft.checks ?? newRow({ at: thisMinute() });
    draft.checks = { ...row, answers: { ...typed.answers }, note: typed.note };
  };
  const warned = h("p", { class: "warning", role: "status" });
  const warn = () => {
    const missing = ["consent", "anaphylaxis_kit"].filter((name) => typed.answers[name] && typed.answers[name] !== "yes");
    warned.hidden = missing.length === 0;
    warned.textContent = missing.map((name) => word(`without.${name}`)).join(" ");
  };
  warn();
  const fields = questions.map((name) =>
    choiceField(word(`question.${name}`), typed.answers[name], options("answer", answers), (value) => {
      ctx.change(() => { typed.answers[name] = value; keep(); });
      warn();
    }));
  return [
    h("div", { class: "questions" }, fields),
    warned,
    textField(word("note"), typed.note, (value) => ctx.change(() => { typed.note = value; keep(); }), { lines: true }),
    draft.checks === null ? null : momentOf(ctx, draft.checks),
  ];
}

export function beforeStep(ctx) {
  const { draft } = ctx;
  const worn = draft.wearing_off;
  const grip = (draft.typed.grip ??= { measure: "grip_kpa", right_hand: null, left_hand: null, device: null });
  const keepGrip = () => {
    const isEmpty = grip.right_hand === null && grip.left_hand === null;
    draft.grip = isEmpty ? null : { ...(draft.grip ?? newRow({ at: thisMinute() })), ...grip };
  };
  const gripped = (name) => (value) => ctx.change(() => { grip[name] = value; keepGrip(); });
  return [
    draft.packet.course_day > 1 ? h("p", { class: "quiet" }, word("asked_on_first_day")) : null,
    choiceField(word("weaker_before"), worn?.weaker_before, options("weaker", ["yes", "no", "unsure"]), (value) =>
      ctx.change(() => {
        draft.wearing_off = { ...(worn ?? newRow({ at: thisMinute(), from_days_before: null })), weaker_before: value };
        if (value !== "yes") draft.wearing_off.from_days_before = null;
      }, { redraw: true })),
    worn?.weaker_before === "yes"
      ? numberField(word("from_days_before"), worn.from_days_before, (value) => ctx.change(() => { worn.from_days_before = value; }))
      : null,
    h("h3", {}, word("grip_before")),
    selectField(word("grip_measure"), grip.measure, options("grip", ["grip_kpa", "grip_kg"]), (value) => gripped("measure")(value ?? "grip_kpa")),
    h("div", { class: "pair" },
      numberField(word("left_hand"), grip.left_hand, gripped("left_hand")),
      numberField(word("right_hand"), grip.right_hand, gripped("right_hand"))),
    textField(word("grip_device"), grip.device, gripped("device")),
    draft.grip === null ? null : momentOf(ctx, draft.grip),
    textField(word("no_trough_reason"), draft.no_trough_reason, (value) => ctx.change(() => { draft.no_trough_reason = value; })),
  ];
}

export function weightStep(ctx) {
  const { draft } = ctx;
  const before = draft.packet.weights.map((one) =>
    h("li", {}, word(`weight.${one.kind}`, { kg: showNumber(one.weight_kg), day: one.measured_at ? ctx.date(one.measured_at.slice(0, 10)) : "–" })));
  const changed = (value) => ctx.change(() => {
    draft.weight = value === null ? null : { ...(draft.weight ?? newRow({ at: thisMinute() })), weight_kg: value };
  });
  return [
    before.length === 0 ? null : h("ul", {}, before),
    numberField(word("weight_today"), draft.weight?.weight_kg, changed, { unit: "kg" }),
    draft.weight === null ? null : momentOf(ctx, draft.weight),
  ];
}

export function premedicationStep(ctx) {
  const { draft } = ctx;
  const drug = (draft.typed.premedication ??= { drug: null, dose: null, route: "oral" });
  const drink = (draft.typed.hydration ??= { route: "oral", volume_ml: null });
  const routes = options("route", ctx.packets.choices.routes);
  const set = (form, name) => (value) => ctx.change(() => { form[name] = value; });
  const add = (kind, form, blank) => () => {
    if (Object.values(form).includes(null)) return ctx.say(word("fill_all"));
    return ctx.change(() => {
      draft[kind].push(newRow({ at: thisMinute(), ...form }));
      draft.typed[kind] = blank;
    }, { redraw: true });
  };
  return [
    h("h3", {}, word("premedication")),
    keptRows(ctx, draft.premedication, (row) => `${row.drug}, ${row.dose}, ${word(`route.${row.route}`)}`),
    textField(word("drug"), drug.drug, set(drug, "drug")),
    textField(word("dose_given"), drug.dose, set(drug, "dose")),
    selectField(word("route"), drug.route, routes, set(drug, "route")),
    button(word("add_drug"), add("premedication", drug, { drug: null, dose: null, route: "oral" })),
    h("h3", {}, word("hydration")),
    keptRows(ctx, draft.hydration, (row) => `${showNumber(row.volume_ml)} mL, ${word(`route.${row.route}`)}`),
    numberField(word("volume"), drink.volume_ml, set(drink, "volume_ml"), { unit: "mL" }),
    selectField(word("route"), drink.route, routes, set(drink, "route")),
    button(word("add_drink"), add("hydration", drink, { route: "oral", volume_ml: null })),
  ];
}

export function accessStep(ctx) {
  const { draft } = ctx;
  const form = (draft.typed.access ??= { device: "peripheral", site: null, side: null, gauge: null, attempts: 1 });
  const set = (name) => (value) => ctx.change(() => { form[name] = value; });
  const add = (outcome) => () => {
    if (form.device === null) return ctx.say(word("fill_all"));
    return ctx.change(() => draft.access.push(newRow({ at: thisMinute(), ...form, outcome })), { redraw: true });
  };
  return [
    keptRows(ctx, draft.access, (row) => [word(`device.${row.device}`), row.site, row.side && word(`side.${row.side}`), word(`access.${row.outcome}`)].filter(Boolean).join(", ")),
    selectField(word("device"), form.device, options("device", ctx.packets.choices.devices), set("device")),
    textField(word("site"), form.site, set("site")),
    choiceField(word("side"), form.side, options("side", ["left", "right"]), set("side")),
    h("div", { class: "pair" },
      numberField(word("gauge"), form.gauge, set("gauge")),
      numberField(word("attempts"), form.attempts, set("attempts"))),
    h("div", { class: "row" },
      button(word("access.working"), add("working"), { kind: "big" }),
      button(word("access.failed"), add("failed"), { kind: "plain" })),
  ];
}
