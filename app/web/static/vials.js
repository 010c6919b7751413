// The step of the vials: scan or type each, see what speaks against it, and the running total.

import { gramsOf, round6, totalsOf } from "./bundle.js";
import { canScan, scanWith } from "./camera.js";
import { button, h } from "./dom.js";
import { checkField, dateField, numberField, selectField, showNumber, textField } from "./fields.js";
import { lotKey, parseScan, ScanRefused } from "./gs1.js";
import { momentOf } from "./steps.js";
import { newRow } from "./visit-draft.js";
import { dayIn, thisMinute } from "./zones.js";
import { word } from "./words.js";

const BLANK = {
  product: null, nominal_g: null, lot: null, expires_on: null, serial: null, gtin: null,
  scanned_text: null, concentration_mg_per_ml: null, used_ml: null, wasted_ml: 0,
  waste_reason: null, looks_right: null, expired_reason: null, recalled_reason: null,
};
const ML_DIGITS = 2;

// Returns the product and the size of a package's number; of two the one in use.
export function productOfGtin(products, gtin) {
  const hits = products.flatMap((product) =>
    product.gtins.filter((each) => each.gtin === gtin).map((each) => ({ product, vial_g: each.vial_g })));
  return hits.find((hit) => !hit.product.is_retired) ?? hits[0] ?? null;
}

// What was chosen stays; nothing that is retired, or for under the skin where the order is for a vein.
const isOffered = (product, form, plan) => product.key === form.product
  || (!product.is_retired && !(plan?.route === "intravenous" && product.route === "subcutaneous"));

export function recallOf(recalls, product, lot, on) {
  const key = lotKey(lot);
  return recalls.find((recall) => recall.lot_key === key && recall.announced_on <= on
    && (recall.product === null || product === null || recall.product === product)) ?? null;
}

const strengthOf = (products, vial) =>
  vial.concentration_mg_per_ml ?? products.find((each) => each.key === vial.product)?.concentration_mg_per_ml ?? null;

// Returns what a vial holds, mL; null where size or concentration is not known.
export function wholeMl(products, vial) {
  const strength = strengthOf(products, vial);
  if (strength === null || vial.nominal_g === null) return null;
  return Number(((vial.nominal_g * 1000) / strength).toFixed(ML_DIGITS));
}

export function vialsStep(ctx) {
  const { draft, packets } = ctx;
  const form = (draft.typed.vial ??= { ...BLANK, product: draft.packet.plan?.product ?? null });
  const today = dayIn(Date.now(), draft.packet.patient.time_zone);
  const said = h("p", { class: "error", role: "alert" });
  const read = (text) => {
    if (text.trim() === "") return;
    try {
      const found = parseScan(text, today);
      const hit = found.gtin === null ? null : productOfGtin(packets.products, found.gtin);
      if (found.serial !== null && draft.vials.some((one) => one.serial === found.serial && one.gtin === found.gtin)) {
        said.textContent = word("serial_used");
        return;
      }
      ctx.change(() => {
        Object.assign(form, BLANK, found, {
          scanned_text: text.trim(),
          product: hit?.product.key ?? form.product,
          nominal_g: hit?.vial_g ?? null,
        });
        form.used_ml = wholeMl(packets.products, form);
      }, { redraw: true });
      if (found.gtin !== null && hit === null) ctx.say(word("unknown_gtin", { gtin: found.gtin }));
    } catch (error) {
      if (!(error instanceof ScanRefused)) throw error;
      said.textContent = word(`scan.${error.cause}`);
    }
  };
  return [
    orderBox(draft),
    scanBox(ctx, read),
    said,
    vialForm(ctx, form, today),
    vialList(ctx),
  ];
}

function orderBox(draft) {
  const { order } = draft.packet;
  const totals = totalsOf(draft);
  const vials = order === null ? "" : order.vials.map((each) => `${each.count} × ${showNumber(each.size_g)} g`).join(" + ");
  return h("div", { class: "totals" },
    h("p", {}, h("b", {}, word("ordered_today", { grams: showNumber(draft.ordered_g) })), vials ? ` · ${vials}` : ""),
    order !== null && order.waste_g > 0 ? h("p", { class: "quiet" }, word("order_waste", { grams: showNumber(order.waste_g) })) : null,
    h("p", { role: "status" }, word("vials_so_far", {
      infused: showNumber(totals.infused ?? 0), wasted: showNumber(totals.wasted), count: draft.vials.length,
    })),
    totals.isWithin === false ? h("p", { class: "quiet" }, word("not_the_order")) : null);
}

function scanBox(ctx, read) {
  const input = h("input", {
    type: "text", id: "scan", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    "aria-describedby": "scan-hint",
    onkeydown: (event) => {
      // A scanner that types sends FNC1 as the control character 29: Ctrl and a bracket.
      if (event.key === "]" && event.ctrlKey) {
        event.preventDefault();
        input.setRangeText("\u001d", input.selectionStart, input.selectionEnd, "end");
      }
      if (event.key === "Enter") {
        event.preventDefault();
        read(input.value);
      }
    },
  });
  const video = h("video", { muted: true, playsinline: true, hidden: true });
  const look = button(word("camera"), async () => {
    const stop = new AbortController();
    video.hidden = false;
    look.hidden = true;
    try {
      const text = await scanWith(video, stop.signal);
      if (text !== null) read(text);
    } catch {
      ctx.say(word("no_camera"));
    }
    video.hidden = true;
    look.hidden = false;
  });
  look.hidden = true;
  canScan().then((isOffered) => { look.hidden = !isOffered; }, () => {});
  requestAnimationFrame(() => { if (ctx.isFresh()) input.focus({ preventScroll: true }); });
  return h("div", { class: "entry scan" },
    h("label", { for: "scan" }, word("scan_code")),
    h("span", { class: "quiet", id: "scan-hint" }, word("scan_hint")),
    h("div", { class: "row" }, input, button(word("read_code"), () => read(input.value)), look),
    video);
}

function vialForm(ctx, form, today) {
  const { draft, packets } = ctx;
  const set = (name, redraw = false) => (value) => ctx.change(() => { form[name] = value; }, { redraw });
  const product = packets.products.find((each) => each.key === form.product);
  const sizes = product?.vial_sizes_g ?? [];
  const sized = (value) => ctx.change(() => {
    form.nominal_g = value === null ? null : Number(value);
    form.used_ml = wholeMl(packets.products, form);
    form.wasted_ml = 0;
  }, { redraw: true });
  const recall = form.lot === null ? null : recallOf(packets.recalls, form.product, form.lot, today);
  const isExpired = form.expires_on !== null && form.expires_on < today;
  const whole = wholeMl(packets.products, form);
  return h("fieldset", { class: "vial" },
    h("legend", {}, word("this_vial")),
    selectField(word("product"), form.product, packets.products.filter((each) => isOffered(each, form, draft.packet.plan)).map((each) => [each.key, each.name]), set("product", true)),
    sizes.length > 0
      ? selectField(word("size"), form.nominal_g === null ? null : String(form.nominal_g), sizes.map((size) => [String(size), `${showNumber(size)} g`]), sized)
      : numberField(word("size"), form.nominal_g, (value) => ctx.change(() => { form.nominal_g = value; }), { unit: "g" }),
    product !== undefined && product.concentration_mg_per_ml === null
      ? numberField(word("concentration"), form.concentration_mg_per_ml, set("concentration_mg_per_ml"), { unit: "mg/mL" }) : null,
    h("div", { class: "pair" },
      textField(word("lot"), form.lot, set("lot")),
      dateField(word("expires_on"), form.expires_on, set("expires_on", true))),
    isExpired ? h("div", { class: "warning" }, h("p", {}, h("b", {}, word("expired", { day: ctx.date(form.expires_on) }))),
      textField(word("expired_reason"), form.expired_reason, set("expired_reason"))) : null,
    recall !== null ? h("div", { class: "warning" }, h("p", {}, h("b", {}, word("recalled", { lot: recall.lot, source: recall.source, day: ctx.date(recall.announced_on) }))),
      textField(word("recalled_reason"), form.recalled_reason, set("recalled_reason"))) : null,
    whole === null ? null : h("p", { class: "quiet" }, word("whole_vial", { ml: showNumber(whole) })),
    h("div", { class: "pair" },
      numberField(word("used"), form.used_ml, set("used_ml"), { unit: "mL" }),
      numberField(word("wasted"), form.wasted_ml, set("wasted_ml"), { unit: "mL" })),
    textField(word("waste_reason"), form.waste_reason, set("waste_reason")),
    checkField(word("looks_right"), form.looks_right === true, (isOn) => set("looks_right")(isOn ? true : null)),
    button(word("keep_vial"), () => keepVial(ctx, form, { recall, isExpired, whole }), { kind: "big" }));
}

function keepVial(ctx, form, { recall, isExpired, whole }) {
  const { draft } = ctx;
  const first = draft.vials[0];
  const wrong = [
    [!form.product || !form.nominal_g || !form.lot, "vial.incomplete"],
    [form.used_ml === null, "vial.no_volume"],
    [first !== undefined && first.product !== form.product, "vial.other_product"],
    [isExpired && !form.expired_reason, "vial.expired"],
    [(recall ?? recallOf(ctx.packets.recalls, form.product, form.lot ?? "", dayIn(Date.now(), draft.packet.patient.time_zone))) !== null && !form.recalled_reason, "vial.recalled"],
    [(form.wasted_ml ?? 0) > 0 && !form.waste_reason, "vial.waste"],
    [whole !== null && Math.abs(form.used_ml + (form.wasted_ml ?? 0) - whole) > 0.05, "vial.volume"],
  ].filter(([is]) => is);
  if (wrong.length > 0) {
    ctx.say(word(wrong[0][1], { ml: showNumber(whole) }));
    // What speaks against it is shown in the form before it can be kept.
    if (["vial.recalled", "vial.expired"].includes(wrong[0][1])) ctx.redraw();
    return;
  }
  const startedAt = form.started_at ?? thisMinute();
  ctx.change(() => {
    const { id, at, ...fields } = form;
    const vial = { ...fields, wasted_ml: form.wasted_ml ?? 0, started_at: startedAt };
    draft.vials.push(newRow(vial));
    draft.typed.vial = { ...BLANK, product: form.product, concentration_mg_per_ml: form.concentration_mg_per_ml };
  }, { redraw: true });
  document.getElementById("scan")?.focus();
  ctx.say(word("vial_kept", { lot: form.lot }));
}

function vialList(ctx) {
  const { draft } = ctx;
  if (draft.vials.length === 0) return null;
  const items = draft.vials.map((vial, index) => {
    const { used, wasted } = gramsOf(vial);
    const set = (name) => (value) => ctx.change(() => { vial[name] = value; });
    const told = word("vial_told", { n: index + 1, lot: vial.lot, size: showNumber(vial.nominal_g), used: showNumber(used), wasted: showNumber(wasted) });
    return h("li", {}, h("details", {},
      h("summary", {}, told),
      h("div", { class: "pair" },
        numberField(word("used"), vial.used_ml, (value) => value !== null && set("used_ml")(round6(value)), { unit: "mL" }),
        numberField(word("wasted"), vial.wasted_ml, (value) => set("wasted_ml")(value === null ? 0 : round6(value)), { unit: "mL" })),
      textField(word("waste_reason"), vial.waste_reason, set("waste_reason")),
      momentOf(ctx, { get at() { return vial.started_at; }, set at(value) { vial.started_at = value; } }, word("started")),
      checkField(word("looks_right"), vial.looks_right === true, (isOn) => set("looks_right")(isOn ? true : null)),
      button(word("take_out"), () => ctx.change(() => draft.vials.splice(index, 1), { redraw: true }), { kind: "plain" })));
  });
  return h("section", {}, h("h3", {}, word("vials_kept")), h("ul", { class: "kept folded" }, items));
}
