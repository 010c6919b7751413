// Passkeys: asks the server what to sign, the browser to sign it, and the server to check it.

import { word } from "./words.js";

const API = "/api/v1";

async function post(path, body) {
  const response = await fetch(API + path, {
    method: "POST",
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Refused(answer);
  return answer;
}

class Refused extends Error {
  constructor(problem) {
    const faults = (problem.errors ?? []).map((fault) => fault.reason);
    super(faults.length > 0 ? faults.join("; ") : problem.detail);
    this.code = problem.code;
  }
}

async function signIn() {
  const asked = await post("/sign-in/passkey/options");
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked.options);
  const credential = await navigator.credentials.get({ publicKey });
  await post("/sign-in/passkey", { challenge: asked.challenge, credential: credential.toJSON() });
}

async function add(place) {
  const label = place.querySelector("input").value.trim();
  const asked = await post("/me/passkeys/options");
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked.options);
  const credential = await navigator.credentials.create({ publicKey });
  const body = { challenge: asked.challenge, credential: credential.toJSON(), label };
  await post("/me/passkeys", body);
}

// What browsers call their refusals, and the words that help.
const REFUSALS = {
  NotAllowedError: "passkey_not_done",
  InvalidStateError: "passkey_known",
  SecurityError: "passkey_elsewhere",
};

function show(place) {
  const button = place.querySelector("button");
  const said = place.querySelector(".said");
  const act = place.dataset.passkey === "add" ? add : signIn;
  if (window.PublicKeyCredential?.parseRequestOptionsFromJSON === undefined) {
    button.disabled = true;
    said.textContent = word("passkey_too_old");
    return;
  }
  button.addEventListener("click", async () => {
    button.disabled = true;
    said.textContent = word("passkey_asks");
    try {
      await act(place);
      said.textContent = word("passkey_done");
      location.assign(place.dataset.next);
    } catch (error) {
      const refusal = REFUSALS[error.name];
      said.textContent = refusal === undefined ? error.message : word(refusal);
      button.disabled = false;
    }
  });
}

for (const place of document.querySelectorAll("[data-passkey]")) show(place);
