"""A bot of a few lines that makes the page show everything a bot can make it show."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from bot.sandbox.records import Json
from bot.sandbox.server import LocalSlack
from bot.sandbox.workspace import Workspace

HOSTILE = "<img src=x onerror=\"document.title='taken'\">"
DUE = 1795770000  # Friday 27 November 2026, 17:00 in Manila and 04:00 in New York.


def words(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def options(*names: str) -> list[Json]:
    return [{"text": words(name.title()), "value": name} for name in names]


def button(text: str, action_id: str, **more: object) -> Json:
    return {"type": "button", "text": words(text), "action_id": action_id, "value": "1", **more}


def asking(block_id: str, label: str, element: Json, **more: object) -> Json:
    return {
        "type": "input",
        "block_id": block_id,
        "label": words(label),
        "element": {**element, "action_id": block_id},
        **more,
    }


def form(people: list[str]) -> Json:
    """Return a modal with an input of every kind, some of them filled in."""
    weekdays = options("mon", "tue", "wed")
    where = options("here", "private")
    chosen = {"initial_users": people} if people else {}
    return {
        "type": "modal",
        "callback_id": "form",
        "title": words("Delegate a task"),
        "submit": words("Delegate"),
        "close": words("Not now"),
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": "What I *understood*:"}},
            asking("outcome", "What is to be done", {"type": "plain_text_input"}),
            asking(
                "details",
                "Details",
                {
                    "type": "plain_text_input",
                    "multiline": True,
                    "initial_value": "From\nlast week",
                },
                optional=True,
                hint=words("Links help"),
            ),
            asking("people", "Who", {"type": "multi_users_select", **chosen}),
            asking(
                "where",
                "Where",
                {"type": "static_select", "options": where, "initial_option": where[0]},
            ),
            asking(
                "channel",
                "Channel",
                {"type": "conversations_select", "default_to_current_conversation": True},
            ),
            asking(
                "days",
                "Days",
                {"type": "checkboxes", "options": weekdays, "initial_options": weekdays[:2]},
            ),
            asking("at", "Time", {"type": "timepicker", "initial_time": "09:30"}),
            asking("on", "Date", {"type": "datepicker", "initial_date": "2026-11-27"}),
            asking(
                "how",
                "How",
                {"type": "radio_buttons", "options": options("first", "all")},
                optional=True,
            ),
        ],
    }


def card(title: str, state: str) -> list[Json]:
    return [
        {"type": "header", "text": words("Task 1")},
        {
            "type": "section",
            "text": {
                "type": "mrkdwn",
                "text": f"*{title}* for _Ana_\n> due <!date^{DUE}^{{date_short}}, {{time}}|Friday>",
            },
            "accessory": button("Open", "task.open"),
        },
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": f":memo: {state}"}]},
        {
            "type": "actions",
            "elements": [
                button("Accept", "task.accept", style="primary"),
                button("Ask", "task.ask"),
                button(
                    "Cancel",
                    "task.cancel",
                    style="danger",
                    confirm={
                        "title": words("Cancel the task?"),
                        "text": words("Ana will hear of it."),
                        "confirm": words("Cancel it"),
                        "deny": words("Keep it"),
                    },
                ),
            ],
        },
    ]


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@dataclass
class ScriptedBot:
    """Answers commands, buttons, modals and visits to its Home, each in one fixed way."""

    slack: LocalSlack
    workspace: Workspace
    session: aiohttp.ClientSession
    submitted: list[Json] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)

    async def call(self, method: str, **args: Any) -> Json:  # noqa: ANN401 - whatever it takes
        headers = {"Authorization": f"Bearer {self.workspace.token}"}
        async with self.session.post(
            self.slack.api_url + method, json=args, headers=headers
        ) as response:
            answer: Json = await response.json()
        assert answer["ok"], (method, answer)
        return answer

    async def take(self, request: web.Request) -> web.Response:
        raw = await request.text()
        if request.content_type == "application/json":
            return await self.event(json.loads(raw)["event"])
        fields = dict(parse_qsl(raw, keep_blank_values=True))
        if "payload" not in fields:
            return await self.command(fields)
        payload = json.loads(fields["payload"])
        if payload["type"] == "view_submission":
            return await self.submission(payload)
        if payload["type"] in ("block_actions", "shortcut", "message_action"):
            return await self.action(payload)
        return web.Response()

    async def event(self, event: Json) -> web.Response:
        if event["type"] == "app_home_opened" and event["tab"] == "home":
            blocks = [
                {"type": "header", "text": words("Your tasks")},
                {"type": "section", "text": {"type": "mrkdwn", "text": f"For <@{event['user']}>"}},
                {"type": "actions", "elements": [button("New task", "home.new")]},
            ]
            view = {"type": "home", "blocks": blocks}
            await self.call("views.publish", user_id=event["user"], view=view)
        return web.Response()

    async def command(self, fields: dict[str, str]) -> web.Response:
        text = fields["text"]
        if text == "help":
            return web.json_response({"response_type": "ephemeral", "text": "Try `/delegate @ana`"})
        if text == "fail":
            return web.Response(status=500)
        if not text:
            await self.open(fields["trigger_id"], [])
            return web.Response()
        await self.call(
            "chat.postMessage",
            channel=fields["channel_id"],
            text=f"{text} for Ana",
            blocks=card(text, "waits for a yes"),
        )
        return web.json_response({"response_type": "ephemeral", "text": "Delegated."})

    async def open(self, trigger_id: str, people: list[str]) -> None:
        await self.call("views.open", trigger_id=trigger_id, view=form(people))

    async def action(self, payload: Json) -> web.Response:
        name = payload["actions"][0]["action_id"] if "actions" in payload else payload["type"]
        self.pressed.append(name)
        if name in ("task.ask", "home.new", "shortcut", "message_action"):
            await self.open(payload["trigger_id"], [payload["user"]["id"]])
        if name == "task.accept":
            message = payload["message"]
            title = message["text"].removesuffix(" for Ana")
            await self.call(
                "chat.update",
                channel=payload["channel"]["id"],
                ts=message["ts"],
                text=message["text"],
                blocks=card(title, f"accepted by {payload['user']['name']}"),
            )
        return web.Response(status=500 if name == "task.open" else 200)

    async def submission(self, payload: Json) -> web.Response:
        values = {
            block: next(iter(inputs.values()))
            for block, inputs in payload["view"]["state"]["values"].items()
        }
        if values["outcome"]["value"] == "too vague":
            errors = {"outcome": "Say what will be there when it is done."}
            return web.json_response({"response_action": "errors", "errors": errors})
        self.submitted.append(cast("Json", values))
        return web.Response()


@asynccontextmanager
async def running(slack: LocalSlack, workspace: Workspace) -> AsyncIterator[ScriptedBot]:
    """Run a bot that takes everything over HTTP."""
    async with aiohttp.ClientSession() as session:
        made = ScriptedBot(slack, workspace, session)
        app = web.Application()
        app.router.add_post("/slack/events", made.take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        slack.events_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        yield made
        await runner.cleanup()
