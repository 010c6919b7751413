// A report of somebody at home: one question on each screen, then everything once more, then sent.
// What is entered so far is kept after every answer, so that closing the page loses nothing.

import { correctionName, refusalBox, refusedEntry } from "./correcting.js";
import { button, h, showScreen } from "./dom.js";
import { patientsOf, todayOf } from "./home.js";
import { enqueue, flush, waiting } from "./outbox.js";
import { isGrip, keyOf, limbScreen, nameOf, questionScreen, sayAnswer, sideOf } from "./questions.js";
import { backDate, bindContext, bindNote, bindWhen, choiceOfPatient } from "./report-fields.js";
import { isAhead, isOfAnotherDay, lateLine } from "./report-fields.js";
import { entryOf, isKept } from "./report-sending.js";
import { sendStraight } from "./straight.js";
import { startSync } from "./sync.js";
import { openVault } from "./vault.js";
import { word } from "./words.js";
import { pageStands } from "./worker.js";
import { dayIn } from "./zones.js";

const screen = document.getElementById("screen");
const back = document.getElementById("back");
const progress = document.getElementById("progress");
const LIMB = /^(right|left)_/;

let vault;
let patient;
let today;
let draft;
let refused = null; // the entry that is corrected
let onKey = null;

const draftName = () =>
  refused === null ? `draft/report/${patient.patient_id}` : correctionName(refused.id);

/** Keeps what is entered; where this browser fails to, the page says so and goes on. */
async function keep() {
  try {
    await vault.put(draftName(), draft);
  } catch {
    document.getElementById("not-kept").hidden = false;
  }
}

// --- what is asked -------------------------------------------------------------------------------

/** Puts both hands of a grip into one step; everything else is a step of its own. */
function stepsOf(items) {
  const steps = [];
  for (const item of items) {
    const pair = isGrip(item) && steps.find(([one]) => one.measure === item.measure);
    if (pair) pair.push(item);
    else steps.push([item]);
  }
  return steps; // Both hands of a grip stay in the order of the day: the worse one first.
}

/** What is asked once a week and not among these answers: a usual day never waits for it. */
const weekly = (answers = {}) =>
  today.items.filter((one) => one.kind === "weekly" && answers[keyOf(one)] === undefined);

function newDraft() {
  const daily = today.items.filter(({ kind }) => kind !== "weekly");
  return {
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
  const isEmpty = Object.keys(kept.answers).length === 0;
  if (isEmpty && kept.day !== today.today) return newDraft();
  if (isOfAnotherDay(kept, today.time_zone)) backDate(kept);
  return kept;
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
  if (refused === null) screen.prepend(...lateLine(draft, anew));
}

/** How the scale of a question is meant, for whoever opens it. */
function helpOf({ measure }) {
  const id = isGrip({ measure }) ? "help-grip" : measure.endsWith("_nrs") && "help-nrs";
  return id ? [document.getElementById(id).content.cloneNode(true)] : [];
}

async function answered(answers) {
  dateAgain();
  draft.answeredAt = draft.isLate ? draft.answeredAt : Date.now();
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

// --- another day ---------------------------------------------------------------------------------

/** Dates what was answered on another day to then; says whether it just did. */
function dateAgain() {
  if (refused !== null || draft.sending !== undefined) return false;
  if (Object.keys(draft.answers).length === 0) draft.day = dayIn(Date.now(), today.time_zone);
  if (!isOfAnotherDay(draft, today.time_zone)) return false;
  backDate(draft);
  return true;
}

async function anew() {
  draft = newDraft();
  await go("question");
}

// A page that stood open over night is of the day on which it was answered.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible" || draft === undefined || !dateAgain()) return;
  keep();
  show();
});

// --- everything once more ------------------------------------------------------------------------

function showReview() {
  const place = document.getElementById("review").content.cloneNode(true);
  const list = place.querySelector("[data-answers]");
  draft.steps.forEach((step, at) => {
    for (const series of step) list.append(answerRow(series, at));
  });
  const values = valuesOf();
  if (draft.steps.length === 0) list.append(h("li", {}, word("nothing")));
  const send = place.querySelector("[data-send]");
  const fault = place.querySelector("[data-fault]");
  send.addEventListener("click", () => sendReport(send, fault));
  send.disabled = values.length === 0;
  place.querySelector("[data-more]").append(...moreButtons());
  if (refused !== null) place.querySelector("h1").after(refusalBox(refused, refusedName));
  bindContext(place, draft, keep);
  bindNote(place, draft, keep);
  bindWhen(place, draft, keep);
  showScreen(screen, place);
  if (refused === null) screen.prepend(...lateLine(draft, anew));
}

/** Names the field of a fault, such as "values[2].value", by the answer that it is about. */
function refusedName(field) {
  const [, index] = /^values\[(\d+)\]/.exec(field) ?? [];
  const value = refused.body.values[index];
  return value === undefined ? "" : nameOf(value);
}

function answerRow(series, at) {
  const name = h("span", { class: `name ${sideOf(series.site)}` }, nameOf(series));
  const value = h("b", {}, sayAnswer(series, draft.answers[keyOf(series)]));
  const change = button(word("change_short"), () => go("question", at), {
    "aria-label": word("change", { what: nameOf(series) }),
  });
  return h("li", {}, name, value, change);
}

// --- sending -------------------------------------------------------------------------------------

function valuesOf() {
  const series = draft.steps.flat();
  return series.flatMap((one) => {
    const answer = draft.answers[keyOf(one)];
    return answer ? [{ measure: one.measure, site: one.site, ...answer }] : [];
  });
}

async function sendReport(send, fault) {
  if (dateAgain()) {
    await keep();
    show(); // First it is said of which day it is.
    return;
  }
  fault.textContent = isAhead(draft) ? word("in_future") : "";
  if (isAhead(draft)) return;
  send.disabled = true;
  const entry = entryOf({ role: vault.role, patient, draft, refused, values: valuesOf() });
  const how = { name: draftName(), draft, refused, zone: today.time_zone };
  if (await isKept(vault, entry, how)) {
    await showDone(entry.body.id);
    return;
  }
  const { is, problem } = await sendStraight(vault, entry);
  send.disabled = false;
  fault.textContent = is === "refused" ? problem : word("failed");
  if (is !== "sent") return;
  await vault.remove(how.name).catch(() => {});
  await showDone(entry.body.id, word("sent"));
}

/** Thanks; `outcome` is what is known where nothing was kept. */
async function showDone(id, outcome = null) {
  const place = document.getElementById("done").content.cloneNode(true);
  const title = place.querySelector("h1");
  const said = place.querySelector("[data-said]");
  const course = place.querySelector("[data-course]");
  course.hidden = !patient.may_see_course;
  course.href = `/patients/${patient.patient_id}/course`;
  const left = refused === null && draft.when === "" ? weekly(draft.answers) : [];
  draft = undefined;
  refused = null;
  back.hidden = true;
  progress.textContent = "";
  said.textContent = outcome ?? word("kept");
  showScreen(screen, place);
  if (outcome !== null) return offerWeekly(left);
  await flush(vault).catch(() => {});
  const rows = await waiting(vault).catch(() => null);
  const row = rows?.find((one) => one.id === id);
  if (rows !== null && row === undefined) said.textContent = word("sent");
  if (row?.state !== "refused") return offerWeekly(left);
  title.textContent = word("refused_title");
  said.textContent = row.problem;
}

/** What is asked once a week comes after what is asked every day was sent, and only then. */
function offerWeekly(left) {
  if (left.length === 0) return;
  const offer = screen.querySelector("[data-weekly]");
  if (offer === null) return; // Somebody went on meanwhile.
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
  return new Promise((resolve) => showScreen(screen, ...choiceOfPatient(may, resolve)));
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

start().catch(() => {
  showScreen(screen, document.getElementById("failed").content.cloneNode(true));
}).finally(pageStands);
