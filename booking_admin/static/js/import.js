// Imports: a file is dropped, one that is too large is told before it is sent, and a check that is over leads on.
import { addPart } from "./panel.js";

function enhance(root) {
  const onward = root.matches?.("[data-goes-on]") ? root : root.querySelector?.("[data-goes-on]");
  if (onward && !document.querySelector("dialog[open]")) location.replace(onward.href);
  for (const field of root.querySelectorAll?.(".desk-drop") ?? []) prepare(field);
}

function prepare(field) {
  for (const kind of ["dragenter", "dragover"]) field.addEventListener(kind, () => field.classList.add("is-over"));
  for (const kind of ["dragleave", "drop"]) field.addEventListener(kind, () => field.classList.remove("is-over"));
  field.addEventListener("change", () => weigh(field));
  field.form.addEventListener("submit", (event) => {
    if (weigh(field)) return;
    event.preventDefault();
    field.focus();
  });
}

// What is larger than the server takes would be sent in vain; many browsers do not even show its answer.
function weigh(field) {
  const isLight = [...field.files].every((file) => file.size <= Number(field.dataset.most));
  const error = document.getElementById("file-error");
  error.querySelector("span").textContent = isLight ? "" : field.dataset.tooLarge;
  error.hidden = isLight;
  field.classList.toggle("is-invalid", !isLight);
  field.setAttribute("aria-invalid", String(!isLight));
  return isLight;
}

addPart({ enhance });
