// Asks staff for the PIN of this device: to choose one, or to open what it keeps.

import { word } from "./words.js";

const PIN = /^\d{6}$/;

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/**
 * Returns the six digits, or null where the person does not want to.
 * @param {"choose" | "enter"} why
 */
export function askPin(why, { left = 0, isAgain = false } = {}) {
  const said = make("p", { className: "error", id: "pin-said", role: "alert" });
  if (isAgain) said.textContent = word("pin_wrong", { n: left });
  const input = make("input", {
    id: "pin",
    type: "password",
    inputMode: "numeric",
    autocomplete: "off",
    maxLength: 6,
    required: true,
  });
  input.setAttribute("aria-describedby", "pin-why pin-said");
  const label = make("label", { htmlFor: "pin", textContent: word("pin_label") });
  const send = make("button", { className: "large", textContent: word("pin_send") });
  const later = make("button", { type: "button", textContent: word(`pin_${why}_not`) });
  const form = make("form", {}, make("div", { className: "field" }, label, input), said, send);
  const title = make("h2", { id: "pin-title", textContent: word(`pin_${why}`) });
  const reason = make("p", { id: "pin-why", textContent: word(`pin_${why}_why`) });
  const dialog = make("dialog", { className: "pin" }, title, reason, form, later);
  dialog.setAttribute("aria-labelledby", "pin-title");
  document.body.append(dialog);
  return new Promise((resolve) => {
    const end = (pin) => {
      dialog.close();
      dialog.remove();
      resolve(pin);
    };
    form.noValidate = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (PIN.test(input.value)) end(input.value);
      else said.textContent = word("pin_six");
    });
    later.addEventListener("click", () => end(null));
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      end(null);
    });
    dialog.showModal();
    input.focus();
  });
}
