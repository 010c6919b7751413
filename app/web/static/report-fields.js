// What a report has beside its answers: what is so right now, a note, and the moment it is about.

import { formatDay, formatMoment } from "./home.js";
import { button, h } from "./dom.js";
import { word } from "./words.js";
import { dayIn, toWall } from "./zones.js";

const BACK_DATED_MS = 60_000;
const NOON = "T12:00";

export const isAhead = ({ when }) => when !== "" && Date.parse(when) > Date.now() + BACK_DATED_MS;

/** Says whether answers of another day stand in a draft that would be sent as of now. */
export function isOfAnotherDay(draft, zone) {
  const isAnswered = Object.keys(draft.answers).length > 0;
  return isAnswered && draft.when === "" && draft.day !== dayIn(Date.now(), zone);
}

/** Dates a draft of another day to the moment of its last answer: it tells how things were then. */
export function backDate(draft) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  // Drafts that were kept before they noted the moment know their day alone.
  draft.when = draft.answeredAt === undefined ? draft.day + NOON : toWall(draft.answeredAt, here);
  draft.isLate = true;
}

/** Makes the line that says of which day the report is, and lets it begin anew. */
export function lateLine(draft, onAnew) {
  if (!draft.isLate || draft.when === "") return [];
  const said = h("b", {}, word("for_day", { when: formatDay(draft.when.slice(0, 10)) }));
  return [h("p", { class: "note late", role: "status" }, said, " ", button(word("anew"), onAnew))];
}

export function bindContext(place, draft, keep) {
  for (const toggle of place.querySelectorAll("[data-context]")) {
    const { context } = toggle.dataset;
    toggle.checked = draft.context.includes(context);
    toggle.addEventListener("change", () => {
      draft.context = draft.context.filter((one) => one !== context);
      if (toggle.checked) draft.context.push(context);
      keep();
    });
  }
}

export function bindNote(place, draft, keep) {
  const note = place.querySelector("[data-note]");
  note.value = draft.note;
  note.addEventListener("input", () => {
    draft.note = note.value;
    keep();
  });
}

export function bindWhen(place, draft, keep) {
  const input = place.querySelector("[data-when]");
  const said = place.querySelector("[data-when-said]");
  const details = place.querySelector("details");
  const show = () => {
    const is = draft.when !== "";
    said.textContent = is ? word("for_day", { when: formatMoment(new Date(draft.when)) }) : "";
    details.toggleAttribute("open", is);
  };
  input.value = draft.when;
  input.addEventListener("change", () => {
    draft.when = input.value;
    said.textContent = isAhead(draft) ? word("in_future") : "";
    if (!isAhead(draft)) show();
    keep();
  });
  show();
}

/** Asks of whom the report is, among those for whom the person may report. */
export function choiceOfPatient(patients, onChoose) {
  const names = patients.map((one) =>
    button(one.name ?? word("no_name"), () => onChoose(one), { kind: "wide" }),
  );
  const title = h("h1", {}, word("for_whom_title"));
  return [title, h("div", { class: "stack" }, names)];
}
