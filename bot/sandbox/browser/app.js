// What this page knows: the state of the local Slack as one person sees it, and where they are.

import { knownZone, day, clock, place as placeName } from "./times.js";

export const app = {
  state: null,
  // Whose eyes and hands these are: an id.
  me: null,
  // Where they are: `{kind: "home"}`, `{kind: "messages"}` or `{kind: "channel", id}`.
  place: null,
  // The `ts` of the message whose thread is open, in the channel that is shown.
  thread: null,
  // The message that is being changed: `{key, text}`.
  editing: null,
  // What went wrong, by the message, view or box where it did.
  failures: new Map(),
  // What is typed and not sent yet, by box; and what is filled in and not sent yet, by surface.
  letters: new Map(),
  filled: new Map(),
  // Messages to one person that they do not want to see any more.
  dismissed: new Set(),
};

let draw = () => {};
let soonAgain = () => {};

export function whenDrawn(drawing) {
  draw = drawing;
}

export function whenHurried(hurrying) {
  soonAgain = hurrying;
}

export function redraw() {
  draw();
}

export class Unreachable extends Error {}

export async function ask(path, { body, signal } = {}) {
  const how = body === undefined
    ? { signal }
    : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal };
  let answer;
  try {
    answer = await fetch(path, how);
    return { found: answer.status !== 404, ...(await answer.json()) };
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (answer?.status === 404) return { found: false };
    throw new Unreachable("The sandbox does not answer. Is it still running?");
  }
}

// Does something as the person one is; the answer's `error` is for them to see.
export async function act(verb, args = {}) {
  try {
    return await ask("_sandbox/act", { body: { as: app.me, do: verb, ...args } });
  } catch (error) {
    return { ok: false, error: error.message };
  } finally {
    soonAgain();
  }
}

export function draftsOf(key) {
  if (!app.filled.has(key)) app.filled.set(key, new Map());
  return app.filled.get(key);
}

// The time in the sandbox, which goes on between two looks at it.
let told = { at: 0, now: Date.now() };

export function setNow(iso) {
  told = { at: performance.now(), now: Date.parse(iso) };
}

export function now() {
  return new Date(told.now + performance.now() - told.at);
}

export function livingPeople() {
  return app.state.people.filter((one) => !one.is_bot && !one.deleted && one.id !== "USLACKBOT");
}

export function personWords(person) {
  const name = person.profile.real_name;
  if (!person.tz) return name;
  return `${name} (${placeName(person.tz)}, ${clock(now(), knownZone(person.tz))})`;
}

export function workspace() {
  const team = app.state.channels[0]?.team ?? person(app.me)?.team_id;
  return app.state.workspaces.find((one) => one.id === team) ?? app.state.workspaces[0];
}

export function person(id) {
  return app.state.people.find((one) => one.id === id);
}

export function nameOf(id) {
  return person(id)?.profile.real_name ?? id;
}

// Everybody of one's own workspace, the bot included.
export function colleagues() {
  const team = workspace()?.id;
  return app.state.people.filter(
    (one) => !one.deleted && one.id !== "USLACKBOT" && (one.team_id === team || one.is_stranger),
  );
}

export function botDm() {
  const bot = workspace()?.bot_user;
  return app.state.channels.find((room) => room.kind === "im" && room.members.includes(bot));
}

// The channel that is shown, if any.
export function shownRoom() {
  if (app.place?.kind === "messages") return botDm();
  if (app.place?.kind === "channel") return app.state.channels.find((room) => room.id === app.place.id);
  return undefined;
}

export function roomName(room) {
  if (room.kind !== "im") return room.name;
  const others = room.members.filter((id) => id !== app.me);
  return others.map(nameOf).join(", ") || nameOf(app.me);
}

let edition = 0;
let namesBefore = "";

// Who reads, for everything that turns text into nodes. Its `edition` changes with whatever makes
// the same text look different.
export function reader(goTo) {
  const zone = knownZone(person(app.me)?.tz);
  const rooms = new Map(app.state.channels.map((room) => [room.id, room]));
  const names = JSON.stringify([
    app.me, zone, day(now(), zone),
    app.state.people.map((one) => [one.id, one.profile.real_name]),
    app.state.channels.map((room) => [room.id, room.name]),
  ]);
  if (names !== namesBefore) edition += 1;
  namesBefore = names;
  const bot = workspace()?.bot_user;
  return {
    edition,
    zone,
    now,
    me: app.me,
    room: shownRoom()?.id,
    person: (id) => (person(id) ? { name: nameOf(id) } : undefined),
    channel: (id) => (rooms.has(id) ? { name: roomName(rooms.get(id)) } : undefined),
    people: () => colleagues().map((one) => ({ id: one.id, label: nameOf(one.id) })),
    rooms: () =>
      [...rooms.values()]
        .filter((room) => !room.archived && room.member)
        .map((room) => ({
          id: room.id,
          kind: room.kind,
          withBot: room.kind === "im" && room.members.includes(bot),
          label: `${room.kind === "im" ? "" : "#"}${roomName(room)}`,
        })),
    goTo,
  };
}
