// Ctrl K: what is typed is asked for at once; the arrows choose, Enter opens, Escape gives the focus back.
const WAIT = 60; // ms; as long as a fast typist needs for a letter

const dialog = document.getElementById("palette");
const field = document.getElementById("palette-field");
const list = document.getElementById("palette-list");
const nothing = document.getElementById("palette-nothing");
const said = document.getElementById("palette-said");

let asked = null; // what the newest question was; an older answer is of no use any more
let shown = null; // what the list in sight is the answer to
let request = new AbortController();
let timer = 0;
let chosen = 0;
let open = null; // Enter came before its answer: what to do with the first line

function start() {
  field.addEventListener("input", () => {
    open = null;
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  field.addEventListener("keydown", onKey);
  list.addEventListener("pointermove", (event) => choose(lines().indexOf(event.target.closest("[role=option]")), false));
  list.addEventListener("click", (event) => event.target.closest("a") && !event.ctrlKey && !event.metaKey && dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close-palette]")) dialog.close();
  });
  dialog.addEventListener("close", () => {
    request.abort();
    clearTimeout(timer);
    open = null;
  });
}

export async function ask() {
  clearTimeout(timer);
  request.abort();
  request = new AbortController();
  const typed = (asked = field.value.trim());
  try {
    const answer = await fetch(`${dialog.dataset.url}?${new URLSearchParams({ q: typed })}`, {
      headers: { "HX-Request": "true", "HX-Current-URL": location.href },
      signal: request.signal,
    });
    const door = answer.headers.get("HX-Redirect"); // signed out meanwhile
    if (door) return location.assign(door);
    if (!answer.ok) throw new Error(answer.statusText);
    const found = await answer.text();
    if (typed === asked) fill(found, typed);
  } catch (error) {
    if (error.name === "AbortError") return;
    open = null;
    shown = null;
    list.replaceChildren();
    instead(dialog.dataset.trouble, dialog.dataset.trouble);
  }
}

function fill(found, typed) {
  list.innerHTML = found;
  shown = typed;
  instead(list.querySelector("[data-nothing]")?.content ?? "", list.querySelector("[data-said]").content.textContent);
  list.parentElement.scrollTop = 0;
  choose(0);
  if (open) follow(open);
}

// What stands in the place of the lines, where there are none.
function instead(words, heard) {
  nothing.replaceChildren(words);
  said.textContent = heard;
  list.hidden = Boolean(nothing.textContent);
  field.setAttribute("aria-expanded", String(!list.hidden));
}

function lines() {
  return [...list.querySelectorAll("[role=option]")];
}

function choose(number, scrolls = true) {
  const all = lines();
  if (!all[number]) {
    if (!all.length) field.removeAttribute("aria-activedescendant");
    return;
  }
  all[chosen]?.setAttribute("aria-selected", "false");
  chosen = number;
  all[number].setAttribute("aria-selected", "true");
  field.setAttribute("aria-activedescendant", all[number].id);
  if (scrolls) all[number].scrollIntoView({ block: "nearest" });
}

function onKey(event) {
  if (event.isComposing) return;
  const count = lines().length;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (count) choose((chosen + (event.key === "ArrowDown" ? 1 : count - 1)) % count);
  } else if (event.key === "Enter") {
    event.preventDefault();
    const how = { inNewTab: event.ctrlKey || event.metaKey };
    if (shown === field.value.trim()) return follow(how);
    open = how;
    if (asked !== field.value.trim()) ask();
  }
}

function follow({ inNewTab }) {
  open = null;
  const line = lines()[chosen];
  if (!line) return;
  if (inNewTab) return window.open(line.href, "_blank", "noopener");
  dialog.close();
  location.assign(line.href);
}

start();
