// A report of somebody at home: one question on each screen, then everything once more, then sent.
// What is entered so far is kept after every answer, so that closing the page loses nothing.

import { correctionName, isConfirmed, refusalBox, refusedEntry, sentAs } from "./correcting.js";
import { button, make, showScreen } from "./dom.js";
import { dayIn, formatMoment, noteReported, patientsOf, todayOf } from "./home.js";
import { enqueue, flush, replace, waiting } from "./outbox.js";
import { isGrip, keyOf, limbScreen, nameOf, questionScreen, sayAnswer, sideOf } from "./questions.js";
import { startSync } from "./sync.js";
import { openVault } from "./vault.js";
import { word } from "./words.js";

const screen = document.getElementById("screen");
const back = document.getElementById("back");
const progress = document.getElementById("progress");
const LIMB = /^(right|left)_/;
const BACK_DATED_MS = 60_000;

let vault;
let patient;
let today;
let draft;
let refused = null; // the entry that is corrected
let onKey = null;

const draftName = () =>
  refused === null ? `draft/report/${patient.patient_id}` : correctionName(refused.id);
const keep = () => vault.put(draftName(), draft);

// --- what is asked -------------------------------------------------------------------------------

/** Puts both hands of a grip into one step; everything else is a step of its own. */
function stepsOf(items) {
  const steps = [];
  for (const item of items) {
    const pair = isGrip(item) && steps.find(([one]) => one.measure === item.measure);
    if (pair) pair.push(item);
    else steps.push([item]);
  }
  // As hands lie side by side: the left one on the left.
  for (const step of steps) step.sort((a, b) => a.site.localeCompare(b.site));
  return steps;
}

/** What is asked once a week and not among these answers: a usual day never waits for it. */
const weekly = (answers = {}) =>
  today.items.filter((one) => one.kind === "weekly" && answers[keyOf(one)] === undefined);

function newDraft() {
  const daily = today.items.filter(({ kind }) => kind !== "weekly");
  return {
    id: crypto.randomUUID(),
    day: today.today,
    steps: stepsOf(daily.length > 0 ? daily : today.items),
    place: "question",
    at: 0,
    answers: {},
    context: [],
    note: "",
    when: "",
    queue: [],
  };
}

async function resumed() {
  const kept = await vault.get(draftName());
  if (refused !== null) return kept ?? { ...refused.form, place: "review" };
  if (kept === undefined) return newDraft();
  if (kept.sending !== undefined) {
    // The page went away while it was sent. The same content under the same id is stored once.
    const rows = await waiting(vault);
    if (!rows.some((row) => row.id === kept.id)) await enqueue(vault, kept.sending);
    await vault.remove(draftName());
    return newDraft();
  }
  const isOld = kept.day !== dayIn(today.time_zone) && Object.keys(kept.answers).length === 0;
  return isOld ? newDraft() : kept;
}

// --- from screen to screen -----------------------------------------------------------------------

async function go(place, at = 0) {
  draft.place = place;
  draft.at = at;
  history.pushState({ place, at, depth: (history.state?.depth ?? 0) + 1 }, "");
  await keep();
  show();
}

addEventListener("popstate", (event) => {
  if (event.state?.place === undefined || draft === undefined) return;
  draft.place = event.state.place;
  draft.at = Math.min(event.state.at, draft.steps.length - 1);
  show();
});

back.addEventListener("click", () => {
  if ((history.state?.depth ?? 0) > 0) history.back();
  else if (draft?.place === "question" && draft.at > 0) go("question", draft.at - 1);
  else if (draft?.place === "review" && draft.steps.length > 0) go("question", draft.steps.length - 1);
  else location.assign("/today");
});

screen.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches("input, textarea");
  if (onKey !== null && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    onKey(event.key);
  }
});

function show() {
  onKey = null;
  progress.textContent = "";
  if (draft.place === "question" && draft.steps.length > 0) showQuestion();
  else if (draft.place === "limbs") showLimbs();
  else showReview();
}

function showQuestion() {
  const { at, steps } = draft;
  progress.textContent = word("question_of", { n: at + 1, all: steps.length });
  const step = steps[at];
  const device = draft.device ?? today.devices[step[0].measure] ?? "";
  const listen = (listener) => (onKey = listener);
  showScreen(
    screen,
    ...questionScreen({
      step,
      answers: draft.answers,
      last: today.last,
      device,
      answered,
      onKey: listen,
    }),
    ...helpOf(step[0]),
  );
}

/** How the scale of a question is meant, for whoever opens it. */
function helpOf({ measure }) {
  const id = isGrip({ measure }) ? "help-grip" : measure.endsWith("_nrs") && "help-nrs";
  return id ? [document.getElementById(id).content.cloneNode(true)] : [];
}

async function answered(answers) {
  Object.assign(draft.answers, answers);
  for (const answer of Object.values(answers)) if (answer?.device) draft.device = answer.device;
  // After a change, or what was added, back to where everything stands together.
  const open = draft.steps.findIndex((step, i) => i > draft.at && !isAnswered(step));
  if (open === -1) await go("review");
  else await go("question", open);
}

const isAnswered = (step) => step.every((series) => draft.answers[keyOf(series)] !== undefined);

async function addSteps(series) {
  const known = new Set(draft.steps.flat().map(keyOf));
  const added = stepsOf(series.filter((one) => !known.has(keyOf(one))));
  draft.steps.push(...added);
  const first = keyOf(series[0]);
  await go(
    "question",
    draft.steps.findIndex((step) => step.some((one) => keyOf(one) === first)),
  );
}

// --- adding more ---------------------------------------------------------------------------------

const addable = () => [...weekly(), ...today.extra];
const everything = () => [...addable(), ...draft.steps.flat()];

function showLimbs() {
  const of = everything().filter(({ measure }) => measure === draft.measure);
  const asked = new Set(draft.steps.flat().map(keyOf));
  const sites = [...new Set(of.filter((one) => !asked.has(keyOf(one))).map(({ site }) => site))];
  const onAsk = (chosen) => addSteps(chosen.map((site) => of.find((one) => one.site === site)));
  showScreen(screen, ...limbScreen({ measure: draft.measure, sites, chosen: [], onAsk }));
}

function moreButtons() {
  const asked = new Set(draft.steps.flat().map(keyOf));
  const left = addable().filter((one) => !asked.has(keyOf(one)));
  return [...new Set(left.map(({ measure }) => measure))].map((measure) => {
    const of = left.filter((one) => one.measure === measure);
    const hasLimbs = !isGrip(of[0]) && of.some(({ site }) => LIMB.test(site));
    const unit = isGrip(of[0]) ? `, ${of[0].unit}` : "";
    return button(`${word(`measure:${measure}`)}${unit}`, async () => {
      draft.measure = measure;
      if (hasLimbs) await go("limbs");
      else await addSteps(of);
    });
  });
}

// --- everything once more ------------------------------------------------------------------------

function showReview() {
  const place = document.getElementById("review").content.cloneNode(true);
  const list = place.querySelector("[data-answers]");
  draft.steps.forEach((step, at) => {
    for (const series of step) list.append(answerRow(series, at));
  });
  const values = valuesOf();
  if (draft.steps.length === 0) list.append(make("li", { textContent: word("nothing") }));
  const send = place.querySelector("[data-send]");
  const fault = place.querySelector("[data-fault]");
  send.addEventListener("click", () => sendReport(send, fault));
  send.disabled = values.length === 0;
  place.querySelector("[data-more]").append(...moreButtons());
  if (refused !== null) place.querySelector("h1").after(refusalBox(refused, refusedName));
  bindContext(place);
  bindNote(place);
  bindWhen(place);
  showScreen(screen, place);
}

/** Names the field of a fault, such as "values[2].value", by the answer that it is about. */
function refusedName(field) {
  const [, index] = /^values\[(\d+)\]/.exec(field) ?? [];
  const value = refused.body.values[index];
  return value === undefined ? "" : nameOf(value);
}

function answerRow(series, at) {
  const name = make("span", { className: `name ${sideOf(series.site)}` }, nameOf(series));
  const value = make("b", {}, sayAnswer(series, draft.answers[keyOf(series)]));
  const change = button(word("change_short"), () => go("question", at));
  change.setAttribute("aria-label", word("change", { what: nameOf(series) }));
  return make("li", {}, name, value, change);
}

function bindContext(place) {
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

function bindNote(place) {
  const note = place.querySelector("[data-note]");
  note.value = draft.note;
  note.addEventListener("input", () => {
    draft.note = note.value;
    keep();
  });
}

function bindWhen(place) {
  const input = place.querySelector("[data-when]");
  const said = place.querySelector("[data-when-said]");
  const show = () => {
    const is = draft.when !== "";
    said.textContent = is ? word("for_day", { when: formatMoment(new Date(draft.when)) }) : "";
    place.querySelector?.("details")?.toggleAttribute("open", is);
  };
  input.value = draft.when;
  input.addEventListener("change", () => {
    draft.when = input.value;
    said.textContent = isAhead() ? word("in_future") : "";
    if (!isAhead()) show();
    keep();
  });
  show();
}

const isAhead = () => draft.when !== "" && Date.parse(draft.when) > Date.now() + BACK_DATED_MS;

// --- sending -------------------------------------------------------------------------------------

function valuesOf() {
  const series = draft.steps.flat();
  return series.flatMap((one) => {
    const answer = draft.answers[keyOf(one)];
    return answer ? [{ measure: one.measure, site: one.site, ...answer }] : [];
  });
}

async function sendReport(send, fault) {
  if (isAhead()) {
    fault.textContent = word("in_future");
    return;
  }
  send.disabled = true;
  const now = new Date();
  const first = refused === null ? { id: draft.id, at: now } : sentAs(refused, refused.body.observed_at);
  const isSame = draft.when === "" || draft.when === refused?.form.when;
  const observed = isSame ? first.at : new Date(draft.when);
  const body = {
    id: first.id,
    observed_at: observed.toISOString(),
    entered_at: now.toISOString(),
    source: vault.role,
    values: valuesOf(),
    context: draft.context,
    note: draft.note.trim() === "" ? null : draft.note.trim(),
    ...(isConfirmed() ? { confirm: true } : {}),
  };
  const what = word("what", { when: formatMoment(observed) });
  const entry = { path: `/api/v1/patients/${patient.patient_id}/reports`, body, what };
  Object.assign(entry, { again: "/report", form: { ...draft, patient: patient.patient_id } });
  // First what is sent, then that it is on its way, then the draft goes: whenever the page is
  // killed, the next one finds at least one of them, and the id makes one of two.
  // A correction takes the place of what was refused in one step.
  if (refused === null) {
    await vault.put(draftName(), { ...draft, sending: entry });
    await enqueue(vault, entry);
  } else await replace(vault, refused, entry);
  if (dayIn(today.time_zone, observed) === dayIn(today.time_zone, now)) {
    await noteReported(vault, patient.patient_id);
  }
  await vault.remove(draftName());
  await showDone(body.id);
}

async function showDone(id) {
  const place = document.getElementById("done").content.cloneNode(true);
  const said = place.querySelector("[data-said]");
  const course = place.querySelector("[data-course]");
  course.hidden = !patient.may_see_course;
  course.href = `/patients/${patient.patient_id}/course`;
  if (refused === null && draft.when === "") offerWeekly(place, weekly(draft.answers));
  draft = undefined;
  refused = null;
  back.hidden = true;
  progress.textContent = "";
  said.textContent = word("kept");
  showScreen(screen, place);
  await flush(vault).catch(() => {});
  if (!(await waiting(vault)).some((row) => row.id === id)) said.textContent = word("sent");
}

/** What is asked once a week comes after what is asked every day was sent, and only then. */
function offerWeekly(place, left) {
  if (left.length === 0) return;
  const offer = place.querySelector("[data-weekly]");
  const answer = button(word("weekly", { n: stepsOf(left).length }), async () => {
    draft = { ...newDraft(), steps: stepsOf(left) };
    back.hidden = false;
    await go("question");
  });
  offer.append(answer);
  offer.hidden = false;
}

// --- begin ---------------------------------------------------------------------------------------

function choosePatient(patients) {
  const asked = new URLSearchParams(location.search).get("patient");
  const may = patients.filter((one) => one.may_report);
  const found = may.find((one) => one.patient_id === asked);
  if (found !== undefined || may.length === 1) return Promise.resolve(found ?? may[0]);
  if (may.length === 0) return Promise.resolve(null);
  return new Promise((resolve) => {
    const names = may.map((one) =>
      button(one.name ?? word("no_name"), () => resolve(one), { className: "wide" }),
    );
    const title = make("h1", { textContent: word("for_whom_title") });
    showScreen(screen, title, make("div", { className: "stack" }, ...names));
  });
}

async function start() {
  vault = await openVault();
  if (vault === null) {
    showScreen(screen, document.getElementById("nobody").content.cloneNode(true));
    await startSync(null);
    return;
  }
  startSync(vault).catch(() => {});
  const patients = await patientsOf(vault);
  refused = await refusedEntry(vault);
  const whose = patients.find((one) => one.patient_id === refused?.form.patient);
  patient = whose ?? (await choosePatient(patients));
  today = patient === null ? undefined : await todayOf(vault, patient.patient_id);
  if (today === undefined) {
    showScreen(screen, document.getElementById("not-yet").content.cloneNode(true));
    return;
  }
  draft = await resumed();
  const isOther = patients.length > 1 || vault.role === "proxy";
  if (isOther && patient.name) {
    document.getElementById("for-whom").textContent = word("for_whom", { name: patient.name });
  }
  show();
}

start();
