// The page for new bookings follows what is typed: the server says what it means for customer, dates and price.
import { answerTo, outcomeOf, sayTrouble } from "./asking.js";
import { forget } from "./forms.js";
import { addPart } from "./panel.js";

const WAIT = 200;
const TAKES = ["book", "wait"];
const MOVES = "input:not([type=hidden], [type=radio], [type=checkbox]), select, [type=radio], [type=checkbox], textarea, button";

function enhance(root) {
  const form = root.querySelector?.("#booking");
  if (form) new Desk(form);
}

class Desk {
  constructor(form) {
    this.form = form;
    this.typed = 0; // counts up with every key: an answer to less than what stands there is dropped
    form.addEventListener("input", (event) => this.onInput(event));
    form.addEventListener("change", (event) => this.onInput(event));
    form.addEventListener("keydown", (event) => this.onKey(event));
    form.addEventListener("click", (event) => this.onClick(event));
    form.addEventListener("focusout", (event) => this.onLeave(event));
    form.addEventListener("submit", (event) => this.onSubmit(event));
    this.morph = import("../vendor/idiomorph.esm.js").then(({ Idiomorph }) => Idiomorph);
  }

  onInput(event) {
    if (event.target.name === "customer_id") return; // arrows walk through those who are known; Enter chooses
    this.typed += 1;
    this.follow(event.type === "change" && event.target.matches("select, [type=radio]") ? 0 : WAIT);
  }

  follow(wait) {
    clearTimeout(this.timer);
    this.next = new Promise((done) => {
      this.timer = setTimeout(() => this.ask().finally(done), wait);
    });
    return this.next;
  }

  // What stands there now, answered: for keys that come sooner than the answer.
  async settled() {
    while (this.asked !== this.typed) await this.follow(0);
  }

  async ask(button = "follow") {
    if (this.saving) return;
    this.asking?.abort();
    this.asking = new AbortController();
    const now = this.typed;
    const values = this.values(button);
    values.set("at", document.activeElement?.name ?? "");
    this.form.classList.add("is-looking");
    try {
      const page = await answerTo(this.form, values, this.asking.signal);
      if (now !== this.typed) return;
      await this.show(page);
    } catch (error) {
      sayTrouble(error);
    }
    this.asked = now;
    this.form.classList.remove("is-looking");
  }

  // What takes something: nothing that was typed is at risk, whatever becomes of the question.
  async onSubmit(event) {
    clearTimeout(this.timer);
    const button = event.submitter?.value;
    if (!TAKES.includes(button)) return;
    event.preventDefault();
    if (this.saving) return;
    this.asking?.abort();
    this.saving = true;
    const now = this.typed;
    this.form.classList.add("is-looking");
    try {
      const { there, page } = await outcomeOf(this.form, this.values(button));
      if (there) {
        forget(this.form);
        return location.assign(there);
      }
      await this.show(page);
      this.first(".desk-errors a")?.click();
    } catch (error) {
      sayTrouble(error);
    } finally {
      this.saving = false;
      this.form.classList.remove("is-looking");
    }
    this.asked = now;
    if (now !== this.typed) this.follow(0);
  }

  values(button) {
    const values = new URLSearchParams(new FormData(this.form));
    values.set("do", button);
    return values;
  }

  // The form, or parts of it, each put over the one of its name.
  async show(page) {
    const Idiomorph = await this.morph;
    for (const part of [...new DOMParser().parseFromString(page, "text/html").body.children]) {
      Idiomorph.morph(document.getElementById(part.id), part, {
        morphStyle: "outerHTML",
        ignoreActiveValue: true,
        callbacks: {
          beforeNodeMorphed: (old) => !old.matches?.("[data-kept]"),
          // What somebody opened stays open, and where the focus is stays as it is.
          beforeAttributeUpdated: (name, element) => !(name === "open" && element.matches("details")) && name !== "autofocus",
        },
      });
    }
  }

  async onKey(event) {
    const field = event.target;
    if (field.name === "who" && event.key === "ArrowDown") {
      event.preventDefault();
      await this.settled();
      this.first("#found [type=radio]")?.focus();
    }
    if (field.name === "customer_id" && event.key === " ") {
      event.preventDefault();
      this.choose(field);
    }
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || field.matches("textarea, button, summary, a")) return;
    event.preventDefault(); // it would press the first button of the form
    if (field.name === "who") this.meet();
    else if (field.name === "customer_id") this.choose(field);
    else if (field.closest("#course")) this.goTo("#slot_id :checked", "#slot_id [data-open]", "#slot_id [type=radio]");
    else if (field.name === "slot_id") this.take(field);
    else this.leave(field);
  }

  onClick(event) {
    const { target } = event;
    if (target.name === "customer_id" && event.detail > 0) this.choose(target);
    const button = target.closest("button[name=do][value=other]");
    if (!button) return;
    event.preventDefault();
    this.typed += 1;
    this.ask("other").then(() => this.first("[name=who]")?.focus());
  }

  // Whoever is marked is chosen, unless somebody only looks further within the list.
  onLeave(event) {
    const { target, relatedTarget } = event;
    if (target.name !== "customer_id" || !target.checked || !relatedTarget || relatedTarget.closest("#found")) return;
    this.typed += 1;
    this.follow(0);
  }

  // Enter behind a name: the only one who is known by it, else a choice among several, else somebody new.
  async meet() {
    await this.settled();
    const known = this.form.querySelectorAll("#found [type=radio]");
    if (known.length === 2) return this.choose(known[0]);
    if (known.length > 2) return known[0].focus();
    this.typed += 1;
    await this.ask("find");
    this.empty("given_name", "family_name", "email", "phone")?.focus();
  }

  async choose(radio) {
    radio.checked = true;
    this.typed += 1;
    await this.follow(0);
    if (radio.value === "new") this.empty("given_name", "family_name", "email", "phone")?.focus();
    else this.course();
  }

  async course() {
    await this.settled();
    const select = this.first("#course select");
    (select.tomselect ?? select).focus();
  }

  async take(radio) {
    radio.checked = true;
    this.typed += 1;
    await this.goTo(".desk-pick__more :is(button, input)", "[name^='party-']");
  }

  // To the first of these that is there.
  async goTo(...selectors) {
    await this.settled();
    arrive(selectors.map((selector) => this.first(selector)).find(Boolean));
  }

  // On to the next field, as Tab would.
  leave(field) {
    const all = [...this.form.querySelectorAll(MOVES)].filter((each) => each.checkVisibility() && each.tabIndex >= 0);
    arrive(all[all.indexOf(field) + 1]);
  }

  first(selector) {
    return this.form.querySelector(selector);
  }

  empty(...names) {
    const fields = names.map((name) => this.form.elements[name]).filter(Boolean);
    return fields.find((field) => !field.value) ?? fields.at(-1);
  }
}

// As Tab arrives: what stands there is marked, so that typing replaces it.
function arrive(field) {
  field?.focus();
  if (field?.matches("input:not([type=radio], [type=checkbox])")) field.select();
}

addPart({ enhance });
