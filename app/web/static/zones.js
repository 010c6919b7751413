// Wall times in the patient's zone, as a field for date and time holds them, and instants. Pure.

const formats = new Map();

function parts(instant, zone) {
  if (!formats.has(zone)) {
    formats.set(
      zone,
      new Intl.DateTimeFormat("en-GB", {
        timeZone: zone,
        hourCycle: "h23",
        year: "numeric",
        month: "2-digit",
        day: "2-digit",
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
      }),
    );
  }
  const found = {};
  for (const part of formats.get(zone).formatToParts(instant)) found[part.type] = part.value;
  return found;
}

function offset(instant, zone) {
  const p = parts(instant, zone);
  const wall = Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second);
  return wall - Math.floor(instant / 1000) * 1000;
}

// Returns "YYYY-MM-DDTHH:MM" of an instant (ISO text or milliseconds) in a zone.
export function toWall(instant, zone) {
  const p = parts(new Date(instant), zone);
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}`;
}

// Returns the day of an instant as the calendar of a zone has it: "2026-03-14".
export function dayIn(instant, zone) {
  return toWall(instant, zone).slice(0, 10);
}

// Returns the instant of a wall time as ISO text; where the clock jumps, one beside it.
export function toInstant(wall, zone) {
  const guess = Date.parse(`${wall}:00Z`);
  if (Number.isNaN(guess)) return null;
  const once = guess - offset(guess, zone);
  return new Date(guess - offset(once, zone)).toISOString();
}

// Returns the present minute as ISO text: nobody notes seconds, and fields hold none.
export function thisMinute(now = Date.now()) {
  return new Date(Math.floor(now / 60_000) * 60_000).toISOString();
}

// English is written as in Britain: the day first, and 24 hours.
export const localeOf = (lang) => (lang === "en" ? "en-GB" : lang);

export function clock(instant, zone, lang) {
  const options = { timeZone: zone, hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(localeOf(lang), options).format(new Date(instant));
}

export function dayWords(day, lang) {
  const options = { timeZone: "UTC", weekday: "long", day: "numeric", month: "long" };
  return new Intl.DateTimeFormat(localeOf(lang), options).format(new Date(`${day}T00:00:00Z`));
}

export function dateWords(day, lang) {
  const options = { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" };
  return new Intl.DateTimeFormat(localeOf(lang), options).format(new Date(`${day}T00:00:00Z`));
}
