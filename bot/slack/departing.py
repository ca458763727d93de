"""Somebody left, the workspace or a channel: what the others see of it, and what they can do."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain.brief import check_assignees
from bot.domain.errors import BotError
from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import ChannelId, Message, Withdrawn
from bot.domain.task import WORDS, Via, listed
from bot.slack.blocks import (
    Block,
    actions,
    button,
    context,
    cut,
    escape,
    in_plain_words,
    input_person,
    modal,
    moment,
    person_input,
    section,
)
from bot.slack.bolt import InputError
from bot.slack.delegation_form import with_input
from bot.slack.edge import actor
from bot.slack.hours import offer
from bot.slack.surfaces import open_modal
from bot.slack.task_access import MOST_CHANNELS, members_of, people_of
from bot.slack.task_blocks import settled, with_ids
from bot.slack.task_values import metadata_of
from bot.slack.task_words import name_of
from bot.usecases import departures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.domain.post import Post, Rendered
    from bot.domain.task import Task
    from bot.slack.edge import Edge
    from bot.usecases.departures import Departure

GIVE = "left.give"
"""Both the button's `action_id` and the modal's `callback_id`."""

CANCEL, LEAVE = "left.cancel", "left.leave"

MOST_LINES = 10
_TITLE_LIMIT = 100

_OUT_OF_DATE = "This is out of date. `/tasks sent` lists what you handed over."


def render(tx: Any, post: Post, now: datetime) -> Rendered:  # noqa: ANN401  # the store's Tx
    """Return what somebody sees of a person who left, with whom they have something open."""
    del now
    departure = departures.view(tx, post)
    if departure is None or (departure.is_settled and post.ts is None):
        return Withdrawn()
    who = name_of(departure.person)
    if departure.is_settled:
        line = f"{who} has no account here any more: settled."
        if not departure.person.is_deleted:
            line = f"{who} has an account here again."
        return _said(post, line, settled(line))
    text = _summary(departure)
    blocks = [section(text)]
    if departure.given:
        gone = departure.person.id
        blocks += [
            section(_lines(departure, departure.given)),
            actions(
                button("Give all to…", GIVE, value=gone, style="primary"),
                button("Cancel all", CANCEL, value=gone, confirm=_sure(departure.given)),
                button("Leave", LEAVE, value=gone),
            ),
        ]
    if departure.received:
        blocks += [
            section(f"{_advice(departure)}\n{_lines(departure, departure.received)}"),
            context("`/tasks` lists all of yours, with their buttons."),
        ]
    said = [block["text"]["text"] for block in blocks if block["type"] == "section"]
    return _said(post, "\n".join(said), [*blocks, *offer(departure.reader)])


def _summary(departure: Departure) -> str:
    who = name_of(departure.person)
    counts = []
    if departure.given:
        counts.append(f"{_count(departure.given)} that you gave them")
    if departure.received:
        counts.append(f"{_count(departure.received)} that they gave you")
    total = len(departure.given) + len(departure.received)
    return f"{who} has no account here any more: {listed(counts)} {_are(total)} open."


def _advice(departure: Departure) -> str:
    who = name_of(departure.person)
    leads = [escape(name) for name in departure.leads]
    ask = f" Ask {listed(leads, 'or')} what still matters." if leads else ""
    return (
        f"Nobody hears your questions about what {who} gave you.{ask} Finish what still makes "
        "sense, or decline it."
    )


def _lines(departure: Departure, tasks: Sequence[Task]) -> str:
    zone = departure.reader.zone if departure.reader else "UTC"
    lines = [_line(departure, task, zone) for task in tasks[:MOST_LINES]]
    left = len(tasks) - MOST_LINES
    return "\n".join([*lines, *([f"and {left} more"] if left > 0 else [])])


def _line(departure: Departure, task: Task, zone: str) -> str:
    others = [
        user
        for user in task.people
        if user != departure.person.id and (departure.reader is None or user != departure.reader.id)
    ]
    names = [name_of(departure.people.get(user)) for user in others]
    too = f" · also with {listed(names)}" if names else ""
    return (
        f"*{task.number}* {escape(cut(task.title, _TITLE_LIMIT))} · due "
        f"{moment(task.due.at, zone)} · {WORDS[task.status]}{too}"
    )


def _sure(tasks: Sequence[Task]) -> Block:
    words = f"Cancel {_count(tasks)}?"
    text = "What somebody else has as well stays theirs."
    return {
        "title": {"type": "plain_text", "text": words},
        "text": {"type": "plain_text", "text": text},
        "confirm": {
            "type": "plain_text",
            "text": "Cancel it" if len(tasks) == 1 else "Cancel them",
        },
        "deny": {"type": "plain_text", "text": "Keep"},
    }


def _count(tasks: Sequence[Task]) -> str:
    return "1 task" if len(tasks) == 1 else f"{len(tasks)} tasks"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _said(post: Post, text: str, blocks: Sequence[Block]) -> Message:
    return Message(
        text=cut(in_plain_words(text), 3_900),
        blocks=with_ids(blocks, f"left.{post.wanted}"),
        event_type="baton_note",
        event_payload={"post": post.id, "kind": post.kind.value},
    )


def form(departure_of: UserId, name: str, tasks: Sequence[Task]) -> Block:
    """Return the form that asks who gets what somebody had who left."""
    said = listed(f"task {task.number}" for task in tasks[:MOST_LINES])
    left = len(tasks) - MOST_LINES
    more = f", and {left} more" if left > 0 else ""
    return modal(
        GIVE,
        "Give all to…",
        [
            section(f"*{escape(name)}* had {said}{more}."),
            person_input("person", "Who does it from now on?"),
            context("They hear of each task, and each waits for their yes."),
        ],
        submit="Give",
        private_metadata=json.dumps({"left": departure_of}),
    )


@dataclass(frozen=True)
class Listeners:
    """The buttons of a notice that somebody left, their form, and people who leave a channel."""

    edge: Edge

    async def open_form(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        workspace, user = actor(body, context)
        gone = _pressed(body)
        person, tasks = await self.edge.do(workspace, departures.left_to, gone, user)
        await open_modal(self.edge, workspace, body, form(gone, person.name, tasks))
        await ack()

    async def give(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        workspace, user = actor(body, context)
        gone = metadata_of(view).get("left")
        to = input_person(view["state"], "person")
        if not isinstance(gone, str):
            raise BotError(_OUT_OF_DATE)
        if to is None:
            raise InputError("Choose who does it from now on.", block="person")
        people = await people_of(self.edge, workspace, (user, to))
        with_input("person", check_assignees, (to,), people)
        _, tasks = await self.edge.do(workspace, departures.left_to, UserId(gone), user)
        given = await self.edge.do(
            workspace,
            departures.give_all,
            UserId(gone),
            to,
            in_channel=await self._readers(workspace, tasks),
            by=user,
            via=Via.MODAL,
            now=self.edge.clock(),
        )
        words = f"{_count(given)} {_are(len(given))} with {name_of(people[to])} now:"
        lines = [f"*{task.number}* {escape(cut(task.title, _TITLE_LIMIT))}" for task in given]
        text = "\n".join([words, *lines[: 2 * MOST_LINES]])
        await ack(response_action="update", view=modal("task.receipt", "Given", [section(text)]))

    async def _readers(
        self, workspace: WorkspaceId, tasks: Sequence[Task]
    ) -> dict[ChannelId, frozenset[UserId]]:
        """Return who can see the channels of these tasks; who is not found gets a copy."""
        channels = [*dict.fromkeys(task.channel for task in tasks if task.channel)][:MOST_CHANNELS]
        found = await asyncio.gather(*(members_of(self.edge, workspace, one) for one in channels))
        return {one: members or frozenset() for one, members in zip(channels, found, strict=True)}

    async def cancel(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace, user = actor(body, context)
        await self.edge.do(
            workspace,
            departures.cancel_all,
            _pressed(body),
            by=user,
            via=Via.BUTTON,
            now=self.edge.clock(),
        )
        await ack()

    async def leave(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace, user = actor(body, context)
        await self.edge.do(workspace, departures.leave, _pressed(body), by=user)
        await ack()

    async def left(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Give somebody who left a channel what they no longer see there."""
        workspace = WorkspaceId(context["identity"].workspace)
        channel, user = ChannelId(event["channel"]), UserId(event["user"])
        self.edge.directory.left(workspace, channel)
        await self.edge.do(workspace, departures.left_channel, channel, user, now=self.edge.clock())


def _pressed(body: Mapping[str, Any]) -> UserId:
    """Return who left, as the button says."""
    match body:
        case {"actions": [{"value": str(value)}, *_]} if value:
            return UserId(value)
        case _:
            raise BotError(_OUT_OF_DATE)


def register(app: AsyncApp, edge: Edge) -> None:
    """Answer the buttons and the form, and hear of people who leave a channel."""
    listeners = Listeners(edge)
    app.action(GIVE)(listeners.open_form)
    app.view(GIVE)(listeners.give)
    app.action(CANCEL)(listeners.cancel)
    app.action(LEAVE)(listeners.leave)
    app.event("member_left_channel")(listeners.left)
