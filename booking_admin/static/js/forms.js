// Forms: a warning before typed text is lost, moments in words, errors that lead to their field, Ctrl Enter to save.
import { addPart } from "./panel.js";

const { lang } = document.documentElement;
const language = lang.startsWith("en") ? "en-GB" : lang || undefined; // the day before the month, as the server has it
const asDay = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short", year: "numeric" });
const asTime = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
let changed = null; // the form in which something was typed

function start() {
  document.addEventListener("input", onInput);
  document.addEventListener("change", onInput);
  document.addEventListener("submit", (event) => {
    // Another form of the page, such as that of a picture, would lose what was typed in this one.
    if (!event.defaultPrevented && event.target === changed) changed = null;
  });
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}

function enhance(root) {
  changed = root.querySelector?.("form[data-guard][data-changed]") ?? changed;
}

// What was typed is saved: the page may be left.
export function forget(form) {
  if (changed === form) changed = null;
}

function onInput(event) {
  const field = event.target;
  // A dialog asks by itself before it closes.
  if (field.form?.matches("[data-guard]") && !field.closest("dialog")) changed = field.form;
  const words = field.closest(".desk-moment")?.querySelector("[data-when]");
  if (words) words.textContent = spoken(field.value);
}

function spoken(value) {
  const at = new Date(value.includes("T") ? value : `${value}T00:00`);
  if (Number.isNaN(at.getTime())) return "";
  const day = asDay.format(at).replace(",", "");
  return value.includes("T") ? `${day}, ${asTime.format(at)}` : day;
}

function onKey(event) {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const button = event.target.form?.querySelector("[data-save]");
  if (!button) return;
  event.preventDefault();
  event.target.form.requestSubmit(button);
}

// A list that is searched has an input of its own: the link to its field goes there.
function onClick(event) {
  const link = event.target.closest(".desk-errors a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  if (field.tomselect) field.tomselect.focus();
  else field.focus();
  field.closest(".desk-field")?.scrollIntoView({ block: "center" });
}

addPart({ start, enhance });
