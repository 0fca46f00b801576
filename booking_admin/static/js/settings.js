// Settings: the colour field sets the text beside it, which is what is sent.
import { addPart } from "./panel.js";

function enhance(root) {
  for (const colour of root.querySelectorAll("[data-sets]")) {
    const text = document.getElementById(colour.dataset.sets);
    colour.hidden = false;
    colour.addEventListener("input", () => {
      text.value = colour.value;
      text.dispatchEvent(new Event("input", { bubbles: true }));
    });
    text.addEventListener("input", () => {
      if (/^#[0-9a-f]{6}$/i.test(text.value)) colour.value = text.value;
    });
  }
}

addPart({ enhance });
