// Passkeys: hands the page's question to the browser, and the device's answer back to the form. Nothing else needs this.
"use strict";

const form = document.querySelector("form[data-passkey]");

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (each) => each.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function read(options) {
  const known = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));
  const read = { ...options, challenge: bytes(options.challenge) };
  if (options.user) {
    read.user = { ...options.user, id: bytes(options.user.id) };
    read.excludeCredentials = known(options.excludeCredentials);
  } else {
    read.allowCredentials = known(options.allowCredentials);
  }
  return read;
}

function written(credential) {
  const response = { clientDataJSON: text(credential.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) {
      response[name] = text(credential.response[name]);
    }
  }
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response };
}

const WHY = {
  InvalidStateError: "This device has a passkey for this account already.",
  NotAllowedError: "Nothing was done: it was cancelled, or took too long.",
  SecurityError: "This address cannot have passkeys.",
};

async function ask(button, said) {
  button.disabled = true;
  said.textContent = "Waiting for your device.";
  try {
    const publicKey = read(JSON.parse(form.dataset.options));
    const asked = form.dataset.passkey === "create" ? { publicKey } : { publicKey, mediation: "optional" };
    const credential = await navigator.credentials[form.dataset.passkey](asked);
    form.elements.answer.value = JSON.stringify(written(credential));
    form.submit();
  } catch (error) {
    said.textContent = WHY[error.name] || "This browser could not do it.";
    button.disabled = false;
  }
}

if (form) {
  const button = form.querySelector("[data-start]");
  const said = form.querySelector("[data-said]");
  if (window.PublicKeyCredential) {
    form.querySelector("[data-without]").hidden = true;
    button.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(button, said);
    });
    ask(button, said);
  } else {
    form.querySelector("[data-without]").textContent = "This browser has no passkeys. Every other way to sign in works.";
  }
}
