"""Dividing a task: its form `task.divide`, and one part in a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain.brief import Draft, check_assignees, check_title, titled
from bot.domain.errors import BotError, SlackFailure, SlackRejected
from bot.domain.parts import MOST_PARTS
from bot.domain.person import Person, UserId
from bot.domain.task import Step, Via
from bot.slack.blocks import (
    Block,
    actions,
    button,
    context,
    divider,
    input_person,
    input_text,
    modal,
    person_input,
    text_input,
)
from bot.slack.bolt import InputError
from bot.slack.delegation_form import read_due_input, with_input
from bot.slack.delegation_grammar import calls_by_name, parse_delegate
from bot.slack.edge import Answer, Form, actor
from bot.slack.patience import within
from bot.slack.receipts import receipt
from bot.slack.surfaces import PATIENCE, open_modal
from bot.slack.task_access import (
    around,
    check_possible,
    members_with,
    people_of,
    place_for,
    sees_card,
)
from bot.slack.task_blocks import MOST_BLOCKS
from bot.slack.task_values import metadata_of, pressed_in, pressed_task, submitted_task
from bot.usecases import delegation, dividing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.domain.person import WorkspaceId
    from bot.domain.task import Due, Task, TaskNumber
    from bot.slack.edge import Edge, Request
    from bot.usecases.delegation import Receipt

CALLBACK = "task.divide"
_AT_FIRST = 2


@dataclass(frozen=True)
class Part:
    """One part as it was put in, and the number of its inputs."""

    place: int
    person: UserId | None
    outcome: str
    due: str

    @property
    def is_empty(self) -> bool:
        return not (self.person or self.outcome or self.due)


def form(task: TaskNumber, parts: int = _AT_FIRST) -> Block:
    """Return the form with room for so many parts; what is left empty is none."""
    blocks: list[Block] = [
        context("Each part is a task of its own, with one person. The whole is done when they are.")
    ]
    for place in range(1, parts + 1):
        blocks += [
            *([divider()] if place > 1 else []),
            person_input(f"person{place}", f"Who does part {place}?", optional=True),
            text_input(
                f"outcome{place}",
                "What should be true when it is done?",
                multiline=True,
                optional=True,
            ),
            text_input(
                f"due{place}", "When is it due?", placeholder="fri 17:00, or wed", optional=True
            ),
        ]
    if parts < MOST_PARTS:
        blocks.append(actions(button("Another part", "task.divide_more", value=str(task))))
    return modal(
        CALLBACK,
        f"Divide task {task}",
        blocks,
        submit="Divide",
        private_metadata=json.dumps({"task": task, "parts": parts}),
    )


async def divide(edge: Edge, request: Request, number: TaskNumber, said: str) -> Answer | Form:
    """Make the part that was described, or answer with the form for several."""
    task = await _check(edge, request.workspace, number, request.user)
    if not said.strip():
        return Form(form(number), Answer(f"Who does which part of task {number}, and by when?"))
    there = await around(edge, request, by_name=calls_by_name(said))
    asked = parse_delegate(
        said,
        names=there.names,
        name_of=there.name_of,
        me=request.user,
        mine=there.hours_of(request.user),
        theirs_of=lambda users: there.hours_of(users[0]),
        now=request.now,
    )
    if asked.problems or asked.due is None or not asked.people:
        example = f"`/tasks divide {number} @joy Check the totals due wed`"
        raise BotError(
            " ".join([*asked.problems, f"Write one part like {example}, or open the form with "])
            + f"`/tasks divide {number}`."
        )
    if asked.every:
        raise BotError(
            f"A part is done once, so leave “{asked.every}” out, or delegate a task of its own."
        )
    if len(asked.people) > 1:
        raise BotError("A part is for one person. Make a part for each of them.")
    part = _Wanted(asked.people[0], asked.title, asked.more, asked.due, asked.takes)
    made = await _make(
        edge,
        request.workspace,
        task,
        [part],
        people=there.people,
        key=request.key,
        by=request.user,
        via=request.via,
        now=request.now,
    )
    return receipt(made[0], notes=[f"It is a part of task {number}."], now=request.now)


@dataclass(frozen=True)
class _Wanted:
    """A part that can be made."""

    person: UserId
    title: str
    more: str
    due: Due
    takes: timedelta | None = None


@dataclass(frozen=True)
class Listeners:
    """The form `task.divide` and the buttons that open it and make it longer."""

    edge: Edge

    async def open_form(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        workspace, user = actor(body, context)
        number = pressed_task(body)
        visible = await sees_card(self.edge, workspace, number, user, here=pressed_in(body))
        await _check(self.edge, workspace, number, user, sees_card=visible)
        await open_modal(self.edge, workspace, body, form(number))
        await ack()

    async def another(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        """Make the form longer by a part; Slack keeps what was put in."""
        workspace, _ = actor(body, context)
        view = body["view"]
        longer = form(pressed_task(body), min(_parts_of(view) + 1, MOST_PARTS))
        try:
            async with within(PATIENCE):
                await self.edge.gateway.call(
                    workspace,
                    "views.update",
                    view_id=view["id"],
                    hash=view.get("hash") or "",
                    view=longer,
                )
        except SlackRejected as refusal:
            # They pressed twice, or closed it.
            if refusal.code not in {"hash_conflict", "not_found"}:
                raise
        except (SlackFailure, TimeoutError):
            raise BotError("Slack is slow at the moment. Press the button again.") from None
        await ack()

    async def submit(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        """Make the parts, and show their receipts in the place of the form."""
        workspace, user = actor(body, context)
        now = self.edge.clock()
        number = submitted_task(view)
        parts = [part for part in _put_in(view) if not part.is_empty]
        if not parts:
            raise InputError("Choose who does this part.", block="person1")
        for part in parts:
            if part.person is None:
                raise InputError("Choose who does this part.", block=f"person{part.place}")
        users = (user, *(part.person for part in parts if part.person))
        people = await people_of(self.edge, workspace, users)
        task = await _check(self.edge, workspace, number, user)
        wanted = [_read(part, people, by=user, now=now) for part in parts]
        made = await _make(
            self.edge,
            workspace,
            task,
            wanted,
            people=people,
            key=view["id"],
            by=user,
            via=Via.MODAL,
            now=now,
        )
        blocks = [block for done in made for block in receipt(done, now=now).blocks]
        shown = modal("task.receipt", f"Task {number}", list(map(dict, blocks))[:MOST_BLOCKS])
        await ack(response_action="update", view=shown)


async def _check(
    edge: Edge, workspace: WorkspaceId, number: TaskNumber, user: UserId, *, sees_card: bool = False
) -> Task:
    task = await edge.do(
        workspace, delegation.check, number, Step.DIVIDE, by=user, sees_card=sees_card
    )
    check_possible(task, Step.DIVIDE)
    return task


async def _make(
    edge: Edge,
    workspace: WorkspaceId,
    task: Task,
    parts: Sequence[_Wanted],
    *,
    people: Mapping[UserId, Person],
    key: str,
    by: UserId,
    via: Via,
    now: datetime,
) -> list[Receipt]:
    channel = None
    if task.channel is not None:
        users = (by, *(part.person for part in parts))
        members = await members_with(edge, workspace, task.channel, users)
        channel, _ = place_for(task.channel, members, users, people)
    drafts = [
        Draft(
            title=part.title,
            more=part.more,
            assignees=(part.person,),
            due=part.due,
            channel=channel,
            takes=part.takes,
        )
        for part in parts
    ]
    return await edge.do(
        workspace, dividing.divide, task.number, drafts, key=key, by=by, via=via, now=now
    )


def _read(part: Part, people: Mapping[UserId, Person], *, by: UserId, now: datetime) -> _Wanted:
    """Return a part that can be made; what cannot be is refused under its input."""
    person = part.person or by
    with_input(f"person{part.place}", check_assignees, (person,), people)
    title, more = titled(part.outcome)
    with_input(f"outcome{part.place}", check_title, title)
    if not part.due:
        sentence = "Say when it is due, such as fri 17:00, tomorrow or 12 aug."
        raise InputError(sentence, block=f"due{part.place}")
    mine = people.get(by, Person(id=by, name=by))
    due = read_due_input(
        part.due, by=mine, assignee=people[person], now=now, block=f"due{part.place}"
    )
    return _Wanted(person, title, more, due)


def _put_in(view: Mapping[str, Any]) -> list[Part]:
    state = view["state"]
    return [
        Part(
            place=place,
            person=input_person(state, f"person{place}"),
            outcome=input_text(state, f"outcome{place}"),
            due=input_text(state, f"due{place}"),
        )
        for place in range(1, _parts_of(view) + 1)
    ]


def _parts_of(view: Mapping[str, Any]) -> int:
    """Return how many parts a form has room for, whatever it says that it has."""
    parts = metadata_of(view).get("parts")
    return parts if isinstance(parts, int) and 0 < parts <= MOST_PARTS else _AT_FIRST


def register(app: AsyncApp, edge: Edge) -> None:
    """Answer the form and its buttons."""
    listeners = Listeners(edge)
    app.action("task.divide")(listeners.open_form)
    app.action("task.divide_more")(listeners.another)
    app.view(CALLBACK)(listeners.submit)
