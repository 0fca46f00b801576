// Rows within a form: added, taken away and moved on the page, and written when the form is saved.
import { addPart } from "./panel.js";

function start() {
  document.addEventListener("click", onClick);
  document.addEventListener("change", (event) => {
    const row = event.target.matches("[data-row] .desk-rows__gone input") && event.target.closest("[data-row]");
    if (row) row.classList.toggle("is-gone", event.target.checked);
  });
}

function onClick(event) {
  const button = event.target.closest("[data-rows] button");
  if (!button) return;
  if (button.matches("[data-add]")) addRow(button.closest("[data-rows]"));
  else if (button.matches("[data-move]")) move(button);
  else return;
  event.preventDefault();
  button.form.dispatchEvent(new Event("change", { bubbles: true }));
}

function addRow(rows) {
  const list = rows.querySelector("[data-list]");
  const numbers = [...list.children].map((row) => Number(row.id.split("-").at(-1)));
  const number = Math.max(-1, ...numbers) + 1;
  list.insertAdjacentHTML("beforeend", rows.querySelector("template").innerHTML.replaceAll("__n__", number));
  const row = list.lastElementChild;
  htmx.process(row);
  htmx.trigger(row, "htmx:load", { elt: row }); // its lists of rows
  row.querySelector("input:not([type=hidden]), select, textarea").focus();
}

function move(button) {
  const row = button.closest("[data-row]");
  const other = button.dataset.move === "1" ? row.nextElementSibling : row.previousElementSibling;
  if (!other) return;
  if (button.dataset.move === "1") other.after(row);
  else other.before(row);
  button.focus();
}

addPart({ start });
