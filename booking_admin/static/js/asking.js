// A form asks the server what comes of what was typed in it so far, and is shown the answer in its own place.
import { say } from "./toasts.js";

const REFUSED = [409, 422];

// The form's page for these values; what is asked anew calls off the question before it.
export async function answerTo(form, values, signal) {
  const answer = await send(form, values, signal);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.text();
}

// The same for what takes something: a page where it was refused, else the address where it is seen.
export async function outcomeOf(form, values) {
  const answer = await send(form, values);
  if (answer.ok) return { there: answer.headers.get("HX-Redirect") };
  if (!REFUSED.includes(answer.status)) throw new Error(answer.statusText);
  return { page: await answer.text() };
}

async function send(form, values, signal) {
  const answer = await fetch(form.action, {
    method: "POST", body: values, headers: { "HX-Request": "true" }, signal,
  });
  if (answer.redirected) throw new Error(answer.statusText);
  return answer;
}

export function sayTrouble(error) {
  if (error.name !== "AbortError") say(document.getElementById("trouble").content.textContent.trim(), "bad");
}
