// From the document of a patient's review to what the charts draw. Nothing here touches the page.

export const DAY = 864e5;
const MOST_LINES = 24;
const MOST_POINTS = 400;
const GAP_DAYS = 14; // a line across a longer gap would claim what nobody reported
const FEWEST = 3;
const FEWEST_FOR_TAILS = 10;
const WEEK = 7;

export function instant(day) {
  return day === null ? null : Date.parse(`${day}T00:00Z`);
}

// The quantile between two order statistics, as numpy's default does it; `sorted` ascends.
export function quantile(sorted, share) {
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const next = sorted[Math.min(low + 1, sorted.length - 1)];
  return sorted[low] + (next - sorted[low]) * (place - low);
}

// Reads the document once: instants instead of days, and the readings of each cycle.
export class Record {
  constructor(content) {
    Object.assign(this, content);
    const { cycles } = content;
    this.today = instant(content.today);
    this.courses = cycles.first.map((first, index) => ({
      t: instant(first),
      last: instant(cycles.last[index]),
      dose: cycles.dose_g[index],
      planned: cycles.planned[index],
      actual: cycles.actual[index],
      onHold: cycles.on_hold[index] === 1,
      epoch: cycles.epoch[index],
    }));
    this.infusions = content.infusion_days.map((day) => ({ t: instant(day) }));
    this.changes = content.plans.map((plan) => ({ t: instant(plan.from), ...plan }));
    this.byKey = new Map(content.series.map((series) => [series.key, new Series(series)]));
    const starts = [...this.byKey.values()].map((series) => series.first);
    const first = Math.min(this.today - DAY, ...starts, ...this.courses.map((one) => one.t));
    this.whole = [first, this.today + DAY];
  }

  holdData() {
    return this.holds.map(([from, to]) => ({ t: instant(from), t2: instant(to) ?? this.whole[1] }));
  }

  therapyData() {
    const lasting = this.therapies.filter(([, , status]) => ["started", "stopped"].includes(status));
    return lasting.map(([from, to, status]) => {
      const start = instant(from);
      return { t: start, t2: instant(to) ?? (status === "stopped" ? start + 2 * DAY : this.whole[1]) };
    });
  }

  happened(rows) {
    return rows.map(([day, words, red]) => ({ t: instant(day), words, red: red === 1 }));
  }

  // Steps of the planned interval: as the plans say now, and as was known on each day.
  plannedSteps() {
    const steps = this.changes.map((plan) => ({ t: plan.t, v: plan.interval }));
    return steps.length === 0 ? [] : [...steps, { t: this.whole[1], v: steps.at(-1).v }];
  }

  knownSteps() {
    const steps = this.known.map(([day, interval]) => ({ t: instant(day), v: interval }));
    return steps.length === 0 ? [] : [...steps, { t: this.whole[1], v: steps.at(-1).v }];
  }

  intervals() {
    const closed = this.courses.filter((course) => course.actual !== null);
    return closed.map((course) => ({ t: course.t, v: course.actual, on_hold: course.onHold }));
  }

  planOn(t) {
    return this.changes.filter((plan) => plan.t <= t).at(-1);
  }
}

// Readings are sent as days since the reading before, which are short; a negative number says how
// many times more the one before it stands there.
function daysOf(gaps) {
  const days = [];
  let day = 0;
  gaps.forEach((gap, index) => {
    const times = gap < 0 ? -gap : 1;
    const step = gap < 0 ? gaps[index - 1] : gap;
    for (let time = 0; time < times; time += 1) days.push((day += step));
  });
  return days;
}

export class Series {
  constructor(content) {
    Object.assign(this, content);
    this.first = instant(content.first);
    this.at = daysOf(content.at);
    this.isRepeated = new Set(content.repeated);
  }

  // The mean of each day in [since, until), oldest first.
  daily() {
    if (this.days === undefined) {
      const days = new Map();
      this.at.forEach((day, index) => {
        const sum = days.get(day) ?? { total: 0, n: 0 };
        sum.total += this.value[index];
        sum.n += 1;
        days.set(day, sum);
      });
      let part = 0;
      let before = null;
      this.days = [...days].map(([day, sum]) => {
        part += before !== null && day - before > GAP_DAYS ? 1 : 0;
        before = day;
        return { t: this.first + day * DAY, v: sum.total / sum.n, part };
      });
    }
    return this.days;
  }

  points([since, until]) {
    const inside = this.daily().filter(({ t }) => t >= since && t < until);
    return inside.length <= MOST_POINTS ? inside : [];
  }

  // How complete each week is, cut to the time that is shown.
  weekData([since, until]) {
    const every = this.weeks.map((days, index) => {
      const t = this.first + index * WEEK * DAY;
      return { t: Math.max(t, since), t2: Math.min(t + WEEK * DAY, until), share: days / WEEK };
    });
    return every.filter(({ t, t2 }) => t < t2);
  }

  // The readings of one cycle, by whole days since its last infusion day, from day 1 on.
  line(record, index) {
    const course = record.courses[index];
    const end = this.from[index + 1] ?? this.at.length;
    const found = [];
    for (let place = this.from[index]; place < end; place += 1) {
      const day = Math.round((this.first + this.at[place] * DAY - course.last) / DAY);
      if (day >= 1 && !this.isRepeated.has(place)) {
        found.push({ cycle: index, day, x: day + 0.5, y: this.value[place] });
      }
    }
    return found;
  }

  // What the modal cycle of an epoch shows of the cycles that lie in the window.
  modalCycle(record, modal, window) {
    const lines = [];
    for (let index = modal.cycles[0]; index < modal.cycles[1]; index += 1) {
      const course = record.courses[index];
      const next = record.courses[index + 1];
      const isInside = course.t < window[1] && (next === undefined || next.t > window[0]);
      const line = course.onHold || !isInside ? [] : this.line(record, index);
      if (line.length > 0) lines.push(line);
    }
    const isWhole = window[0] <= record.whole[0] && window[1] >= record.whole[1];
    const bins = isWhole ? storedBins(modal) : binsOf(lines.flat(), modal.width);
    const drawn = lines.slice(-MOST_LINES).flat();
    return {
      bins,
      lines: drawn,
      points: drawn.length <= MOST_POINTS ? drawn : [],
      medians: bins.filter((bin) => bin.p50 !== null),
      cycles: lines.length,
    };
  }
}

function storedBins(modal) {
  const names = ["n", "p5", "p25", "p50", "p75", "p95"];
  return modal.day.map((day, index) => ({
    day,
    days: modal.width,
    x: day + modal.width / 2,
    ...Object.fromEntries(names.map((name) => [name, modal[name][index]])),
  }));
}

function binsOf(readings, width) {
  const groups = new Map();
  for (const { day, y } of readings) {
    const first = Math.floor(day / width) * width;
    groups.set(first, [...(groups.get(first) ?? []), y]);
  }
  return [...groups].sort(([one], [other]) => one - other).map(([day, values]) => {
    values.sort((one, other) => one - other);
    const of = (share, fewest) => (values.length < fewest ? null : quantile(values, share));
    return {
      day,
      days: width,
      x: day + width / 2,
      n: values.length,
      p5: of(0.05, FEWEST_FOR_TAILS),
      p25: of(0.25, FEWEST),
      p50: of(0.5, FEWEST),
      p75: of(0.75, FEWEST),
      p95: of(0.95, FEWEST_FOR_TAILS),
    };
  });
}

// The values that an axis spans: the whole scale of a rating, else what was read, with a margin.
export function domainOf(series) {
  const scale = series[0]?.scale;
  if (scale) return scale;
  let [low, high] = [Infinity, -Infinity];
  for (const { value } of series) {
    for (const one of value) {
      low = Math.min(low, one);
      high = Math.max(high, one);
    }
  }
  if (low > high) return [0, 1];
  const margin = (high - low) * 0.08 || 1;
  return [Math.max(0, low - margin), high + margin];
}
