// What the bar code of a vial says: GS1 element strings, read on the device. Pure.
//
// It reads what app/lots/scanning.py reads and refuses what that refuses, by the same causes; the
// tests compare the two. A wrong lot is worse than none, so nothing is guessed. Of the application
// identifiers it knows those that may stand beside a vial's; another one is refused, and typed.

const GTIN = "01";
const LOT = "10";
const EXPIRES_ON = "17";
const SERIAL = "21";
const WANTED = [GTIN, LOT, EXPIRES_ON, SERIAL];
const MAY_HIDE = [...WANTED, "11"];
const SHORTEST_HIDDEN = 4;
const GTIN_DIGITS = 14;
const DATE_DIGITS = 6;
const LONGEST = 500;
const YEARS_AHEAD = 50;

const SEPARATOR = "\u001d";
const SEPARATORS = /\u241d|<GS>|\{GS\}/g;
const SPACES = /[ \t\r\n\u00a0]+/g;
const SYMBOLOGY = /^\]([A-Za-z][0-9A-Za-z])/;
const OF_ELEMENTS = ["d2", "C1", "e0", "Q3", "J1"];
const OF_NUMBERS = ["E0", "E4", "I1"];

const CHARACTERS = /^[!%-?A-Z_a-z"]*/;
const DIGITS = /^[0-9]*/;
const DATE = /^\d{2}(?:0\d|1[0-2])(?:[0-2]\d|3[01])/;

// GS1 General Specifications, section 3. Without `fixed` an element ends with FNC1.
const identifiers = new Map();
for (const ai of ["11", "12", "13", "15", "16", "17"]) identifiers.set(ai, { fixed: 6, isDate: true });
for (const [ai, fixed] of [["00", 18], ["01", 14], ["02", 14], ["20", 2]]) identifiers.set(ai, { fixed });
for (const [ai, most] of [["10", 20], ["21", 20], ["22", 20], ["240", 30], ["241", 30], ["250", 30], ["251", 30]]) {
  identifiers.set(ai, { most });
}
for (const [ai, most] of [["30", 8], ["37", 8], ["242", 6]]) identifiers.set(ai, { most, isNumber: true });
for (let ai = 410; ai <= 417; ai += 1) identifiers.set(String(ai), { fixed: 13 });
for (let ai = 710; ai <= 716; ai += 1) identifiers.set(String(ai), { most: 20 });
for (let ai = 90; ai <= 99; ai += 1) identifiers.set(String(ai), { most: ai === 90 ? 30 : 90 });

// A code that cannot be read, or not in one way only; `cause` is a key of the page's words.
export class ScanRefused extends Error {
  constructor(cause) {
    super(cause);
    this.cause = cause;
  }
}

// Returns the check digit that ends a GTIN: weights 3 and 1 from the right.
export function checkDigit(payload) {
  let sum = 0;
  [...payload].reverse().forEach((digit, index) => {
    sum += Number(digit) * (index % 2 === 0 ? 3 : 1);
  });
  return (10 - (sum % 10)) % 10;
}

function gtin14(text) {
  const isNumber = /^[0-9]+$/.test(text) && [8, 12, 13, 14].includes(text.length);
  if (!isNumber || checkDigit(text.slice(0, -1)) !== Number(text.at(-1))) return null;
  return text.padStart(GTIN_DIGITS, "0");
}

function readGtin(text) {
  const gtin = gtin14(text);
  if (gtin === null) throw new ScanRefused(/^[0-9]+$/.test(text) ? "bad-check-digit" : "bad-character");
  return gtin;
}

// Returns a date as YYYY-MM-DD; the day 00 is the last one of the month, and null is no date.
function dayOf(value, century) {
  const year = century + Number(value.slice(0, 2));
  const month = Number(value.slice(2, 4));
  if (month < 1 || month > 12) return null;
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const day = Number(value.slice(4)) || last;
  if (day > last) return null;
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

function centuryOf(year, today) {
  const now = Number(today.slice(0, 4));
  const century = Math.floor(now / 100) * 100;
  const ahead = year - (now % 100);
  if (ahead > YEARS_AHEAD) return century - 100;
  return ahead <= -YEARS_AHEAD ? century + 100 : century;
}

function readDate(value, today) {
  const day = dayOf(value, centuryOf(Number(value.slice(0, 2)), today));
  if (day === null) throw new ScanRefused("impossible-date");
  return day;
}

function identifierOf(rest) {
  for (const length of [2, 3]) {
    const known = identifiers.get(rest.slice(0, length));
    if (known !== undefined) return { ai: rest.slice(0, length), ...known };
  }
  throw new ScanRefused(/^[0-9]{2}/.test(rest) ? "unknown-ai" : "not-gs1");
}

// Returns the first element of what is left; a variable one as far as its characters go.
function first(rest) {
  const identifier = identifierOf(rest);
  const after = rest.slice(identifier.ai.length);
  const { fixed } = identifier;
  if (fixed === undefined) {
    const allowed = (identifier.isNumber ? DIGITS : CHARACTERS).exec(after)[0];
    const value = allowed.slice(0, identifier.most);
    if (value !== "") return { identifier, value };
  } else {
    const head = after.slice(0, fixed);
    const fits = identifier.isDate ? DATE.test(head) : /^[0-9]*$/.test(head);
    if (head.length === fixed && fits) return { identifier, value: head };
  }
  const day = after.slice(0, DATE_DIGITS);
  if (identifier.ai === EXPIRES_ON && /^[0-9]{6}$/.test(day)) throw new ScanRefused("impossible-date");
  if (after === "" || (fixed !== undefined && after.length < fixed)) throw new ScanRefused("truncated");
  throw new ScanRefused("bad-character");
}

function requireEnd(identifier, value, rest) {
  if (rest === "") return;
  const longest = identifier.fixed ?? identifier.most;
  throw new ScanRefused(value.length >= longest ? "too-long" : "bad-character");
}

function bracketed(code) {
  const found = [];
  let end = 0;
  for (const match of code.matchAll(/\((\d{2,4})\)([^()]*)/g)) {
    if (match.index !== end) break;
    end += match[0].length;
    const sent = match[2].replaceAll(SEPARATOR, "");
    const { identifier, value } = first(match[1] + sent);
    if (identifier.ai !== match[1]) throw new ScanRefused("unknown-ai");
    requireEnd(identifier, value, sent.slice(value.length));
    found.push([identifier.ai, value]);
  }
  if (end !== code.length) throw new ScanRefused("not-gs1");
  return found;
}

function plain(code, sendsFnc1) {
  const found = [];
  const seen = new Set();
  for (const segment of code.split(SEPARATOR).filter((each) => each !== "")) {
    let rest = segment;
    while (rest !== "") {
      const { identifier, value } = first(rest);
      rest = rest.slice(identifier.ai.length + value.length);
      seen.add(identifier.ai);
      if (identifier.fixed === undefined) {
        if (!sendsFnc1) refuseAmbiguous(value + rest, seen);
        requireEnd(identifier, value, rest);
      }
      found.push([identifier.ai, value]);
    }
  }
  return found;
}

// Without FNC1 behind it a value may be two: scanners can be set to drop it.
function refuseAmbiguous(value, seen) {
  const missing = MAY_HIDE.filter((ai) => !seen.has(ai));
  for (let start = 1; start < value.length; start += 1) {
    if (isSequence(value.slice(start), missing)) throw new ScanRefused("ambiguous");
  }
}

function isSequence(rest, missing) {
  const ai = rest.slice(0, 2);
  const value = rest.slice(2);
  if (!missing.includes(ai)) return false;
  if (ai === LOT || ai === SERIAL) return value.length >= SHORTEST_HIDDEN;
  const length = ai === GTIN ? GTIN_DIGITS : DATE_DIGITS;
  const head = value.slice(0, length);
  const tail = value.slice(length);
  if (head.length < length || !/^[0-9]+$/.test(head)) return false;
  const isValue = ai === GTIN ? gtin14(head) !== null : dayOf(head, 2000) !== null;
  return isValue && (tail === "" || isSequence(tail, missing.filter((each) => each !== ai)));
}

// Reads a code; `today` (YYYY-MM-DD) decides the century. Returns {gtin, lot, expires_on, serial},
// null for what it does not say, or throws ScanRefused.
export function parseScan(text, today) {
  if (text.length > LONGEST) throw new ScanRefused("too-long");
  let code = text.replace(SEPARATORS, SEPARATOR).replace(SPACES, "");
  const symbology = SYMBOLOGY.exec(code);
  const kind = symbology === null ? "" : symbology[1];
  if (kind !== "" && ![...OF_ELEMENTS, ...OF_NUMBERS].includes(kind)) throw new ScanRefused("not-gs1");
  if (symbology !== null) code = code.slice(symbology[0].length);
  const sendsFnc1 = code.includes(SEPARATOR);
  code = code.replace(/^\u001d+|\u001d+$/g, "");
  if (code === "") throw new ScanRefused("empty");
  const nothing = { gtin: null, lot: null, expires_on: null, serial: null };
  if (OF_NUMBERS.includes(kind) || (kind === "" && /^[0-9]{12,14}$/.test(code))) {
    return { ...nothing, gtin: readGtin(code) };
  }
  const found = new Map();
  for (const [ai, value] of code.startsWith("(") ? bracketed(code) : plain(code, sendsFnc1)) {
    if ((found.get(ai) ?? value) !== value) throw new ScanRefused("repeated");
    found.set(ai, value);
  }
  if (!WANTED.some((ai) => found.has(ai))) throw new ScanRefused("empty");
  return {
    gtin: found.has(GTIN) ? readGtin(found.get(GTIN)) : null,
    lot: found.get(LOT) ?? null,
    expires_on: found.has(EXPIRES_ON) ? readDate(found.get(EXPIRES_ON), today) : null,
    serial: found.get(SERIAL) ?? null,
  };
}

// The form under which lots are compared, as `lot_key` of app/lots/rules.py makes it.
export function lotKey(lot) {
  const upper = lot.normalize("NFKC").toUpperCase().normalize("NFKC");
  return upper.replace(/[^\p{L}\p{N}]/gu, "") || upper.trim();
}
