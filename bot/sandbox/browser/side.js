// The left side: whose eyes and hands these are, and where they can go.

import { app, botDm, livingPeople, nameOf, personWords, roomName, workspace } from "./app.js";
import { h, keyed } from "./dom.js";
import { unread } from "./unread.js";

export function drawPeople() {
  const select = document.getElementById("me");
  const people = livingPeople();
  const several = app.state.workspaces.length > 1;
  const team = (one) => app.state.workspaces.find((found) => found.id === one.team_id)?.name;
  if ([...select.options].map((option) => option.value).join() !== people.map((one) => one.id).join()) {
    select.replaceChildren(...people.map((one) => h("option", { value: one.id })));
  }
  people.forEach((one, index) => {
    const words = `${personWords(one)}${several && team(one) ? `, ${team(one)}` : ""}`;
    if (select.options[index].textContent !== words) select.options[index].textContent = words;
  });
  select.value = app.me;
}

export function drawPlaces(navigate) {
  const rooms = app.state.channels;
  const bot = nameOf(workspace().bot_user);
  const dm = botDm();
  const item = (key, words, place, { mark = 0, quiet = false } = {}) => {
    const current = app.place.kind === place.kind && app.place.id === place.id;
    return {
      key,
      signature: JSON.stringify([words, place, mark, quiet, current]),
      build: () =>
        h(
          "button",
          {
            type: "button",
            class: `place${mark ? " unread" : ""}${quiet ? " quiet" : ""}`,
            "aria-current": current ? "page" : null,
            "data-focus": "place",
            click: () => navigate(place),
          },
          words,
          mark ? h("span", { class: "mark", "aria-label": `${mark} unread` }, String(mark)) : null,
        ),
    };
  };
  const heading = (words) => ({ key: `head/${words}`, signature: "", build: () => h("h2", {}, words) });
  const channel = (room) =>
    item(room.id, `${room.kind === "group" ? "🔒 " : "# "}${room.name}`, { kind: "channel", id: room.id }, {
      mark: room.member ? unread(room) : 0,
      quiet: !room.member || room.archived,
    });
  const named = (list) => [...list].sort((one, other) => roomName(one).localeCompare(roomName(other)));
  const mine = named(rooms.filter((room) => room.kind !== "im" && room.member));
  const others = named(rooms.filter((room) => room.kind !== "im" && !room.member));
  const people = named(rooms.filter((room) => room.kind === "im" && room !== dm));
  keyed(document.getElementById("places"), [
    heading(bot),
    item("home", "Home", { kind: "home" }),
    item("messages", "Messages", { kind: "messages" }, { mark: dm ? unread(dm) : 0 }),
    ...(mine.length ? [heading("Channels"), ...mine.map(channel)] : []),
    ...(others.length ? [heading("Other channels"), ...others.map(channel)] : []),
    ...(people.length
      ? [
          heading("Direct messages"),
          ...people.map((room) =>
            item(room.id, roomName(room), { kind: "channel", id: room.id }, { mark: unread(room) }),
          ),
        ]
      : []),
  ]);
}
