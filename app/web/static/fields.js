// Builds labelled fields: every label is a real one.

import { h } from "./dom.js";
import { word } from "./words.js";

let last = 0;

function nextId() {
  last += 1;
  return `f${last}`;
}

// Returns a number as typed, with comma or point; null for nothing, NaN for no number.
export function readNumber(text) {
  const plain = text.trim().replace(/\s/g, "").replace(",", ".");
  if (plain === "") return null;
  return /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : NaN;
}

export function showNumber(value, digits = 2) {
  if (value === null || value === undefined) return "–";
  const { lang } = document.documentElement;
  return new Intl.NumberFormat(lang, { maximumFractionDigits: digits }).format(value);
}

function labelled(label, control, hint) {
  const id = nextId();
  control.id = id;
  const note = hint ? h("span", { class: "quiet", id: `${id}-hint` }, hint) : null;
  if (note !== null) control.setAttribute("aria-describedby", note.id);
  return h("div", { class: "entry" }, h("label", { for: id }, label), note, control);
}

export function textField(label, value, onchange, { hint, lines = false } = {}) {
  const oninput = (event) => onchange(event.target.value.trim() || null);
  const props = { value: value ?? "", autocomplete: "off", oninput };
  const control = lines ? h("textarea", { ...props, rows: "2" }) : h("input", { type: "text", ...props });
  return labelled(label, control, hint);
}

export function numberField(label, value, onchange, { hint, unit } = {}) {
  const oninput = ({ target }) => {
    const read = readNumber(target.value);
    const isNone = Number.isNaN(read);
    target.setCustomValidity(isNone ? word("not_a_number") : "");
    if (isNone) target.setAttribute("aria-invalid", "true");
    else target.removeAttribute("aria-invalid");
    onchange(isNone ? null : read);
  };
  const shown = value === null || value === undefined ? "" : String(value);
  const props = { type: "text", inputmode: "decimal", autocomplete: "off", value: shown, oninput };
  return labelled(unit ? `${label} (${unit})` : label, h("input", props), hint);
}

export function timeField(label, wall, onchange) {
  const changed = (event) => event.target.value && onchange(event.target.value);
  return labelled(label, h("input", { type: "datetime-local", value: wall ?? "", onchange: changed }));
}

export function dateField(label, value, onchange) {
  const changed = (event) => onchange(event.target.value || null);
  return labelled(label, h("input", { type: "date", value: value ?? "", onchange: changed }));
}

export function selectField(label, value, options, onchange, { hint } = {}) {
  const blank = h("option", { value: "" }, "–");
  const listed = options.map(([key, text]) => (Array.isArray(text)
    ? h("optgroup", { label: key }, text.map(([each, words]) => h("option", { value: each }, words)))
    : h("option", { value: key }, text)));
  const changed = (event) => onchange(event.target.value || null);
  const control = h("select", { onchange: changed }, blank, listed);
  control.value = value ?? "";
  return labelled(label, control, hint);
}

// A question with big answers beside each other.
export function choiceField(label, value, options, onchange) {
  const name = nextId();
  const answers = options.map(([key, text]) => {
    const isOn = key === value;
    const props = { type: "radio", name, value: key, checked: isOn, onchange: () => onchange(key) };
    return h("label", {}, h("input", props), h("span", {}, text));
  });
  return h("fieldset", { class: "choice" }, h("legend", {}, label), h("div", {}, answers));
}

export function checkField(label, isOn, onchange) {
  const changed = (event) => onchange(event.target.checked);
  const box = h("input", { type: "checkbox", checked: isOn, onchange: changed });
  return h("label", { class: "tick-box" }, box, h("span", {}, label));
}
