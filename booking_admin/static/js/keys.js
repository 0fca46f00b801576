// Single keys, as the list behind “?” says them: never while somebody types, never with a modifier.
const OFF = "single-keys-off";
const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable], [role=textbox], [role=combobox], [role=menu]";

const dialog = document.getElementById("keys");
const box = document.getElementById("single-keys");

export function start() {
  if (!dialog) return;
  box.checked = !localStorage.getItem(OFF);
  box.addEventListener("change", () => (box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-show-keys]")) return;
    event.preventDefault();
    event.target.closest("dialog")?.close();
    dialog.showModal();
  });
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing || event.defaultPrevented) return;
  if (!box.checked || event.target.closest?.(TYPING) || document.querySelector("dialog:modal")) return;
  if (event.key === "?") dialog.showModal();
  else if (event.key === "/") document.getElementById("search")?.select();
  // A link of the list: whoever may not go there has none.
  else dialog.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
  if ("?/".includes(event.key)) event.preventDefault();
}
