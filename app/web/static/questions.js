// The screens of a report: one question each. What is answered is handed back; where it leads is
// decided in report.js.

import { button, h } from "./dom.js";
import { formatNumber } from "./home.js";
import { word } from "./words.js";

const NOT_TODAY = "–";
export const keyOf = ({ measure, site }) => `${measure}@${site}`;

export function sideOf(site) {
  if (site.startsWith("right_")) return "side-right";
  return site.startsWith("left_") ? "side-left" : "";
}

export function nameOf({ measure, site }) {
  const name = word(`measure:${measure}`);
  return site === "global" ? name : `${word(`site:${site}`)}: ${name}`;
}

const isAbility = (series) => series.measure.startsWith("ability_");
export const isGrip = (series) => series.measure.startsWith("grip_");
const isGrid = (series) => series.high === 10 && series.decimals === 0;

/** Writes an answer as it is read on the last screen. */
export function sayAnswer(series, answer) {
  if (answer === undefined) return word("not_answered");
  if (answer === null) return word("not_today");
  const value = sayValue(series, answer.value);
  return answer.entry === "repeated" ? word("repeated", { value }) : value;
}

function sayValue(series, value) {
  if (isAbility(series)) return word(`ability:${value}`);
  if (isGrid(series)) return word("points", { value });
  return series.unit === "points" ? formatNumber(value) : `${formatNumber(value)} ${series.unit}`;
}

/**
 * Makes the screen of a step: one series, or grip of both hands.
 * @param {{step: object[], answers: object, last: object, answered: (answers: object) => void}} at
 */
export function questionScreen(at) {
  const [series] = at.step;
  const title = h(
    "h1",
    {},
    h("span", { class: `site ${sideOf(series.site)}` }, titleOf(at.step)),
    h("span", { class: "asked" }, word(`question:${series.measure}`)),
  );
  if (isAbility(series)) return [title, abilityButtons(at, series), ...notToday(at)];
  if (isGrid(series)) return [title, ...grid(at, series)];
  return [title, ...numberPad(at)];
}

function titleOf(step) {
  const [{ measure, site }] = step;
  return step.length > 1 || site === "global" ? word(`measure:${measure}`) : word(`site:${site}`);
}

function fresh(series, value) {
  return { [keyOf(series)]: { value, entry: "fresh" } };
}

/** "Same as last time": of abilities and symptoms alone. The server sends no other last value. */
function sameAsLast({ last, answered }, series) {
  const before = series.may_repeat ? last[keyOf(series)] : undefined;
  if (before === undefined) return [];
  const text = word("same_as_last", { value: sayValue(series, before.value) });
  const act = () => answered({ [keyOf(series)]: { value: before.value, entry: "repeated" } });
  return [button(text, act, { kind: "wide" })];
}

function notToday({ step, answered }) {
  const none = Object.fromEntries(step.map((series) => [keyOf(series), null]));
  return [button(word("not_today"), () => answered(none), { kind: "wide" })];
}

function grid(at, series) {
  const now = at.answers[keyOf(series)];
  const answer = (value) => at.answered(fresh(series, value));
  const cells = Array.from({ length: 11 }, (_, value) => {
    return button(String(value), () => answer(value), {
      kind: "cell",
      "aria-label": word("points", { value }),
      "aria-pressed": String(now?.value === value),
    });
  });
  const none = button(NOT_TODAY, () => at.answered({ [keyOf(series)]: null }), {
    kind: "cell",
    "aria-label": word("not_today"),
    "aria-pressed": String(now === null),
  });
  const ends = h(
    "p",
    { class: "ends", id: "ends" },
    h("span", {}, word(`low:${series.measure}`)),
    h("span", {}, word(`high:${series.measure}`)),
  );
  const label = word(`question:${series.measure}`);
  const about = { role: "group", "aria-describedby": "ends", "aria-label": label };
  const group = h("div", { class: "grid-0-10", ...about }, cells, none);
  at.onKey((key) => {
    // Ten begins with one: that waits for its nought or the enter key, however long.
    if (key === "1") cells[1].focus();
    else if (key === "0" && document.activeElement === cells[1]) answer(10);
    else if (/^[02-9]$/.test(key)) answer(Number(key));
  });
  return [group, ends, ...sameAsLast(at, series)];
}

function abilityButtons(at, series) {
  const now = at.answers[keyOf(series)];
  const buttons = [2, 1, 0].map((value) => {
    return button(word(`ability:${value}`), () => at.answered(fresh(series, value)), {
      kind: "wide",
      "aria-pressed": String(now?.value === value),
    });
  });
  return h("div", { class: "stack", role: "group" }, buttons, sameAsLast(at, series));
}

/** Numbers with a large pad; both hands of a grip stand side by side. */
function numberPad(at) {
  const isGripStep = isGrip(at.step[0]);
  const inputs = at.step.map((series) => numberInput(series, at.answers[keyOf(series)]));
  const visited = new Set();
  let active = inputs[0];
  const fields = at.step.map((series, i) => {
    const { unit, measure } = series;
    const shown = unit === "points" ? word(`measure:${measure}`) : unit;
    const hand = series.site === "global" ? word(`measure:${measure}`) : word(`site:${series.site}`);
    const text = series.site === "global" ? shown : word("grip_value", { hand, unit });
    const label = h("label", { for: inputs[i].id }, text);
    inputs[i].addEventListener("focus", () => activate(inputs[i]));
    return h("div", { class: `field ${sideOf(series.site)}` }, label, inputs[i]);
  });
  const activate = (input) => {
    active = input;
    // The pad takes the focus: what it writes into must be seen all the same.
    for (const each of inputs) each.classList.toggle("active", each === input && inputs.length > 1);
  };
  activate(inputs[0]);
  const type = (letter) => {
    active.value = letter === "" ? active.value.slice(0, -1) : active.value + letter;
  };
  const keys = [..."123456789", ".", "0", ""].map((letter) => {
    return button(letter === "" ? "⌫" : letter, () => type(letter), {
      kind: "cell",
      "aria-label": { "": word("delete_digit"), ".": word("decimal") }[letter],
    });
  });
  const device = isGripStep ? deviceField(at.device) : null;
  const fault = h("p", { class: "error", role: "alert" });
  const done = () => {
    const read = readNumbers(at.step, inputs);
    fault.textContent = read.fault ?? "";
    if (read.fault !== undefined) read.input.focus();
    else at.answered(withDevice(read.answers, device?.querySelector("input").value.trim() ?? ""));
  };
  const form = h("form", { novalidate: true }, h("div", { class: "hands" }, fields));
  form.append(h("div", { class: "pad" }, keys), fault);
  // A meter that is not known yet is asked for before the answer, and folded away afterwards.
  if (device !== null && at.device === "") form.append(device);
  form.append(h("button", { class: "large" }, word("next")));
  if (device !== null && at.device !== "") form.append(folded(device, at.device));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const after = inputs[inputs.indexOf(active) + 1];
    const isOpen = active.value.trim() !== "" && after?.value.trim() === "" && !visited.has(after);
    if (!isOpen) {
      done();
      return;
    }
    // Once: a hand that is left empty is not asked for again.
    visited.add(after);
    activate(after);
    after.focus();
  });
  return [form, ...notToday(at)];
}

function numberInput(series, answer) {
  return h("input", {
    id: `value-${series.measure}-${series.site}`,
    type: "text",
    inputmode: "none", // the pad below is larger than that of a phone
    autocomplete: "off",
    value: answer?.value === undefined ? "" : String(answer.value),
  });
}

function deviceField(name) {
  const input = h("input", { id: "device", value: name, maxlength: 80, autocomplete: "off" });
  const label = h("label", { for: "device" }, word("grip_device"));
  return h("div", { class: "field" }, label, input);
}

function folded(field, name) {
  const summary = h("summary", {}, `${word("grip_device")}: ${name}`);
  return h("details", { class: "device" }, summary, field);
}

function withDevice(answers, device) {
  if (device === "") return answers;
  const entries = Object.entries(answers);
  return Object.fromEntries(
    entries.map(([key, answer]) => [key, answer === null ? null : { ...answer, device }]),
  );
}

function readNumbers(step, inputs) {
  const answers = {};
  for (const [i, series] of step.entries()) {
    const text = inputs[i].value.trim();
    if (text === "") {
      answers[keyOf(series)] = null;
      continue;
    }
    const value = Number(text.replace(",", "."));
    const { low, high, decimals } = series;
    if (!/^\d+([.,]\d+)?$/.test(text)) return { fault: word("not_a_number", { value: text }), input: inputs[i] };
    if (value < low || value > high) {
      return { fault: word("out_of_range", { value: text, low, high }), input: inputs[i] };
    }
    answers[keyOf(series)] = { value: Number(value.toFixed(decimals)), entry: "fresh" };
  }
  return { answers };
}

function asked(part) {
  const shape = part.querySelector("rect").cloneNode();
  shape.setAttribute("class", "trunk");
  return shape;
}

/** Makes the screen on which limbs are chosen, on a figure and in a list that say the same. */
export function limbScreen({ measure, sites, chosen, onAsk }) {
  const picked = new Set(chosen);
  const figure = document.getElementById("figure").content.firstElementChild.cloneNode(true);
  const all = [...figure.querySelectorAll("[data-site]")];
  // What is asked already stays on the figure, and is not chosen again.
  for (const part of all) if (!sites.includes(part.dataset.site)) part.replaceWith(asked(part));
  const parts = [...figure.querySelectorAll("[data-site]")];
  const rows = sites.map((site) => {
    return button(word(`site:${site}`), () => toggle(site), {
      kind: `wide limb ${sideOf(site)}`,
      "data-site": site,
    });
  });
  const ask = button("", () => onAsk([...picked]), { kind: "large" });
  const show = () => {
    for (const one of [...parts, ...rows]) {
      one.setAttribute("aria-pressed", String(picked.has(one.dataset.site)));
    }
    ask.textContent = word("ask", { n: Math.max(picked.size, 1) });
    ask.disabled = picked.size === 0;
  };
  const toggle = (site) => {
    if (!picked.delete(site)) picked.add(site);
    show();
  };
  for (const part of parts) {
    part.addEventListener("click", () => toggle(part.dataset.site));
    part.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      toggle(part.dataset.site);
    });
  }
  show();
  const title = h(
    "h1",
    {},
    h("span", { class: "site" }, word(`measure:${measure}`)),
    h("span", { class: "asked" }, word("which_limbs")),
  );
  const choice = h("div", { class: "limbs" }, figure, h("div", { class: "stack" }, rows));
  return [title, choice, ask];
}
