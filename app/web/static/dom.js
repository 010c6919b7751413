// Builds elements; text never becomes markup.

/**
 * Makes an element: h("p", { class: "quiet", onclick: act }, "text", child). What is null,
 * undefined or false is left out, true is an empty attribute, and "on…" listens.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  const isGiven = (each) => each !== null && each !== undefined && each !== false;
  for (const [name, value] of Object.entries(props)) {
    if (!isGiven(value)) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter(isGiven));
  return element;
}

/** Makes a button that acts; `kind` is its class. */
export function button(label, onclick, { kind = "", ...more } = {}) {
  return h("button", { type: "button", class: kind || null, onclick, ...more }, label);
}

/** Puts what is made into a place that stands in the page, and the focus on its heading. */
export function showScreen(place, ...children) {
  place.replaceChildren(...children);
  const heading = place.querySelector("h1, h2");
  if (heading === null) return;
  heading.tabIndex = -1;
  heading.focus();
  scrollTo(0, 0);
}
