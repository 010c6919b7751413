// An entry that the server refused, opened again to be corrected: what was entered, and why it was
// not accepted. The entry keeps its place in the outbox until its correction takes that.

import { h } from "./dom.js";
import { waiting } from "./outbox.js";
import { word } from "./words.js";

const CONFLICT = 409;
const SECOND_MS = 1000;

export const correctionName = (id) => `draft/correction/${id}`;

/** Returns the refused entry that the address names, or null. */
export async function refusedEntry(vault) {
  const asked = new URLSearchParams(location.search).get("correct");
  if (asked === null) return null;
  const rows = await waiting(vault);
  const isIt = ({ id, state, form }) => id === asked && state === "refused" && form !== undefined;
  return rows.find(isIt) ?? null;
}

const MOMENTS = ["observed_at", "noticed_at", "entered_at"];

/** Something stands in the way of this entry: as another one, with an id of its own, it may pass. */
const isTaken = ({ status, code = "conflict" }) => status === CONFLICT && code === "conflict";

/** The moment was not accepted: a clock that ran ahead. */
const isWrongMoment = ({ errors }) => errors.some(({ field }) => MOMENTS.includes(field));

/**
 * Returns the id and the moment under which a corrected entry is sent. Where the server has one
 * with this id, it becomes another entry, a second later, so that both stand. A moment of now
 * (`isNow`) that was not accepted is taken anew.
 */
export function sentAs(refused, instant, { isNow = true } = {}) {
  if (isNow && isWrongMoment(refused)) return { id: refused.id, at: new Date() };
  if (!isTaken(refused)) return { id: refused.id, at: new Date(instant) };
  return { id: crypto.randomUUID(), at: new Date(Date.parse(instant) + SECOND_MS) };
}

const isUnusual = ({ severity }) => severity === "unusual";

/** Makes the box that says why; `nameOf` names the field of a fault, or returns "". */
export function refusalBox(refused, nameOf = () => "") {
  const told = refused.errors.map((fault) => {
    const name = nameOf(fault.field);
    return h("li", {}, name === "" ? fault.reason : `${name}: ${fault.reason}`);
  });
  const problem = h("p", {}, refused.problem);
  const why = told.length === 0 ? problem : h("ul", {}, told);
  // Where the server shows no entry that is stored, its own words say what is in the way.
  const isKept = isTaken(refused) && (refused.isStored ?? true);
  const canConfirm = told.length > 0 && refused.errors.every(isUnusual);
  return h(
    "div",
    { class: "faults", role: "alert" },
    h("p", {}, h("b", {}, word("refused_title"))),
    isKept ? h("p", {}, word("refused_same")) : why,
    canConfirm ? confirmBox() : null,
  );
}

function confirmBox() {
  const box = h("input", { type: "checkbox", id: "is-right" });
  return h("label", { class: "choice" }, box, ` ${word("refused_right")}`);
}

/** Says whether the person said that what is unusual is right. */
export const isConfirmed = () => document.getElementById("is-right")?.checked ?? false;
