// The reaction: one tap from anywhere, then what it was; a red flag's words stand there at once.

import { redFlagOf } from "./bundle.js";
import { button, h } from "./dom.js";
import { checkField, selectField, textField } from "./fields.js";
import { keptRows, momentOf } from "./steps.js";
import { newRow } from "./visit-draft.js";
import { thisMinute } from "./zones.js";
import { word } from "./words.js";

const GRADES = [1, 2, 3, 4, 5];

const blank = () => newRow({
  term: null, onset_at: thisMinute(), grade: null, description: null, actions: [], medication: null,
  outcome: "unknown", resolved_at: null, reported_to: null, physician_notified: null, physician_notified_at: null,
});

// Called by the button: what is typed lies in the draft from the first tap on.
export function beginReaction(ctx) {
  ctx.change(() => { ctx.draft.typed.reaction ??= blank(); });
}

export function reactionStep(ctx) {
  const { draft, packets } = ctx;
  const form = draft.typed.reaction ?? null;
  return [
    form === null ? null : reactionForm(ctx, form),
    h("h3", {}, word("reactions_kept")),
    draft.reactions.length === 0 ? h("p", {}, word("no_reactions")) : null,
    keptRows(ctx, draft.reactions, (row) => `${word(`term.${row.term}`)}, ${word("grade_n", { n: row.grade })}`),
    ...draft.reactions.map((row) => later(ctx, row, packets)),
    form === null ? button(word("another_reaction"), () => { beginReaction(ctx); ctx.redraw(); }) : null,
  ];
}

function flagBox(flag) {
  if (flag === null) return null;
  return h("div", { class: "red-flag", role: "alert" },
    h("p", {}, h("b", {}, word(`flag.${flag.key}.name`)), " ", reviewMark()),
    h("p", {}, word(`flag.${flag.key}.signs`)),
    h("p", { class: "do" }, word(`flag.${flag.key}.do`)));
}

// The words of a danger are clinical: beside them stands whether their translation was reviewed.
const reviewMark = () => document.querySelector('[data-flow="mark"]')?.content.cloneNode(true) ?? null;

const choices = (prefix, keys) => keys.map((key) => [key, word(`${prefix}.${key}`)]);

// What stands for a danger comes first, in a group of its own and in the order of the dangers.
function termGroups({ choices: { terms }, red_flags: flags }) {
  const isRed = (term) => redFlagOf(term, flags) !== null;
  return [
    [word("terms_red"), choices("term", terms.filter(isRed))],
    [word("terms_common"), choices("term", terms.filter((term) => !isRed(term)))],
  ];
}

function reactionForm(ctx, form) {
  const { draft, packets } = ctx;
  const set = (name, redraw = false) => (value) => ctx.change(() => { form[name] = value; }, { redraw });
  const acted = (key, isOn) => ctx.change(() => {
    form.actions = packets.choices.actions.filter((each) => (each === key ? isOn : form.actions.includes(each)));
    if (!form.actions.includes("medication")) form.medication = null;
  }, { redraw: true });
  const keep = () => {
    if (form.term === null || form.grade === null) return ctx.say(word("fill_all"));
    if (form.term === "other" && !form.description) return ctx.say(word("say_which"));
    if (form.actions.includes("medication") && !form.medication) return ctx.say(word("say_drug"));
    return ctx.change(() => {
      draft.reactions.push({ ...form });
      delete draft.typed.reaction;
    }, { redraw: true });
  };
  return h("fieldset", { class: "vial" },
    h("legend", {}, word("new_reaction")),
    selectField(word("reaction_term"), form.term, termGroups(packets), set("term", true)),
    flagBox(form.term === null ? null : redFlagOf(form.term, packets.red_flags)),
    momentOf(ctx, { get at() { return form.onset_at; }, set at(value) { form.onset_at = value; } }, word("onset")),
    selectField(word("grade"), form.grade === null ? null : String(form.grade), GRADES.map((n) => [String(n), word(`grade.${n}`)]), (value) => set("grade")(value === null ? null : Number(value))),
    h("fieldset", { class: "ticks" }, h("legend", {}, word("actions")),
      packets.choices.actions.map((key) => checkField(word(`action.${key}`), form.actions.includes(key), (isOn) => acted(key, isOn)))),
    form.actions.includes("medication") ? textField(word("medication"), form.medication, set("medication")) : null,
    textField(word("description"), form.description, set("description"), { lines: true }),
    h("div", { class: "row" },
      button(word("keep_reaction"), keep, { kind: "big" }),
      button(word("not_this"), () => ctx.change(() => { delete draft.typed.reaction; }, { redraw: true }), { kind: "plain" })));
}

// What became of a reaction, and who was told: often known only later in the visit.
function later(ctx, row, packets) {
  const set = (name, redraw = false) => (value) => ctx.change(() => { row[name] = value; }, { redraw });
  const outcome = (value) => ctx.change(() => {
    row.outcome = value ?? "unknown";
    row.resolved_at = row.outcome.startsWith("resolved") ? (row.resolved_at ?? thisMinute()) : null;
  }, { redraw: true });
  const told = (value) => ctx.change(() => {
    row.physician_notified = value;
    row.physician_notified_at = value === null ? null : (row.physician_notified_at ?? thisMinute());
  });
  const name = word(`term.${row.term}`);
  return h("details", { open: true },
    h("summary", {}, word("later_of", { term: name })),
    flagBox(redFlagOf(row.term, packets.red_flags)),
    selectField(word("outcome"), row.outcome === "unknown" ? null : row.outcome, choices("outcome", packets.choices.outcomes.filter((key) => key !== "unknown")), outcome),
    row.resolved_at === null ? null : momentOf(ctx, { get at() { return row.resolved_at; }, set at(value) { row.resolved_at = value; } }, word("resolved_at")),
    textField(word("physician_told"), row.physician_notified, told),
    row.physician_notified_at === null ? null : momentOf(ctx, { get at() { return row.physician_notified_at; }, set at(value) { row.physician_notified_at = value; } }, word("told_at")),
    textField(word("description"), row.description, set("description"), { lines: true }));
}
