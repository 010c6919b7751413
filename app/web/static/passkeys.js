// Passkeys: asks the server what to sign, the browser to sign it, and the server to check it.

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

// What browsers call their refusals, in words that help.
const WORDS = {
  NotAllowedError: "Nothing was done: it was cancelled, took too long, or this device has no passkey for this place.",
  InvalidStateError: "This device has a passkey for this account already.",
  SecurityError: "Passkeys work at the address of this service only. Is it spelled right?",
};

function show(place) {
  const button = place.querySelector("button");
  const said = place.querySelector(".said");
  const act = place.dataset.passkey === "add" ? add : signIn;
  if (window.PublicKeyCredential?.parseRequestOptionsFromJSON === undefined) {
    button.disabled = true;
    said.textContent = "This browser is too old for passkeys. Use another way, or a newer browser.";
    return;
  }
  button.addEventListener("click", async () => {
    button.disabled = true;
    said.textContent = "Your device asks you now.";
    try {
      await act(place);
      said.textContent = "Done.";
      location.assign(place.dataset.next);
    } catch (error) {
      said.textContent = WORDS[error.name] ?? error.message;
      button.disabled = false;
    }
  });
}

for (const place of document.querySelectorAll("[data-passkey]")) show(place);
