// The calendar: the grid is drawn from the rows of the table, which is there for whoever has no script, or no use for it.
import { addPart } from "./panel.js";

const WIDE = matchMedia("(min-width: 768px)");
const AT_MOST = { dayGridMonth: 4, dayGridWeek: 12, resourceTimelineWeek: 5, resourceTimelineMonth: 3 }; // in one cell
const MANY = 400; // sessions of a month in rows, beyond which a browser would be busy for seconds
const LINES = { dayGridMonth: 2, dayGridWeek: 3, timeGridWeek: 3 }; // of what is closed in part, in one day
const SLOT = { height: 24, ofShort: 15, usual: 30 }; // pixels, minutes; days of short appointments are drawn larger
const LENGTHENED = /^(timeGrid|resourceTimeGrid)/; // where a place is a time of day, so that an end can be dragged
const BUSY = 90; // meetings of a week beyond which they no longer fit beside each other
const VIEWS = {
  "": { day: "timeGridDay", week: "timeGridWeek", month: "dayGridMonth" },
  rows: { day: "resourceTimeGridDay", week: "resourceTimelineWeek", month: "resourceTimelineMonth" },
};

let drawn = null; // the widget, and the grid it stands in

function start() {
  document.addEventListener("change", (event) => {
    const form = event.target.closest("#calendar-form");
    if (form && (event.target.matches("select") || event.target.value)) form.requestSubmit();
  });
  document.body.addEventListener("htmx:configRequest", onRequest);
  WIDE.addEventListener("change", draw);
}

// One calendar has one address: what says nothing does not stand in it.
function onRequest(event) {
  if (event.detail.elt.id !== "calendar-form") return;
  const { parameters } = event.detail;
  if (parameters.on === document.getElementById("calendar").dataset.today) parameters.on = "";
  for (const [name, value] of Object.entries(parameters)) if (value === "") delete parameters[name];
}

// For the page, for another span, and for rows that changed while one looks.
function enhance(root) {
  if (root.querySelector?.("#calendar-days") || root.id === "calendar-days") draw();
}

function draw() {
  const grid = document.getElementById("calendar");
  if (drawn && (drawn.grid !== grid || !WIDE.matches)) {
    window.EventCalendar.destroy(drawn.widget);
    drawn = null;
  }
  if (!grid || !WIDE.matches || grid.parentElement.dataset.show !== "grid") return;
  const meetings = [...document.querySelectorAll("#calendar-days tr[data-start]")];
  const closed = [...document.querySelectorAll("#calendar-days tr[data-closed]")];
  const view = viewOf(grid.dataset, meetings.length);
  const events = capped(meetings.map((row) => eventOf(row, grid.dataset, view)), view, grid.dataset.more);
  const slot = events.some(({ minutes }) => minutes < SLOT.usual * 1.5) ? SLOT.ofShort : SLOT.usual;
  for (const event of events) event.extendedProps.pixels = (event.minutes / slot) * SLOT.height;
  const closures = closed.map((row) => closureOf(row, grid.dataset, view)).filter((each) => each);
  const lines = closures.filter((each) => each.extendedProps.isLine);
  events.push(...closures.filter((each) => !lines.includes(each)), ...capped(lines, view, grid.dataset.more, LINES));
  const allDaySlot = view.startsWith("timeGrid") && lines.length > 0;
  if (drawn?.view === view && drawn.slot === slot) {
    drawn.widget.setOption("allDaySlot", allDaySlot);
    drawn.widget.setOption("events", events);
    return;
  }
  if (drawn) window.EventCalendar.destroy(drawn.widget);
  drawn = { grid, view, slot, widget: window.EventCalendar.create(grid, { ...optionsOf(grid.dataset, view, slot), allDaySlot, events }) };
}

function viewOf({ span, by }, count) {
  if (!by && span === "week" && count > BUSY) return "dayGridWeek";
  return VIEWS[by && "rows"][span];
}

function optionsOf(facts, view, slot) {
  const day = new Intl.DateTimeFormat(facts.language, { weekday: "short", day: "numeric", timeZone: "UTC" });
  const ofDay = (date) => day.format(new Date(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())));
  return {
    view,
    date: facts.on,
    firstDay: Number(facts.weekday),
    locale: facts.language,
    timeZone: facts.offset, // what has no zone stands where its wall clock says; the line of now needs it
    slotMinTime: facts.from,
    slotMaxTime: facts.to,
    flexibleSlotTimeLimits: true,
    slotEventOverlap: false,
    slotDuration: view.startsWith("resourceTimeline") ? { days: 1 } : { minutes: slot },
    slotHeight: SLOT.height,
    slotLabelInterval: view.startsWith("resourceTimeline") ? undefined : { hours: 1 },
    slotWidth: view === "resourceTimelineMonth" ? 132 : undefined,
    slotLabelFormat: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    dayHeaderFormat: view === "dayGridMonth" ? { weekday: "short" } : ofDay,
    headerToolbar: { start: "", center: "", end: "" },
    allDayContent: facts.closed,
    nowIndicator: true,
    pointer: false,
    eventDrop: onDrop,
    eventResize: onResize,
    dateClick: facts.create ? onFree : undefined,
    resources: [...document.querySelectorAll("#calendar-rows li")].map((row) => ({
      id: row.dataset.key,
      title: row.textContent,
      extendedProps: { more: row.dataset.more },
    })),
    resourceLabelContent: ({ resource }) => ({ domNodes: [said("span", resource.title), said("small", resource.extendedProps.more)] }),
    eventContent: ({ event, view: shown }) => ({ domNodes: contentOf(event.extendedProps, shown.type) }),
    eventClassNames: ({ event }) => (event.extendedProps.closed ? ["desk-closed"] : classesOf(event.extendedProps)),
    eventAllUpdated: tidy,
    viewDidMount: () => setTimeout(tidy),
    datesSet: () => setTimeout(tidy),
  };
}

// --- events ---

function eventOf(row, { by }, view) {
  const { start, end, state, room, person, first, last } = row.dataset;
  return {
    id: row.id,
    start,
    end,
    minutes: (new Date(`${end}Z`) - new Date(`${start}Z`)) / 60000,
    startEditable: first !== "",
    durationEditable: last !== "" && LENGTHENED.test(view),
    resourceIds: by ? [by === "rooms" ? room : person] : [],
    extendedProps: { row, state, by },
  };
}

// What is closed for all that is shown lies behind it, and so it does in rows; what closes some of it only, or some hours
// where nothing says when, is a line of its own. A row that it does not close knows nothing of it: the table says it.
function closureOf(row, { by }, view) {
  const { closed, rows, since, until } = row.dataset;
  if (by && rows === "") return null;
  const isWhole = since.endsWith("T00:00") && until.endsWith("T00:00");
  const isBehind = (by || closed === "all") && (isWhole || LENGTHENED.test(view));
  const keys = rows === "*" ? [...document.querySelectorAll("#calendar-rows li")].map((each) => each.dataset.key) : rows.split(" ");
  return {
    id: row.id,
    start: since,
    end: until,
    allDay: isWhole || !isBehind,
    editable: false,
    display: isBehind ? "background" : "auto",
    resourceIds: by ? keys : [],
    extendedProps: { closed: row, by, isLine: !isBehind, isWhole },
  };
}

// --- by hand ---

// Nothing is moved yet: the question says what is in the way, and only its answer moves it.
function onDrop({ event, oldEvent, newResource, revert }) {
  revert();
  const { row, by } = event.extendedProps;
  const to = (of, key) => (newResource && by === of ? newResource.id : key);
  const wall = shifted(row.dataset.first, oldEvent.start, event.start);
  askToMove(row, { wall, room: to("rooms", row.dataset.room), person: to("instructors", row.dataset.person) });
}

// The end is dragged: the same question, with another end.
function onResize({ event, oldEvent, revert }) {
  revert();
  const { row } = event.extendedProps;
  const until = shifted(row.dataset.last, oldEvent.end, event.end);
  askToMove(row, { wall: row.dataset.first, until, room: row.dataset.room, person: row.dataset.person });
}

function askToMove(row, { wall, until = "", room, person }) {
  const form = document.getElementById("calendar-move");
  const values = { rowid: row.dataset.slot, wall, until, room_id: numberOf("r", room), instructor_id: numberOf("i", person) };
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
  form.requestSubmit(form.querySelector("button"));
}

// A session's own time, moved as far as it was dragged in the grid, whose clock may be another one.
function shifted(own, from, to) {
  return new Date(wallOf(own) + wallOf(to) - wallOf(from)).toISOString().slice(0, 16);
}

// A free place: the form of a new session, with what the place says of it.
function onFree({ date, resource, view }) {
  const { create, from } = document.getElementById("calendar").dataset;
  const url = new URL(create, location.href);
  const wall = new Date(wallOf(date)).toISOString();
  url.searchParams.set("starts_at", view.type.startsWith("timeGrid") || view.type === "resourceTimeGridDay" ? wall.slice(0, 16) : `${wall.slice(0, 10)}T${from}`);
  for (const [kind, name] of [["r", "room_id"], ["v", "venue_id"], ["i", "instructor_id"]]) {
    const number = numberOf(kind, resource?.id ?? "");
    if (number) url.searchParams.set(name, number);
  }
  location.assign(url);
}

// A time of the wall as a number to count with; the browser's own zone and its changes of the clock have no part in it.
function wallOf(time) {
  if (typeof time === "string") return Date.parse(`${time}Z`);
  return Date.UTC(time.getFullYear(), time.getMonth(), time.getDate(), time.getHours(), time.getMinutes());
}

function numberOf(kind, key) {
  return key.startsWith(kind) && /^\d+$/.test(key.slice(1)) ? key.slice(1) : "";
}

// Of very many in one cell the first are shown, and a link to the day with all of them.
function capped(events, view, more, limits = AT_MOST) {
  const most = view === "resourceTimelineMonth" && events.length > MANY ? 1 : limits[view];
  if (!most) return events;
  const cells = new Map();
  for (const event of events) {
    const key = `${event.start.slice(0, 10)} ${event.resourceIds}`;
    cells.set(key, [...(cells.get(key) ?? []), event]);
  }
  return [...cells].flatMap(([key, cell]) => (cell.length > most + 1 ? [...cell.slice(0, most), rest(key, cell.slice(most), more)] : cell));
}

function rest(key, left, more) {
  const on = key.slice(0, 10);
  const url = new URL(location.href);
  url.searchParams.set("span", "day");
  url.searchParams.set("on", on);
  return {
    id: `more ${key}`,
    start: left.at(-1).start,
    end: left.at(-1).end,
    allDay: left.at(-1).allDay ?? false,
    editable: false,
    resourceIds: left[0].resourceIds,
    extendedProps: { state: "more", url: url.href, words: more.replace("{}", left.length) },
  };
}

function contentOf({ row, url, words, by, ...props }, view) {
  if (props.closed) return closureContent({ by, ...props });
  if (!row) return [linked(url, words)];
  const link = row.querySelector(".desk-open");
  const name = linked(link.href, link.textContent + link.nextElementSibling.textContent);
  const time = row.cells[0].textContent;
  const place = row.querySelector("[data-place] .desk-two > span").textContent;
  const who = row.querySelector("[data-who]").textContent;
  const seats = row.cells[4].firstElementChild.cloneNode(true);
  const badge = row.cells[5].firstElementChild?.matches(".desk-badge") ? row.cells[5].firstElementChild.cloneNode(true) : null;
  const waiting = row.cells[5].lastElementChild.textContent;
  const clash = row.querySelector(".desk-clash");
  const stands = document.querySelector(`[data-said="${row.dataset.state}"]`).textContent;
  name.setAttribute("aria-label", [name.textContent, time, place, who, stands, clash?.textContent].filter((each) => each && each !== "–").join(", "));
  if (view === "dayGridMonth") return [said("span", time.slice(0, 5), "desk-block__time", true), name, clash?.firstElementChild.cloneNode(true) ?? badge ?? seats];
  const beside = [by === "rooms" ? "" : place, by === "instructors" ? "" : who].filter((each) => each && each !== "–").join(" · ");
  const last = said("span", "", "desk-block__last");
  last.append(badge ?? "", row.dataset.state === "draft" || row.dataset.state === "cancelled" ? "" : seats, waiting ? said("span", waiting) : "");
  const line = said("span", [time, beside].filter(Boolean).join(" · "), "desk-block__line", true);
  return clash ? [name, line, clash.cloneNode(true), last] : [name, line, last];
}

function closureContent({ closed, isLine, isWhole, by }) {
  const [time, name, place] = [...closed.cells].map((cell) => cell.textContent);
  const word = closed.querySelector(".desk-badge").textContent;
  const isNamed = closed.dataset.closed === "some" && !by;
  const words = [isNamed ? `${place}: ${name}` : `${word}: ${name}`, isWhole ? "" : time].filter(Boolean).join(", ");
  const url = closed.querySelector("a")?.href;
  const made = isLine && url ? linked(url, words) : said("span", words);
  made.title = words;
  if (isNamed) made.prepend(said("span", word, "visually-hidden"));
  return [made];
}

function classesOf({ row, state, pixels }) {
  return ["desk-block", `is-${state}`, tightOf(pixels), row?.querySelector(".desk-clash") ? "is-clashing" : ""].filter(Boolean);
}

// What is not high enough for all of its lines says less of them.
function tightOf(pixels) {
  if (pixels < 34) return "is-one";
  return pixels < 54 ? "is-two" : "is-wide";
}

function linked(url, words) {
  const link = said("a", words);
  link.href = url;
  link.draggable = false; // else the browser drags the address, and not the session
  return link;
}

function said(tag, words, className = "", isHidden = false) {
  const made = document.createElement(tag);
  made.textContent = words;
  if (className) made.className = className;
  if (isHidden) made.setAttribute("aria-hidden", "true");
  return made;
}

// The widget's own roles promise a table that it is not; what is in it are links, in a group with a name.
function tidy() {
  const grid = document.getElementById("calendar");
  for (const each of grid?.querySelectorAll("*") ?? []) {
    if (each.closest(".ec-event-body")) continue;
    for (const { name } of [...each.attributes]) if (/^(role|tabindex|aria-.*)$/.test(name)) each.removeAttribute(name);
    if (each.matches("h4, aside")) each.setAttribute("role", "presentation");
  }
  const scrolls = grid?.querySelector(".ec-main");
  if (scrolls && scrolls.scrollWidth > scrolls.clientWidth) scrolls.tabIndex = 0;
}

addPart({ start, enhance });
