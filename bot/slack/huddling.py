"""Huddles as people use them: the buttons and the form, replies in the thread, the commands."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain.errors import BotError, SlackFailure
from bot.domain.huddle import from_subject
from bot.slack import huddle_blocks, preview_blocks
from bot.slack.acquaintance import READING, known
from bot.slack.blocks import actions, escape, in_plain_words, input_text, moment, section
from bot.slack.bolt import InputError
from bot.slack.edge import Answer, actor
from bot.slack.patience import within
from bot.slack.plain_text import plain
from bot.slack.surfaces import open_modal
from bot.slack.typed import HuddleNow, HuddlePreview
from bot.usecases import answering, huddling, previewing, teams
from bot.usecases.answering import Unanswered
from bot.usecases.huddling import AlreadyHeld
from bot.usecases.teams import Elsewhere

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.domain.person import UserId, WorkspaceId
    from bot.domain.post import ChannelId, MessageTs, Post
    from bot.domain.team import Team
    from bot.slack.edge import Edge, Request
    from bot.slack.typed import HuddleStatus

TOO_OLD = "This form is too old. Press Answer in the team's next huddle."

_MENTIONS = ("<@", "<!subteam", "<!here", "<!channel", "<!everyone")


def register(app: AsyncApp, edge: Edge) -> None:
    """Answer the buttons of a huddle, and its form."""
    listeners = _Listeners(edge)
    app.action(huddle_blocks.ANSWER)(listeners.open_form)
    app.view(huddle_blocks.ANSWER)(listeners.answer)
    app.action(huddle_blocks.SKIP)(listeners.skip)


@dataclass(frozen=True)
class _Listeners:
    edge: Edge

    async def open_form(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        workspace, user = actor(body, context)
        subject = _value(body)
        team, local_date, _ = from_subject(subject)
        view = huddle_blocks.empty_form(subject)
        with suppress(TimeoutError):
            async with within(READING):
                view = huddle_blocks.answer_form(
                    *await self.edge.do(workspace, answering.form, team, local_date, by=user)
                )
        await open_modal(self.edge, workspace, body, view)
        await ack()

    async def answer(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        workspace, user = actor(body, context)
        questions = [
            block["block_id"]
            for block in view.get("blocks") or ()
            if block.get("type") == "input" and isinstance(block.get("block_id"), str)
        ]
        try:
            team, local_date, _ = from_subject(str(view.get("private_metadata") or ""))
        except ValueError:
            raise BotError(TOO_OLD) from None
        if not questions:
            raise BotError(TOO_OLD)
        await known(self.edge, workspace, (user,))
        try:
            await self.edge.do(
                workspace,
                answering.answer,
                team,
                local_date,
                [input_text(view["state"], question) for question in questions],
                by=user,
                now=self.edge.clock(),
            )
        except Unanswered as refusal:
            raise InputError(str(refusal), block=questions[refusal.question]) from None
        await ack()

    async def skip(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace, user = actor(body, context)
        team, local_date, _ = from_subject(_value(body))
        await known(self.edge, workspace, (user,))
        await self.edge.do(
            workspace, answering.skip, team, local_date, by=user, now=self.edge.clock()
        )
        await ack()


async def thread_reply(  # noqa: PLR0917  # as all that takes in messages is called
    edge: Edge,
    workspace: WorkspaceId,
    channel: ChannelId,
    thread_ts: MessageTs,
    user: UserId,
    ts: MessageTs,
    text: str,
    now: datetime,
) -> None:
    """Take in a message that somebody wrote in the thread of a huddle."""
    subject = await edge.do(workspace, answering.thread_of, channel, thread_ts, by=user)
    if subject is None:
        return
    await known(edge, workspace, (user,))
    await edge.do(
        workspace,
        answering.reply,
        subject,
        by=user,
        ts=ts,
        text=await plain(edge.directory, workspace, text),
        to_somebody=text.lstrip().startswith(_MENTIONS),
        now=now,
    )


async def reply_changed(  # noqa: PLR0917  # as all that takes in messages is called
    edge: Edge,
    workspace: WorkspaceId,
    channel: ChannelId,
    thread_ts: MessageTs,
    user: UserId,
    ts: MessageTs,
    text: str,
    now: datetime,
) -> None:
    """Take in that somebody changed a message in the thread of a huddle."""
    subject = await edge.do(workspace, answering.thread_of, channel, thread_ts, by=user)
    if subject is None:
        return
    await edge.do(
        workspace,
        answering.edit_reply,
        subject,
        by=user,
        ts=ts,
        text=await plain(edge.directory, workspace, text),
        now=now,
    )


async def reply_deleted(  # noqa: PLR0917  # as all that takes in messages is called
    edge: Edge,
    workspace: WorkspaceId,
    channel: ChannelId,
    thread_ts: MessageTs,
    user: UserId,
    ts: MessageTs,
    now: datetime,
) -> None:
    """Take in that a message in the thread of a huddle was deleted."""
    subject = await edge.do(workspace, answering.thread_of, channel, thread_ts, by=user)
    if subject is not None:
        await edge.do(workspace, answering.withdraw_reply, subject, by=user, ts=ts, now=now)


async def huddle(
    edge: Edge, request: Request, parsed: HuddleNow | HuddleStatus | HuddlePreview
) -> Answer:
    """Do what somebody typed after `huddle`."""
    if isinstance(parsed, HuddleNow):
        return await _now(edge, request, parsed.team)
    if isinstance(parsed, HuddlePreview):
        return await _preview(edge, request, parsed)
    return await _status(edge, request, parsed.team)


async def _now(edge: Edge, request: Request, name: str | None) -> Answer:
    """Open today's huddle, or show where it is."""
    await known(edge, request.workspace, (request.user,))
    team = await _chosen(edge, request, name, Elsewhere.THE_ONLY_ONE)
    try:
        opened = await edge.do(
            request.workspace, huddling.open_now, team.id, by=request.user, now=request.now
        )
    except AlreadyHeld as refusal:
        where = await _link(edge, request.workspace, refusal.root)
        return Answer(f"{escape(str(refusal))} {where}")
    until = "" if opened.closes_at is None else moment(opened.closes_at, team.schedule.zone)
    text = f"The written huddle of {escape(team.name)} opens in <#{team.channel}>, until {until}."
    return Answer(in_plain_words(text), [section(text)])


async def _status(edge: Edge, request: Request, name: str | None) -> Answer:
    """Tell how a team's last huddles went."""
    asking = await known(edge, request.workspace, (request.user,))
    team = await _chosen(edge, request, name, Elsewhere.THEIR_ONLY_ONE)
    found = await edge.do(request.workspace, answering.status, team.id, now=request.now)
    reader = asking.get(request.user)
    zone = team.schedule.zone if reader is None else reader.zone
    text = huddle_blocks.status(found, reader_zone=zone)
    return Answer(text, [section(text), actions(preview_blocks.preview_button(team.name))])


async def _preview(edge: Edge, request: Request, parsed: HuddlePreview) -> Answer:
    """Tell what is to come of the teams that somebody means, in each member's time."""
    await known(edge, request.workspace, (request.user,))
    found = await edge.do(
        request.workspace,
        previewing.coming,
        name=parsed.team,
        channel=request.channel,
        days=parsed.days,
        by=request.user,
    )
    # Beside everything else: two hundred people take longer than others should wait for.
    shown = [
        (
            await asyncio.to_thread(each.preview, days=parsed.days, now=request.now),
            each.people,
        )
        for each in found[: preview_blocks.SHOWN_TEAMS]
    ]
    more = len(found) - len(shown)
    return Answer(*preview_blocks.coming(shown, days=parsed.days, more=more))


async def _chosen(edge: Edge, request: Request, name: str | None, elsewhere: Elsewhere) -> Team:
    return await edge.do(
        request.workspace,
        teams.choose,
        name=name,
        channel=request.channel,
        by=request.user,
        elsewhere=elsewhere,
    )


async def _link(edge: Edge, workspace: WorkspaceId, root: Post | None) -> str:
    if root is None or root.ts is None:
        return "It appears in a moment."
    try:
        answer = await edge.gateway.call(
            workspace, "chat.getPermalink", channel=root.channel, message_ts=root.ts
        )
    except SlackFailure:
        return f"It is in <#{root.channel}>."
    return f"<{answer['permalink']}|Go to it>."


def _value(body: Mapping[str, Any]) -> str:
    """Return which huddle a button belongs to."""
    value = str(body["actions"][0].get("value") or "")
    try:
        from_subject(value)
    except ValueError:
        raise BotError("This button is too old. Use those of the team's next huddle.") from None
    return value
