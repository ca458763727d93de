// Slack's ways of writing text: mrkdwn, plain text and rich text, each as a list of nodes.
//
// `ctx` says who reads: `{zone, now(), me, person(id), channel(id), goTo(channel, ts)}`.

import { h } from "./dom.js";
import { picture } from "./emoji.js";
import { dateWords, fullWords } from "./times.js";

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };

export function decoded(text) {
  return text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);
}

// A mark opens only where no word goes on, holds no mark of its kind outside of `<…>`, and closes
// after something visible where no word follows.
function marked(mark) {
  const inside = `((?:<[^<>\\n]*>|[^\\n${mark}])+?)`;
  return `(?<![\\p{L}\\p{N}${mark}])[${mark}](?=\\S)${inside}(?<=\\S)[${mark}](?![\\p{L}\\p{N}])`;
}

const INLINE = new RegExp(
  [
    /`([^`\n]+)`/.source,
    /<([^<>\n]+)>/.source,
    marked("*"),
    marked("_"),
    marked("~"),
    /:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/.source,
    /(https?:\/\/[^\s<>]*[^\s<>.,;:!?)\]'"])/.source,
  ].join("|"),
  "gu",
);

export function mrkdwn(text, ctx, { verbatim = false } = {}) {
  const nodes = [];
  text.split(/```\n?([\s\S]+?)\n?```/).forEach((piece, index) => {
    if (index % 2) nodes.push(h("pre", {}, decoded(piece)));
    else if (piece) nodes.push(...lines(index ? piece.replace(/^\n/, "") : piece, ctx, verbatim));
  });
  return nodes;
}

function lines(text, ctx, verbatim) {
  const nodes = [];
  let quoted = null;
  for (const line of text.split("\n")) {
    const quote = /^(?:&gt;|>) ?(.*)$/s.exec(line);
    if (quote) {
      if (!quoted) nodes.push((quoted = h("blockquote")));
      else quoted.append(h("br"));
      quoted.append(...inline(quote[1], ctx, verbatim));
      continue;
    }
    if (nodes.length && !quoted) nodes.push(h("br"));
    quoted = null;
    nodes.push(...inline(line, ctx, verbatim));
  }
  return nodes;
}

function inline(text, ctx, verbatim) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    const [all, code, token, bold, italic, strike, name, address] = found;
    const inner = (part) => inline(part, ctx, verbatim);
    let node = null;
    if (code !== undefined) node = h("code", {}, decoded(code));
    else if (token !== undefined) node = special(token, ctx, text.slice(0, found.index));
    else if (bold !== undefined) node = h("strong", {}, inner(bold));
    else if (italic !== undefined) node = h("em", {}, inner(italic));
    else if (strike !== undefined) node = h("s", {}, inner(strike));
    else if (name !== undefined) node = emoji(name);
    else if (!verbatim) node = link(decoded(address), decoded(address), ctx);
    if (node === null) continue;
    nodes.push(decoded(text.slice(at, found.index)), node);
    at = found.index + all.length;
  }
  nodes.push(decoded(text.slice(at)));
  return nodes;
}

// What stands between angle brackets, or null where that has no meaning and stays as it is.
function special(token, ctx, before) {
  const [target, ...rest] = token.split("|");
  const label = rest.length ? decoded(rest.join("|")) : null;
  if (/^@[UW]\w+$/.test(target)) return mention(target.slice(1), ctx);
  if (/^#[CGD]\w+$/.test(target)) return channelLink(target.slice(1), label, ctx);
  if (/^!(here|channel|everyone)$/.test(target)) return broadcast(target.slice(1));
  if (target.startsWith("!subteam^")) return h("span", { class: "mention" }, label ?? "@group");
  const date = /^!date\^(-?\d+)\^([^^]+)(?:\^(.+))?$/.exec(target);
  if (date) return dated(Number(date[1]), decoded(date[2]), date[3], label, ctx, !before.trim());
  if (/^(https?:\/\/|mailto:)/.test(target)) return link(decoded(target), label ?? decoded(target), ctx);
  return null;
}

export function mention(id, ctx) {
  const kind = id === ctx.me ? "mention me" : "mention";
  return h("span", { class: kind }, `@${ctx.person(id)?.name ?? id}`);
}

function broadcast(range) {
  return h("span", { class: "mention me" }, `@${range}`);
}

function channelLink(id, label, ctx) {
  const known = ctx.channel(id);
  if (!known) return h("span", { class: "mention" }, `#${label || "private-channel"}`);
  return h(
    "a",
    {
      class: "mention",
      href: "#",
      click: (event) => {
        event.preventDefault();
        ctx.goTo(id);
      },
    },
    `#${known.name}`,
  );
}

export function link(address, label, ctx) {
  // Links to messages of this workspace lead to them on this page, as there is no such site.
  const here = /^https:\/\/[\w-]+\.slack\.com\/archives\/(\w+)\/p(\d{10})(\d{6})/.exec(address);
  if (here && ctx.channel(here[1])) {
    const open = (event) => {
      event.preventDefault();
      ctx.goTo(here[1], `${here[2]}.${here[3]}`);
    };
    return h("a", { href: "#", click: open }, label);
  }
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label);
}

export function dated(seconds, pattern, address, fallback, ctx, first = false) {
  const instant = new Date(seconds * 1000);
  const known = Number.isNaN(instant.getTime())
    ? null
    : dateWords(pattern, instant, ctx.now(), ctx.zone);
  if (known === null) return h("span", {}, fallback ?? "");
  const words = first ? known.charAt(0).toUpperCase() + known.slice(1) : known;
  const node = h("time", { datetime: instant.toISOString(), title: fullWords(instant, ctx.zone) }, words);
  return address && /^https?:\/\//.test(address) ? link(decoded(address), node, ctx) : node;
}

export function emoji(name) {
  const shown = picture(name);
  return shown === null ? null : h("span", { class: "emoji", role: "img", "aria-label": name, title: `:${name}:` }, shown);
}

// Plain text knows lines and emoji, and nothing else.
export function plain(text, { emoji: pictures = true } = {}) {
  return text.split("\n").flatMap((line, index) => {
    const nodes = index ? [h("br")] : [];
    if (!pictures) return [...nodes, line];
    let at = 0;
    for (const found of line.matchAll(/:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/g)) {
      const node = emoji(found[1]);
      if (node === null) continue;
      nodes.push(line.slice(at, found.index), node);
      at = found.index + found[0].length;
    }
    return [...nodes, line.slice(at)];
  });
}

// A text object of Block Kit.
export function words(text, ctx) {
  if (!text) return [];
  return text.type === "mrkdwn" ? mrkdwn(text.text, ctx, text) : plain(text.text, text);
}

export function richText(elements, ctx) {
  return elements.map((element) => {
    const inner = element.elements ?? [];
    if (element.type === "rich_text_list") {
      const items = inner.map((item) => h("li", {}, richParts(item.elements ?? [], ctx)));
      return h(element.style === "ordered" ? "ol" : "ul", { class: `indent-${element.indent ?? 0}` }, items);
    }
    if (element.type === "rich_text_quote") return h("blockquote", {}, richParts(inner, ctx));
    if (element.type === "rich_text_preformatted") return h("pre", {}, richParts(inner, ctx));
    return h("div", { class: "lines" }, richParts(inner, ctx));
  });
}

function richParts(parts, ctx) {
  return parts.map((part) => {
    let node = richPart(part, ctx);
    const style = part.style ?? {};
    if (style.code) node = h("code", {}, node);
    if (style.strike) node = h("s", {}, node);
    if (style.italic) node = h("em", {}, node);
    if (style.bold) node = h("strong", {}, node);
    return node;
  });
}

function richPart(part, ctx) {
  if (part.type === "user") return mention(part.user_id, ctx);
  if (part.type === "channel") return channelLink(part.channel_id, null, ctx);
  if (part.type === "broadcast") return broadcast(part.range);
  if (part.type === "emoji") return emoji(part.name) ?? `:${part.name}:`;
  if (part.type === "date") return dated(part.timestamp, part.format, part.url, part.fallback, ctx);
  if (part.type === "link" && /^(https?:\/\/|mailto:)/.test(part.url)) {
    return link(part.url, part.text ?? part.url, ctx);
  }
  return String(part.text ?? part.url ?? "");
}

// What somebody typed to get `text`, for when they change it.
export function typedAgain(text, ctx) {
  const shown = text.replace(/<([^<>\n]+)>/g, (all, token) => {
    const [target, label] = token.split("|");
    if (/^@[UW]/.test(target)) return `@${ctx.person(target.slice(1))?.name ?? label ?? ""}`;
    if (/^#[CG]/.test(target)) return `#${ctx.channel(target.slice(1))?.name ?? label ?? ""}`;
    if (/^!(here|channel|everyone)$/.test(target)) return `@${target.slice(1)}`;
    return /^(https?:\/\/|mailto:)/.test(target) ? target : all;
  });
  return decoded(shown);
}
