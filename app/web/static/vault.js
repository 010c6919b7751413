// What lies on this device, encrypted under a key that the server hands out at sign-in.
// Whom it is for, what it protects from and what not: docs/offline.md.
//
// Two databases: "ivig-device" knows the accounts that were used here and their keys, as far as
// they are on the device; "ivig-<hash of the account>" holds the ciphertext of one account.

import { deleteDatabase, erase, openDatabase, read, readAll, write } from "./idb.js";
import { askPin } from "./pin.js";
import { fromBase64url, hashOf, keysOf, nameHash, open, seal, toBase64url } from "./sealing.js";
import { unwrap, wrap } from "./sealing.js";

const API = "/api/v1";
const AT_HOME = ["patient", "proxy"];
const PATIENCE_MS = 4000;
const MOST_WRONG_PINS = 5;
const TAB = "ivig-tab"; // sessionStorage: the key of staff while this tab is in use
const DAY_MS = 86_400_000;

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
    const opened = await Promise.all(rows.map((row) => open(this.#keys.cipher, row.id, row)));
    return opened.map(({ name }) => name).filter((name) => name.startsWith(prefix)).sort();
  }

  async remove(name) {
    await erase(this.#database, "values", await nameHash(this.#keys.mac, name));
  }
}

async function vaultOf(account, keys) {
  return new Vault(account, keys, await openDatabase(databaseOf(account.hash), { values: "id" }));
}

/**
 * Opens the records of whoever is signed in, or was when there last was a network.
 *
 * Returns null where nobody is, where the key was taken away, or the PIN was not given.
 * @returns {Promise<Vault | null>}
 */
export async function openVault() {
  // Two windows that start at once must not make two devices.
  return navigator.locks.request("ivig-vault", async () => {
    const device = await openDevice();
    try {
      const current = await currentOf(device);
      const answer = await askServer(device, current);
      if (answer.is === "key") return await withReleased(device, current, answer);
      if (answer.is === "revoked") {
        await wipe(device, answer.account);
        return null;
      }
      return current === undefined ? null : await withKept(device, current);
    } finally {
      device.close();
    }
  });
}

async function currentOf(device) {
  const state = await read(device, "state", "current");
  return state === undefined ? undefined : read(device, "accounts", state.hash);
}

async function call(path, method) {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const response = await fetch(API + path, { method, signal, cache: "no-store" });
  return { status: response.status, body: response.ok ? await response.json() : null };
}

/** Asks for the key: {is: "key" | "revoked" | "signed-out" | "offline", account, released}. */
async function askServer(device, current) {
  try {
    if (current !== undefined) {
      const first = await release(current);
      if (first.is !== "other") return first;
    }
    const me = await call("/me", "GET");
    if (me.status !== 200) return { is: me.status === 401 ? "signed-out" : "offline" };
    const answer = await release(await accountOf(device, me.body.account_id));
    return answer.is === "other" ? { is: "offline" } : answer;
  } catch {
    return { is: "offline" };
  }
}

async function release(account) {
  const { status, body } = await call(`/me/devices/${account.deviceId}/key`, "POST");
  if (status === 200) return { is: "key", account, released: body };
  if (status === 410) return { is: "revoked", account };
  if (status === 404) return { is: "other" };
  if (status !== 401) return { is: "offline" };
  const known = await call(`/devices/${account.deviceId}/state`, "GET");
  return { is: known.body?.state === "revoked" ? "revoked" : "signed-out", account };
}

async function accountOf(device, accountId) {
  const hash = await hashOf(accountId);
  const known = await read(device, "accounts", hash);
  return known ?? { hash, accountId, deviceId: crypto.randomUUID() };
}

async function withReleased(device, current, { account, released }) {
  if (current !== undefined && current.hash !== account.hash) await forgetKey(device, current);
  const raw = fromBase64url(released.key);
  const keys = await keysOf(raw);
  const isHome = AT_HOME.includes(released.role);
  const known = {
    ...account,
    role: released.role,
    idleSeconds: released.idle_seconds,
    wipeAfterDays: released.wipe_after_days,
    lastContact: Date.now(),
    keys: isHome ? keys : undefined,
  };
  if (!isHome && known.wrapped === undefined && !known.hasNoPin) {
    const pin = await askPin("choose");
    if (pin === null) known.hasNoPin = true;
    else known.wrapped = await wrap(raw, pin);
  }
  await write(device, "accounts", known);
  await write(device, "state", { name: "current", hash: known.hash });
  if (!isHome) keepInTab(known, raw);
  return vaultOf(known, keys);
}

async function withKept(device, account) {
  if (Date.now() - account.lastContact > account.wipeAfterDays * DAY_MS) {
    await forgetKey(device, account);
    return null;
  }
  if (account.keys !== undefined) return vaultOf(account, account.keys);
  const raw = keptInTab(account) ?? (await rawByPin(device, account));
  if (raw === null) return null;
  keepInTab(account, raw);
  return vaultOf(account, await keysOf(raw));
}

async function rawByPin(device, account) {
  let wrong = account.wrapped?.tries ?? 0;
  while (account.wrapped !== undefined) {
    const pin = await askPin("enter", { left: MOST_WRONG_PINS - wrong, isAgain: wrong > 0 });
    if (pin === null) return null;
    const raw = await unwrap(account.wrapped, pin);
    wrong = raw === null ? wrong + 1 : 0;
    account.wrapped.tries = wrong;
    if (wrong >= MOST_WRONG_PINS) await forgetKey(device, account);
    else await write(device, "accounts", account);
    if (raw !== null) return raw;
  }
  return null;
}

/** Takes the key off the device; what is encrypted stays, and opens after the next sign-in. */
async function forgetKey(device, account) {
  delete account.keys;
  delete account.wrapped;
  delete account.hasNoPin;
  sessionStorage.removeItem(TAB);
  await write(device, "accounts", account);
  const state = await read(device, "state", "current");
  if (state?.hash === account.hash) await erase(device, "state", "current");
}

async function wipe(device, account) {
  await forgetKey(device, account);
  await erase(device, "accounts", account.hash);
  await deleteDatabase(databaseOf(account.hash));
}

/**
 * Asks the server whether this device may send for the account: "" if so, else what is in the
 * way. A device that was revoked wipes itself, and the page begins anew.
 * @returns {Promise<"" | "sign-in" | "offline">}
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
    if (answer.is !== "key") return answer.is === "offline" ? "offline" : "sign-in";
    // What another window changed meanwhile, such as a key taken away at sign-out, stays so.
    const now = await read(device, "accounts", vault.hash);
    if (now !== undefined) await write(device, "accounts", { ...now, lastContact: Date.now() });
    return "";
  } finally {
    device.close();
  }
}

/** Takes the key of whoever signs out off the device. */
export async function lockVault() {
  const device = await openDevice();
  const current = await currentOf(device);
  if (current !== undefined) await forgetKey(device, current);
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
  const kept = { hash: account.hash, key: toBase64url(raw), usedAt: Date.now() };
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
  if (kept?.hash !== account.hash) return null;
  if (Date.now() - kept.usedAt > account.idleSeconds * 1000) return null;
  return fromBase64url(kept.key);
}
