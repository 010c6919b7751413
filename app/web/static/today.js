// Where people at home begin: a greeting, when the next infusion is, and large buttons.

import { button, h } from "./dom.js";
import { formatDay, patientsOf, todayOf } from "./home.js";
import { waiting } from "./outbox.js";
import { startSync } from "./sync.js";
import { openVault } from "./vault.js";
import { word } from "./words.js";
import { pageStands } from "./worker.js";
import { dayIn } from "./zones.js";

const place = document.getElementById("patients");
const greeting = document.getElementById("greeting");

function greet(name) {
  const hour = new Date().getHours();
  const part = hour < 5 || hour >= 18 ? "evening" : hour < 12 ? "morning" : "afternoon";
  greeting.textContent = name ? word(`${part}_name`, { name }) : word(part);
}

function card(patient, today, isOnly) {
  const query = isOnly ? "" : `?patient=${patient.patient_id}`;
  const name = patient.name ?? word("no_name");
  const title = isOnly ? null : h("h2", {}, name);
  const lines = [];
  if (today?.next_infusion) {
    lines.push(word("next_infusion", { day: formatDay(today.next_infusion) }));
  }
  if (today?.reported_today) lines.push(word("reported"));
  if (today?.note) lines.push(today.note);
  const report = h(
    "a",
    {
      class: "button large",
      href: `/report${query}`,
      "aria-label": isOnly ? null : word("report_for", { name }),
    },
    word(today?.reported_today ? "report_again" : "report"),
  );
  const takes = h("p", { class: "quiet" }, word("takes"));
  const mayReport = patient.may_report && today !== undefined;
  const course = h(
    "a",
    { class: "button", href: `/patients/${patient.patient_id}/course` },
    isOnly ? word("course") : word("course_of", { name }),
  );
  return h(
    "section",
    { class: "person" },
    title,
    lines.map((text) => h("p", {}, text)),
    mayReport ? report : null,
    mayReport && !today.reported_today ? takes : null,
    patient.may_report && today === undefined ? h("p", {}, word("once_online")) : null,
    patient.may_see_course ? course : null,
  );
}

async function start() {
  greet("");
  const vault = await openVault();
  if (vault === null) {
    place.replaceChildren(h("p", {}, word("nobody")));
    place.removeAttribute("aria-busy");
    await startSync(null);
    return;
  }
  await show(vault);
  const before = (await waiting(vault)).length;
  await startSync(vault);
  // A report that was sent just now was not there when the server was asked.
  if ((await waiting(vault)).length < before) await show(vault);
}

/** Returns what is asked today of a patient, with a report that still waits counted as made. */
async function standing(vault, { patient_id: id }) {
  const today = await todayOf(vault, id);
  if (today === undefined || today.reported_today) return today;
  const isOfToday = ({ path, state, body }) => state === "waiting" && path.endsWith(`/${id}/reports`) &&
    dayIn(Date.parse(body.observed_at), today.time_zone) === today.today;
  return { ...today, reported_today: (await waiting(vault)).some(isOfToday) };
}

async function show(vault) {
  const patients = await patientsOf(vault);
  const isOnly = patients.length === 1;
  const days = await Promise.all(patients.map((one) => standing(vault, one)));
  if (isOnly && vault.role === "patient") greet(patients[0].name);
  const cards = patients.map((one, i) => card(one, days[i], isOnly && vault.role === "patient"));
  const none = h("p", {}, word("no_patients"));
  place.replaceChildren(...(cards.length > 0 ? cards : [none]));
  place.removeAttribute("aria-busy");
}

start().catch(() => {
  const again = button(word("again"), () => location.reload());
  place.replaceChildren(h("p", {}, word("failed")), again);
  place.removeAttribute("aria-busy");
}).finally(pageStands);
