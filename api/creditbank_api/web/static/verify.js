// Drag and drop on the Verify page. The form works without this file: it only hands dropped files to the file field.
"use strict";

const zone = document.querySelector("[data-drop]");
const field = zone?.querySelector("input[type=file]");
const said = zone?.querySelector("[data-said]");

function tell() {
  const names = Array.from(field.files, (file) => file.name);
  said.textContent = names.length ? `Chosen: ${names.join(", ")}` : "";
}

if (zone && field && said) {
  zone.querySelector("[data-hint]").hidden = false;
  for (const kind of ["dragenter", "dragover"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.add("is-over");
    });
  }
  zone.addEventListener("dragleave", () => zone.classList.remove("is-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("is-over");
    if (event.dataTransfer.files.length) {
      field.files = event.dataTransfer.files;
      tell();
    }
  });
  field.addEventListener("change", tell);
}
