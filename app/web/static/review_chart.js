// One chart of the review: drawn by Vega, read with the pointer or the arrow keys. The line under
// it says what stands at the cursor, and the plot itself is a slider for whoever cannot see it.

import { word } from "./words.js";

const { lang } = document.documentElement;
const language = lang === "en" ? "en-GB" : lang; // as the server writes dates
const NARROWEST = 240;
const PAGE = 10;

// The names of months and the decimal mark of the page's language, in the form that Vega asks for.
function namesOf(kind, style, dates) {
  const format = new Intl.DateTimeFormat(language, { [kind]: style, timeZone: "UTC" });
  return dates.map((date) => format.format(date));
}

function localeOptions() {
  const months = Array.from({ length: 12 }, (_, month) => Date.UTC(2024, month, 5));
  const days = Array.from({ length: 7 }, (_, day) => Date.UTC(2024, 8, 1 + day));
  const parts = new Intl.NumberFormat(language).formatToParts(12345.6);
  const part = (type) => parts.find((one) => one.type === type)?.value ?? "";
  return {
    formatLocale: {
      decimal: part("decimal"),
      thousands: part("group") || "\u202f",
      grouping: [3],
      currency: ["", ""],
    },
    timeFormatLocale: {
      dateTime: "%x %X",
      date: "%d %b %Y",
      time: "%H:%M",
      periods: ["AM", "PM"],
      days: namesOf("weekday", "long", days),
      shortDays: namesOf("weekday", "short", days),
      months: namesOf("month", "long", months),
      shortMonths: namesOf("month", "short", months),
    },
  };
}

const OPTIONS = {
  ast: true, // without `eval`, which the content security policy refuses
  renderer: "svg",
  defaultStyle: false,
  actions: false,
  tooltip: false,
  hover: false,
  logLevel: 1, // errors; that a list is empty is none
  ...localeOptions(),
};

const numbers = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
const dates = new Intl.DateTimeFormat(language, {
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});

export function written(value) {
  return value === null || value === undefined ? "—" : numbers.format(value);
}

export function writtenDate(t) {
  return dates.format(t);
}

// Replaces what begins with "$" by its value; app/web/charts/specs.py says which there are.
export function fillIn(spec, values) {
  if (typeof spec === "string") return spec.startsWith("$") ? values[spec.slice(1)] : spec;
  if (Array.isArray(spec)) return spec.map((one) => fillIn(one, values));
  if (spec === null || typeof spec !== "object") return spec;
  return Object.fromEntries(Object.entries(spec).map(([key, one]) => [key, fillIn(one, values)]));
}

function namesOfData(spec) {
  return [...new Set(spec.layer.map((layer) => layer.data.name))];
}

export class Chart {
  // `figure` has a `.plot` and a `.readout`; `axis` is the name of the field along the x axis.
  constructor(figure, { spec, values, axis, read }) {
    this.figure = figure;
    this.plot = figure.querySelector(".plot");
    this.readout = figure.querySelector(".readout");
    this.spec = spec;
    this.values = values;
    this.axis = axis;
    this.read = read;
    this.stops = [];
    this.at = null;
    this.followers = [];
  }

  // Draws with `data`, a list for each of its names; `stops` are where the cursor can stand.
  async draw(data, stops) {
    this.data = data;
    this.stops = stops;
    const width = Math.max(this.plot.clientWidth, NARROWEST);
    const filled = fillIn(this.spec, { ...this.values, width });
    filled.datasets = Object.fromEntries(
      namesOfData(this.spec).map((name) => [name, data[name] ?? []]),
    );
    const place = document.createElement("div");
    // Vega empties its place with `innerHTML`, which the page's policy refuses to everybody.
    Object.defineProperty(place, "innerHTML", { set: () => place.replaceChildren() });
    const result = await globalThis.vegaEmbed(place, filled, OPTIONS);
    this.view?.finalize();
    this.view = result.view;
    this.width = width;
    this.plot.replaceChildren(place);
    this.#listen();
  }

  // Draws again where the window has another width than before.
  async fit() {
    if (Math.abs(this.plot.clientWidth - (this.width ?? 0)) > 4) await this.draw(this.data, this.stops);
  }

  // Shows other data in the same axes.
  async show(data, stops, signals = {}) {
    this.data = { ...this.data, ...data };
    this.stops = stops ?? this.stops;
    Object.assign(this.values, signals);
    for (const [name, rows] of Object.entries(data)) this.view.data(name, rows);
    for (const [name, value] of Object.entries(signals)) this.view.signal(name, value);
    await this.view.runAsync();
  }

  // The place on the x axis under a pointer.
  valueAt(event) {
    const box = this.plot.querySelector("svg").getBoundingClientRect();
    return this.view.scale("x").invert(event.clientX - box.left - this.view.origin()[0]);
  }

  // Puts the cursor on the stop that is nearest to `x`, and reads it unless somebody else does.
  moveTo(x, { isQuiet = false } = {}) {
    if (this.stops.length === 0) return;
    const distance = (index) => Math.abs(this.stops[index] - x);
    let best = 0;
    for (let index = 1; index < this.stops.length; index += 1) {
      if (distance(index) < distance(best)) best = index;
    }
    this.#stand(best, isQuiet);
  }

  #stand(index, isQuiet = false) {
    this.at = index;
    const x = this.stops[index];
    this.view.data("cursor", [{ [this.axis]: x }]).runAsync();
    const text = this.read(x);
    this.readout.textContent = text;
    this.plot.setAttribute("aria-valuenow", String(index + 1));
    this.plot.setAttribute("aria-valuetext", text);
    if (!isQuiet) this.followers.forEach((other) => other.moveTo(x, { isQuiet: true }));
  }

  #listen() {
    const { plot } = this;
    plot.setAttribute("role", "slider");
    plot.setAttribute("tabindex", "0");
    plot.setAttribute("aria-valuemin", "1");
    plot.setAttribute("aria-valuemax", String(Math.max(this.stops.length, 1)));
    plot.setAttribute("aria-valuenow", String((this.at ?? 0) + 1));
    plot.setAttribute("aria-valuetext", word("use_arrows"));
    if (plot.dataset.listens) return;
    plot.dataset.listens = "yes";
    plot.addEventListener("pointermove", (event) => this.moveTo(this.valueAt(event)));
    plot.addEventListener("keydown", (event) => this.#press(event));
  }

  #press(event) {
    const last = this.stops.length - 1;
    if (last < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    const at = this.at ?? (event.key === "ArrowLeft" ? last + 1 : -1);
    const to = {
      ArrowRight: at + 1,
      ArrowUp: at + 1,
      ArrowLeft: at - 1,
      ArrowDown: at - 1,
      PageUp: at + PAGE,
      PageDown: at - PAGE,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#stand(Math.min(Math.max(to, 0), last));
  }
}
