// Something is wrong: the page itself says whom to call, with or without scripts; this tells it
// to the clinic, through the outbox.

import { make } from "./dom.js";
import { formatMoment, patientsOf } from "./home.js";
import { enqueue, flush, waiting } from "./outbox.js";
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

async function tell(vault) {
  const entered = new FormData(form);
  const signs = entered.getAll("signs");
  fault.textContent = signs.length === 0 ? word("choose") : "";
  if (signs.length === 0) {
    form.querySelector("[name=signs]").focus();
    return;
  }
  send.disabled = true; // one alarm for one press
  const now = new Date();
  const note = document.getElementById("note").value.trim();
  const body = {
    id: crypto.randomUUID(),
    noticed_at: now.toISOString(),
    signs,
    source: vault.role,
    note: note === "" ? null : note,
  };
  const path = `/api/v1/patients/${entered.get("patient")}/alarms`;
  await enqueue(vault, { path, body, what: word("what", { when: formatMoment(now) }) });
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
    send.disabled = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      tell(vault);
    });
  }
  await startSync(vault);
}

start().catch(() => {
  told.textContent = word("nobody");
  form.hidden = true;
});
