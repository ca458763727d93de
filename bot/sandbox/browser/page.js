// The page as a whole: who one is, where one is, and what is drawn of it whenever anything changes.

import {
  app, act, ask, botDm, draftsOf, livingPeople, nameOf, person, reader, roomName, setNow, shownRoom,
  Unreachable, whenDrawn, whenHurried, workspace,
} from "./app.js";
import { rendered } from "./blocks.js";
import { box } from "./box.js";
import { lookAtClock, showClock } from "./clockbar.js";
import { h, keyed, once } from "./dom.js";
import { explained } from "./failures.js";
import { drawMembers, tried } from "./members.js";
import { roots, show, thread } from "./messages.js";
import { showModal } from "./modal.js";
import { drawPeople, drawPlaces } from "./side.js";
import { arrived, markRead, recall } from "./unread.js";

const byId = (id) => document.getElementById(id);
const log = byId("log");
const threadLog = byId("thread-log");
const LOOK_AGAIN = 1000;
const NEAR = 60;

// Keeps a list at its end, whatever grows in it or around it, until somebody scrolls away.
function following(list) {
  let atEnd = true;
  let before = 0;
  const toEnd = () => {
    atEnd = true;
    list.scrollTop = list.scrollHeight;
  };
  list.addEventListener("scroll", () => {
    if (list.scrollHeight - list.scrollTop - list.clientHeight < NEAR) atEnd = true;
    // A list that only became smaller, or longer, was scrolled by nobody.
    else if (list.scrollTop < before) atEnd = false;
    before = list.scrollTop;
    if (atEnd && list === log) byId("newer").hidden = true;
  });
  const follow = () => atEnd && toEnd();
  new ResizeObserver(follow).observe(list);
  return { toEnd, follow, atEnd: () => atEnd, stay: () => (atEnd = false) };
}

const talkEnd = following(log);
const threadEnd = following(threadLog);

function navigate(place, { pane = "talk" } = {}) {
  app.place = place;
  app.thread = null;
  app.editing = null;
  document.body.dataset.pane = pane;
  remember();
  knock();
  talkEnd.toEnd();
  draw();
}

// Lets the bot know, as Slack does, that one came to see it.
async function knock() {
  const verbs = { home: ["home", { tab: "home" }], messages: ["dm", {}] };
  const [verb, args] = verbs[app.place?.kind] ?? [];
  if (!verb) return;
  const answer = await act(verb, args);
  if (!answer.ok) app.failures.set("home", explained(answer.error));
  else app.failures.delete("home");
  draw();
}

function goTo(channel, ts) {
  const room = app.state.channels.find((one) => one.id === channel);
  if (!room) return;
  const isBots = room.id === botDm()?.id;
  navigate(isBots ? { kind: "messages" } : { kind: "channel", id: channel });
  const said = room.messages.find((one) => one.ts === ts);
  if (!said) return;
  if (said.thread_ts && said.thread_ts !== said.ts) {
    app.thread = said.thread_ts;
    document.body.dataset.pane = "thread";
    draw();
  }
  talkEnd.stay();
  const node = document.querySelector(`article[data-ts="${CSS.escape(ts)}"]`);
  node?.scrollIntoView({ block: "center" });
  node?.setAttribute("tabindex", "-1");
  node?.focus();
}

// The address says who and where one is, so that a second tab can be somebody else.
function remember() {
  const room = app.place?.kind === "channel" ? shownRoom() : null;
  const where = room ? (room.kind === "im" ? room.id : room.name) : (app.place?.kind ?? "");
  const named = app.state.people.filter((one) => one.name === person(app.me).name).length === 1;
  const who = named ? person(app.me).name : app.me;
  history.replaceState(null, "", `#${encodeURIComponent(who)}/${encodeURIComponent(where)}`);
}

function recalled() {
  const [who = "", where = ""] = location.hash.slice(1).split("/").map(decodeURIComponent);
  const found = livingPeople().find((one) => one.id === who || one.name === who);
  return { me: found?.id ?? null, where };
}

function placeOf(where) {
  if (where === "home" || where === "messages") return { kind: where };
  const rooms = app.state.channels;
  const room = rooms.find((one) => one.id === where || (one.kind !== "im" && one.name === where));
  const first = room ?? rooms.find((one) => one.member && one.kind !== "im");
  return first ? { kind: "channel", id: first.id } : { kind: "home" };
}

// Drawing

function draw() {
  // The state may still be that of whoever one was before.
  if (!app.state || !app.me || app.state.me !== app.me) return;
  const ctx = reader(goTo);
  drawPeople();
  if (app.place) {
    drawTalk(ctx);
    drawThread(ctx);
    // Last, since whatever is shown by now is read.
    drawPlaces(navigate);
  }
  showModal(ctx);
  showClock();
  document.title = `${nameOf(app.me)} · Baton sandbox`;
}

function drawTalk(ctx) {
  const room = shownRoom();
  const home = app.place.kind === "home";
  const withBot = home || app.place.kind === "messages";
  const bot = nameOf(workspace().bot_user);
  byId("talk-name").textContent = withBot ? bot : room ? `${room.kind === "im" ? "" : "#"}${roomName(room)}` : "";
  drawTabs(withBot);
  drawMembers(withBot || !room || room.kind === "im" ? null : room);
  byId("home").hidden = !home;
  log.hidden = home;
  if (home) {
    drawHome(ctx);
    byId("newer").hidden = true;
    keyed(byId("box"), []);
    return;
  }
  const before = log.lastElementChild;
  const said = room ? roots(room) : [];
  if (said.length) show(log, room, said, ctx);
  else keyed(log, [{ key: "nothing", signature: "", build: () => h("p", { class: "quiet" }, "Nothing has been said here yet.") }]);
  if (talkEnd.atEnd()) byId("newer").hidden = true;
  else if (log.lastElementChild !== before) byId("newer").hidden = false;
  talkEnd.follow();
  drawBox(room);
  if (room && document.visibilityState === "visible" && document.body.dataset.pane !== "side") markRead(room);
}

function drawTabs(withBot) {
  const tab = (kind, words) => ({
    key: kind,
    signature: String(app.place.kind === kind),
    build: () =>
      h(
        "button",
        { type: "button", "aria-pressed": String(app.place.kind === kind), "data-focus": kind, click: () => navigate({ kind }) },
        words,
      ),
  });
  keyed(byId("talk-tabs"), withBot ? [tab("home", "Home"), tab("messages", "Messages")] : []);
}

function drawHome(ctx) {
  const view = app.state.home;
  const failure = app.failures.get(view?.id) ?? app.failures.get("home");
  keyed(byId("home"), [
    ...(failure ? [{ key: "failure", signature: failure, build: () => h("p", { class: "failure", role: "alert" }, failure) }] : []),
    view
      ? {
          key: "view",
          signature: JSON.stringify([ctx.edition, view.hash, view.id]),
          build: () => {
            const surface = { key: view.id, place: { view: view.id }, values: view.state.values, drafts: draftsOf(view.id) };
            return h("div", { class: "body" }, rendered(view.blocks, surface, ctx));
          },
        }
      : { key: "none", signature: "", build: () => h("p", { class: "quiet" }, "There is nothing here yet.") },
  ]);
}

function drawBox(room) {
  const holder = byId("box");
  if (!room) return keyed(holder, []);
  const key = `${app.me}/${room.id}`;
  const can = room.member && !room.archived;
  const build = () => {
    if (can) return box(room, key, { sent: talkEnd.toEnd });
    if (room.archived) return h("p", { class: "box quiet" }, "This channel is archived.");
    const join = h(
      "button",
      { type: "button", class: "primary", click: () => once(join, () => tried(key, "join", { channel: room.id })) },
      "Join",
    );
    const failure = app.failures.get(key);
    return h("p", { class: "box" }, `You are not in #${room.name}. `, join, failure ? h("span", { class: "failure" }, ` ${failure}`) : null);
  };
  const signature = JSON.stringify([can, room.archived, roomName(room), app.state.commands, can ? null : app.failures.get(key)]);
  return keyed(holder, [{ key, signature, build }]);
}

let shownThread = null;

function drawThread(ctx) {
  const room = shownRoom();
  const said = room && app.thread ? thread(room, app.thread) : [];
  const pane = byId("thread");
  pane.hidden = said.length === 0;
  document.body.classList.toggle("with-thread", said.length > 0);
  if (said.length === 0) {
    if (document.body.dataset.pane === "thread") document.body.dataset.pane = "talk";
    app.thread = shownThread = null;
    keyed(threadLog, []);
    keyed(byId("thread-box"), []);
    return;
  }
  if (app.thread !== shownThread) threadEnd.toEnd();
  shownThread = app.thread;
  show(threadLog, room, said, ctx, { inThread: true });
  threadEnd.follow();
  const key = `${app.me}/${room.id}/${app.thread}`;
  const can = room.member && !room.archived;
  const toEnd = { threadTs: app.thread, sent: threadEnd.toEnd };
  keyed(byId("thread-box"), can ? [{ key, signature: "", build: () => box(room, key, toEnd) }] : []);
}

// Going along with what happens

let stop = new AbortController();
whenDrawn(draw);
// Whatever is under way is answered anew at once.
whenHurried(() => stop.abort());

function offline(words) {
  byId("offline").hidden = !words;
  byId("offline").textContent = words;
}

async function follow() {
  for (;;) {
    stop = new AbortController();
    const { signal } = stop;
    try {
      await refresh(signal);
      offline("");
      await ask(`_sandbox/changes?since=${app.state.version}&timeout=25`, { signal });
    } catch (error) {
      if (error.name === "AbortError") continue;
      if (!(error instanceof Unreachable)) throw error;
      offline(`${error.message} Trying again…`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
    }
  }
}

async function refresh(signal) {
  const who = app.me;
  const state = await ask(`_sandbox/state${who ? `?as=${encodeURIComponent(who)}` : ""}`, { signal });
  if (who !== app.me) return;
  if (state.ok === false) {
    if (!who) throw new Unreachable(state.error);
    // Somebody whom another sandbox knew.
    app.me = app.place = null;
    await refresh(signal);
    return;
  }
  app.state = state;
  setNow(state.now);
  arrived();
  if (!who) {
    const asked = recalled();
    app.me = asked.me ?? livingPeople()[0]?.id ?? null;
    wanted = asked.where;
    if (app.me) await refresh(signal);
    return;
  }
  if (!app.place) navigate(placeOf(wanted), { pane: document.body.dataset.pane });
  else if (app.place.kind === "channel" && !shownRoom()) navigate(placeOf(""));
  else draw();
  lookAtClock();
}

// Where one wants to be once the state is there.
let wanted = "";

function become(id) {
  wanted = (app.place?.kind === "channel" ? app.place.id : app.place?.kind) ?? wanted;
  app.me = id;
  app.place = app.thread = app.editing = null;
  stop.abort();
}

byId("me").addEventListener("change", (event) => become(event.target.value));
byId("to-side").addEventListener("click", () => {
  document.body.dataset.pane = "side";
  byId("me").focus();
});
byId("thread-close").addEventListener("click", () => closeThread());
byId("newer").addEventListener("click", talkEnd.toEnd);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && app.thread && !document.querySelector("dialog[open]")) closeThread();
});
document.addEventListener("visibilitychange", draw);
window.addEventListener("hashchange", () => {
  const asked = recalled();
  if (asked.me && asked.me !== app.me) become(asked.me);
});

function closeThread() {
  const ts = app.thread;
  app.thread = null;
  document.body.dataset.pane = "talk";
  draw();
  log.querySelector(`article[data-ts="${CSS.escape(ts)}"] [data-focus="reply"]`)?.focus();
}

// Minutes pass even when nothing else happens, and days with them.
setInterval(draw, 15_000);
setInterval(() => {
  if (app.state?.me !== app.me || !app.me) return;
  drawPeople();
  showClock();
}, 1000);
setInterval(lookAtClock, 10_000);
recall();
follow();
