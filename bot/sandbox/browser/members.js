// Who is in a channel, and letting people in and out.

import { app, act, colleagues, nameOf, redraw } from "./app.js";
import { h, keyed, once } from "./dom.js";
import { explained } from "./failures.js";

// Does something and keeps what went wrong under `key`.
export async function tried(key, verb, args) {
  const answer = await act(verb, args);
  if (answer.ok) app.failures.delete(key);
  else app.failures.set(key, explained(answer.error));
  redraw();
}

export function drawMembers(room) {
  const holder = document.getElementById("talk-members");
  if (!room) return keyed(holder, []);
  const open = holder.querySelector("details")?.open ?? false;
  const key = `members/${room.id}`;
  const signature = JSON.stringify([app.me, room.members, room.member, room.archived, app.failures.get(key) ?? null]);
  return keyed(holder, [{ key, signature, build: () => members(room, key, open) }]);
}

function members(room, key, open) {
  const outside = colleagues().filter((one) => !room.members.includes(one.id));
  const can = room.member && !room.archived;
  const button = (words, label, verb, args) => {
    const made = h(
      "button",
      { type: "button", "aria-label": label, "data-focus": label, click: () => once(made, () => tried(key, verb, { channel: room.id, ...args })) },
      words,
    );
    return made;
  };
  const rows = room.members.map((id) =>
    h(
      "li",
      {},
      nameOf(id),
      can && id !== app.me ? button("Remove", `Remove ${nameOf(id)}`, "kick", { user: id }) : null,
      can && id === app.me ? button("Leave", "Leave the channel", "leave", {}) : null,
    ),
  );
  const choose = h(
    "select",
    {
      "aria-label": "Invite somebody",
      "data-focus": "invite",
      change: () => choose.value && tried(key, "invite", { channel: room.id, user: choose.value }),
    },
    h("option", { value: "" }, "Invite…"),
    outside.map((one) => h("option", { value: one.id }, nameOf(one.id))),
  );
  const failure = app.failures.get(key);
  return h(
    "details",
    { open },
    h("summary", { "data-focus": "members" }, `${room.members.length} members`),
    h(
      "div",
      { class: "panel" },
      h("ul", {}, rows),
      can && outside.length ? choose : null,
      failure ? h("p", { class: "failure", role: "alert" }, failure) : null,
    ),
  );
}
