// One visit, step by step. Every change lies in the vault before anything else happens, so that
// leaving, reloading, locking or killing the page loses nothing.

import { gapsOf } from "./bundle.js";
import { button, h } from "./dom.js";
import { endStep, signStep } from "./ending.js";
import { faultsHere } from "./refusal.js";
import { beginReaction, reactionStep } from "./reaction.js";
import { runningStep } from "./running.js";
import { handOver, holdVisit, keepLooking, settle } from "./sending.js";
import { accessStep, beforeStep, checksStep, identityStep, premedicationStep, weightStep } from "./steps.js";
import { drawStrip } from "./strip.js";
import { startSync } from "./sync.js";
import { openVault } from "./vault.js";
import { vialsStep } from "./vials.js";
import { draftName, isBeyond, Keeper, keyOf, newDraft, packetsIn } from "./visit-draft.js";
import { clock, dateWords, dayWords, thisMinute, toInstant, toWall } from "./zones.js";
import { word } from "./words.js";
import { pageStands } from "./worker.js";

const STEPS = {
  identity: identityStep,
  checks: checksStep,
  before: beforeStep,
  weight: weightStep,
  premedication: premedicationStep,
  access: accessStep,
  vials: vialsStep,
  running: runningStep,
  reaction: reactionStep,
  end: endStep,
  sign: signStep,
};
const NAMES = Object.keys(STEPS);
const TICK_MS = 10_000;
const lang = document.documentElement.lang;
const place = (name) => document.querySelector(`[data-flow="${name}"]`);

class Flow {
  constructor(vault, packets, draft) {
    this.vault = vault;
    this.packets = packets;
    this.draft = draft;
    this.keeper = new Keeper(vault);
    this.zone = draft.packet.patient.time_zone;
    this.#isFresh = true;
  }

  #isFresh;

  isFresh = () => this.#isFresh;
  wall = (instant) => (instant === null ? "" : toWall(instant, this.zone));
  instant = (wall) => toInstant(wall, this.zone);
  clock = (instant) => clock(instant, this.zone, lang);
  day = (day) => dayWords(day, lang);
  date = (day) => dateWords(day, lang);

  say(text) {
    place("said").textContent = text;
  }

  /** Changes the draft and keeps it; what is shown follows. */
  change(how, { redraw = false } = {}) {
    how();
    place("saved").textContent = word("saving");
    this.keeper.keep(this.draft).then(
      () => { place("saved").textContent = word("saved"); },
      () => { place("saved").textContent = word("not_saved"); },
    );
    this.say("");
    if (redraw) this.redraw();
    else this.#around();
  }

  /** Shows a step; with the words of a field, that field has the focus. */
  go(step, label = null) {
    this.draft.step = step;
    this.keeper.keep(this.draft);
    this.#isFresh = true;
    this.redraw();
    this.#isFresh = false;
    const field = label === null ? null : fieldOf(place("pane"), label);
    (field ?? place("step")).focus();
    (field ?? place("step")).scrollIntoView({ block: field === null ? "nearest" : "center" });
  }

  redraw() {
    const pane = place("pane");
    const focused = pane.contains(document.activeElement) ? labelOf(document.activeElement) : null;
    const { step } = this.draft;
    place("step").textContent = word(`step.${step}`);
    const faults = step === "sign" ? null : faultsHere(this, step);
    pane.replaceChildren(...[faults, ...STEPS[step](this).flat(), this.#onward(step)].filter(Boolean));
    this.#around();
    if (focused !== null) {
      const again = [...pane.querySelectorAll("input, select, textarea, button, summary")].find((each) => labelOf(each) === focused);
      (again ?? place("step")).focus({ preventScroll: true });
    }
  }

  #onward(step) {
    const next = NAMES[NAMES.indexOf(step) + 1];
    if (next === undefined) return "";
    const after = next === "reaction" ? "end" : next;
    return h("p", { class: "onward" }, button(word("next_step", { step: word(`step.${after}`) }), () => this.go(after), { kind: "big" }));
  }

  #around() {
    const missing = new Set(gapsOf({ ...this.draft, outcome: this.draft.outcome ?? "given" }, this.packets.red_flags).map((gap) => gap.step));
    place("steps").replaceChildren(...NAMES.map((name) => {
      const isHere = name === this.draft.step;
      const isNeeded = !["premedication", "reaction", "sign"].includes(name);
      const mark = !isNeeded || missing.has(name) ? "" : word("step_done");
      const link = button(word(`step.${name}`), () => this.go(name), { "aria-current": isHere ? "step" : null });
      if (mark) link.append(h("span", { class: "done" }, ` ${mark}`));
      return h("li", {}, link);
    }));
    const here = place("steps").querySelector("[aria-current]");
    place("steps").scrollLeft += here.getBoundingClientRect().left - place("steps").getBoundingClientRect().left;
    this.strip();
  }

  strip() {
    const { mark, told } = drawStrip(place("strip"), this.draft, this.packets, { now: Date.now(), clock: this.clock });
    speak(place("alert"), mark === "" ? "" : word(`vitals_${mark}`));
    speak(place("told"), told);
  }

  /** Hands the visit over; sent before and refused, it goes again with the same ids. */
  async send({ isSigned }) {
    const { draft } = this;
    draft.signed_at = isSigned ? thisMinute() : null;
    draft.left_at ??= thisMinute();
    await this.keeper.keep(draft);
    await handOver(this.vault, draft);
    this.#closed();
  }

  /** Looks what became of the visit after it was handed over. */
  async look() {
    // One after the other, so that a visit is settled once.
    this.#looking = this.#looking.then(() => settle(this.vault, this.draft)).catch(() => false);
    if (!(await this.#looking)) return;
    if (this.draft.state === "open") this.#opened();
    else this.#closed();
  }

  #looking = Promise.resolve(false);

  begin() {
    const { patient } = this.draft.packet;
    place("who").textContent = [patient.given_name, patient.family_name].filter(Boolean).join(" ") || patient.external_id;
    const { packet } = this.draft;
    const day = this.day(packet.on_date);
    place("about").textContent = isBeyond(packet)
      ? word("about_beyond", { day })
      : word("about_visit", { day, n: packet.course_day, of: packet.course_days });
    place("react").addEventListener("click", () => {
      beginReaction(this);
      this.go("reaction");
    });
    if (this.draft.state === "open") this.#opened();
    else this.#closed();
    setInterval(() => this.strip(), TICK_MS);
    keepLooking(() => this.look().catch(() => {}));
    return this.look();
  }

  #opened() {
    place("closed").hidden = true;
    place("open").hidden = false;
    this.#isFresh = true;
    this.redraw();
    this.#isFresh = false;
  }

  #closed() {
    place("open").hidden = true;
    place("closed").hidden = false;
    const isSent = this.draft.state === "sent";
    place("closed-told").textContent = word(isSent ? "visit_sent" : "visit_waits");
    const link = place("closed-link");
    link.hidden = !isSent;
    link.href = `/visits/${this.draft.ids.visit}`;
  }
}

// A live region speaks when its text changes, so it is left alone while it does not.
function speak(region, text) {
  if (region.textContent !== text) region.textContent = text;
}

function labelOf(element) {
  const own = element.labels?.[0]?.textContent ?? element.textContent;
  return `${element.tagName} ${element.type ?? ""} ${element.getAttribute("aria-label") ?? own} ${element.value ?? ""}`.slice(0, 120);
}

// Returns the field that the page calls so, or a button to it within a list that is folded.
function fieldOf(pane, text) {
  const labels = [...pane.querySelectorAll("label, legend")];
  const label = labels.find((each) => each.textContent.startsWith(text));
  if (label === undefined) return null;
  const fold = label.closest("details");
  if (fold !== null) fold.open = true;
  return label.control ?? label.parentElement.querySelector("input, select, textarea, button");
}

async function draftIn(vault, packets, key) {
  const kept = await vault.get(draftName(key));
  if (kept !== undefined) return kept;
  const packet = packets?.items.find((each) => keyOf(each) === key);
  if (packet === undefined || packet.visit !== null) return null;
  const draft = newDraft(packet, packets);
  await new Keeper(vault).keep(draft);
  return draft;
}

addEventListener("hashchange", () => location.reload());

const vault = await openVault();
await startSync(vault);
const packets = vault === null ? undefined : await packetsIn(vault);
const key = decodeURIComponent(location.hash.slice(1));
if (packets !== undefined) {
  await holdVisit(vault, key, () => { place("elsewhere").hidden = false; });
  place("elsewhere").hidden = true;
}
const draft = packets === undefined ? null : await draftIn(vault, packets, key);
place("loading").hidden = true;
pageStands();
if (draft === null) place("none").hidden = false;
else await new Flow(vault, packets, draft).begin();
