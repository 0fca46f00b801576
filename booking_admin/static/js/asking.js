// A form asks the server what comes of what was typed in it so far, and is shown the answer in its own place.
import { say } from "./toasts.js";

// The form's page for these values; what is asked anew calls off the question before it.
export async function answerTo(form, values, signal) {
  const answer = await fetch(form.action, {
    method: "POST", body: values, headers: { "HX-Request": "true" }, signal,
  });
  if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
  return answer.text();
}

export function sayTrouble(error) {
  if (error.name !== "AbortError") say(document.getElementById("trouble").content.textContent.trim(), "bad");
}
