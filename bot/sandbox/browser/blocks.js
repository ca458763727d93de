// Block Kit on the page: what a bot's messages, modals and Home are made of.
//
// A `surface` is where blocks stand: `{key, place, values, drafts, errors}`. `place` names it to the
// local Slack, `values` holds what Slack knows of its inputs, `drafts` what was filled in since.

import { app, act, redraw } from "./app.js";
import { control, isControl, labelOf } from "./controls.js";
import { asked, freshId, h, once } from "./dom.js";
import { explained } from "./failures.js";
import { mrkdwn, plain, richText, words } from "./words.js";

// Returns the nodes of `blocks`; the fields of input blocks are added to `fields`.
export function rendered(blocks, surface, ctx, fields = []) {
  return blocks.map((block) => {
    const make = BLOCKS[block.type];
    return make ? make(block, surface, ctx, fields) : unknown(block.type);
  });
}

function unknown(type) {
  return h("p", { class: "quiet" }, `(a block of the type ${type}, which this page does not show)`);
}

const BLOCKS = {
  divider: () => h("hr"),
  header: (block) => h("h3", { class: "block-header" }, plain(block.text.text, block.text)),
  section: (block, surface, ctx) =>
    h(
      "div",
      { class: "section" },
      h(
        "div",
        { class: "section-text" },
        block.text ? h("div", { class: "lines" }, words(block.text, ctx)) : null,
        block.fields
          ? h("div", { class: "fields" }, block.fields.map((field) => h("div", { class: "lines" }, words(field, ctx))))
          : null,
      ),
      block.accessory ? h("div", { class: "accessory" }, element(block.accessory, block, surface, ctx)) : null,
    ),
  context: (block, _surface, ctx) =>
    h(
      "div",
      { class: "context" },
      block.elements.map((part) =>
        part.type === "image" ? image(part) : h("span", { class: "lines" }, words(part, ctx)),
      ),
    ),
  actions: (block, surface, ctx) =>
    h("div", { class: "actions" }, block.elements.map((one) => element(one, block, surface, ctx))),
  input: field,
  image: (block) => h("figure", {}, image(block), block.title ? h("figcaption", {}, plain(block.title.text)) : null),
  rich_text: (block, _surface, ctx) => h("div", { class: "rich" }, richText(block.elements, ctx)),
  markdown: (block) => h("div", { class: "lines" }, plain(block.text)),
  alert: (block, _surface, ctx) => h("div", { class: "alert" }, words(block.text, ctx)),
  table: (block, _surface, ctx) =>
    h("table", {}, block.rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cellOf(cell, ctx)))))),
};

function cellOf(cell, ctx) {
  return cell.type === "rich_text" ? richText(cell.elements, ctx) : plain(cell.text ?? "");
}

// Nothing is fetched from anywhere, so an image is what it says that it shows.
function image(part) {
  return h("span", { class: "image" }, `[image: ${part.alt_text}]`);
}

function stateOf(surface, block, part) {
  return surface.values?.[block.block_id]?.[part.action_id];
}

async function confirmed(confirm, ctx) {
  if (!confirm) return true;
  return asked({
    title: confirm.title.text,
    text: words(confirm.text, ctx),
    yes: confirm.confirm.text,
    no: confirm.deny.text,
    danger: confirm.style === "danger",
  });
}

async function press(surface, block, part, value) {
  app.failures.delete(surface.key);
  const values = Object.fromEntries(surface.drafts ?? []);
  if (surface.place.view && Object.keys(values).length) {
    // What the bot is told of a view includes whatever is filled in so far.
    await act("fill", { ...surface.place, values });
  }
  const answer = await act("press", {
    ...surface.place,
    action_id: part.action_id,
    block_id: block.block_id,
    value,
  });
  if (!answer.ok) app.failures.set(surface.key, explained(answer.error));
  redraw();
}

function element(part, block, surface, ctx) {
  if (part.type === "button") return button(part, block, surface, ctx);
  if (part.type === "overflow") return overflow(part, block, surface, ctx);
  if (part.type === "image") return image(part);
  if (!isControl(part)) return unknown(part.type);
  const name = part.placeholder?.text ?? part.action_id;
  const made = control(part, stateOf(surface, block, part), ctx, {
    name,
    changed: async (how) => {
      if (how === "typed") return;
      if (await confirmed(part.confirm, ctx)) await press(surface, block, part, made.read());
    },
  });
  return made.node;
}

function button(part, block, surface, ctx) {
  const node = h(
    "button",
    {
      type: "button",
      class: part.style ?? null,
      "aria-label": part.accessibility_label,
      // Not by the block's id, which is another one after every update.
      "data-focus": `${part.action_id}/${part.value ?? ""}`,
      click: () =>
        once(node, async () => {
          if (!(await confirmed(part.confirm, ctx))) return;
          if (part.url && /^https?:/.test(part.url)) window.open(part.url, "_blank", "noopener,noreferrer");
          await press(surface, block, part, part.value ?? null);
        }),
    },
    plain(part.text.text, part.text),
  );
  return node;
}

function overflow(part, block, surface, ctx) {
  const node = h(
    "select",
    {
      "aria-label": "More",
      class: "overflow",
      "data-focus": part.action_id,
      change: async () => {
        const option = part.options[node.selectedIndex - 1];
        node.selectedIndex = 0;
        if (!option || !(await confirmed(part.confirm, ctx))) return;
        await press(surface, block, part, option);
      },
    },
    h("option", {}, "⋯"),
    part.options.map((option) => h("option", {}, option.text.text)),
  );
  return node;
}

function field(block, surface, ctx, fields) {
  const part = block.element;
  if (!isControl(part)) return unknown(part.type);
  const id = freshId("input");
  const key = block.block_id;
  const drafts = surface.drafts;
  const made = control(part, drafted(part, surface, block), ctx, {
    name: null,
    changed: (how, event) => {
      drafts.set(key, made.read());
      if (!block.dispatch_action) return;
      if (how === "entered") event.preventDefault();
      if (how !== "typed") press(surface, block, part, made.read());
    },
  });
  if (made.unasked) drafts.set(key, made.read());
  const complaint = h("p", { class: "complaint", id: `${id}-error`, hidden: true });
  const hint = block.hint ? h("p", { class: "hint", id: `${id}-hint` }, plain(block.hint.text, block.hint)) : null;
  const optional = block.optional ? h("span", { class: "quiet" }, " (optional)") : null;
  const describing = [complaint.id, hint?.id].filter(Boolean).join(" ");
  const heading = [labelOf(block), optional];
  const target = made.node;
  if (!made.grouped) target.id = id;
  target.setAttribute("aria-describedby", describing);
  const node = made.grouped
    ? h("fieldset", { class: "field" }, h("legend", {}, heading), target, hint, complaint)
    : h("div", { class: "field" }, h("label", { for: id }, heading), target, hint, complaint);
  node.dataset.block = key;
  fields.push({ block, made, node, complain: (text) => complain(text, complaint, node, target) });
  return node;
}

function complain(text, complaint, node, target) {
  complaint.hidden = !text;
  complaint.textContent = text ?? "";
  node.classList.toggle("wrong", Boolean(text));
  if (text) target.setAttribute("aria-invalid", "true");
  else target.removeAttribute("aria-invalid");
}

// The state of an input with what was filled in since Slack last heard of it.
function drafted(part, surface, block) {
  const state = stateOf(surface, block, part);
  if (!surface.drafts.has(block.block_id)) return state;
  const value = surface.drafts.get(block.block_id);
  const kept = { ...state };
  for (const name of Object.keys(kept)) {
    if (name === "value") kept[name] = value;
    else if (name === "rich_text_value") kept[name] = { elements: [{ text: value }] };
    else if (name.startsWith("selected_")) kept[name] = value === "" ? null : value;
  }
  return kept;
}

// Returns the block-wise complaints of Slack's own about what is filled in, before the bot is asked.
export function complaints(fields) {
  const found = {};
  for (const { block, made } of fields) {
    const own = made.complaint?.();
    if (own) found[block.block_id] = own;
    else if (!block.optional && made.empty()) found[block.block_id] = "Please complete this required field.";
  }
  return found;
}

// What a message says, by its blocks where it has any.
export function body(message, surface, ctx) {
  // What a person typed stands in the text with its marks; Slack's block of it is made from that.
  const typed = message.client_msg_id !== undefined;
  const blocks = typed ? [] : (message.blocks ?? []);
  const nodes = blocks.length
    ? rendered(blocks, surface, ctx)
    : message.text
      ? [h("div", { class: "lines" }, mrkdwn(message.text, ctx))]
      : [];
  return [...nodes, (message.attachments ?? []).map((one) => attachment(one, surface, ctx))];
}

function attachment(one, surface, ctx) {
  const inner = one.blocks
    ? rendered(one.blocks, surface, ctx)
    : [one.pretext, one.title, one.text ?? one.fallback]
        .filter(Boolean)
        .map((text) => h("div", { class: "lines" }, mrkdwn(text, ctx)));
  return h("div", { class: "attachment" }, inner);
}
