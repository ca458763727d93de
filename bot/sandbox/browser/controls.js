// The inputs of Block Kit, each with what it holds now.
//
// `control(element, state, ctx, {name, changed})` returns `{node, focus, read, empty, grouped}`:
// `read()` is what the local Slack takes as the value, `changed` is called after every choice, and
// `grouped` says that it consists of several inputs, which a legend names instead of a label.

import { freshId, h } from "./dom.js";
import { instantOf, parts } from "./times.js";
import { plain, words } from "./words.js";

const TEXTS = {
  plain_text_input: "text",
  email_text_input: "email",
  url_text_input: "url",
  number_input: "text",
};

// Above this many choices, a list is no longer taken in at a glance.
const LONG_LIST = 8;

export function isControl(element) {
  return element.type in TEXTS || element.type in MAKERS || element.type === "rich_text_input";
}

export function control(element, state, ctx, options) {
  if (element.type in TEXTS || element.type === "rich_text_input") {
    return written(element, state, options);
  }
  return MAKERS[element.type](element, state, ctx, options);
}

function placeholder(element) {
  return element.placeholder?.text ?? "";
}

function richLetters(value) {
  return (value?.elements ?? []).flatMap((one) => one.elements ?? [one]).map((one) => one.text ?? "").join("");
}

function written(element, state, { name, changed }) {
  const rich = element.type === "rich_text_input";
  const tall = rich || element.multiline;
  const given = rich
    ? richLetters(state?.rich_text_value ?? element.initial_value)
    : (state?.value ?? element.initial_value ?? "");
  const node = h(tall ? "textarea" : "input", {
    type: tall ? null : TEXTS[element.type],
    rows: tall ? 4 : null,
    inputmode: element.type === "number_input" ? "decimal" : null,
    maxlength: element.max_length ?? (rich ? null : 3000),
    placeholder: placeholder(element),
    "aria-label": name,
    autocomplete: "off",
    "data-focus": element.action_id,
    value: given,
    input: () => changed("typed"),
    keydown: (event) => {
      if (event.key === "Enter" && !tall && !event.isComposing) changed("entered", event);
    },
  });
  return {
    node,
    focus: () => node.focus(),
    read: () => node.value,
    empty: () => node.value === "",
    complaint: () => tooShort(element, node.value) ?? notANumber(element, node.value),
  };
}

function tooShort(element, text) {
  return text && text.length < (element.min_length ?? 0)
    ? `Please enter at least ${element.min_length} characters.`
    : null;
}

function notANumber(element, text) {
  if (element.type !== "number_input" || !text) return null;
  const pattern = element.is_decimal_allowed ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/;
  if (!pattern.test(text)) {
    return element.is_decimal_allowed ? "Please enter a number." : "Please enter a whole number.";
  }
  if (Number(text) < Number(element.min_value)) return `Please enter at least ${element.min_value}.`;
  if (Number(text) > Number(element.max_value)) return `Please enter at most ${element.max_value}.`;
  return null;
}

// Groups of `{label, choices: [{value, label}]}`; a group without label stands on its own.
function groupsOf(element, ctx) {
  const choice = (option) => ({ value: option, label: option.text.text, id: option.value, option });
  if (element.options) return [{ choices: element.options.map(choice) }];
  if (element.option_groups) {
    return element.option_groups.map((group) => ({
      label: group.label.text,
      choices: group.options.map(choice),
    }));
  }
  const kind = element.type.replace("multi_", "");
  const found = kind === "users_select" ? ctx.people() : rooms(element, kind, ctx);
  return [{ choices: found.map(({ id, label }) => ({ value: id, id, label })) }];
}

const KINDS = { channel: "public", group: "private", im: "im" };

function rooms(element, kind, ctx) {
  const include = kind === "channels_select" ? ["public"] : element.filter?.include;
  return ctx.rooms().filter(
    (room) =>
      (!include || include.includes(KINDS[room.kind])) &&
      !(element.filter?.exclude_bot_users && room.withBot),
  );
}

const MISSING = { users: "initial_user", channels: "initial_channel", conversations: "initial_conversation" };

function chosenOf(element, state, ctx) {
  const kind = element.type.replace("multi_", "").replace("_select", "");
  const many = element.type.startsWith("multi_");
  if (!(kind in MISSING)) {
    const options = many ? "options" : "option";
    const held = state ? state[`selected_${options}`] : element[`initial_${options}`];
    return (many ? (held ?? []) : [held]).filter(Boolean).map((option) => option.value);
  }
  const word = `${kind.slice(0, -1)}${many ? "s" : ""}`;
  const held = state ? state[`selected_${word}`] : element[`initial_${word}`];
  const chosen = (many ? (held ?? []) : [held]).filter(Boolean);
  return chosen.length || !element.default_to_current_conversation || !ctx.room ? chosen : [ctx.room];
}

function select(element, state, ctx, { name, changed }) {
  const groups = groupsOf(element, ctx);
  const choices = groups.flatMap((group) => group.choices);
  const [chosen] = chosenOf(element, state, ctx);
  // Whatever is chosen can be shown, even when it is not among what this person may choose.
  if (chosen !== undefined && !choices.some((choice) => choice.id === chosen)) {
    const label = ctx.person(chosen)?.name ?? ctx.channel(chosen)?.name ?? chosen;
    const extra = { id: chosen, value: chosen, label };
    choices.push(extra);
    groups.push({ choices: [extra] });
  }
  const option = (choice) => h("option", { value: choice.id, selected: choice.id === chosen }, choice.label);
  const node = h(
    "select",
    { "aria-label": name, "data-focus": element.action_id, change: () => changed("chosen") },
    h("option", { value: "" }, placeholder(element) || "Choose…"),
    groups.map((group) =>
      group.label
        ? h("optgroup", { label: group.label }, group.choices.map(option))
        : group.choices.map(option),
    ),
  );
  const read = () => choices.find((choice) => choice.id === node.value)?.value ?? null;
  return { node, focus: () => node.focus(), read, empty: () => read() === null, unasked: unasked(element, state, read) };
}

// The page fills in the current conversation by itself, which the local Slack does not know of.
function unasked(element, state, read) {
  const held = state?.selected_conversation ?? state?.selected_conversations;
  const open = held === null || held === undefined || held.length === 0;
  return Boolean(element.default_to_current_conversation && open && read() !== null);
}

function ticks(element, choices, chosen, kind, { name, changed }, ctx) {
  const group = freshId("choice");
  const rows = choices.map((choice) => {
    const input = h("input", {
      type: kind,
      name: group,
      checked: chosen.includes(choice.id),
      "data-focus": `${element.action_id}/${choice.id}`,
      change: () => changed("chosen"),
    });
    const text = choice.option ? words(choice.option.text, ctx) : [choice.label];
    const more = choice.option?.description;
    const label = h(
      "label",
      {},
      input,
      h("span", {}, text, more ? h("small", {}, words(more, ctx)) : null),
    );
    return { choice, input, label };
  });
  const node = h(
    "div",
    { class: "choices", role: name ? "group" : null, "aria-label": name },
    rows.map((row) => row.label),
  );
  const picked = () => rows.filter((row) => row.input.checked).map((row) => row.choice.value);
  return { node, rows, picked, focus: () => (rows.find((row) => row.input.checked) ?? rows[0])?.input.focus() };
}

function radio(element, state, ctx, options) {
  const choices = groupsOf(element, ctx)[0].choices;
  const chosen = chosenOption(element, state);
  const made = ticks(element, choices, chosen, "radio", options, ctx);
  const read = () => made.picked()[0] ?? null;
  return { ...made, grouped: true, read, empty: () => read() === null };
}

function chosenOption(element, state) {
  const held = state ? state.selected_option : element.initial_option;
  return held ? [held.value] : [];
}

function checkboxes(element, state, ctx, options) {
  const held = (state ? state.selected_options : element.initial_options) ?? [];
  const chosen = held.map((option) => option.value);
  const made = ticks(element, groupsOf(element, ctx)[0].choices, chosen, "checkbox", options, ctx);
  return { ...made, grouped: true, read: made.picked, empty: () => made.picked().length === 0 };
}

function several(element, state, ctx, options) {
  const chosen = chosenOf(element, state, ctx);
  const choices = groupsOf(element, ctx).flatMap((group) => group.choices);
  for (const id of chosen) {
    if (!choices.some((choice) => choice.id === id)) {
      choices.push({ id, value: id, label: ctx.person(id)?.name ?? ctx.channel(id)?.name ?? id });
    }
  }
  choices.sort((one, other) => chosen.includes(other.id) - chosen.includes(one.id));
  const made = ticks(element, choices, chosen, "checkbox", options, ctx);
  made.node.classList.add("list");
  const narrow = () => {
    const wanted = search.value.trim().toLowerCase();
    for (const { choice, input, label } of made.rows) {
      label.hidden = !input.checked && !choice.label.toLowerCase().includes(wanted);
    }
  };
  const search = h("input", {
    type: "search",
    placeholder: placeholder(element) || "Find by name",
    "aria-label": "Find by name",
    "data-focus": `${element.action_id}/search`,
    input: narrow,
    keydown: (event) => {
      if (event.key === "Enter") event.preventDefault();
    },
  });
  const node = h("div", {}, choices.length > LONG_LIST ? search : null, made.node);
  const most = element.max_selected_items ?? Infinity;
  return {
    node,
    grouped: true,
    focus: made.focus,
    read: made.picked,
    empty: () => made.picked().length === 0,
    unasked: unasked(element, state, () => made.picked()[0] ?? null),
    complaint: () => (made.picked().length > most ? `Please choose at most ${most}.` : null),
  };
}

function picker(type, key) {
  return (element, state, ctx, { name, changed }) => {
    const given = (state ? state[`selected_${key}`] : element[`initial_${key}`]) ?? "";
    const node = h("input", {
      type,
      value: given,
      "aria-label": name,
      "data-focus": element.action_id,
      change: () => changed("chosen"),
      input: () => changed("typed"),
    });
    return {
      node,
      focus: () => node.focus(),
      read: () => node.value,
      empty: () => node.value === "",
      // A half-written time reads as none at all.
      complaint: () => (node.validity.badInput ? "Please complete this." : null),
    };
  };
}

function moment(element, state, ctx, { name, changed }) {
  const given = state ? state.selected_date_time : element.initial_date_time;
  const at = given ? parts(new Date(given * 1000), ctx.zone) : null;
  const node = h("input", {
    type: "datetime-local",
    value: at ? `${at.year}-${at.month}-${at.day}T${at.hour}:${at.minute}` : "",
    "aria-label": name,
    "data-focus": element.action_id,
    change: () => changed("chosen"),
    input: () => changed("typed"),
  });
  const read = () => {
    if (!node.value) return null;
    const seconds = node.value.length === 16 ? `${node.value}:00` : node.value;
    return Math.floor(instantOf(seconds, ctx.zone) / 1000);
  };
  return { node, focus: () => node.focus(), read, empty: () => !node.value };
}

function outside(element, state, _ctx, { name, changed }) {
  const many = element.type.startsWith("multi_");
  const held = many ? state?.selected_options?.[0] : state?.selected_option;
  const node = h("input", {
    type: "text",
    value: held?.text.text ?? "",
    placeholder: placeholder(element),
    "aria-label": name,
    "data-focus": element.action_id,
    change: () => changed("chosen"),
  });
  return {
    node,
    focus: () => node.focus(),
    read: () => (many ? [node.value].filter(Boolean) : node.value),
    empty: () => !node.value,
  };
}

const MAKERS = {
  static_select: select,
  users_select: select,
  channels_select: select,
  conversations_select: select,
  multi_static_select: several,
  multi_users_select: several,
  multi_channels_select: several,
  multi_conversations_select: several,
  external_select: outside,
  multi_external_select: outside,
  radio_buttons: radio,
  checkboxes,
  datepicker: picker("date", "date"),
  timepicker: picker("time", "time"),
  datetimepicker: moment,
};

export function labelOf(block) {
  return plain(block.label.text, block.label);
}
