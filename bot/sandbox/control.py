"""The local Slack's own doors, under `/_sandbox/`, for other processes and the browser page.

Every answer is JSON; what goes wrong is `{"ok": false, "error": "a sentence"}` with status 400.
Whatever changes something is a POST with the content type `application/json`.

`GET /_sandbox/state?as=U…` is what that person sees:

    {version, url, now, me, workspaces: [{id, name, bot_user, bot_id, app_id}], commands,
     people: as in `users.info`, of all workspaces,
     channels: [{id, team, name, kind: "channel" | "group" | "im", archived, members: [id…],
                 member: bool, messages}],
     views: [view…], home: view | null}

`messages` are as in `conversations.history` with all metadata, replies among them (those have a
`thread_ts` that is not their `ts`), and what only this person sees has `ephemeral: true`. `views`
are the open modals, the visible one last; a view is as in `views.open`, with `errors`. Without `as`
all channels are there, and nobody's modals, Home and private messages.

`GET /_sandbox/changes?since=N&timeout=S` answers `{version}` as soon as the version is not N any
more, after 25 seconds at the latest. A page asks for the state, waits here with its version, and
asks again.

`GET /_sandbox/journal?since=I&method=M` is `{calls, next}`: the calls of the Web API from the I-th
on, each `{method, args, status, ok, error, answer, at, team, connection, committed, fault}`.
`GET /_sandbox/deliveries?since=I` is `{deliveries, next}`: what was taken to the bot, each
`{kind, name, team, payload, attempts: [{number, via, status, body, seconds, failure}]}`.

`POST /_sandbox/act` with `{"as": "U…", "do": VERB, …}` does what a person does and answers
`{ok, error, text, ts, channel, view, errors, status}`; `error` is what Slack shows the person.

    command   command, text, channel                 say       channel, text, thread
    press     action_id, value, block_id, PLACE      edit      channel, ts, text
    fill      view, values: {block_id: value}        delete    channel, ts
    submit    view, values: {block_id: value}        react     channel, ts, name
    close     view                                   unreact   channel, ts, name
    home      tab                                    dm
    shortcut  callback_id, on a message: channel, ts
    invite    channel, user (the bot without one)    kick      channel, user
    join      channel                                leave     channel

PLACE is `channel` and `ts` of a message, which may be one that only this person sees, or `view`,
the id of a modal or Home. Channels go by id or name. Text is what the person types: `@ana` becomes
a mention and `<` is escaped, unless `raw` is true.

`POST /_sandbox/add` with `{"what": "workspace" | "person" | "channel", "team": "T…", …}` takes the
arguments of `add_workspace`, `add_person` and `add_channel` and answers `{ok, id}`, for a workspace
with its `token`. `POST /_sandbox/admin` with `{"team": "T…", "do": VERB, …}`:

    archive | unarchive | delete_channel | change_channel_id   channel
    rename  channel, name          change_person  user, facts: {tz, deleted, …}
    revoke_token | uninstall | reinstall (answers with the new `token`)

`POST /_sandbox/faults` with `{kind, method, channel, count, seconds, retry_after, code}` arms a
fault (`faults.py` lists the kinds; a `count` of null lasts), `{"clear": true}` takes all back, and
`{"sockets": "close" | "refresh" | "warn" | "reset" | "black_hole"}` harms the connections, with
`"link": N` only the N-th that was opened. `POST /_sandbox/settings` with any of
`{events_url, retry_delays, ack_timeout, limits, most_sockets}`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from aiohttp import web

from bot.sandbox import doings, shapes
from bot.sandbox.errors import Refused
from bot.sandbox.records import Channel, Json, Member, View

if TYPE_CHECKING:
    from bot.sandbox.calls import Call, Delivery
    from bot.sandbox.server import LocalSlack
    from bot.sandbox.workspace import Workspace

Door: TypeAlias = Callable[[web.Request], Awaitable[Json]]
_LONGEST_POLL = 25.0
_SETTINGS = ("events_url", "retry_delays", "ack_timeout", "limits", "most_sockets")


class Control:
    """Serves the doors of one local Slack."""

    def __init__(self, slack: LocalSlack) -> None:
        self.slack = slack

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_sandbox/state", self._guarded(self.state)),
            web.get("/_sandbox/changes", self._guarded(self.changes)),
            web.get("/_sandbox/journal", self._guarded(self.journal)),
            web.get("/_sandbox/deliveries", self._guarded(self.deliveries)),
            web.post("/_sandbox/act", self._guarded(self.act)),
            web.post("/_sandbox/add", self._guarded(self.add)),
            web.post("/_sandbox/admin", self._guarded(self.admin)),
            web.post("/_sandbox/faults", self._guarded(self.faults)),
            web.post("/_sandbox/settings", self._guarded(self.settings)),
        ]

    def _guarded(self, door: Door) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def serve(request: web.Request) -> web.Response:
            # Another page of the same browser can neither send this content type to us unasked
            # nor, by renaming itself to our address, read what we answer.
            if request.method == "POST" and request.content_type != "application/json":
                return _refusal("the content type must be application/json", status=415)
            if is_loopback(self.slack.host) and not is_loopback(request.url.host or ""):
                return _refusal("this is served to this machine only", status=403)
            try:
                return web.json_response(await door(request))
            except KeyError as error:
                return _refusal(f"there is no {error.args[0]}")
            except (Refused, ValueError, TypeError, AttributeError) as error:
                return _refusal(str(error))

        return serve

    async def state(self, request: web.Request) -> Json:
        world = self.slack.world
        name = request.query.get("as")
        person = None if name is None else self.slack.person(name)
        channels = [
            self._channel(workspace, room, None if person is None else person.member)
            for workspace in world.workspaces.values()
            for room in workspace.channels.values()
            if person is None or (person.workspace is workspace and person.sees(room))
        ]
        me = None if person is None else person.member
        now = world.clock()
        return {
            "version": world.changes.version,
            "url": self.slack.url,
            "now": now.isoformat(),
            "me": name,
            "commands": sorted(self.slack.commands or ()),
            "workspaces": [
                {
                    "id": workspace.id,
                    "name": workspace.name,
                    "bot_user": workspace.bot_user,
                    "bot_id": workspace.bot_id,
                    "app_id": workspace.app_id,
                }
                for workspace in world.workspaces.values()
            ],
            "people": [
                shapes.member(member, now)
                for workspace in world.workspaces.values()
                for member in workspace.members.values()
            ],
            "channels": channels,
            "views": [] if me is None else [self.view(view) for view in me.views],
            "home": None if me is None or me.home is None else self.view(me.home),
        }

    def view(self, view: View) -> Json:
        workspace = self.slack.world.workspace_of(view.user)
        return {**shapes.view(view, workspace), "errors": dict(view.errors)}

    def _channel(self, workspace: Workspace, room: Channel, me: Member | None) -> Json:
        messages = [
            {**shapes.message(said, workspace), "ephemeral": False}
            for said in room.messages.values()
        ]
        messages += [
            shapes.whisper(said, workspace)
            for said in (() if me is None else me.ephemerals)
            if said.channel == room.id
        ]
        return {
            "id": room.id,
            "team": workspace.id,
            "name": room.name,
            "kind": str(room.kind),
            "archived": room.archived,
            "members": list(room.members),
            "member": me is not None and me.id in room.members,
            "messages": sorted(messages, key=lambda body: str(body["ts"])),
        }

    async def changes(self, request: web.Request) -> Json:
        since = int(request.query.get("since", "-1"))
        patience = min(float(request.query.get("timeout", _LONGEST_POLL)), _LONGEST_POLL)
        version = await self.slack.world.changes.after(since, timeout=patience)
        return {"version": version}

    async def journal(self, request: web.Request) -> Json:
        since, method = int(request.query.get("since", "0")), request.query.get("method")
        calls = self.slack.journal
        shown = [_call(call) for call in calls[since:] if method in (None, call.method)]
        return {"calls": shown, "next": len(calls)}

    async def deliveries(self, request: web.Request) -> Json:
        since = int(request.query.get("since", "0"))
        everything = self.slack.deliveries
        return {"deliveries": [_delivery(d) for d in everything[since:]], "next": len(everything)}

    async def act(self, request: web.Request) -> Json:
        body = await _body(request)
        person = self.slack.person(str(body.pop("as")))
        answer = await doings.act(person, str(body.pop("do")), body)
        view = answer.pop("view", None)
        return {**answer, "view": None if view is None else self.view(view)}

    async def add(self, request: web.Request) -> Json:
        body = await _body(request)
        what = body.pop("what")
        if what == "workspace":
            made = self.slack.add_workspace(body.pop("name"), **body)
            return {"ok": True, "id": made.id, "token": made.token, "bot_user": made.bot_user}
        workspace = self._workspace(body)
        if what == "person":
            return {"ok": True, "id": workspace.add_person(body.pop("name"), **body).id}
        if what == "channel":
            return {"ok": True, "id": workspace.add_channel(body.pop("name"), **body).id}
        raise ValueError(f"a {what} cannot be added")

    def _workspace(self, body: Json) -> Workspace:
        """Return the workspace that is named, or the only one there is."""
        workspaces = self.slack.world.workspaces
        if "team" not in body and len(workspaces) == 1:
            return next(iter(workspaces.values()))
        return workspaces[str(body.pop("team"))]

    async def admin(self, request: web.Request) -> Json:
        body = await _body(request)
        return doings.administer(self._workspace(body), str(body.pop("do")), body)

    async def faults(self, request: web.Request) -> Json:
        body = await _body(request)
        if body.pop("clear", False):
            self.slack.faults.clear()
        elif "sockets" in body:
            await self._harm(str(body["sockets"]), body.get("link"))
        else:
            self.slack.faults.add(body.pop("kind"), **body)
        return {"ok": True, "armed": [str(fault.kind) for fault in self.slack.faults.armed]}

    async def _harm(self, how: str, number: int | None) -> None:
        sockets = self.slack.sockets
        links = [link for link in sockets.links if number in (None, link.number)]
        if not links and number is not None:
            raise KeyError(f"connection {number}")
        if how == "close":
            await sockets.close(*links)
        elif how == "refresh":
            await sockets.say_goodbye("refresh_requested", *links)
        elif how == "warn":
            await sockets.say_goodbye("warning", *links)
        elif how == "reset":
            sockets.reset(*links)
        elif how == "black_hole":
            sockets.black_hole(*links)
        else:
            raise ValueError(f"connections cannot be harmed by {how}")

    async def settings(self, request: web.Request) -> Json:
        body = await _body(request)
        unknown = set(body) - set(_SETTINGS)
        if unknown:
            raise ValueError(f"there is no setting {min(unknown)}")
        courier = self.slack.courier
        courier.events_url = body.get("events_url", courier.events_url)
        courier.retry_delays = tuple(map(float, body.get("retry_delays", courier.retry_delays)))
        courier.ack_timeout = float(body.get("ack_timeout", courier.ack_timeout))
        self.slack.sockets.most = int(body.get("most_sockets", self.slack.sockets.most))
        self.slack.limits.on = bool(body.get("limits", self.slack.limits.on))
        return {"ok": True}


def _refusal(sentence: str, *, status: int = 400) -> web.Response:
    return web.json_response({"ok": False, "error": sentence}, status=status)


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _body(request: web.Request) -> dict[str, Any]:
    body = await request.json()
    if not isinstance(body, dict):
        raise TypeError("the body must be a JSON object")
    return body


def _call(call: Call) -> Json:
    return {
        "method": call.method,
        "args": call.args,
        "status": call.status,
        "ok": call.ok,
        "error": call.error,
        "answer": call.answer,
        "at": call.at.isoformat(),
        "team": call.team,
        "connection": call.connection,
        "committed": call.committed,
        "fault": call.fault,
    }


def _delivery(delivery: Delivery) -> Json:
    return {
        "kind": delivery.kind,
        "name": delivery.name,
        "team": delivery.team,
        "payload": delivery.payload,
        "attempts": [
            {
                "number": attempt.number,
                "via": attempt.via,
                "status": attempt.status,
                "body": attempt.body,
                "seconds": attempt.seconds,
                "failure": attempt.failure,
            }
            for attempt in delivery.attempts
        ],
    }
