// The last steps: how it ended, what is missing, and the signature. The server decides finally.

import { gapsOf, startOf, stepsOf, totalsOf } from "./bundle.js";
import { button, h } from "./dom.js";
import { checkField, choiceField, selectField, showNumber, textField, timeField } from "./fields.js";
import { refusalBox } from "./refusal.js";
import { momentOf } from "./steps.js";
import { newRow } from "./visit-draft.js";
import { thisMinute } from "./zones.js";
import { word } from "./words.js";

const OUTCOMES = ["given", "partly_given", "not_given"];
const LOOKS = ["normal", "red", "swollen", "bleeding"];

const named = (prefix, keys) => keys.map((key) => [key, word(`${prefix}.${key}`)]);

// Ends the infusion: the pump stands from then on.
function endAt(draft, at) {
  draft.ended_at = at;
  const last = stepsOf(draft).at(-1);
  if (last === undefined) return;
  if (last.reason === "end") last.at = at;
  else if (last.ml_per_h > 0) {
    draft.rates.push(newRow({ at, ml_per_h: 0, reason: "end", volume_so_far_ml: null, over_limit_reason: null }));
  }
}

export function endStep(ctx) {
  const { draft } = ctx;
  const isGiven = draft.outcome === "given" || draft.outcome === "partly_given";
  const totals = totalsOf(draft);
  const needsReason = (draft.outcome !== null && draft.outcome !== "given") || totals.isWithin === false;
  const set = (name) => (value) => ctx.change(() => { draft[name] = value; });
  return [
    choiceField(word("how_it_ended"), draft.outcome, named("visit", OUTCOMES), (value) => ctx.change(() => { draft.outcome = value; }, { redraw: true })),
    totals.isWithin === false ? h("p", { class: "note" }, word("apart", { infused: showNumber(totals.infused), ordered: showNumber(totals.ordered) })) : null,
    needsReason ? textField(word("outcome_reason"), draft.outcome_reason, set("outcome_reason"), { lines: true }) : null,
    isGiven && startOf(draft) !== null ? endTime(ctx) : null,
    isGiven ? removedPart(ctx) : null,
    draft.left_at === null
      ? button(word("leave_now"), () => ctx.change(() => { draft.left_at = thisMinute(); }, { redraw: true }))
      : timeField(word("left"), ctx.wall(draft.left_at), (wall) => ctx.change(() => { draft.left_at = ctx.instant(wall); })),
    textField(word("visit_note"), draft.note, set("note"), { lines: true }),
  ];
}

function endTime(ctx) {
  const { draft } = ctx;
  if (draft.ended_at === null) {
    return button(word("end_now"), () => ctx.change(() => endAt(draft, thisMinute()), { redraw: true }), { kind: "big" });
  }
  return timeField(word("ended"), ctx.wall(draft.ended_at), (wall) => ctx.change(() => endAt(draft, ctx.instant(wall))));
}

function removedPart(ctx) {
  const { draft } = ctx;
  const row = draft.access_removed;
  const changed = (value) => ctx.change(() => {
    draft.access_removed = value === null ? null : { ...(row ?? newRow({ at: thisMinute() })), site_looks: value };
  }, { redraw: true });
  return h("div", {},
    selectField(word("access_removed"), row?.site_looks ?? null, named("looks", LOOKS), changed),
    row === null ? null : momentOf(ctx, row));
}

export function signStep(ctx) {
  const { draft, packets } = ctx;
  const gaps = gapsOf(draft, packets.red_flags);
  const totals = totalsOf(draft);
  const typed = (draft.typed.signature ??= { isSure: false, name: null });
  const sign = () => {
    if (gaps.length > 0) return ctx.say(word("still_missing", { n: gaps.length }));
    if (!typed.isSure || !isOwnName(typed.name, draft.nurse_name)) return ctx.say(word("sign_needs_name", { name: draft.nurse_name }));
    return ctx.send({ isSigned: true });
  };
  return [
    refusalBox(ctx),
    gaps.length === 0 ? draft.refused ? null : h("p", { class: "ready" }, word("nothing_missing")) : missingBox(ctx, gaps),
    h("dl", { class: "facts" },
      fact(word("sum.outcome"), draft.outcome === null ? "–" : word(`visit.${draft.outcome}`)),
      fact(word("sum.grams"), word("grams_of", { grams: showNumber(totals.infused), ordered: showNumber(totals.ordered) })),
      fact(word("sum.wasted"), `${showNumber(totals.wasted)} g`),
      fact(word("sum.vials"), draft.vials.map((vial) => vial.lot).join(", ") || "–"),
      fact(word("sum.reactions"), draft.reactions.map((row) => word(`term.${row.term}`)).join(", ") || word("no_reactions"))),
    h("fieldset", { class: "vial" },
      h("legend", {}, word("signature")),
      checkField(word("statement"), typed.isSure, (isOn) => ctx.change(() => { typed.isSure = isOn; })),
      textField(word("your_name"), typed.name, (value) => ctx.change(() => { typed.name = value; }), { hint: draft.nurse_name }),
      button(word("sign_and_send"), sign, { kind: "big" })),
    h("details", {}, h("summary", {}, word("send_unsigned_why")),
      h("p", {}, word("send_unsigned_told")),
      button(word("send_unsigned"), () => ctx.send({ isSigned: false }), { kind: "plain" })),
  ];
}

const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));

const plain = (text) => (text ?? "").normalize("NFKC").trim().toLocaleLowerCase();
const isOwnName = (typed, name) => plain(typed) === plain(name);

function missingBox(ctx, gaps) {
  return h("div", { class: "missing" },
    h("h3", {}, word("missing")),
    h("ul", {}, gaps.map((gap) => h("li", {}, button(`${word(`step.${gap.step}`)}: ${word(gap.key)}`, () => ctx.go(gap.step), { kind: "plain" })))));
}
