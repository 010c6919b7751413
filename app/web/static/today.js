// Where people at home begin: a greeting, when the next infusion is, and large buttons.

import { button, make } from "./dom.js";
import { formatDay, patientsOf, todayOf } from "./home.js";
import { startSync } from "./sync.js";
import { openVault } from "./vault.js";
import { word } from "./words.js";
import { pageStands } from "./worker.js";

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
  const title = isOnly ? null : make("h2", { textContent: name });
  const lines = [];
  if (today?.next_infusion) {
    lines.push(word("next_infusion", { day: formatDay(today.next_infusion) }));
  }
  if (today?.reported_today) lines.push(word("reported"));
  if (today?.note) lines.push(today.note);
  const report = make("a", {
    className: "button large",
    href: `/report${query}`,
    textContent: word(today?.reported_today ? "report_again" : "report"),
  });
  if (!isOnly) report.setAttribute("aria-label", word("report_for", { name }));
  const takes = make("p", { className: "quiet", textContent: word("takes") });
  const mayReport = patient.may_report && today !== undefined;
  const course = make("a", {
    className: "button",
    href: `/patients/${patient.patient_id}/course`,
    textContent: isOnly ? word("course") : word("course_of", { name }),
  });
  return make(
    "section",
    { className: "person" },
    title,
    ...lines.map((text) => make("p", { textContent: text })),
    mayReport ? report : null,
    mayReport && !today.reported_today ? takes : null,
    patient.may_report && today === undefined ? make("p", { textContent: word("once_online") }) : null,
    patient.may_see_course ? course : null,
  );
}

async function start() {
  greet("");
  const vault = await openVault();
  if (vault === null) {
    place.replaceChildren(make("p", { textContent: word("nobody") }));
    place.removeAttribute("aria-busy");
    await startSync(null);
    return;
  }
  const patients = await patientsOf(vault);
  const isOnly = patients.length === 1;
  const days = await Promise.all(patients.map((one) => todayOf(vault, one.patient_id)));
  if (isOnly && vault.role === "patient") greet(patients[0].name);
  const cards = patients.map((one, i) => card(one, days[i], isOnly && vault.role === "patient"));
  const none = make("p", { textContent: word("no_patients") });
  place.replaceChildren(...(cards.length > 0 ? cards : [none]));
  place.removeAttribute("aria-busy");
  await startSync(vault);
}

start().catch(() => {
  const again = button(word("again"), () => location.reload());
  place.replaceChildren(make("p", { textContent: word("failed") }), again);
  place.removeAttribute("aria-busy");
}).finally(pageStands);
