// The charts of a patient's review: fetched, drawn, and moved through time together. Until they
// are drawn, and where they cannot be, the server's drawings stand in their place.

import { Chart, written, writtenDate } from "./review_chart.js";
import { DAY, Record, domainOf, instant } from "./review_data.js";
import { word } from "./words.js";

const COLOURS = ["ink", "quiet", "line", "neutral", "error", "ground", "right", "left"];
const LOOKS = {
  right: { dash: [1, 0], shape: "circle" },
  left: { dash: [6, 3], shape: "triangle-up" },
  both: { dash: [1, 0], shape: "square" },
};
const WEEK = 7 * DAY;
const NARROWEST_DAY = 15; // pixels for the number of readings below a day
const RESIZED_MS = 200;

const desk = document.getElementById("review");
const colours = Object.fromEntries(COLOURS.map((name) => [name, `var(--${name})`]));
colours.both = colours.neutral;

function all(selector) {
  return [...document.querySelectorAll(selector)];
}

function seriesOf(record, figure) {
  return figure.dataset.series.split(" ").map((key) => record.byKey.get(key)).filter(Boolean);
}

/* The modal cycle */

function axisEnd(modal) {
  return Math.max(modal.planned_end ?? 0, ...modal.day.map((day) => day + modal.width), 7);
}

class ModalChart {
  constructor(figure, record, spec) {
    this.record = record;
    [this.series] = seriesOf(record, figure);
    const twins = [...record.byKey.values()].filter(({ measure }) => measure === this.series.measure);
    const [low, high] = domainOf(twins);
    this.chart = new Chart(figure, {
      spec,
      axis: "x",
      values: {
        ...colours,
        ...LOOKS[this.series.side],
        side: colours[this.series.side],
        unit: this.series.unit,
        domain: [low, high],
        day_title: word("days_since"),
      },
      read: (x) => this.#read(x),
    });
    this.epoch = this.series.modal.at(-1).epoch;
    this.window = record.whole;
  }

  #modal() {
    return this.series.modal.filter(({ epoch }) => epoch === this.epoch).at(-1);
  }

  #data() {
    const modal = this.#modal();
    const empty = { bins: [], lines: [], points: [], medians: [], before: [], onset: [] };
    if (modal === undefined) return { ...empty, planned: [], infusions: [] };
    const { bins, lines, points, medians } = this.series.modalCycle(this.record, modal, this.window);
    const previous = this.series.modal[this.series.modal.indexOf(modal) - 1];
    const before = previous?.day.map((day, at) => ({ x: day + previous.width / 2, p50: previous.p50[at] }));
    const isCurrent = modal === this.series.modal.at(-1);
    const { onset } = this.series;
    const pixels = (this.chart.plot.clientWidth - 60) / axisEnd(modal);
    const every = Math.max(1, Math.ceil(NARROWEST_DAY / (pixels * modal.width)));
    return {
      bins: bins.map((bin, at) => ({ ...bin, shown_n: at % every === 0 ? String(bin.n) : "" })),
      lines,
      points,
      medians,
      before: (before ?? []).filter(({ p50 }) => p50 !== null),
      onset: isCurrent && onset ? [{ low: onset.low, x: onset.estimate, high: onset.high }] : [],
      planned: modal.planned_end === null ? [] : [{ x: modal.planned_end }],
      infusions: Array.from({ length: modal.course_days + 1 }, (_, day) => ({ x: 0.5 - day })),
      cursor: [],
    };
  }

  async draw() {
    const modal = this.#modal();
    const twins = [...this.record.byKey.values()].filter(({ measure }) => measure === this.series.measure);
    const ends = twins.flatMap((one) => one.modal.filter(({ epoch }) => epoch === this.epoch).map(axisEnd));
    this.chart.values.days = [-(modal?.course_days ?? 0), Math.max(7, ...ends)];
    const data = this.#data();
    await this.chart.draw(data, data.bins.map(({ x }) => x));
    this.#sayNothing(data);
  }

  async follow(window) {
    this.window = window;
    const data = this.#data();
    await this.chart.show(data, data.bins.map(({ x }) => x));
    this.#sayNothing(data);
  }

  // An empty chart says why it is empty; what was read before holds no longer.
  #sayNothing({ bins }) {
    this.chart.at = null;
    this.chart.readout.textContent = bins.length === 0 ? word("no_cycles") : "";
  }

  async choose(epoch) {
    this.epoch = epoch;
    await this.draw();
  }

  #read(x) {
    const bin = this.chart.data.bins.find((one) => one.x === x);
    if (bin === undefined) return "";
    const first = bin.day + this.#modal().further_days + 1; // the first infusion day is day 1
    const day = bin.days === 1 ? String(first) : `${first}–${first + bin.days - 1}`;
    const values = { day, unit: this.series.unit, n: bin.n };
    for (const name of ["p5", "p25", "p50", "p75", "p95"]) values[name] = written(bin[name]);
    if (bin.p50 === null) return word("read_few", values);
    return word(bin.p5 === null ? "read_day" : "read_day_tails", values);
  }
}

/* What runs over time */

// Room above the highest dot for the days that the plans name.
function labelled(low, high) {
  const floor = Math.max(0, low - 4);
  return [floor, high + Math.max(2, (high - floor) * 0.12)];
}

function intervalChart(figure, record, spec) {
  const actual = record.intervals();
  const planned = record.plannedSteps();
  const known = record.knownSteps().filter(({ v }) => v !== null);
  const values = [...actual, ...planned, ...known].map(({ v }) => v);
  const domain = values.length === 0 ? [0, 30] : labelled(Math.min(...values), Math.max(...values));
  const [since, until] = record.whole;
  const chart = new Chart(figure, {
    spec,
    axis: "t",
    values: { ...colours, unit: word("days"), domain, since, until },
    read: (t) => {
      const course = record.courses.find((one) => one.t === t);
      const figures = { date: writtenDate(t), dose: written(course.dose) };
      figures.planned = written(course.planned);
      figures.actual = course.actual === null ? word("running") : written(course.actual);
      const text = word("read_interval", figures);
      return course.onHold ? `${text} ${word("on_hold")}` : text;
    },
  });
  const data = { actual, planned, known, changes: record.changes, labels: planned.slice(0, -1) };
  return { chart, draw: () => chart.draw(data, record.courses.map(({ t }) => t)), points: () => ({}) };
}

function timelineChart(figure, record, specs) {
  const series = seriesOf(record, figure);
  const isFirst = figure.dataset.first === "yes";
  const domain = domainOf(series);
  const [since, until] = record.whole;
  const reactions = record.happened(record.reactions);
  const alarms = record.happened(record.alarms);
  const data = {
    scale: domain.map((v) => ({ t: since, v })),
    infusions: record.infusions,
    changes: record.changes,
    holds: record.holdData(),
    therapies: record.therapyData(),
    reactions,
    alarms,
  };
  for (const one of series) {
    data[`${one.side}_line`] = one.daily();
    data[`${one.side}_points`] = one.points(record.whole);
    data[`${one.side}_weeks`] = one.weekData(record.whole);
  }
  const days = new Map();
  const note = (t, text) => days.set(t, [...(days.get(t) ?? []), text]);
  for (const one of series) {
    for (const { t, v } of one.daily()) {
      note(t, word("read_value", { name: one.name, value: written(v) }));
    }
  }
  if (isFirst) {
    record.infusions.forEach(({ t }) => note(t, word("infusion")));
    record.changes.forEach(({ t, words }) => note(t, word("plan_from_here", { plan: words })));
    record.holds.forEach(([from, , why]) => note(instant(from), word("hold_begins", { why })));
    record.therapies.forEach(([from, , , words]) => note(instant(from), words));
    reactions.forEach(({ t, words }) => note(t, word("reaction", { what: words })));
    alarms.forEach(({ t, words }) => note(t, word("alarm", { what: words })));
  }
  const stops = [...days.keys()].sort((one, other) => one - other);
  const chart = new Chart(figure, {
    spec: isFirst ? specs.first : specs.more,
    axis: "t",
    values: { ...colours, unit: series[0]?.unit ?? "", domain, since, until },
    read: (t) => `${writtenDate(t)}: ${days.get(t).join("; ")}`,
  });
  const points = (window) =>
    Object.fromEntries(
      series.flatMap((one) => [
        [`${one.side}_points`, one.points(window)],
        [`${one.side}_weeks`, one.weekData(window)],
      ]),
    );
  return { chart, draw: () => chart.draw(data, stops), points };
}

/* Moving through time */

class Window {
  constructor(record, modal, overTime) {
    this.record = record;
    this.modal = modal;
    this.overTime = overTime;
    this.shown = record.whole;
    this.said = document.getElementById("window-shown");
    for (const button of all("[data-window]")) {
      button.addEventListener("click", () => this.#last(button));
    }
    for (const button of all("[data-move]")) {
      button.addEventListener("click", () => this.#move(Number(button.dataset.move)));
    }
    for (const { chart } of overTime) this.#select(chart);
    document.getElementById("window").hidden = false;
    this.#say();
  }

  async set(since, until) {
    const [first, last] = this.record.whole;
    this.shown = [Math.max(first, since), Math.min(last, until)];
    this.shown[0] = Math.min(this.shown[0], this.shown[1] - WEEK); // a shorter time shows nothing
    const [from, to] = this.shown;
    await Promise.all([
      ...this.overTime.map((one) => one.chart.show(one.points(this.shown), null, { since: from, until: to })),
      ...this.modal.map((one) => one.follow(this.shown)),
    ]);
    this.#say();
  }

  #say() {
    const [since, until] = this.shown;
    this.said.textContent = word("shown", { since: writtenDate(since), until: writtenDate(until - DAY) });
  }

  #last(button) {
    const [first, last] = this.record.whole;
    const days = Number(button.dataset.window);
    for (const one of all("[data-window]")) one.setAttribute("aria-pressed", String(one === button));
    this.set(days === 0 ? first : last - days * DAY, last);
  }

  #move(direction) {
    const [since, until] = this.shown;
    const [first, last] = this.record.whole;
    const step = ((until - since) / 2) * direction;
    const moved = Math.min(Math.max(step, first - since), last - until);
    this.set(since + moved, until + moved);
  }

  // Dragging over a chart shows what was dragged over; the buttons do the same without.
  #select(chart) {
    const band = document.createElement("div");
    band.className = "band";
    band.hidden = true;
    let from = null;
    chart.plot.addEventListener("pointerdown", (event) => {
      from = event.button === 0 && event.pointerType === "mouse" ? event : null;
    });
    addEventListener("pointermove", (event) => {
      if (from === null) return;
      if (!band.isConnected) chart.plot.append(band);
      const box = chart.plot.getBoundingClientRect();
      const [low, high] = [from.clientX, event.clientX].sort((one, other) => one - other);
      band.hidden = high - low < 8;
      band.style.left = `${low - box.left}px`;
      band.style.width = `${high - low}px`;
    });
    addEventListener("pointerup", (event) => {
      const begun = from;
      from = null;
      band.hidden = true;
      if (begun === null || Math.abs(event.clientX - begun.clientX) < 8) return;
      const ends = [chart.valueAt(begun), chart.valueAt(event)].map(Number).sort((a, b) => a - b);
      all("[data-window]").forEach((one) => one.setAttribute("aria-pressed", "false"));
      this.set(...ends);
    });
  }
}

async function start() {
  const [answer] = await Promise.all([
    fetch(desk.dataset.charts, { headers: { accept: "application/json" } }),
    import(desk.dataset.library),
  ]);
  if (!answer.ok) throw new Error(`charts: ${answer.status}`);
  const { data, specs } = await answer.json();
  const record = new Record(data);
  const modal = all('[data-chart="modal"]').map((one) => new ModalChart(one, record, specs.modal));
  const overTime = [
    ...all('[data-chart="intervals"]').map((one) => intervalChart(one, record, specs.intervals)),
    ...all('[data-chart="timeline"]').map((one) => timelineChart(one, record, specs)),
  ];
  const timelines = overTime.slice(1).map(({ chart }) => chart);
  for (const chart of timelines) chart.followers = timelines.filter((other) => other !== chart);
  for (const one of [...modal, ...overTime]) await one.draw();
  new Window(record, modal, overTime);
  chooseEpoch(modal);
  const charts = [...modal, ...overTime].map((one) => one.chart);
  let resized;
  addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(() => charts.forEach((chart) => chart.fit()), RESIZED_MS);
  });
}

function chooseEpoch(modal) {
  const choice = document.getElementById("epoch");
  if (choice === null) return;
  choice.closest("[hidden]")?.removeAttribute("hidden");
  choice.addEventListener("change", () => {
    modal.forEach((one) => one.choose(Number(choice.value)));
  });
}

if (desk !== null) {
  try {
    await start();
    desk.dataset.state = "complete";
    performance.mark("review-complete");
  } catch (error) {
    desk.dataset.state = "without";
    document.getElementById("without-charts").hidden = false;
    console.warn(error);
  }
}
