// A plan follows what is typed: the server keeps it, says what is wrong, and which dates come of it.
import { answerTo, sayTrouble } from "./asking.js";
import { addPart } from "./panel.js";

const WAIT = 400;

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
      Idiomorph.morph(this.form, page, { morphStyle: "outerHTML", ignoreActiveValue: true });
    } catch (error) {
      sayTrouble(error);
    }
  }
}

addPart({ enhance });
