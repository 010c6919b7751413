// The day of a nurse: their visits, what stands on this device, and what was sent.

import { h } from "./dom.js";
import { showNumber } from "./fields.js";
import { waiting } from "./outbox.js";
import { keepLooking, settleUnheld } from "./sending.js";
import { startSync } from "./sync.js";
import { openVault } from "./vault.js";
import { draftName, draftsOf, isBeyond, keyOf, packetsIn, refreshPackets } from "./visit-draft.js";
import { clock, dayIn, dayWords } from "./zones.js";
import { word } from "./words.js";
import { pageStands } from "./worker.js";

const lang = document.documentElement.lang;
const KEPT_DAYS = 2;
const DAY_MS = 86_400_000;
const place = (name) => document.querySelector(`[data-day="${name}"]`);

function stateOf(packet, draft, row) {
  if (draft?.state === "open" && draft.refused) return "refused";
  if (row !== undefined || ["sending", "queued"].includes(draft?.state)) return "waiting";
  if (packet.visit?.is_signed) return "signed";
  if (draft?.state === "sent") return draft.signed_at === null ? "sent" : "signed";
  if (packet.visit !== null) return "sent";
  return draft === undefined ? "not_begun" : "begun";
}

function rowOf(packet, packets, draft, row) {
  const { patient } = packet;
  const state = stateOf(packet, draft, row);
  const name = [patient.given_name, patient.family_name].filter(Boolean).join(" ") || patient.external_id;
  const product = packets.products.find((each) => each.key === packet.plan?.product)?.name ?? "";
  const grams = packet.order === null ? "" : `${showNumber(packet.order.grams)} g`;
  const day = isBeyond(packet) ? word("beyond_course") : word("course_day", { n: packet.course_day, of: packet.course_days });
  const isTimed = packet.planned_at !== null;
  const onServer = packet.visit?.id ?? (draft?.state === "sent" ? draft.ids.visit : null);
  const isHere = draft !== undefined && draft.state !== "sent";
  const href = onServer !== null && !isHere ? `/visits/${onServer}` : `/day/visit#${encodeURIComponent(keyOf(packet))}`;
  return h("li", { "data-state": state },
    h("a", { href, class: "visit-row" },
      h("span", { class: isTimed ? "time" : "time none" }, isTimed ? clock(packet.planned_at, patient.time_zone, lang) : word("no_time")),
      h("span", { class: "name" }, name),
      h("span", { class: "what" }, [day, product, grams].filter(Boolean).join(" · ")),
      h("span", { class: "state" }, word(`state.${state}`))));
}

// Drafts whose packet is gone, such as those of days long past, are never lost.
function packetsAndDrafts(packets, drafts) {
  const known = new Set((packets?.items ?? []).map(keyOf));
  const others = drafts.filter((draft) => !known.has(draft.key) && draft.state !== "sent").map((draft) => draft.packet);
  return [...(packets?.items ?? []), ...others].toSorted((a, b) =>
    a.on_date.localeCompare(b.on_date) || String(a.planned_at).localeCompare(String(b.planned_at)));
}

async function draw(vault, packets, isFresh) {
  const drafts = await draftsOf(vault);
  const rows = await waiting(vault);
  const groups = new Map();
  for (const packet of packetsAndDrafts(packets, drafts)) {
    const today = dayIn(Date.now(), packet.patient.time_zone);
    const when = packet.on_date === today ? "today" : packet.on_date;
    const draft = drafts.find((each) => each.key === keyOf(packet));
    const row = draft === undefined ? undefined : rows.find((each) => each.id === draft.ids.visit);
    if (!groups.has(when)) groups.set(when, []);
    groups.get(when).push(rowOf(packet, packets, draft, row));
  }
  if (!groups.has("today")) groups.set("today", []);
  const past = [...groups.keys()].filter((day) => day !== "today" && day < new Date().toISOString().slice(0, 10));
  const order = ["today", ...[...groups.keys()].filter((day) => day !== "today" && !past.includes(day)), ...past];
  place("list").replaceChildren(...order.map((day) =>
    h("section", {},
      h("h2", {}, day === "today" ? word("today") : dayWords(day, lang)),
      groups.get(day).length === 0 ? h("p", {}, word("no_visits")) : h("ul", { class: "visits" }, groups.get(day)))));
  const told = packets === undefined ? "" : word(isFresh ? "fresh" : "as_of", { at: clock(packets.made_at, undefined, lang), day: dayWords(packets.made_at.slice(0, 10), lang) });
  place("as-of").textContent = told;
}

// What was sent some days ago is on the server; the device need not keep it.
async function tidy(vault) {
  for (const draft of await draftsOf(vault)) {
    const isOld = draft.state === "sent" && Date.now() - Date.parse(draft.sent_at) > KEPT_DAYS * DAY_MS;
    if (isOld) await vault.remove(draftName(draft.key));
  }
}

const vault = await openVault();
if (vault !== null) {
  let packets = await packetsIn(vault);
  if (packets !== undefined) await draw(vault, packets, false);
  let isFresh = false;
  let shown = "";
  const again = async () => {
    // What is wrong with one visit must not hold up the others.
    for (const { key } of await draftsOf(vault)) await settleUnheld(vault, key).catch(() => {});
    const now = JSON.stringify([await draftsOf(vault), await waiting(vault), packets?.made_at, isFresh]);
    // A list that is the same stays, with the focus in it.
    if (now !== shown) await draw(vault, packets, isFresh);
    shown = now;
  };
  let last = Promise.resolve();
  const look = () => { last = last.then(again).catch(() => {}); return last; };
  keepLooking(look);
  await startSync(vault);
  ({ packets, isFresh } = await refreshPackets(vault));
  await look();
  await tidy(vault);
} else await startSync(null);
place("loading").hidden = true;
pageStands();
