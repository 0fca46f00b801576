// A plan follows what is typed: the server keeps it, says what is wrong, and which dates come of it.
import { answerTo, sayTrouble } from "./asking.js";
import { addPart } from "./panel.js";

const WAIT = 400;

// A list that is searched stays what the script made of it; what somebody opened stays open, and the focus where it is.
const KEPT = {
  beforeNodeMorphed(old, fresh) {
    const picker = old.matches?.(".desk-field") && old.querySelector("select")?.tomselect;
    if (!picker) return true;
    const [select, wrong] = [fresh.querySelector("select"), fresh.querySelector(".desk-error")];
    for (const name of ["aria-invalid", "aria-describedby"]) {
      if (select?.hasAttribute(name)) picker.control_input.setAttribute(name, select.getAttribute(name));
      else picker.control_input.removeAttribute(name);
    }
    old.querySelector(".desk-error")?.remove();
    if (wrong) old.append(wrong.cloneNode(true));
    return false;
  },
  beforeAttributeUpdated: (name, element) => name !== "autofocus" && !(name === "open" && element.matches("details")),
};

function enhance(root) {
  const form = root.querySelector?.("#plan");
  if (form) new Plan(form);
}

class Plan {
  constructor(form) {
    this.form = form;
    this.typed = 0; // counts up: an answer to less than what stands there is dropped
    form.addEventListener("input", () => this.follow(WAIT));
    form.addEventListener("change", () => this.follow(0));
    // What was sent earlier does not overwrite what was sent later, whichever comes first.
    form.addEventListener("formdata", (event) => event.formData.set("at", Date.now()));
    form.addEventListener("submit", () => {
      clearTimeout(this.timer);
      this.asking?.abort(); // what is sent now says it all
    });
    this.morph = import("../vendor/idiomorph.esm.js").then(({ Idiomorph }) => Idiomorph);
  }

  follow(wait) {
    this.typed += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), wait);
  }

  async ask() {
    this.asking?.abort();
    this.asking = new AbortController();
    const now = this.typed;
    const values = new URLSearchParams(new FormData(this.form));
    values.set("do", "look");
    try {
      const page = await answerTo(this.form, values, this.asking.signal);
      if (now !== this.typed) return;
      const Idiomorph = await this.morph;
      const [held, before] = [document.activeElement, this.before(document.activeElement)];
      Idiomorph.morph(this.form, page, { morphStyle: "outerHTML", ignoreActiveValue: true, callbacks: KEPT });
      if (!held.isConnected) this.after(before.find((each) => each.isConnected))?.focus();
    } catch (error) {
      sayTrouble(error);
    }
  }

  // What stands before a field, the nearest first; and what follows one. Who was quicker than the answer, and stood in
  // a field that is gone now, goes on in the one that came in its place.
  before(field) {
    const all = [...this.form.elements];
    return all.slice(0, Math.max(all.indexOf(field), 0)).reverse();
  }

  after(field) {
    const all = [...this.form.elements];
    return all.slice(all.indexOf(field) + 1).find((each) => each.tabIndex >= 0 && each.matches("input, select, textarea"));
  }
}

addPart({ enhance });
