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
      Idiomorph.morph(this.form, page, { morphStyle: "outerHTML", ignoreActiveValue: true, callbacks: KEPT });
    } catch (error) {
      sayTrouble(error);
    }
  }
}

addPart({ enhance });
