// Messages and what one does with them: reactions, threads, changes.

import { app, act, draftsOf, nameOf, redraw } from "./app.js";
import { body } from "./blocks.js";
import { asked, h, keyed, once } from "./dom.js";
import { picture } from "./emoji.js";
import { explained } from "./failures.js";
import { clock, day, dayWords, fullWords } from "./times.js";
import { mrkdwn, typedAgain } from "./words.js";

const ONE_TAP = ["white_check_mark", "raising_hand", "question", "no_entry", "eyes", "memo"];
const SLACKS_OWN = new Set([
  "channel_join", "group_join", "channel_leave", "group_leave", "channel_archive", "group_archive",
  "channel_unarchive", "group_unarchive", "channel_name", "group_name", "tombstone",
]);

// The messages of a channel that stand outside of threads.
export function roots(room) {
  return room.messages.filter(
    (said) => !said.thread_ts || said.thread_ts === said.ts || said.subtype === "thread_broadcast",
  );
}

export function thread(room, ts) {
  return room.messages.filter((said) => said.ts === ts || said.thread_ts === ts);
}

// Shows `messages` of `room` in `log`, day by day.
export function show(log, room, messages, ctx, { inThread = false } = {}) {
  const items = [];
  let before = null;
  for (const said of messages) {
    const key = `${room.id}/${said.ts}`;
    if (app.dismissed.has(key)) continue;
    const at = new Date(Number(said.ts) * 1000);
    const date = day(at, ctx.zone);
    if (date !== before) items.push(divider(at, date, ctx));
    before = date;
    items.push({
      key: `${said.ephemeral ? "e" : "m"}/${key}`,
      signature: JSON.stringify([
        ctx.edition, said, room.archived, room.member, inThread, app.failures.get(key) ?? null,
        app.editing?.key === key,
      ]),
      build: () => message(said, at, room, key, ctx, inThread),
    });
  }
  keyed(log, items);
}

function divider(at, date, ctx) {
  return {
    key: `day/${date}`,
    signature: `${date}/${ctx.edition}`,
    build: () =>
      h("div", { class: "day" }, date === day(ctx.now(), ctx.zone) ? "Today" : dayWords(at, ctx.zone)),
  };
}

function tint(id) {
  return [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 6;
}

function message(said, at, room, key, ctx, inThread) {
  const when = h("time", { datetime: at.toISOString(), title: fullWords(at, ctx.zone) }, clock(at, ctx.zone));
  if (SLACKS_OWN.has(said.subtype)) {
    return h(
      "article",
      { class: "message own", "data-ts": said.ts },
      h("div", { class: "content quiet" }, mrkdwn(said.text, ctx), " ", when, footer(said, room, inThread)),
    );
  }
  const author = nameOf(said.user);
  const editing = app.editing?.key === key;
  const failure = app.failures.get(key);
  const surface = { key, place: { channel: room.id, ts: said.ts }, values: null, drafts: draftsOf(key) };
  return h(
    "article",
    {
      class: `message${said.ephemeral ? " whisper" : ""}`,
      "data-ts": said.ts,
      "aria-label": `${author}, ${clock(at, ctx.zone)}`,
    },
    h("div", { class: `face tint-${tint(said.user)}`, "aria-hidden": "true" }, author.charAt(0)),
    h(
      "div",
      { class: "content" },
      said.ephemeral ? h("p", { class: "only-you" }, "Only you see this") : null,
      h(
        "p",
        { class: "by" },
        h("strong", {}, author),
        said.bot_id || said.ephemeral ? h("span", { class: "badge" }, "app") : null,
        when,
        said.edited ? h("span", { class: "quiet" }, "(edited)") : null,
      ),
      editing ? editor(said, room, key) : h("div", { class: "body" }, body(said, surface, ctx)),
      failure ? h("p", { class: "failure", role: "alert" }, failure) : null,
      said.reactions ? reactions(said, room, key) : null,
      footer(said, room, inThread),
      editing ? null : tools(said, room, key, ctx, inThread),
    ),
  );
}

function footer(said, room, inThread) {
  if (inThread || !said.reply_count) return null;
  return h(
    "button",
    { type: "button", class: "replies", "data-focus": "replies", click: () => openThread(said.ts) },
    said.reply_count === 1 ? "1 reply" : `${said.reply_count} replies`,
  );
}

export function openThread(ts) {
  app.thread = ts;
  document.body.dataset.pane = "thread";
  redraw();
  document.querySelector("#thread-box textarea")?.focus();
}

async function attempt(key, button, verb, args) {
  await once(button, async () => {
    const answer = await act(verb, args);
    if (answer.ok) app.failures.delete(key);
    else app.failures.set(key, explained(answer.error));
    redraw();
  });
}

function toggle(said, room, key, name, mine, props, ...children) {
  const button = h(
    "button",
    {
      type: "button",
      "aria-pressed": String(mine),
      ...props,
      click: () =>
        attempt(key, button, mine ? "unreact" : "react", { channel: room.id, ts: said.ts, name }),
    },
    ...children,
  );
  return button;
}

function reactions(said, room, key) {
  return h(
    "div",
    { class: "reactions", role: "group", "aria-label": "Reactions" },
    said.reactions.map(({ name, users }) => {
      const mine = users.includes(app.me);
      const who = users.map(nameOf).join(", ");
      const props = {
        class: "reaction",
        title: `${who} reacted with :${name}:`,
        "aria-label": `${name}, ${users.length}: ${who}`,
        "data-focus": `has/${name}`,
        "data-reaction": name,
      };
      return toggle(said, room, key, name, mine, props, picture(name) ?? `:${name}:`, ` ${users.length}`);
    }),
  );
}

function tools(said, room, key, ctx, inThread) {
  if (said.ephemeral) {
    const dismiss = () => {
      app.dismissed.add(key);
      redraw();
    };
    return h("div", { class: "tools" }, h("button", { type: "button", click: dismiss }, "Dismiss"));
  }
  const place = { channel: room.id, ts: said.ts };
  const had = new Set((said.reactions ?? []).filter((one) => one.users.includes(app.me)).map((one) => one.name));
  const taps = room.archived
    ? []
    : ONE_TAP.map((name) => {
        const props = {
          class: "tap",
          title: `:${name}:`,
          "aria-label": had.has(name) ? `Take back ${name}` : `React with ${name}`,
          "data-focus": `tap/${name}`,
          "data-tap": name,
        };
        return toggle(said, room, key, name, had.has(name), props, picture(name));
      });
  const root = said.thread_ts ?? said.ts;
  return h(
    "div",
    { class: "tools" },
    taps,
    inThread ? null : plainButton("Reply", "reply", () => openThread(root)),
    said.user === app.me && !said.bot_id ? owners(said, room, key, ctx) : null,
    shortcut(key, place),
  );
}

function plainButton(words, focus, click) {
  return h("button", { type: "button", "data-focus": focus, click }, words);
}

function shortcut(key, place) {
  const button = plainButton("Delegate this", "shortcut", () =>
    attempt(key, button, "shortcut", { ...place, callback_id: "delegate_message" }),
  );
  return button;
}

function owners(said, room, key, ctx) {
  const edit = () => {
    app.editing = { key, text: typedAgain(said.text, ctx) };
    redraw();
    const box = document.querySelector(".editor textarea");
    box?.focus();
    box?.setSelectionRange(box.value.length, box.value.length);
  };
  const remove = plainButton("Delete", "delete", async () => {
    const sure = await asked({
      title: "Delete message",
      text: "It disappears for everybody.",
      yes: "Delete",
      no: "Cancel",
      danger: true,
    });
    if (sure) await attempt(key, remove, "delete", { channel: room.id, ts: said.ts });
  });
  return [plainButton("Edit", "edit", edit), remove];
}

function editor(said, room, key) {
  const stop = () => {
    app.editing = null;
    app.failures.delete(key);
    redraw();
  };
  const save = async () => {
    const text = app.editing.text;
    await once(button, async () => {
      const answer = await act("edit", { channel: room.id, ts: said.ts, text });
      if (answer.ok) return stop();
      app.failures.set(key, explained(answer.error));
      return redraw();
    });
  };
  const box = h("textarea", {
    rows: 3,
    value: app.editing.text,
    "aria-label": "Edit message",
    "data-focus": "editor",
    input: () => {
      app.editing.text = box.value;
    },
    keydown: (event) => {
      if (event.isComposing) return;
      if (event.key === "Escape") {
        event.stopPropagation();
        stop();
      } else if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        save();
      }
    },
  });
  const button = h("button", { type: "button", class: "primary", "data-focus": "save", click: save }, "Save");
  return h("div", { class: "editor" }, box, h("div", { class: "foot" }, plainButton("Cancel", "cancel", stop), button));
}
