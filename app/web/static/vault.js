// What lies on this device, encrypted under a key that the server hands out at sign-in.
// Whom it is for, what it protects from and what not: docs/offline.md.
//
// Two databases: "ivig-device" knows the accounts that were used here and their keys, as far as
// they are on the device; "ivig-<hash of the account>" holds the ciphertext of one account.

import { change, deleteDatabase, erase, openDatabase, read, readAll, write } from "./idb.js";
import { askPin } from "./pin.js";
import { fromBase64url, hashOf, keysOf, nameHash, open, seal, toBase64url } from "./sealing.js";
import { unwrap, wrap } from "./sealing.js";

const API = "/api/v1";
const AT_HOME = ["patient", "proxy"];
const PATIENCE_MS = 4000;
const SENDING_MS = 20_000;
const MOST_WRONG_PINS = 5;
const TAB = "ivig-tab"; // sessionStorage: the key of staff while this tab is in use
const DAY_MS = 86_400_000;
// Tells every window that the key of an account was taken away: {hash}.
const locks = new BroadcastChannel("ivig-lock");
let openHash = null; // whose records this window has open
locks.onmessage = ({ data }) => {
  sessionStorage.removeItem(TAB);
  if (data.hash === openHash) location.reload();
};

const databaseOf = (hash) => `ivig-${hash}`;
const openDevice = () => openDatabase("ivig-device", { accounts: "hash", state: "name" });

/** The open records of one account. */
class Vault {
  constructor(account, keys, database) {
    this.accountId = account.accountId;
    this.role = account.role;
    this.deviceId = account.deviceId;
    this.hash = account.hash;
    this.#keys = keys;
    this.#database = database;
  }

  #keys;
  #database;

  /** Keeps a value that JSON can hold; it lies on the disk when this returns. */
  async put(name, value) {
    const id = await nameHash(this.#keys.mac, name);
    const sealed = await seal(this.#keys.cipher, id, { name, value });
    await write(this.#database, "values", { id, isWaiting: name.startsWith("outbox/"), ...sealed });
  }

  /** Returns a value, or undefined. */
  async get(name) {
    const id = await nameHash(this.#keys.mac, name);
    const row = await read(this.#database, "values", id);
    return row === undefined ? undefined : (await open(this.#keys.cipher, id, row)).value;
  }

  /** Returns the names that begin with `prefix`, in order. */
  async names(prefix = "") {
    const rows = await readAll(this.#database, "values");
    // A row that does not open, of a key that was lost, must not close all the others.
    const opened = await Promise.all(
      rows.map((row) => open(this.#keys.cipher, row.id, row).catch(() => null)),
    );
    const names = opened.filter((each) => each !== null).map(({ name }) => name);
    return names.filter((name) => name.startsWith(prefix)).sort();
  }

  async remove(name) {
    await erase(this.#database, "values", await nameHash(this.#keys.mac, name));
  }
}

async function vaultOf(account, keys) {
  openHash = account.hash;
  return new Vault(account, keys, await openDatabase(databaseOf(account.hash), { values: "id" }));
}

/** Asks the API as whose records these are; where somebody else is signed in it answers 401. */
export function fetchAs(vault, path, options = {}) {
  const headers = { ...options.headers, "X-Account": vault.accountId };
  // The API leads nowhere else: who does is the network of a hotel, not the server.
  return fetch(path, { cache: "no-store", redirect: "error", ...options, headers });
}

/** Sends a document to the API as whose records these are; gives up after a while. */
export function postAs(vault, path, body) {
  return fetchAs(vault, path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(SENDING_MS),
  });
}

let reason = { is: "offline", problem: "" };

/**
 * Says why there is no vault: {is, problem}. `is` is "signed-out", "offline", "revoked", "refused"
 * (`problem` is then what the server said), or "locked", where the key is not on the device.
 */
export const whyClosed = () => reason;

/**
 * Opens the records of whoever is signed in, or was when there last was a network.
 *
 * Returns null where nobody is, where the key was taken away, or the PIN was not given.
 * @returns {Promise<Vault | null>}
 */
export async function openVault() {
  const device = await openDevice();
  try {
    const found = await navigator.locks.request("ivig-vault", () => find(device));
    if (found.raw !== undefined) return await withReleased(device, found);
    return found.kept === undefined ? null : await withKept(device, found.kept);
  } finally {
    device.close();
  }
}

/** Returns {account, raw} of a key that was handed out, {kept} of one that lies here, or {}. */
async function find(device) {
  const current = await currentOf(device);
  const answer = await askServer(device, current);
  reason = { is: answer.is, problem: answer.problem ?? "" };
  if (answer.is === "revoked") {
    await wipe(device, answer.account);
    return {};
  }
  const isOther = answer.account !== undefined && answer.account.hash !== current?.hash;
  if (current !== undefined && (answer.isOther || isOther)) await forgetKey(device, current);
  if (answer.is === "key") return keepReleased(device, answer);
  return current === undefined || answer.isOther ? {} : { kept: current };
}

async function currentOf(device) {
  const state = await read(device, "state", "current");
  return state === undefined ? undefined : read(device, "accounts", state.hash);
}

async function call(path, method, headers = {}) {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const how = { method, signal, headers, cache: "no-store", redirect: "error" };
  const response = await fetch(API + path, how);
  const { status } = response;
  const isOurs = /^application\/(problem\+)?json\b/.test(response.headers.get("Content-Type") ?? "");
  if (!isOurs) throw new TypeError(`${path}: not an answer of the service`);
  return { status, body: await response.json() };
}

/**
 * Asks for the key: {is: "key" | "revoked" | "signed-out" | "refused" | "offline" | "unknown",
 * account, released, problem}; `isOther` where somebody else than `current` is signed in.
 */
async function askServer(device, current) {
  let isOther = false;
  try {
    if (current !== undefined) {
      const first = await release(current);
      const isLost = first.is === "unknown" && !hasKey(current);
      if (isLost) return release(await renewed(device, current));
      if (first.is !== "other") return first;
      isOther = true;
    }
    const me = await call("/me", "GET");
    if (me.status === 401) return { is: "signed-out", isOther };
    if (me.status !== 200) return { ...refusal(me), isOther };
    const account = await accountOf(device, me.body.account_id);
    const answer = await release(account);
    if (answer.is !== "unknown") return { ...answer, isOther };
    // Neither the server nor the device has its key any more: it begins as a new one.
    return { ...(await release(await renewed(device, account))), isOther };
  } catch {
    return { is: "offline", isOther };
  }
}

const hasKey = (account) =>
  (account.keys ?? account.wrapped ?? keptInTab(account) ?? undefined) !== undefined;

const refusal = ({ status, body }) =>
  status >= 500 ? { is: "offline" } : { is: "refused", problem: body.detail ?? "", status };

async function release(account) {
  // A device that had a key before is given no other one: what lies here could not be opened.
  const query = account.lastContact === undefined ? "" : "?is_new=false";
  const path = `/me/devices/${account.deviceId}/key${query}`;
  const answer = await call(path, "POST", { "X-Account": account.accountId });
  const { status, body } = answer;
  if (status === 200) return { is: "key", account, released: body };
  if (status === 410) return { is: "revoked", account };
  if (body.code === "unknown-device") return { is: "unknown", account };
  if (body.code === "other-account") return { is: "other" };
  if (status !== 401) return { ...refusal(answer), account };
  const known = await call(`/devices/${account.deviceId}/state`, "GET");
  return { is: known.body.state === "revoked" ? "revoked" : "signed-out", account };
}

/** Returns what is known here of an account; its device's id is kept before it is first used. */
async function accountOf(device, accountId) {
  const hash = await hashOf(accountId);
  const made = { hash, accountId, deviceId: crypto.randomUUID() };
  return change(device, "accounts", hash, (row) => (row === undefined ? made : undefined));
}

async function renewed(device, { hash }) {
  return change(device, "accounts", hash, (row) =>
    row && { ...row, deviceId: crypto.randomUUID(), lastContact: undefined });
}

async function keepReleased(device, { account, released }) {
  const raw = fromBase64url(released.key);
  const keys = await keysOf(raw);
  const isHome = AT_HOME.includes(released.role);
  const now = Date.now();
  const known = await change(device, "accounts", account.hash, (row) =>
    // Whoever signed out meanwhile has taken the key away, and it must not come back.
    isSame(row, account) ? {
      ...row,
      role: released.role,
      idleSeconds: released.idle_seconds,
      wipeAfterDays: released.wipe_after_days,
      lastContact: now,
      seenAt: now,
      keys: isHome ? keys : undefined,
    } : undefined);
  if (!isSame(known, account)) return {};
  await write(device, "state", { name: "current", hash: known.hash });
  return { account: known, raw, keys };
}

const isSame = (row, before) => row !== undefined && row.locked === before.locked;

async function withReleased(device, { account, raw, keys }) {
  if (account.keys === undefined) {
    if (account.wrapped === undefined && !account.hasNoPin) {
      const pin = await askPin("choose");
      const chosen = pin === null ? { hasNoPin: true } : { wrapped: await wrap(raw, pin) };
      const now = await change(device, "accounts", account.hash, (row) =>
        isSame(row, account) ? { ...row, ...chosen } : undefined);
      if (!isSame(now, account)) return null;
    }
    keepInTab(account, raw);
  }
  return vaultOf(account, keys);
}

async function withKept(device, account) {
  // A clock that was set back must not give the key more days.
  const now = Date.now();
  const seenAt = Math.max(account.seenAt ?? account.lastContact, now);
  const isOld = seenAt - account.lastContact > account.wipeAfterDays * DAY_MS;
  if (isOld || seenAt - now > DAY_MS) {
    await forgetKey(device, account);
    reason = { is: "locked", problem: "" };
    return null;
  }
  await change(device, "accounts", account.hash, (row) =>
    isSame(row, account) ? { ...row, seenAt } : undefined);
  if (account.keys !== undefined) return vaultOf(account, account.keys);
  const raw = keptInTab(account) ?? (await rawByPin(device, account));
  if (raw === null) {
    reason = { is: "locked", problem: "" };
    return null;
  }
  keepInTab(account, raw);
  return vaultOf(account, await keysOf(raw));
}

async function rawByPin(device, account) {
  let { wrapped } = account;
  let isAgain = (wrapped?.tries ?? 0) > 0;
  while (wrapped !== undefined && wrapped.tries < MOST_WRONG_PINS) {
    const pin = await askPin("enter", { left: MOST_WRONG_PINS - wrapped.tries, isAgain });
    if (pin === null) return null;
    // A try counts before it is made: whoever stops the page in between has lost it all the same.
    ({ wrapped } = (await tried(device, account, (tries) => tries + 1)) ?? {});
    if (wrapped === undefined) return null; // The key was taken away meanwhile.
    const raw = await unwrap(wrapped, pin);
    if (raw !== null) {
      const after = await tried(device, account, () => 0);
      return after?.wrapped === undefined ? null : raw;
    }
    isAgain = true;
  }
  if (wrapped !== undefined) await forgetKey(device, account);
  return null;
}

function tried(device, { hash }, count) {
  return change(device, "accounts", hash, (row) =>
    row?.wrapped && { ...row, wrapped: { ...row.wrapped, tries: count(row.wrapped.tries) } });
}

/** Takes the key off the device; what is encrypted stays, and opens after the next sign-in. */
async function forgetKey(device, { hash }) {
  sessionStorage.removeItem(TAB);
  await change(device, "accounts", hash, (row) => {
    if (row === undefined) return undefined;
    const { keys, wrapped, hasNoPin, ...rest } = row;
    return { ...rest, locked: (row.locked ?? 0) + 1 };
  });
  const state = await read(device, "state", "current");
  if (state?.hash === hash) await erase(device, "state", "current");
  locks.postMessage({ hash });
}

async function wipe(device, account) {
  await forgetKey(device, account);
  await erase(device, "accounts", account.hash);
  await deleteDatabase(databaseOf(account.hash));
}

/**
 * Asks the server whether this device may send for the account: "" if so, else what is in the
 * way. A device that was revoked wipes itself, and the page begins anew.
 * @returns {Promise<"" | "sign-in" | "offline" | "later">}
 */
export async function contact(vault) {
  const device = await openDevice();
  try {
    const account = await read(device, "accounts", vault.hash);
    if (account === undefined) return "sign-in";
    const answer = await release(account).catch(() => ({ is: "offline" }));
    if (answer.is === "revoked") {
      await wipe(device, account);
      location.reload();
    }
    if (answer.is === "refused") return answer.status === 403 ? "sign-in" : "later";
    // A server that does not know the device still says that this is the account.
    if (!["key", "unknown"].includes(answer.is)) {
      return answer.is === "offline" ? "offline" : "sign-in";
    }
    const now = Date.now();
    await change(device, "accounts", vault.hash, (row) =>
      row && { ...row, lastContact: now, seenAt: now });
    return "";
  } finally {
    device.close();
  }
}

/** Takes every key off the device: somebody signs out. */
export async function lockVault() {
  const device = await openDevice();
  for (const account of await readAll(device, "accounts")) await forgetKey(device, account);
  device.close();
}

/** Says how many entries of anybody on this device are not sent yet; for that no key is needed. */
export async function countLocked() {
  const device = await openDevice();
  const accounts = await readAll(device, "accounts");
  device.close();
  const counts = accounts.map(async ({ hash }) => {
    const database = await openDatabase(databaseOf(hash), { values: "id" });
    const rows = await readAll(database, "values");
    database.close();
    return rows.filter(({ isWaiting }) => isWaiting).length;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

// --- staff: the key stays with the tab while it is in use ----------------------------------------

function keepInTab(account, raw) {
  const idleMs = account.idleSeconds * 1000;
  const kept = { hash: account.hash, key: toBase64url(raw), usedAt: Date.now(), idleMs };
  const keep = () => sessionStorage.setItem(TAB, JSON.stringify(kept));
  keep();
  if (isWatching) return;
  isWatching = true;
  const used = () => {
    // A tab whose key was taken away stays locked.
    if (sessionStorage.getItem(TAB) === null || Date.now() - kept.usedAt < 1000) return;
    kept.usedAt = Date.now();
    keep();
  };
  for (const kind of ["pointerdown", "keydown", "input"]) addEventListener(kind, used, true);
  const look = () => {
    if (Date.now() - kept.usedAt <= idleMs) return;
    sessionStorage.removeItem(TAB);
    location.reload(); // Nothing stays on the screen; the page asks for the PIN.
  };
  setInterval(look, 10_000);
  document.addEventListener("visibilitychange", look);
}

let isWatching = false;

function keptInTab(account) {
  const kept = JSON.parse(sessionStorage.getItem(TAB) ?? "null");
  const isGood = kept?.hash === account.hash && Date.now() - kept.usedAt <= kept.idleMs;
  if (!isGood) sessionStorage.removeItem(TAB);
  return isGood ? fromBase64url(kept.key) : null;
}
