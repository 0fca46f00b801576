// Short messages in a corner: what was done, perhaps with a button that takes it back. A screen reader says them.
const LASTS = 8000;
const LASTS_WITH_UNDO = 10000;

export function start() {
  document.body.addEventListener("toast", (event) => say(event.detail.text ?? event.detail.value, event.detail.tone));
  document.addEventListener("click", (event) => event.target.closest("[data-close-toast]")?.closest(".desk-toast").remove());
}

// What the page says at its top for those without a script.
export function enhance(root) {
  for (const note of root.querySelectorAll?.("[data-toast]") ?? []) {
    show([...note.lastElementChild.childNodes]);
    note.remove();
  }
}

export function say(text, tone) {
  show([document.createTextNode(text)], tone);
}

function show(words, tone) {
  const toast = document.getElementById("toast").content.firstElementChild.cloneNode(true);
  toast.querySelector("span").append(...words);
  if (tone) toast.dataset.tone = tone;
  // Said after the page has been read out, not in the same breath.
  setTimeout(() => document.getElementById("toasts").append(toast), 50);
  leave(toast);
}

// Nobody is hurried: a toast stays while the mouse or the focus is on it.
function leave(toast) {
  const lasts = toast.querySelector("form") ? LASTS_WITH_UNDO : LASTS;
  let timer = setTimeout(() => toast.remove(), lasts);
  for (const event of ["mouseenter", "focusin"]) toast.addEventListener(event, () => clearTimeout(timer));
  for (const event of ["mouseleave", "focusout"])
    toast.addEventListener(event, () => (timer = setTimeout(() => toast.remove(), lasts)));
}
