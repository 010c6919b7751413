// What the server refused of a visit: each fault in words, with the way to its field, and in the
// step itself the field of a kept row; a value that is only unusual can be confirmed.

import { button, h } from "./dom.js";
import { labelOf, leafOf, reasonOf, rowOf } from "./faults.js";
import { checkField, numberField, textField, timeField } from "./fields.js";
import { word } from "./words.js";

const named = (ctx, field) => labelOf(field, ctx.packets.choices.questions);

// Says what is wrong, and where.
function told(ctx, fault) {
  const of = [word(`step.${fault.step}`), rowName(ctx, fault.id), named(ctx, fault.field)].filter(Boolean).join(", ");
  return `${of}: ${reasonOf(fault)}`;
}

// Says which of several kept rows it is.
function rowName(ctx, id) {
  const row = rowOf(ctx.draft, id);
  if (row === null) return "";
  if (row.lot) return `${word("lot")} ${row.lot}`;
  if (row.term) return word(`term.${row.term}`);
  return ctx.clock(row.at ?? row.onset_at);
}

// In the step of the signature: everything, each with the way there.
export function refusalBox(ctx) {
  const { refused } = ctx.draft;
  if (!refused) return null;
  const faults = refused.errors.map((fault) => {
    const go = button("", () => ctx.go(fault.step, named(ctx, fault.field)), { kind: "plain" });
    go.append(told(ctx, fault));
    return h("li", {}, go, confirmField(ctx, fault));
  });
  const clashes = refused.conflicts.map((clash) => h("li", {}, ...clashBox(ctx, clash)));
  const listed = [...faults, ...clashes];
  return h("div", { class: "missing", role: "alert" },
    h("h3", {}, word("refused_visit")),
    listed.length === 0 ? h("p", {}, refused.problem ?? "") : h("ul", {}, listed));
}

function confirmField(ctx, { severity, id, field }) {
  const { confirmed } = ctx.draft;
  if (severity !== "unusual" || id === null) return null;
  const confirm = (isOn) => ctx.change(() => {
    const others = (confirmed[id] ?? []).filter((each) => each !== field);
    if (isOn || others.length > 0) confirmed[id] = isOn ? [...others, field] : others;
    else delete confirmed[id];
  });
  return checkField(word("is_right_so"), confirmed[id]?.includes(field) ?? false, confirm);
}

const shown = (value) => (value === null || value === "" ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value));
const isSame = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// A row that the server has otherwise: what differs, and a correction of it, with its reason.
function clashBox(ctx, clash) {
  const { draft } = ctx;
  const { stored, sent } = clash;
  const differ = stored === null ? [] : Object.keys(sent).filter((name) => name in stored && !isSame(sent[name], stored[name]));
  const names = differ.map((name) => named(ctx, name)).join(", ");
  const parts = [
    button(`${word(`step.${clash.step}`)}${names ? `: ${names}` : ""}`, () => ctx.go(clash.step, differ.length > 0 ? named(ctx, differ[0]) : null), { kind: "plain" }),
    differ.length === 0 ? h("p", {}, clash.reason) : h("ul", {}, differ.map((name) =>
      h("li", {}, word("clash_field", { field: named(ctx, name), stored: shown(stored[name]), sent: shown(sent[name]) })))),
  ];
  if (!stored?.version || stored.id !== clash.id || differ.length === 0) return parts;
  const why = (value) => ctx.change(() => {
    draft.corrections ??= {};
    if (value === null) delete draft.corrections[clash.id];
    else draft.corrections[clash.id] = { version: stored.version, change_reason: value };
  });
  return [...parts, textField(word("clash_reason"), draft.corrections?.[clash.id]?.change_reason, why, { lines: true })];
}

// In any other step: the faults that belong to it, with the fields of rows that are kept.
export function faultsHere(ctx, step) {
  const faults = (ctx.draft.refused?.errors ?? []).filter((fault) => fault.step === step);
  if (faults.length === 0) return null;
  return h("div", { class: "missing" },
    h("h3", {}, word("refused_here")),
    faults.map((fault) => h("div", {}, h("p", {}, told(ctx, fault)), rowField(ctx, fault), confirmField(ctx, fault))));
}

// The field of a kept row, to be put right; null where the step has it in the open anyway.
function rowField(ctx, { id, field }) {
  const row = rowOf(ctx.draft, id);
  const name = leafOf(field);
  if (row === null || !(name in row)) return null;
  const label = named(ctx, field);
  const set = (value) => ctx.change(() => { row[name] = value; });
  if (name === "at" || name.endsWith("_at")) return timeField(label, ctx.wall(row[name]), (wall) => set(ctx.instant(wall)));
  if (typeof row[name] === "number") return numberField(label, row[name], (value) => value !== null && set(value));
  const isText = name.endsWith("_reason") || ["description", "medication", "physician_notified", "lot", "drug", "dose", "site"].includes(name);
  return isText ? textField(label, row[name], set, { lines: name.endsWith("_reason") }) : null;
}
