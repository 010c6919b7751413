// Builds elements; text never becomes markup.

/** Makes an element: properties as they are, `data`, `aria` and `role` as attributes. */
export function make(tag, properties = {}, ...children) {
  const { data = {}, aria = {}, role, ...plain } = properties;
  const element = Object.assign(document.createElement(tag), plain);
  if (role !== undefined) element.setAttribute("role", role);
  for (const [name, value] of Object.entries(data)) element.dataset[name] = value;
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

export function button(text, act, properties = {}) {
  const made = make("button", { type: "button", textContent: text, ...properties });
  made.addEventListener("click", act);
  return made;
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
