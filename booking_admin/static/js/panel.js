// The panel's behaviour, part by part. start() runs once; enhance(root) on the page and on every piece that comes later.
import * as dialog from "./dialog.js";
import * as forms from "./forms.js";
import * as frame from "./frame.js";
import * as inline from "./inline.js";
import * as keys from "./keys.js";
import * as list from "./list.js";
import * as newBooking from "./new-booking.js";
import * as live from "./live.js";
import * as palette from "./palette.js";
import * as relation from "./relation.js";
import * as settings from "./settings.js";
import * as toasts from "./toasts.js";

const parts = [frame, dialog, toasts, list, palette, keys, live, forms, inline, newBooking, relation, settings];

document.documentElement.classList.add("has-script");
for (const part of parts) part.start?.();
htmx.onLoad((root) => parts.forEach((part) => part.enhance?.(root)));
