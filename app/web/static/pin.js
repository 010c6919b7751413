// Asks staff for the PIN of this device: to choose one, or to open what it keeps.

import { button, h } from "./dom.js";
import { word } from "./words.js";

const PIN = /^\d{6}$/;

/**
 * Returns the six digits, or null where the person does not want to.
 * @param {"choose" | "enter"} why
 */
export function askPin(why, { left = 0, isAgain = false } = {}) {
  const said = h("p", { class: "error", id: "pin-said", role: "alert" });
  if (isAgain) said.textContent = word("pin_wrong", { n: left });
  const input = h("input", {
    id: "pin",
    type: "password",
    inputmode: "numeric",
    autocomplete: "off",
    maxlength: 6,
    required: true,
    "aria-describedby": "pin-why pin-said",
  });
  const label = h("label", { for: "pin" }, word("pin_label"));
  const send = h("button", { class: "large" }, word("pin_send"));
  const field = h("div", { class: "field" }, label, input);
  const form = h("form", { novalidate: true }, field, said, send);
  const title = h("h2", { id: "pin-title" }, word(`pin_${why}`));
  const reason = h("p", { id: "pin-why" }, word(`pin_${why}_why`));
  const dialog = h("dialog", { class: "pin", "aria-labelledby": "pin-title" }, title, reason, form);
  document.body.append(dialog);
  return new Promise((resolve) => {
    const end = (pin) => {
      dialog.close();
      dialog.remove();
      resolve(pin);
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (PIN.test(input.value)) end(input.value);
      else said.textContent = word("pin_six");
    });
    dialog.append(button(word(`pin_${why}_not`), () => end(null)));
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      end(null);
    });
    dialog.showModal();
    input.focus();
  });
}
