// The box in which one types: messages, slash commands, and names that complete themselves.

import { app, act, colleagues, nameOf, redraw, roomName, workspace } from "./app.js";
import { freshId, h, once } from "./dom.js";
import { explained } from "./failures.js";

// What to type after a command, by its name without any prefix.
const EXAMPLES = {
  delegate: "@ana Prepare June report due fri 17:00 takes 3h",
  ack: "42, or alone for what waits for your yes",
  tasks: "mine, or done 42",
  baton: "help, or huddle status",
};

// What Slack itself does with a command.
const OWN = {
  "/invite": (room, who) => act("invite", { channel: room.id, user: who }),
  "/remove": (room, who) => act("kick", { channel: room.id, user: who }),
  "/leave": (room) => act("leave", { channel: room.id }),
  "/join": (_room, _who, text) => act("join", { channel: text.replace(/^#/, "") }),
};

function example(command) {
  const name = Object.keys(EXAMPLES).find((one) => command === `/${one}` || command.endsWith(`-${one}`));
  return name ? `${command} ${EXAMPLES[name]}` : null;
}

function userOf(text) {
  const wanted = text.trim().replace(/^@/, "").toLowerCase();
  const found = colleagues().find((one) =>
    [one.name, one.profile.real_name].some((name) => name.toLowerCase() === wanted),
  );
  return found?.id;
}

// Sends what was typed; the answer's `error` is a sentence for whoever typed.
async function send(text, room, threadTs) {
  const command = /^(\/\S+)\s*([\s\S]*)$/.exec(text);
  if (!command) {
    const answer = await act("say", { channel: room.id, text, ...(threadTs ? { thread: threadTs } : {}) });
    return answer.ok ? null : explained(answer.error, "Sending");
  }
  const [, name, rest] = command;
  if (threadTs) return `${name} is not supported in threads.`;
  if (name in OWN && !app.state.commands.includes(name)) return own(name, rest, room);
  const answer = await act("command", { command: name, text: rest, channel: room.id });
  return answer.ok ? null : explained(answer.error, name);
}

async function own(name, rest, room) {
  const needsWho = name === "/invite" || name === "/remove";
  const who = userOf(rest);
  if (needsWho && !who) return `Say whom, as in ${name} @${nameOf(workspace().bot_user)}.`;
  if (name === "/join" && !rest.trim()) return "Say where, as in /join #general.";
  const answer = await OWN[name](room, who, rest.trim());
  return answer.ok ? null : explained(answer.error, name);
}

// What could be meant by the word before the caret: `{from, choices: [{label, insert}]}`.
function suggested(text, caret) {
  const before = text.slice(0, caret);
  const slash = /^\/\S*$/.exec(before);
  if (slash) {
    const names = [...app.state.commands, ...Object.keys(OWN)];
    return pick(0, slash[0], names.map((name) => ({ label: example(name) ?? name, insert: name })));
  }
  const mark = /(^|[\s(])([@#])([\w.-]*)$/.exec(before);
  if (!mark) return null;
  const from = caret - mark[3].length - 1;
  const choices = mark[2] === "@"
    ? colleagues().map((one) => ({ label: `@${one.name}  ${one.profile.real_name}`, insert: `@${one.name}`, also: one.profile.real_name }))
    : app.state.channels.filter((room) => room.kind !== "im").map((room) => ({ label: `#${room.name}`, insert: `#${room.name}` }));
  return pick(from, mark[2] + mark[3], choices);
}

function pick(from, typed, choices) {
  const wanted = typed.toLowerCase();
  if (choices.some((choice) => choice.insert.toLowerCase() === wanted)) return null;
  const fitting = choices.filter(
    ({ insert, also }) =>
      insert.toLowerCase().startsWith(wanted) ||
      (also && also.toLowerCase().split(" ").some((word) => word.startsWith(wanted.slice(1)))),
  );
  return fitting.length ? { from, choices: fitting } : null;
}

// Builds a box for `room`, or for one of its threads. `key` says which box it is to the drafts.
export function box(room, key, { threadTs = null, sent = () => {} } = {}) {
  let open = null;
  let active = 0;
  const listId = freshId("suggestions");
  const list = h("ul", { class: "suggestions", role: "listbox", id: listId, "aria-label": "Suggestions", hidden: true });
  const label = threadTs ? "Reply in the thread" : `Message ${room.kind === "im" ? "" : "#"}${roomName(room)}`;
  const failure = h("p", { class: "failure", role: "alert" });
  const usage = h("p", { class: "hint" });

  const fail = (text) => {
    if (text) app.failures.set(key, text);
    else app.failures.delete(key);
    failure.hidden = !text;
    failure.replaceChildren(...(text ? [h("span", { class: "only-you" }, "Only you see this"), ` ${text}`] : []));
  };

  const close = () => {
    open = null;
    list.hidden = true;
    area.removeAttribute("aria-activedescendant");
  };
  const look = () => {
    open = document.activeElement === area ? suggested(area.value, area.selectionEnd) : null;
    const command = /^\/\S+/.exec(area.value)?.[0];
    usage.textContent = (command && example(command) && `For example: ${example(command)}`) || "";
    usage.hidden = !usage.textContent;
    if (!open) return close();
    active = 0;
    return list_();
  };
  const list_ = () => {
    list.hidden = false;
    list.replaceChildren(
      ...open.choices.map((choice, index) =>
        h(
          "li",
          {
            id: `${listId}-${index}`,
            role: "option",
            "aria-selected": String(index === active),
            // Pressing must not take the caret out of the box.
            pointerdown: (event) => event.preventDefault(),
            click: () => complete(choice),
          },
          choice.label,
        ),
      ),
    );
    area.setAttribute("aria-activedescendant", `${listId}-${active}`);
    list.children[active]?.scrollIntoView({ block: "nearest" });
  };
  const complete = (choice) => {
    const after = area.value.slice(area.selectionEnd);
    const head = `${area.value.slice(0, open.from)}${choice.insert} `;
    area.value = head + after.replace(/^ /, "");
    area.focus();
    area.setSelectionRange(head.length, head.length);
    keep();
  };
  const keep = () => {
    app.letters.set(key, area.value);
    area.rows = Math.min(8, Math.max(1, area.value.split("\n").length));
    look();
  };
  const submit = () =>
    once(button, async () => {
      const text = area.value;
      if (!text.trim()) return;
      close();
      fail(null);
      const wrong = await send(text.trim(), room, threadTs);
      fail(wrong);
      if (!wrong && area.value === text) {
        area.value = "";
        keep();
        if (document.activeElement === area) close();
        sent();
      }
      redraw();
    });
  const keys = (event) => {
    if (event.isComposing) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (open && event.key in steps) {
      active = (active + steps[event.key] + open.choices.length) % open.choices.length;
      event.preventDefault();
      list_();
    } else if (open && event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (open && (event.key === "Tab" || event.key === "Enter") && !event.shiftKey) {
      event.preventDefault();
      complete(open.choices[active]);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    }
  };

  const area = h("textarea", {
    rows: 1,
    "aria-label": label,
    placeholder: label,
    "aria-autocomplete": "list",
    "aria-controls": listId,
    value: app.letters.get(key) ?? "",
    input: keep,
    keydown: keys,
    blur: close,
  });
  const button = h("button", { type: "submit", class: "primary" }, "Send");
  const form = h(
    "form",
    {
      submit: (event) => {
        event.preventDefault();
        submit();
      },
    },
    list,
    h("div", { class: "line" }, area, button),
  );
  fail(app.failures.get(key));
  keep();
  const insert = (text) => {
    area.value = text;
    area.focus();
    area.setSelectionRange(text.length, text.length);
    keep();
  };
  return h("div", { class: "box" }, failure, form, usage, threadTs ? null : below(room, key, insert, fail));
}

// The commands as a hint, and the shortcut for whoever does without.
function below(room, key, insert, fail) {
  const shortcut = h(
    "button",
    {
      type: "button",
      click: () =>
        once(shortcut, async () => {
          const answer = await act("shortcut", { callback_id: "delegate_new" });
          fail(answer.ok ? null : explained(answer.error, "The shortcut"));
        }),
    },
    "Delegate a task…",
  );
  return h(
    "div",
    { class: "commands" },
    app.state.commands.map((name) => h("button", { type: "button", click: () => insert(`${name} `) }, name)),
    shortcut,
  );
}
