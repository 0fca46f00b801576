// The panel's behaviour. A part has start(), called once, and enhance(root), called for the page and for every piece of
// a page that comes later. Pages name the parts that only they need: {{ part("list") }}.
import * as dialog from "./dialog.js";
import * as keys from "./keys.js";
import * as toasts from "./toasts.js";

const YEAR = 365 * 24 * 3600;
// What a dialog may bring, and by what it is known: the part comes with it.
const BROUGHT = {
  "./forms.js": "form[data-guard], .desk-moment, .desk-errors",
  "./in-the-way.js": "[data-in-the-way]",
  "./inline.js": "[data-rows]",
  "./relation.js": "select[data-role=relation]",
};
const parts = [];
let page = null; // the page's body, once it is there

export function addPart(part) {
  parts.push(part);
  part.start?.();
  if (page) part.enhance?.(page);
}

function enhance(root) {
  page ??= root;
  for (const part of parts) part.enhance?.(root);
  for (const [file, known] of Object.entries(BROUGHT)) if (root.querySelector?.(known)) import(file);
}

// The side navigation folds to icons; by a cookie, so that the next page comes as it will stay.
function foldMenu() {
  const button = document.querySelector("[data-fold]");
  button?.addEventListener("click", () => {
    const folded = document.querySelector(".desk-app").classList.toggle("is-folded");
    button.setAttribute("aria-pressed", String(folded));
    document.cookie = `navigation=${folded ? "icons" : ""}; path=/; max-age=${folded ? YEAR : 0}; samesite=lax`;
  });
}

// Search opens at once, so that what is typed goes there; what answers comes when it is first called.
async function callSearch(event) {
  const modified = event.ctrlKey || event.metaKey;
  const isKey = event.type === "keydown" && modified && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
  const isLink = event.type === "click" && !modified && !event.shiftKey && event.target.closest("a[data-palette]");
  if (!isKey && !isLink) return;
  event.preventDefault();
  const search = document.getElementById("palette");
  if (search.open) return search.close();
  if (document.querySelector("dialog:modal")) return; // one thing at a time
  search.showModal();
  document.getElementById("palette-field").select();
  const { ask } = await import("./palette.js");
  ask();
}

// What a page hands over to the machine: a sheet to its printer, a reference to its clipboard.
const hands = {
  start() {
    document.addEventListener("click", async (event) => {
      if (event.target.closest("[data-print]")) window.print();
      const copied = event.target.closest("[data-copy]");
      if (!copied) return;
      await navigator.clipboard.writeText(copied.dataset.copy);
      toasts.say(copied.dataset.said);
    });
  },
  // Browsers have a clipboard on safe addresses alone.
  enhance(root) {
    for (const button of root.querySelectorAll?.("[data-copy]") ?? []) button.hidden = !navigator.clipboard;
  },
};

document.documentElement.classList.add("has-script");
foldMenu();
for (const kind of ["keydown", "click"]) document.addEventListener(kind, callSearch);
for (const part of [dialog, hands, keys, toasts]) addPart(part);
htmx.onLoad(enhance);
