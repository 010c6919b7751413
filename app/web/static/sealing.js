// Keys and ciphers of what a device keeps: AES-256-GCM for values, HMAC-SHA-256 for their names,
// both derived by HKDF from the 32 bytes that the server hands out at sign-in.

const text = new TextEncoder();
const IV_BYTES = 12; // NIST SP 800-38D, 5.2.1.1
// OWASP Password Storage Cheat Sheet, PBKDF2-HMAC-SHA256. A PIN of six digits stays a weak
// secret: it slows down whoever has the device, and the key is forgotten after a few wrong ones.
const PIN_ROUNDS = 600_000;

export function toBase64url(bytes) {
  const plain = btoa(String.fromCharCode(...bytes));
  return plain.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export function fromBase64url(written) {
  const plain = atob(written.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

export async function hashOf(written) {
  const digest = await crypto.subtle.digest("SHA-256", text.encode(written));
  return toBase64url(new Uint8Array(digest)).slice(0, 22);
}

/** Makes the two keys, which no script can take out of the browser again. */
export async function keysOf(raw) {
  const base = await crypto.subtle.importKey("raw", raw, "HKDF", false, ["deriveKey"]);
  const from = (info) => ({
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: text.encode(info),
  });
  const [cipher, mac] = await Promise.all([
    crypto.subtle.deriveKey(from("ivig values"), base, { name: "AES-GCM", length: 256 }, false, [
      "encrypt",
      "decrypt",
    ]),
    crypto.subtle.deriveKey(
      from("ivig names"),
      base,
      { name: "HMAC", hash: "SHA-256", length: 256 },
      false,
      ["sign"],
    ),
  ]);
  return { cipher, mac };
}

export async function nameHash(mac, name) {
  return toBase64url(new Uint8Array(await crypto.subtle.sign("HMAC", mac, text.encode(name))));
}

export async function seal(cipher, about, value) {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const how = { name: "AES-GCM", iv, additionalData: text.encode(about) };
  const plain = text.encode(JSON.stringify(value));
  return { iv, data: new Uint8Array(await crypto.subtle.encrypt(how, cipher, plain)) };
}

export async function open(cipher, about, { iv, data }) {
  const how = { name: "AES-GCM", iv, additionalData: text.encode(about) };
  return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(how, cipher, data)));
}

async function pinKey(pin, salt) {
  const base = await crypto.subtle.importKey("raw", text.encode(pin), "PBKDF2", false, [
    "deriveKey",
  ]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: PIN_ROUNDS };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
}

/** Locks the device's key behind a PIN. */
export async function wrap(raw, pin) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  return { salt, tries: 0, ...(await seal(await pinKey(pin, salt), "pin", toBase64url(raw))) };
}

/** Returns the device's key, or null where the PIN is wrong. */
export async function unwrap(wrapped, pin) {
  try {
    return fromBase64url(await open(await pinKey(pin, wrapped.salt), "pin", wrapped));
  } catch {
    return null;
  }
}
