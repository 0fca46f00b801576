// Lists of rows that can be searched: Tom Select comes when the first of them does, in a page, a dialog or a new row.
import { addPart } from "./panel.js";

const WAIT = 250;

async function enhance(root) {
  const found = [...(root.querySelectorAll?.("select[data-role=relation]") ?? [])];
  if (!found.length) return;
  await import("../vendor/tom-select.complete.min.js");
  for (const select of found) {
    if (!select.tomselect && select.isConnected) search(select);
  }
}

function search(select) {
  const { url } = select.dataset;
  const optional = !select.required;
  const described = select.getAttribute("aria-describedby");
  const isFirst = select.autofocus;
  const picker = new TomSelect(select, {
    plugins: optional ? ["clear_button"] : [],
    maxOptions: null,
    refreshThrottle: 0, // else a fast "Veg", Enter takes the first of the old list
    selectOnTab: true,
    hidePlaceholder: false, // else the input is hidden while something is chosen, and refuses what is pasted
    ...(url ? remote(url) : {}),
  });
  select.setAttribute("aria-hidden", "true"); // its label now belongs to the picker's own input
  const input = picker.control_input;
  if (described) input.setAttribute("aria-describedby", described);
  if (select.getAttribute("aria-invalid")) input.setAttribute("aria-invalid", "true");
  // Tab leads to the next field; Backspace empties this one as well.
  picker.wrapper.querySelector(".clear-button")?.setAttribute("tabindex", "-1");
  if (select.required) input.setAttribute("aria-required", "true");
  if (!isFirst) return;
  picker.settings.openOnFocus = false; // a page does not begin with a list over it, which the first click would close
  picker.focus();
  setTimeout(() => { picker.settings.openOnFocus = true; });
}

function remote(url) {
  return {
    valueField: "id",
    labelField: "label",
    searchField: [], // the server has found them already
    loadThrottle: WAIT,
    shouldLoad: (text) => text.length > 0,
    onType() { this.clearOptions(); },
    load: (text, done) => {
      const asked = new URLSearchParams({ query: text, offset: 0 });
      fetch(`${url}&${asked}`)
        .then((answer) => (answer.ok ? answer.json() : []))
        .then((rows) => done(rows.map(([id, label]) => ({ id: String(id), label }))), () => done());
    },
  };
}

addPart({ enhance });
