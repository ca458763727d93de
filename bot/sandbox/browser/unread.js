// Up to where each person has read each channel, for as long as the tab is open.

import { app } from "./app.js";

const STORE = "baton-read";
let read = {};
let version = -1;

export function recall() {
  try {
    ({ read, version } = JSON.parse(sessionStorage.getItem(STORE)) ?? { read, version });
  } catch {
    // Nothing readable is kept there: then everything is unread.
  }
}

// A lower version than before means that the sandbox was started anew: nothing is read there yet,
// and its ids mean other things.
export function arrived() {
  if (app.state.version < version) {
    read = {};
    for (const kept of [app.failures, app.letters, app.filled, app.dismissed]) kept.clear();
  }
  version = app.state.version;
}

function key(room) {
  return `${app.me}/${room.id}`;
}

function counts(message) {
  return message.user !== app.me && (message.subtype === undefined || message.subtype === "thread_broadcast");
}

export function unread(room) {
  const upTo = read[key(room)] ?? "";
  return room.messages.filter((message) => message.ts > upTo && counts(message)).length;
}

export function markRead(room) {
  const last = room.messages.at(-1)?.ts;
  if (!last || read[key(room)] === last) return;
  read[key(room)] = last;
  try {
    sessionStorage.setItem(STORE, JSON.stringify({ read, version }));
  } catch {
    // Without a place to keep it, what was read is forgotten with the page.
  }
}
