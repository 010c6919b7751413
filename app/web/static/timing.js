// How an infusion ran and when vital signs are due: app/monitoring/timing.py on the device. Pure.
//
// Instants are milliseconds since 1970, a protocol is in minutes as a packet brings it.

const MINUTE = 60_000;
const BASELINE = 60 * MINUTE;
const LONGEST = 48 * 60 * MINUTE;

// Returns what ran in each step {at, ml_per_h, volume_ml?}, oldest first, until an instant.
export function rateTable(steps, until) {
  let volume = 0;
  return steps.map((step, index) => {
    const after = steps[index + 1];
    const end = Math.max(step.at, after === undefined ? until : Math.min(after.at, until));
    const before = step.volume_ml ?? volume;
    volume = before + (step.ml_per_h * (end - step.at)) / (60 * MINUTE);
    return { step, until: end, before_ml: before, after_ml: volume };
  });
}

export function gramsIn(volumeMl, concentration) {
  return concentration === null ? null : (volumeMl * concentration) / 1000;
}

// Returns a rate in the units of labels; null where a figure that it needs is not known.
export function ratesOf(mlPerH, weightKg, concentration) {
  const perKg = weightKg ? mlPerH / weightKg : null;
  const mg = perKg === null || concentration === null ? null : (perKg * concentration) / 60;
  return { mlPerKgH: perKg, mgPerKgMin: mg };
}

function askedFor(protocol, startedAt, endedAt, now) {
  const asked = [{ at: startedAt, why: "before" }];
  const stop = Math.min(endedAt ?? now, startedAt + LONGEST);
  let at = startedAt;
  while (at < stop) {
    const isFirst = at + protocol.first_every * MINUTE <= startedAt + protocol.first * MINUTE;
    at += (isFirst ? protocol.first_every : protocol.then_every) * MINUTE;
    asked.push({ at, why: isFirst ? "at_first" : "running" });
  }
  if (endedAt === null) return asked;
  const kept = asked.filter((one) => one.why === "before" || one.at < endedAt - protocol.grace * MINUTE);
  const after = protocol.after_end.filter((minutes) => minutes > 0);
  return [
    ...kept,
    { at: endedAt, why: "end" },
    ...after.map((minutes) => ({ at: endedAt + minutes * MINUTE, why: "after" })),
  ];
}

function withRates(asked, protocol, ratesAt, until) {
  const times = asked.map((one) => one.at);
  const added = [];
  for (const at of ratesAt.toSorted((a, b) => a - b)) {
    const isNear = times.some((each) => Math.abs(at - each) <= protocol.grace * MINUTE);
    if (times[0] < at && at < until && !isNear) {
      added.push({ at, why: "rate" });
      times.push(at);
    }
  }
  return [...asked, ...added].sort((a, b) => a.at - b.at || (a.why < b.why ? -1 : 1));
}

function stateOf(at, doneAt, { grace, closes, now }) {
  if (doneAt !== null) return doneAt > at + grace ? "late" : "done";
  if (now > at + grace) return now >= closes ? "missed" : "overdue";
  return now >= at - grace ? "due" : "planned";
}

// Returns when vital signs are due, each {at, why, state, doneAt}; while it runs, to the next time.
export function vitalsDue(protocol, { startedAt, endedAt, ratesAt, takenAt, now }) {
  const grace = protocol.grace * MINUTE;
  let asked = askedFor(protocol, startedAt, endedAt, now);
  asked = withRates(asked, protocol, ratesAt, Math.min(now, asked.at(-1).at));
  let taken = takenAt.toSorted((a, b) => a - b);
  let before = startedAt - 2 * BASELINE;
  return asked.map(({ at, why }, index) => {
    const after = asked[index + 1];
    const early = Math.max(grace, (at - before) / 2);
    let closes = after === undefined ? at + Math.max(grace, at - before) : after.at - grace;
    if (why === "before") closes = at;
    const fits = taken.filter((t) => (at - early <= t && t < closes) || t === at);
    const doneAt = fits.length === 0 ? null : fits.reduce((a, b) => (Math.abs(b - at) < Math.abs(a - at) ? b : a));
    if (doneAt !== null) taken = taken.filter((t) => t > doneAt);
    const state = stateOf(at, doneAt, { grace, closes, now });
    before = at;
    return { at, why, state, doneAt };
  });
}

// Returns the time that asks for vital signs now or next; null where none is to come.
export function nextDue(due) {
  return due.find((one) => ["due", "overdue", "planned"].includes(one.state)) ?? null;
}
