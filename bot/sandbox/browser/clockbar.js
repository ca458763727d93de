// The clock of the sandbox, which can be put forward; hidden where there is none to put forward.

import { app, ask, livingPeople, now, redraw, setNow } from "./app.js";
import { h } from "./dom.js";
import { clock, dayWords, knownZone, place, span } from "./times.js";

const bar = document.getElementById("clock");
const zones = document.getElementById("clock-zones");
const next = document.getElementById("clock-next");
const button = document.getElementById("clock-skip");
let ahead = { next: null, what: null };
let failed = "";
let skipping = false;

export async function lookAtClock() {
  if (ahead === null) return;
  try {
    take(await ask("_sandbox/clock"));
  } catch {
    // The page says by itself that nobody answers.
  }
}

function take(answer) {
  if (!answer.found) {
    ahead = null;
    return;
  }
  failed = answer.ok === false ? answer.error : "";
  if (!failed) {
    setNow(answer.now);
    ahead = answer;
  }
  bar.hidden = false;
  redraw();
}

export function showClock() {
  if (!app.state || bar.hidden) return;
  const found = [...new Set(livingPeople().map((one) => knownZone(one.tz)))].sort();
  const lines = found.map((zone) => `${place(zone)} ${dayWords(now(), zone)}, ${clock(now(), zone)}`);
  write(zones, lines);
  next.textContent = failed || words();
  button.setAttribute("aria-disabled", String(!ahead?.next || skipping));
}

// Only where it differs, so that whoever has it read out hears no minute twice.
function write(list, lines) {
  if ([...list.children].map((item) => item.textContent).join("\n") === lines.join("\n")) return;
  list.replaceChildren(...lines.map((line) => h("li", {}, line)));
}

function words() {
  if (!ahead?.next) return "Nothing is to come.";
  const left = Date.parse(ahead.next) - now();
  const zone = knownZone(app.state.people.find((one) => one.id === app.me)?.tz);
  const at = clock(new Date(ahead.next), zone);
  return `Next: ${ahead.what}, ${dayWords(new Date(ahead.next), zone)}, ${at} (${left > 0 ? `in ${span(left)}` : "now"})`;
}

button.addEventListener("click", async () => {
  if (!ahead?.next || skipping) return;
  skipping = true;
  showClock();
  try {
    take(await ask("_sandbox/clock", { body: { skip: "next" } }));
  } catch (error) {
    failed = error.message;
  }
  skipping = false;
  showClock();
});
