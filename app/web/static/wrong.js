// Something is wrong: the page itself says whom to call, with or without scripts; this tells it
// to the clinic, through the outbox.

import { refusalBox, refusedEntry, sentAs } from "./correcting.js";
import { make } from "./dom.js";
import { formatMoment, patientsOf, todayOf } from "./home.js";
import { enqueue, flush, replace, waiting } from "./outbox.js";
import { startSync } from "./sync.js";
import { openVault } from "./vault.js";
import { word } from "./words.js";

const form = document.getElementById("alarm");
const whom = document.getElementById("whom");
const fault = document.getElementById("fault");
const told = document.getElementById("told");
const send = form.querySelector("button");

function offerPatients(patients) {
  whom.hidden = patients.length < 2;
  for (const [i, { patient_id: id, name }] of patients.entries()) {
    const input = make("input", { type: "radio", name: "patient", value: id, checked: i === 0 });
    whom.append(make("label", { className: "choice" }, input, ` ${name ?? word("no_name")}`));
  }
}

/** Shows the numbers of the clinics; what the device keeps of them comes before the network. */
async function showPhones(vault, patients) {
  const kept = ({ patient_id: id }) => vault.get(`today/${id}`).then((day) => day ?? todayOf(vault, id));
  const days = await Promise.all(patients.map(kept));
  const phones = new Set(days.map((day) => day?.clinic_phone).filter(Boolean));
  const links = [...phones].map((phone) =>
    make("a", {
      className: "button large",
      href: `tel:${phone.replaceAll(/[^0-9+]/g, "")}`,
      textContent: word("call_clinic", { phone }),
    }),
  );
  const place = document.getElementById("clinic-phone");
  place.replaceChildren(...links);
  place.hidden = links.length === 0;
}

/** Fills in what was sent and refused, with the reason above. */
function showRefused(refused) {
  const { signs, patient, note } = refused.form;
  for (const box of form.querySelectorAll("[name=signs]")) box.checked = signs.includes(box.value);
  for (const one of form.querySelectorAll("[name=patient]")) one.checked = one.value === patient;
  document.getElementById("note").value = note ?? "";
  form.prepend(refusalBox(refused));
  document.getElementById("tell-title").focus();
}

async function tell(vault, refused) {
  const entered = new FormData(form);
  const signs = entered.getAll("signs");
  fault.textContent = signs.length === 0 ? word("choose") : "";
  if (signs.length === 0) {
    form.querySelector("[name=signs]").focus();
    return;
  }
  send.disabled = true; // one alarm for one press
  const { id, at: now } =
    refused === null
      ? { id: crypto.randomUUID(), at: new Date() }
      : sentAs(refused, refused.body.noticed_at);
  const note = document.getElementById("note").value.trim();
  const body = {
    id,
    noticed_at: now.toISOString(),
    signs,
    source: vault.role,
    note: note === "" ? null : note,
    confirm: true, // a clock that runs ahead stops no call for help
  };
  const patient = entered.get("patient");
  const path = `/api/v1/patients/${patient}/alarms`;
  const what = word("what", { when: formatMoment(now) });
  const entry = { path, body, what, again: "/wrong", form: { signs, note, patient } };
  if (refused === null) await enqueue(vault, entry);
  else await replace(vault, refused, entry);
  form.hidden = true;
  await sayWhetherSent(vault, body.id);
  document.getElementById("tell-title").focus();
}

async function sayWhetherSent(vault, id) {
  told.textContent = word("kept");
  await flush(vault).catch(() => {});
  const rows = await waiting(vault);
  if (!rows.some((row) => row.id === id)) told.textContent = word("sent");
}

async function start() {
  const vault = await openVault();
  const patients = vault === null ? [] : await patientsOf(vault);
  if (patients.length === 0) {
    told.textContent = word("nobody");
    form.hidden = true;
  } else {
    offerPatients(patients);
    showPhones(vault, patients).catch(() => {});
    send.disabled = false;
    const refused = await refusedEntry(vault);
    if (refused !== null) showRefused(refused);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      tell(vault, refused);
    });
  }
  await startSync(vault);
}

start().catch(() => {
  told.textContent = word("nobody");
  form.hidden = true;
});
