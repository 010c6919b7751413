// An entry sent at once, without being kept: where this browser keeps nothing, or its database
// fails while there is a network. Whoever sends reads the outcome, for nothing sends it again.

import { fetchAs, openVault, postAs, whyClosed } from "./vault.js";

const API = "/api/v1";
const PATIENCE_MS = 20_000;
const OPENING_MS = 10_000;

let before = { content: "", body: {} };

const kindOf = (response) => response.headers.get("Content-Type") ?? "";
const isJson = (response) => /^application\/(problem\+)?json\b/.test(kindOf(response));

const late = () =>
  new Promise((_, refuse) => {
    setTimeout(() => refuse(new Error("the database does not open")), OPENING_MS);
  });

/** Opens the vault; null also where it fails or does not open in time. */
export async function vaultOrNull() {
  try {
    return await Promise.race([openVault(), late()]);
  } catch {
    return null;
  }
}

/** What the server said where it gave no key, else "". */
export const whyNotKept = () => (whyClosed().is === "refused" ? whyClosed().problem : "");

/** Returns whoever is signed in, {accountId, role}; null where nobody is, or no network. */
export async function whoIs() {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(`${API}/me`, { signal, cache: "no-store", redirect: "error" });
    if (!response.ok || !isJson(response)) return null;
    const me = await response.json();
    return { accountId: me.account_id, role: me.role };
  } catch {
    return null;
  }
}

/** Returns what a path of the API answers, or undefined. */
export async function askStraight(who, path) {
  try {
    const response = await fetchAs(who, API + path, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return response.ok && isJson(response) ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Sends an entry now.
 * @returns {Promise<{is: "sent" | "refused" | "failed", problem: string}>} "failed": nobody knows
 *   whether it arrived; sent again under the same id it is stored once
 */
export async function sendStraight(who, { path, body }) {
  let response;
  try {
    response = await postAs(who, path, body);
    if (!isJson(response)) return { is: "failed", problem: "" };
    const said = await response.text();
    // Who answers must have read the entry: the network of a hotel says yes to everything.
    if (response.ok) return { is: said.includes(body.id) ? "sent" : "failed", problem: "" };
    before = { content: "", body: {} }; // Sent again it is another try, at another moment.
    return { is: response.status >= 500 ? "failed" : "refused", problem: reasonOf(JSON.parse(said)) };
  } catch {
    return { is: "failed", problem: "" };
  }
}

function reasonOf(problem) {
  const faults = (problem.errors ?? []).map(({ field, reason }) => `${field}: ${reason}`);
  return faults.join("; ") || (problem.detail ?? "");
}

/** Returns the body of the last try where its content is the same, so that two tries are one. */
export function sameBody(body, content) {
  const text = JSON.stringify(content);
  if (before.content !== text) before = { content: text, body };
  return before.body;
}
