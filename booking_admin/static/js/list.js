// The list: answers while one types, rows that are ticked, and panels that close when one is done with them.
import { addPart } from "./panel.js";

const PATIENCE = 300; // milliseconds, until what is on its way is worth a sign

let last = null; // the box that was ticked last, where a range begins
let waits = null; // the timer of that sign

function start() {
  if (!document.getElementById("list")) return;
  document.addEventListener("click", onClick);
  document.addEventListener("change", onChange);
  document.addEventListener("keydown", onKey);
  document.addEventListener("toggle", onToggle, true);
  document.body.addEventListener("htmx:configRequest", onRequest);
  document.body.addEventListener("htmx:beforeHistoryUpdate", onHistory);
  document.body.addEventListener("htmx:beforeRequest", onAsked);
  document.body.addEventListener("htmx:afterRequest", onAnswered);
  document.body.addEventListener("htmx:sendError", onAnswered);
  document.body.addEventListener("htmx:afterSettle", onAnswer);
}

// --- what is asked ---

// One list has one address: what says nothing does not stand in it.
function onRequest(event) {
  if (event.detail.elt.id !== "list-form") return;
  const asked = event.detail.parameters;
  const columns = [asked.cols ?? []].flat().join(",");
  asked.cols = columns === document.querySelector("#columns [data-usual]").dataset.usual ? "" : columns;
  for (const [name, value] of Object.entries(asked))
    if (value === "" || `${name.replace("op", "flt")}_${value}` in asked) delete asked[name];
}

// A word in the search is one step of the history, and not one for each of its letters.
function onHistory(event) {
  const { history, requestConfig } = event.detail;
  if (requestConfig.triggeringEvent?.target?.id === "search" && new URLSearchParams(location.search).has("search"))
    history.type = "replace";
}

const isForList = (event) => event.detail.target?.id === "results";

function onAsked(event) {
  if (isForList(event))
    waits ??= setTimeout(() => document.getElementById("results").setAttribute("aria-busy", "true"), PATIENCE);
}

// One that was given up for another one has no answer: the other one goes on waiting.
function onAnswered(event) {
  if (!isForList(event) || (event.type === "htmx:afterRequest" && !event.detail.xhr.status)) return;
  clearTimeout(waits);
  waits = null;
  document.getElementById("results").removeAttribute("aria-busy");
}

function onAnswer(event) {
  if (event.target.id !== "results") return;
  last = null;
  const search = document.getElementById("search");
  // Another tab, or a filter taken away: what was searched for may have gone with it.
  if (search && search !== document.activeElement)
    search.value = new URLSearchParams(location.search).get("search") ?? "";
}

// --- panels ---

const panels = () => document.querySelectorAll("#list details.desk-menu[open]");

function onToggle(event) {
  if (!event.target.matches?.("#list details.desk-menu[open]")) return;
  for (const other of panels()) if (other !== event.target) other.open = false;
  if (event.target.matches(".desk-chip > *, .desk-columns"))
    first(event.target)?.focus();
}

// What is chosen, else the first thing to answer, before the choice of another comparison.
function first(panel) {
  const [field, ...others] = panel.querySelectorAll(".desk-panel-pop :is(input:not([type=hidden]), select)");
  return panel.querySelector("fieldset input:checked") ?? (field?.matches("[name^=op]") ? others[0] : field);
}

function onChange(event) {
  if (event.target.matches("select[data-at-once]")) event.target.form.requestSubmit();
  if (event.target.matches("#results .is-tick input")) select(event.target);
}

function onClick(event) {
  // A link in a panel brings the next one, which a browser would not open beside this.
  for (const panel of panels()) if (!panel.contains(event.target) || event.target.closest("a")) panel.open = false;
  if (event.target.closest("[data-select-none]")) clear();
  if (event.target.matches("#results .is-tick [name=rowid]")) onTick(event);
  // A click decides; with the arrow keys one only looks through the choices.
  if (event.detail && event.target.matches("[data-at-once] input")) event.target.form.requestSubmit();
}

function onKey(event) {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const [panel] = panels();
  if (panel) {
    panel.open = false;
    panel.querySelector("summary").focus();
  } else if (ticked().length) clear();
}

// --- rows that are ticked ---

const boxes = () => [...document.querySelectorAll("#results .is-tick [name=rowid]")];
const ticked = () => boxes().filter((box) => box.checked);

function select(box) {
  if (box.matches("[data-select-all]")) for (const each of boxes()) each.checked = box.checked;
  count();
}

// With Shift, all rows from the one before.
function onTick(event) {
  const all = boxes();
  if (event.shiftKey && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(event.target)].sort((a, b) => a - b);
    for (const box of all.slice(from, to + 1)) box.checked = event.target.checked;
    count();
  }
  last = event.target;
}

function clear() {
  const all = document.querySelector("[data-select-all]");
  for (const box of boxes()) box.checked = false;
  count();
  if (document.activeElement === document.body || document.activeElement.closest("#bulk")) all?.focus();
}

function count() {
  const number = ticked().length;
  const all = document.querySelector("[data-select-all]");
  const said = document.querySelector("#bulk [data-count]");
  all.checked = number === boxes().length;
  all.indeterminate = number > 0 && !all.checked;
  said.textContent = said.dataset.count.replace("{}", number);
}

addPart({ start });
