// A page that follows what others do: asked for every two seconds, and only what is different is put into its place.
import { addPart } from "./panel.js";

const EVERY = 2000;
const AT_MOST = 60000;
const PATIENCE = 10000;

const note = document.getElementById("live");
const waiting = new Map(); // parts that came while somebody was at work in their place
let since = note?.dataset.since;
let pause = EVERY;
let timer = 0;
let request = null;
let Idiomorph; // comes with the first change

function start() {
  if (!note) return;
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : ask()));
  addEventListener("online", ask);
  addEventListener("pageshow", (event) => event.persisted && ask());
  timer = setTimeout(ask, EVERY);
}

// Nobody looks: nothing is asked.
function rest() {
  clearTimeout(timer);
  request?.abort("rest");
}

async function ask() {
  rest();
  if (document.hidden || pause === Infinity) return;
  put();
  const mine = (request = new AbortController());
  const late = setTimeout(() => mine.abort("late"), PATIENCE);
  try {
    const answer = await fetch(address(), { headers: { "X-Timer": "1" }, redirect: "manual", signal: mine.signal });
    if (answer.type === "opaqueredirect") return stop("signedOut"); // to the door
    if ([403, 404].includes(answer.status)) return stop("gone");
    if (!answer.ok) throw new Error(answer.statusText);
    const parts = answer.status === 200 ? await answer.text() : "";
    since = answer.headers.get("X-Since") ?? since;
    if (parts) await take(parts);
    pause = EVERY;
    say("");
  } catch {
    if (mine.signal.reason === "rest") return;
    pause = Math.min(pause * 2, AT_MOST);
    say("offline");
  } finally {
    clearTimeout(late);
  }
  timer = setTimeout(ask, pause);
}

// Of the page as it stands now: a list changes its address while one filters it.
function address() {
  const url = new URL(`${location.pathname}changes${location.search}`, location.href);
  url.searchParams.set("since", since);
  return url;
}

function stop(why) {
  pause = Infinity;
  say(why);
}

function say(what) {
  const words = what ? note.dataset[what] : "";
  if (note.textContent !== words) note.textContent = words;
}

async function take(parts) {
  ({ Idiomorph } = await import("../vendor/idiomorph.esm.js"));
  const box = document.createElement("template");
  box.innerHTML = parts;
  for (const part of box.content.children) waiting.set(part.id, part);
  put();
}

function put() {
  if (document.querySelector("dialog:modal")) return;
  for (const [id, part] of waiting) {
    const here = document.getElementById(id);
    if (!here || morph(here, part)) waiting.delete(id);
  }
}

// Answers whether all of it is in its place; rows in which somebody is at work wait for the next time.
function morph(here, part) {
  const held = new Set();
  for (const busy of busyIn(here)) {
    const row = busy.closest?.("li[id], tr[id]");
    if (!row || !here.contains(row) || row === here) return false;
    held.add(row);
  }
  Idiomorph.morph(here, part.cloneNode(true), {
    callbacks: { beforeNodeMorphed: (old) => !held.has(old), beforeNodeRemoved: (old) => !held.has(old) },
  });
  htmx.process(here);
  htmx.trigger(here, "htmx:load", { elt: here });
  return !held.size;
}

function busyIn(here) {
  const found = [...here.querySelectorAll("details[open], dialog[open], :focus, [contenteditable]")];
  const edited = [...here.querySelectorAll("input, textarea, select")].filter(isEdited);
  // Rows that are ticked belong to a form beside them, and what it counts: then all of it waits.
  found.push(...edited.map((field) => (!field.form || field.form.contains(field) ? field : field.form)));
  const selection = getSelection();
  if (!selection.isCollapsed && selection.containsNode(here, true)) found.push(selection.anchorNode);
  return found;
}

function isEdited(field) {
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected) && field.value !== firstOf(field);
  return field.type !== "hidden" && field.value !== field.defaultValue;
}

// What a browser chooses by itself where nothing is marked as chosen.
function firstOf(field) {
  return field.querySelector("option[selected]")?.value ?? field.options[0]?.value;
}

addPart({ start });
