// How an infusion ran and when vital signs are due: app/monitoring/timing.py on the device, and
// when a rate of the last infusion would be reached, which only the device says. Pure.
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

// --- the rates of last time ----------------------------------------------------------------------

const SAME = 1 - 1e-9;

const byTime = (steps) => steps.toSorted((a, b) => a.at - b.at);

// Returns the steps that were faster than all before them, {after, ml_per_h}; `after` is how long
// the pump had run by then. What ran after a reaction began is no step to compare with.
function fasterSteps({ steps, reactedAt }) {
  const found = [];
  let ran = 0;
  let highest = 0;
  byTime(steps).forEach((step, index, all) => {
    const isClear = reactedAt === null || step.at < reactedAt;
    if (isClear && step.ml_per_h * SAME > highest) {
      found.push({ after: ran, ml_per_h: step.ml_per_h });
      highest = step.ml_per_h;
    }
    if (step.ml_per_h > 0 && index + 1 < all.length) ran += all[index + 1].at - step.at;
  });
  return found;
}

// Returns when the pump has run for so long; while it still has to, as if it ran on from now.
function momentAfter(ran, after, now) {
  let left = after;
  for (const { step, until } of ran) {
    const took = step.ml_per_h > 0 ? until - step.at : 0;
    if (step.ml_per_h > 0 && left <= took) return step.at + left;
    left -= took;
  }
  return now + left;
}

function rateState(at, { now, grace, reactedAt, isPaused }) {
  if (reactedAt !== null) return "reaction";
  if (isPaused) return "paused";
  if (now > at + grace) return "overdue";
  return now >= at - grace ? "due" : "planned";
}

// Returns when the faster rates of the last infusion come by the time that the pump ran, each
// {after, ml_per_h, at, state, reachedAt}: what was seen last time, never what is to be done.
//
// `last` and `present` hold `steps` {at, ml_per_h} and `reactedAt`, when the first reaction began.
// A pause moves what is to come by its length. A rate that was reached stays "done" after the pump
// was slowed down; after a reaction nothing more is due. Before the start `at` is null.
export function rateStepsDue(last, { steps, endedAt, reactedAt, now, grace }) {
  if (last === null || endedAt !== null) return [];
  const begun = byTime(steps).filter((step) => step.at <= now);
  const first = begun.findIndex((step) => step.ml_per_h > 0);
  const ran = first < 0 ? [] : rateTable(begun.slice(first), now);
  const standing = { now, grace: grace * MINUTE, reactedAt, isPaused: begun.at(-1)?.ml_per_h === 0 };
  return fasterSteps(last).map(({ after, ml_per_h }) => {
    const reachedAt = begun.find((step) => step.ml_per_h >= ml_per_h * SAME)?.at ?? null;
    const at = first < 0 ? null : momentAfter(ran, after, now);
    const state = first < 0 ? "planned" : rateState(at, standing);
    return { after, ml_per_h, at, state: reachedAt === null ? state : "done", reachedAt };
  });
}

// Returns the first of them that was not reached; null where nothing is to come, or be compared.
export function nextRateStep(due) {
  const next = due.find((one) => one.state !== "done") ?? null;
  return next === null || next.at === null || next.state === "reaction" ? null : next;
}
