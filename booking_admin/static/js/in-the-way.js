// What would be in the way of a session is told while one types, before anything is saved.
import { sayTrouble } from "./asking.js";
import { addPart } from "./panel.js";

function enhance(root) {
  const place = root.querySelector?.("[data-in-the-way]");
  if (place) follow(place, place.closest("form"));
}

function follow(place, form) {
  let asking;
  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    const sent = { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "HX-Request": "true" } };
    try {
      const answer = await fetch(place.dataset.inTheWay, { ...sent, signal: asking.signal });
      if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
      place.innerHTML = await answer.text();
    } catch (error) {
      sayTrouble(error);
    }
  };
  form.addEventListener("change", ask);
  form.addEventListener("submit", () => asking?.abort());
  ask(); // what the form came with
}

addPart({ enhance });
