// Something is wrong: the page itself says whom to call, with or without scripts; this tells it
// to the clinic, through the outbox, and straight where this browser keeps nothing.

import { refusalBox, refusedEntry, sentAs } from "./correcting.js";
import { h } from "./dom.js";
import { formatMoment, patientsOf, todayOf } from "./home.js";
import { enqueue, flush, replace, waiting } from "./outbox.js";
import { askStraight, sameBody, sendStraight, vaultOrNull, whoIs, whyNotKept } from "./straight.js";
import { startSync } from "./sync.js";
import { word } from "./words.js";
import { pageStands } from "./worker.js";

const form = document.getElementById("alarm");
const whom = document.getElementById("whom");
const fault = document.getElementById("fault");
const told = document.getElementById("told");
const send = form.querySelector("button");
let isTelling = false;
let isTold = false;

// Lists that devices kept before they said it are of people who may.
const mayTell = (patients) => patients.filter((one) => one.may_alarm !== false);

/** Returns what is dialled: "(0)" is left out where the number begins with the country. */
const dialled = (phone) =>
  (phone.startsWith("+") ? phone.replace("(0)", "") : phone).replaceAll(/[^0-9+]/g, "");

/** Offers whom it can be about; of several, nobody is chosen for the person. */
function offerPatients(patients) {
  const chosen = form.elements.patient?.value ?? "";
  whom.hidden = patients.length < 2;
  const choices = patients.map(({ patient_id: id, name }) => {
    const isChosen = patients.length === 1 || id === chosen;
    const input = h("input", { type: "radio", name: "patient", value: id, checked: isChosen });
    return h("label", { class: "choice" }, input, ` ${name ?? word("no_name")}`);
  });
  whom.replaceChildren(whom.querySelector("legend"), ...choices);
}

function showPhones(days) {
  const phones = new Set(days.map((day) => day?.clinic_phone).filter(Boolean));
  const links = [...phones].map((phone) =>
    h("a", { class: "button large", href: `tel:${dialled(phone)}` }, word("call_clinic", { phone })),
  );
  const place = document.getElementById("clinic-phone");
  place.replaceChildren(...links);
  place.hidden = links.length === 0;
}

/** Offers the form to whoever may tell; to everybody else the words to call. */
function offer(patients) {
  if (isTold) return;
  const those = mayTell(patients);
  form.hidden = those.length === 0;
  if (those.length === 0) {
    told.textContent = word(patients.length === 0 ? "nobody" : "may_not");
    return;
  }
  if (told.textContent === word("nobody") || told.textContent === word("may_not")) {
    told.textContent = "";
  }
  offerPatients(those);
  if (!isTelling) send.disabled = false;
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

/** Returns what is said and to whom; null where something is missing, which is then said. */
function read() {
  const entered = new FormData(form);
  const signs = entered.getAll("signs");
  const patient = entered.get("patient");
  const missing = signs.length === 0 ? "signs" : patient === null ? "patient" : null;
  fault.textContent = missing === null ? "" : word(missing === "signs" ? "choose" : "choose_whom");
  if (missing !== null) {
    form.querySelector(`[name=${missing}]`).focus();
    return null;
  }
  const note = document.getElementById("note").value.trim();
  return { signs, patient, note: note === "" ? null : note };
}

function entryOf(who, refused, { signs, patient, note }) {
  const { id, at } =
    refused === null
      ? { id: crypto.randomUUID(), at: new Date() }
      : sentAs(refused, refused.body.noticed_at);
  const made = {
    id,
    noticed_at: at.toISOString(),
    signs,
    source: who.role,
    note,
    confirm: true, // a clock that runs ahead stops no call for help
  };
  const body = sameBody(made, { signs, patient, note });
  const path = `/api/v1/patients/${patient}/alarms`;
  const what = word("what", { when: formatMoment(new Date(body.noticed_at)) });
  return { path, body, what, again: "/wrong", form: { signs, note: note ?? "", patient } };
}

/** One alarm for one press: `vault` is null where nothing can be kept. */
async function tell(who, vault, refused) {
  const said = read();
  if (said === null || isTelling) return;
  isTelling = true;
  send.disabled = true;
  try {
    const entry = entryOf(who, refused, said);
    const isKept = vault !== null && (await kept(vault, refused, entry));
    if (isKept) await sayWhetherSent(vault, entry);
    else await tellStraight(who, entry);
  } finally {
    isTelling = false;
    send.disabled = false;
    document.getElementById("tell-title").focus();
  }
}

async function kept(vault, refused, entry) {
  try {
    if (refused === null) await enqueue(vault, entry);
    else await replace(vault, refused, entry);
    return true;
  } catch {
    return false; // The disk is full, or the browser has closed its database.
  }
}

async function tellStraight(who, entry) {
  told.textContent = word("sending");
  const { is, problem } = await sendStraight(who, entry);
  if (is === "refused") sayRefused(problem);
  else told.textContent = word(is === "sent" ? "sent" : "failed");
  isTold = is === "sent";
  form.hidden = isTold;
}

function sayRefused(problem) {
  told.textContent = `${word("refused_call")} ${problem}`;
}

async function sayWhetherSent(vault, { body }) {
  isTold = true;
  form.hidden = true;
  told.textContent = word("kept");
  try {
    await flush(vault);
    const row = (await waiting(vault)).find(({ id }) => id === body.id);
    if (row === undefined) told.textContent = word("sent");
    else if (row.state === "refused") sayRefused(row.problem);
  } catch {
    // It is kept, and sent later.
  }
}

/** Where there is no vault the server says who is signed in and whom they act for. */
async function startStraight() {
  const who = await whoIs();
  if (who === null) {
    offer([]);
    return;
  }
  const patients = (await askStraight(who, "/me/patients"))?.items ?? [];
  offer(patients);
  if (!form.hidden) {
    told.textContent = `${word("not_kept")} ${whyNotKept()}`;
    listen(who, null, null);
  }
  const days = patients.map(({ patient_id: id }) => askStraight(who, `/patients/${id}/today`));
  showPhones(await Promise.all(days));
}

function listen(who, vault, refused) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tell(who, vault, refused);
  });
}

/** What the device keeps comes before the network: this page is for those in a hurry. */
async function startWith(vault) {
  const before = (await vault.get("patients"))?.items ?? [];
  const refused = await refusedEntry(vault);
  listen(vault, vault, refused);
  if (before.length > 0) offer(before);
  if (before.length > 0 && refused !== null) showRefused(refused);
  const known = before.map(({ patient_id: id }) => vault.get(`today/${id}`));
  showPhones(await Promise.all(known));
  const patients = await patientsOf(vault);
  offer(patients);
  if (before.length === 0 && refused !== null) showRefused(refused);
  showPhones(await Promise.all(patients.map(({ patient_id: id }) => todayOf(vault, id))));
}

async function start() {
  const vault = await vaultOrNull();
  if (vault === null) {
    await startStraight();
    await startSync(null);
    return;
  }
  await startWith(vault).catch(async () => {
    if (send.disabled) await startStraight();
  });
  await startSync(vault);
}

start().catch(() => {
  if (send.disabled) offer([]);
}).finally(pageStands);
