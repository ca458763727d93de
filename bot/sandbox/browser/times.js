// Instants as somebody in a zone reads them, with Slack's names for the formats of dates.

const formats = new Map();

function format(zone, options) {
  const key = JSON.stringify([zone, options]);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone }));
  return formats.get(key);
}

// A zone that this browser knows: `UTC` stands in for any other.
export function knownZone(zone) {
  try {
    format(zone || "UTC", {});
    return zone || "UTC";
  } catch {
    return "UTC";
  }
}

export function place(zone) {
  return zone.split("/").pop().replaceAll("_", " ");
}

export function parts(instant, zone) {
  const found = {};
  const wanted = {
    year: "numeric", month: "2-digit", day: "2-digit", weekday: "long",
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  };
  for (const { type, value } of format(zone, wanted).formatToParts(instant)) found[type] = value;
  return found;
}

export function day(instant, zone) {
  const at = parts(instant, zone);
  return `${at.year}-${at.month}-${at.day}`;
}

export function clock(instant, zone) {
  const at = parts(instant, zone);
  return `${at.hour}:${at.minute}`;
}

export function dayWords(instant, zone) {
  const at = parts(instant, zone);
  return `${at.weekday.slice(0, 3)} ${Number(at.day)} ${month(instant, zone, "short")}`;
}

export function fullWords(instant, zone) {
  return `${dayWords(instant, zone)} ${parts(instant, zone).year}, ${clock(instant, zone)} ${place(zone)}`;
}

const MONTHS = [
  "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
  "November", "December",
];

function month(instant, zone, length) {
  const name = MONTHS[Number(parts(instant, zone).month) - 1];
  return length === "short" ? name.slice(0, 3) : name;
}

function ordinal(number) {
  const teens = number % 100 > 10 && number % 100 < 14;
  return `${number}${teens ? "th" : ["th", "st", "nd", "rd"][number % 10] ?? "th"}`;
}

function relative(instant, now, zone) {
  const days = (Date.parse(day(instant, zone)) - Date.parse(day(now, zone))) / 86_400_000;
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days] ?? null;
}

// Slack leaves the year away where it is clear: within half a year.
function year(instant, now, zone) {
  const far = Math.abs(instant - now) > 182 * 86_400_000;
  return far ? `, ${parts(instant, zone).year}` : "";
}

const WORDS = {
  date_num: (instant, now, zone) => day(instant, zone),
  date_slash: (instant, now, zone) => {
    const at = parts(instant, zone);
    return `${at.month}/${at.day}/${at.year}`;
  },
  date: (instant, now, zone) =>
    `${month(instant, zone, "long")} ${ordinal(Number(parts(instant, zone).day))}${year(instant, now, zone)}`,
  date_short: (instant, now, zone) =>
    `${month(instant, zone, "short")} ${Number(parts(instant, zone).day)}${year(instant, now, zone)}`,
  date_long: (instant, now, zone) =>
    `${parts(instant, zone).weekday}, ${WORDS.date(instant, now, zone)}`,
  time: (instant, now, zone) => clock(instant, zone),
  time_secs: (instant, now, zone) => `${clock(instant, zone)}:${parts(instant, zone).second}`,
  ago: (instant, now) => ago(instant, now),
};
WORDS.date_long_full = WORDS.date_long;
for (const name of ["date", "date_short", "date_long"]) {
  WORDS[`${name}_pretty`] = (instant, now, zone) =>
    relative(instant, now, zone) ?? WORDS[name](instant, now, zone);
}
WORDS.day_divider_pretty = WORDS.date_long_pretty;

export function span(milliseconds) {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 1) return "less than a minute";
  if (minutes < 60) return minutes === 1 ? "a minute" : `${minutes} minutes`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h${minutes % 60 ? ` ${minutes % 60} min` : ""}`;
  return `${Math.round(hours / 24)} days`;
}

function ago(instant, now) {
  return instant > now ? `in ${span(instant - now)}` : `${span(now - instant)} ago`;
}

// What `pattern` says of an instant, or null where Slack would not understand the pattern.
export function dateWords(pattern, instant, now, zone) {
  let understood = true;
  const words = pattern.replace(/\{(\w+)\}/g, (_all, name) => {
    if (!(name in WORDS)) understood = false;
    return understood ? WORDS[name](instant, now, zone) : "";
  });
  return understood ? words : null;
}

// The instant at which a wall clock in `zone` reads `local`, as a datetime input gives it.
export function instantOf(local, zone) {
  const wall = Date.parse(`${local}Z`);
  const shown = (instant) => {
    const at = parts(new Date(instant), zone);
    return Date.parse(`${at.year}-${at.month}-${at.day}T${at.hour}:${at.minute}:${at.second}Z`);
  };
  // Twice, because the first guess may lie on the other side of a change of clocks.
  const guess = wall - (shown(wall) - wall);
  return guess - (shown(guess) - wall);
}
