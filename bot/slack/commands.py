"""Slash commands, and the same written to Baton without the slash: one way for all of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, assert_never

from bot.domain.errors import BotError
from bot.domain.post import ChannelId
from bot.domain.task import Via
from bot.slack import absences, days, delegating, huddling, own_time, tasks, teams, typed
from bot.slack.absence_blocks import AWAY
from bot.slack.acquaintance import NAMING, known
from bot.slack.blocks import (
    BUTTON_VALUE_LIMIT,
    actions,
    button,
    escape,
    section,
    sections,
)
from bot.slack.edge import Answer, Form, Request, actor
from bot.slack.grammar import COMMANDS, help_lines, parse, parse_message
from bot.slack.home import DELEGATE, SET_UP_A_TEAM
from bot.slack.hours import SET_HOURS
from bot.slack.plain_text import names_in
from bot.slack.preview_blocks import PREVIEW
from bot.slack.surfaces import NotOpened, open_modal
from bot.slack.whispering import whisper
from bot.slack.written import mentioned, plain
from bot.usecases import your_day

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.domain.person import UserId
    from bot.slack.edge import Edge
    from bot.slack.typed import Typed
    from bot.slack.written import NameOf

RUN = "command.run"
"""Begins the `action_id` of a button that does what its value would do if it were typed."""


def register(app: AsyncApp, edge: Edge) -> None:
    """Answer every slash command, and the buttons that stand for one."""
    for command in COMMANDS:
        app.command(f"/{edge.prefix}{command}")(_listener(edge, command))

    async def pressed(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace, user = actor(body, context)
        request = Request(
            workspace=workspace,
            user=user,
            channel=ChannelId((body.get("channel") or {}).get("id") or user),
            text=body["actions"][0].get("value") or "",
            key=body["trigger_id"],
            via=Via.BUTTON,
            now=edge.clock(),
            trigger_id=body["trigger_id"],
        )
        found = await read(edge, None, request)
        given = await answer(edge, request, found)
        told = await _opened_or_told(edge, request, given, typed=request.text)
        if told is not None:
            await whisper(edge.gateway, body, told.text, told.blocks)
        await ack()

    app.action(re.compile(rf"^{re.escape(RUN)}\b"))(pressed)


async def read(edge: Edge, command: str | None, request: Request) -> Typed:
    """Return what was typed after a command, or in a message when there is none."""
    # A line that hands over a task is taken as it is, and understood with who is there.
    name_of = names_in({}) if command == "delegate" else await _naming(edge, request)
    if command is None:
        text = _unaddressed(request.text, edge.directory.baton(request.workspace))
        return parse_message(text, name_of=name_of, prefix=edge.prefix)
    return parse(command, request.text, name_of=name_of)


def _unaddressed(text: str, baton: UserId | None) -> str:
    """Return a message without its address, for whoever writes "@Baton, done 42" to Baton."""
    mention = rf"<@{re.escape(baton)}(?:\|[^<>]*)?>|" if baton else ""
    return re.sub(rf"^\s*(?:{mention}@baton\b)[\s,:;.!-]*", "", text, flags=re.IGNORECASE)


async def _naming(edge: Edge, request: Request) -> NameOf:
    users = mentioned(request.text)
    return names_in(await known(edge, request.workspace, users, seconds=NAMING) if users else {})


async def answer(  # noqa: C901, PLR0911  # one for each thing that can be typed
    edge: Edge, request: Request, found: Typed
) -> Answer | Form:
    """Do what was typed."""
    slash = request.via is Via.COMMAND
    match found:
        case typed.Help(command):
            return _help(command, prefix=edge.prefix, slash=slash)
        case typed.Nonsense():
            raise BotError(found.answer(prefix=edge.prefix, slash=slash))
        case typed.Menu():
            return _menu(request)
        case typed.Me():
            return await _me(edge, request)
        case typed.Away() | typed.Back():
            return await absences.absence(edge, request, found)
        case typed.MyDay():
            return await days.day(edge, request)
        case typed.Delegate(text):
            return await delegating.delegate(edge, replace(request, text=text))
        case typed.HuddleNow() | typed.HuddleStatus() | typed.HuddlePreview():
            return await huddling.huddle(edge, request, found)
        case (
            typed.CreateTeam()
            | typed.ListTeams()
            | typed.AddPeople()
            | typed.RemovePeople()
            | typed.EditTeam()
            | typed.PauseTeam()
            | typed.ResumeTeam()
            | typed.TeamHolidays()
            | typed.DeleteTeam()
        ):
            return await teams.team(edge, request, found)
        case (
            typed.Waiting()
            | typed.Accept()
            | typed.Decline()
            | typed.Ask()
            | typed.Card()
            | typed.ListTasks()
            | typed.ShowTask()
            | typed.Finish()
            | typed.AddNote()
            | typed.Edit()
            | typed.Move()
            | typed.Propose()
            | typed.Agree()
            | typed.Keep()
            | typed.Talk()
            | typed.Give()
            | typed.Snooze()
            | typed.Again()
            | typed.Reopen()
            | typed.Cancel()
            | typed.AnswerQuestion()
            | typed.HowItGoes()
            | typed.Check()
            | typed.Skip()
            | typed.Stop()
            | typed.Verify()
            | typed.Return()
            | typed.Divide()
        ):
            return await tasks.task(edge, request, found)
        case _:
            assert_never(found)


def _listener(edge: Edge, command: str) -> Callable[..., Any]:
    async def listener(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace, user = actor(body, context)
        request = Request(
            workspace=workspace,
            user=user,
            channel=ChannelId(body.get("channel_id") or user),
            text=body["text"],
            key=body.get("trigger_id") or f"{user}/{edge.clock().isoformat()}",
            via=Via.COMMAND,
            now=edge.clock(),
            trigger_id=body.get("trigger_id"),
        )
        found = await read(edge, command, request)
        given = await answer(edge, request, found)
        told = await _opened_or_told(edge, request, given, typed=f"{command} {request.text}")
        if told is None:
            await ack()
        else:
            await ack(
                text=told.text,
                blocks=[dict(block) for block in told.blocks],
                response_type="ephemeral",
            )

    return listener


async def _opened_or_told(
    edge: Edge, request: Request, given: Answer | Form, *, typed: str
) -> Answer | None:
    """Open a form; return what is to be said, when there is anything."""
    if isinstance(given, Answer):
        return given
    if request.trigger_id is None:
        return given.instead
    try:
        await open_modal(edge, request.workspace, {"trigger_id": request.trigger_id}, given.view)
    except NotOpened as refusal:
        return await _kept(edge, request, refusal, typed)
    return None


async def _kept(edge: Edge, request: Request, refusal: NotOpened, typed: str) -> Answer:
    """Return why there is no form, with a button that opens it by what was typed."""
    value = typed.strip()
    row = actions(button("Open the form", RUN, value=value[:BUTTON_VALUE_LIMIT], style="primary"))
    if len(value) <= BUTTON_VALUE_LIMIT:
        text = f"{refusal.why} Press the button in a minute; it keeps what you wrote."
        return Answer(text, [section(text), row])
    text = f"{refusal.why} The button keeps only the beginning of what you wrote, so here is all:"
    words = plain(value, await _naming(edge, request))
    return Answer(text, [section(text), *sections(words), row])


def _help(command: str | None, *, prefix: str, slash: bool) -> Answer:
    lines = [escape(line) for line in help_lines(command, prefix=prefix, slash=slash)]
    blocks = [section("\n".join(lines[first : first + 12])) for first in range(0, len(lines), 12)]
    return Answer("\n".join(lines), blocks)


def _menu(request: Request) -> Answer:
    text = "What would you like to do?"
    return Answer(
        text,
        [
            section(text),
            actions(
                button("Delegate a task", DELEGATE),
                button("Waits for my yes", f"{RUN}.ack", value="ack"),
                button("My tasks", f"{RUN}.tasks", value="tasks mine"),
            ),
            actions(
                button("Set up a team", SET_UP_A_TEAM, value=_channel_value(request)),
                button("Set my hours", SET_HOURS),
                button("Help", f"{RUN}.help", value="help"),
            ),
            actions(
                button("I am away", AWAY),
                button("I am back", f"{RUN}.back", value="back"),
                button("About me", f"{RUN}.me", value="me"),
            ),
            actions(button("Coming huddles", PREVIEW, value="baton huddle preview")),
        ],
    )


def _channel_value(request: Request) -> str:
    return request.channel if request.channel.startswith(("C", "G")) else ""


async def _me(edge: Edge, request: Request) -> Answer:
    asking = await known(edge, request.workspace, (request.user,))
    person = asking.get(request.user)
    if person is None:
        raise BotError("Slack does not say who you are at the moment. Try again in a minute.")
    about = own_time.about(person, request.now)
    is_reminded = await edge.do(request.workspace, your_day.is_reminded, request.user)
    return Answer(about.text, [*about.blocks, *days.reminders(is_reminded=is_reminded)])
