// Pages that take one breath open in the dialog; without a script the same links and buttons lead to whole pages.
import { say } from "./toasts.js";

const dialog = document.getElementById("dialog");
const content = document.getElementById("dialog-content");
let typed = false;

export function start() {
  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSubmit);
  content.addEventListener("input", () => (typed = true));
  content.addEventListener("htmx:beforeSwap", onAnswer);
  content.addEventListener("htmx:afterSwap", onSwap);
  document.body.addEventListener("htmx:responseError", onTrouble);
  document.body.addEventListener("htmx:sendError", onTrouble);
  // Escape closes, unless that would lose what was typed.
  dialog.addEventListener("cancel", (event) => {
    if (typed && !window.confirm(dialog.dataset.discard)) event.preventDefault();
  });
  dialog.addEventListener("close", () => content.replaceChildren());
}

function onClick(event) {
  const link = event.target.closest("a[data-dialog]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    open("GET", link.href);
  } else if (event.target.closest("#dialog [data-close]")) {
    event.preventDefault();
    dialog.close();
  }
}

function onSubmit(event) {
  const { submitter, target: form } = event;
  const inside = dialog.contains(form);
  if (form.method !== "post" || !(inside || submitter?.matches("[data-ask]"))) return;
  event.preventDefault();
  const address = submitter?.hasAttribute("formaction") ? submitter.formAction : form.getAttribute("action");
  open("POST", address || location.href, new FormData(form, submitter));
}

function open(method, address, values) {
  const url = new URL(address, location.href);
  url.searchParams.set("modal", "1");
  htmx.ajax(method, url.pathname + url.search, { target: content, swap: "innerHTML", values });
}

// A refusal is a page too: it is shown where it was asked for.
function onAnswer(event) {
  if (event.target !== content) return;
  event.detail.shouldSwap = event.detail.xhr.status !== 204;
  event.detail.isError = false;
}

function onSwap(event) {
  if (event.target !== content) return;
  typed = false;
  if (!dialog.open) dialog.showModal();
  const first = content.querySelector("[aria-invalid=true], [autofocus], .desk-dialog__body :is(input:not([type=hidden]), select, textarea)");
  (first ?? content.querySelector(".desk-dialog__body button, [data-close]"))?.focus();
}

function onTrouble() {
  say(document.getElementById("trouble").content.textContent.trim(), "bad");
}
