"""Setting up teams and changing them: what is typed, the form, and what happens to channels."""

from __future__ import annotations

import asyncio
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.domain.calendar import WORKING_WEEK, WorkingHours, parse_time, parse_weekdays
from bot.domain.errors import BotError, SlackFailure, SlackRejected
from bot.domain.person import Person, UserId, WorkspaceId
from bot.domain.phrases import read_date
from bot.domain.post import ChannelId
from bot.domain.schedule import Schedule
from bot.domain.team import BadName, BadPeople, TeamId, joins_by_itself, names_in_words
from bot.domain.zones import find_zone
from bot.slack import team_blocks
from bot.slack.blocks import escape, input_people, input_text
from bot.slack.bolt import InputError
from bot.slack.edge import Answer, Form, actor
from bot.slack.huddling import READING, known
from bot.slack.team_blocks import Draft
from bot.slack.typed import (
    AddPeople,
    CreateTeam,
    DeleteTeam,
    EditTeam,
    ListTeams,
    PauseTeam,
    RemovePeople,
    ResumeTeam,
)
from bot.slack.written import MENTION, mentioned
from bot.usecases import huddle_trouble, teams
from bot.usecases.huddle_trouble import CHANNEL_GONE, IS_ARCHIVED, NOT_IN_CHANNEL
from bot.usecases.people import known as remembered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.domain.team import Team
    from bot.slack.edge import Edge, Request
    from bot.usecases.teams import Listed

Parsed = (
    CreateTeam
    | ListTeams
    | AddPeople
    | RemovePeople
    | EditTeam
    | PauseTeam
    | ResumeTeam
    | DeleteTeam
)

NOT_INVITED = (
    "I am not in that channel. Invite me first: write /invite @Baton there, then try again."
)

# Events that end a channel for Baton, and what its leads are told.
_ENDINGS = {
    "channel_archive": IS_ARCHIVED,
    "group_archive": IS_ARCHIVED,
    "channel_deleted": CHANNEL_GONE,
    "group_deleted": CHANNEL_GONE,
    "channel_left": NOT_IN_CHANNEL,
    "group_left": NOT_IN_CHANNEL,
}
_BETWEEN_NAMES = re.compile(r"\s*(?:[,;]|\band\b)\s*")


def register(app: AsyncApp, edge: Edge) -> None:
    """Answer the form and the buttons, and hear what happens to channels."""
    listeners = _Listeners(edge)
    app.action(team_blocks.CREATE)(listeners.open_form)
    app.view(team_blocks.EDIT)(listeners.submit)
    app.action(team_blocks.DELETE)(listeners.delete)
    app.event("member_joined_channel")(listeners.joined)
    app.event("channel_id_changed")(listeners.moved)
    for ending in _ENDINGS:
        app.event(ending)(listeners.ended)


async def team(edge: Edge, request: Request, parsed: Parsed) -> Answer | Form:  # noqa: PLR0911  # one for each thing typed
    """Do what somebody typed after `team`."""
    if isinstance(parsed, CreateTeam):
        return await _create_typed(edge, request, parsed)
    await known(edge, request.workspace, (request.user,))
    match parsed:
        case ListTeams():
            return await _list(edge, request)
        case EditTeam():
            return await _edit_typed(edge, request, parsed)
        case AddPeople():
            return await _add(edge, request, parsed)
        case RemovePeople():
            return await _remove(edge, request, parsed)
        case PauseTeam():
            return await _pause(edge, request, parsed)
        case ResumeTeam():
            found = await _chosen(edge, request, parsed.team)
            await edge.do(
                request.workspace, teams.resume, found.id, by=request.user, now=request.now
            )
            return await _described(edge, request, found.id, "goes on.")
        case DeleteTeam():
            found = await _chosen(edge, request, parsed.team)
            await edge.do(
                request.workspace, teams.for_editing, found.id, by=request.user, now=request.now
            )
            return Answer(*team_blocks.deletion(found))


async def _create_typed(edge: Edge, request: Request, parsed: CreateTeam) -> Answer | Form:
    channel = parsed.channel or _channel(request.channel)
    if (
        parsed.problems
        or parsed.name is None
        or parsed.zone is None
        or parsed.at is None
        or channel is None
    ):
        draft = replace(
            await _draft(edge, request.workspace, request.user, channel),
            name=parsed.name or "",
            problems=parsed.problems,
        )
        draft = replace(
            draft,
            zone=parsed.zone or draft.zone,
            at=parsed.at or draft.at,
            weekdays=parsed.weekdays or draft.weekdays,
        )
        text = "\n".join([*parsed.problems, "Set up the team in a form."])
        return Form(team_blocks.form(draft), instead=Answer(escape(text)))
    made = await _create(
        edge,
        request.workspace,
        request.user,
        name=parsed.name,
        channel=channel,
        schedule=Schedule(find_zone(parsed.zone), parsed.at, parsed.weekdays or WORKING_WEEK),
        people=None,
        now=request.now,
    )
    return await _described(edge, request, made.id, "is set up, with you as its lead.")


async def _create(
    edge: Edge,
    workspace: WorkspaceId,
    user: UserId,
    *,
    name: str,
    channel: ChannelId,
    schedule: Schedule,
    people: Sequence[UserId] | None,
    now: datetime,
) -> Team:
    """Set up a team; without `people`, everybody of its channel who can be asked is in it."""
    there = await _members(edge, workspace, channel)
    if user not in there:
        raise _NotThere("You are not in that channel yourself. Join it first, then try again.")
    if people is None:
        found = await known(edge, workspace, there)
        people = [who for who, person in found.items() if joins_by_itself(person)]
    else:
        await known(edge, workspace, (user, *people))
    return await edge.do(
        workspace,
        teams.create,
        name=name,
        channel=channel,
        schedule=schedule,
        people=people,
        by=user,
        now=now,
    )


async def _list(edge: Edge, request: Request) -> Answer:
    found = await edge.do(request.workspace, teams.listing, by=request.user, now=request.now)
    zone = await _zone_of(edge, request.workspace, request.user)
    return Answer(*team_blocks.listing(found, reader_zone=zone))


async def _edit_typed(edge: Edge, request: Request, parsed: EditTeam) -> Form:
    found = await _chosen(edge, request, parsed.team)
    listed = await edge.do(
        request.workspace, teams.for_editing, found.id, by=request.user, now=request.now
    )
    view = team_blocks.form(team_blocks.drafted(listed.team))
    return Form(view, instead=Answer(f"Change {escape(found.name)} in a form."))


async def _add(edge: Edge, request: Request, parsed: AddPeople) -> Answer:
    found = await _chosen(edge, request, parsed.team)
    people = await _people(edge, request, parsed.who)
    changed = await edge.do(
        request.workspace,
        teams.add,
        found.id,
        people,
        parsed.role,
        by=request.user,
        now=request.now,
    )
    there = await edge.directory.members(request.workspace, changed.channel)
    outside = [user for user in people if there is not None and user not in there]
    answer = await _described(edge, request, found.id, "has changed.")
    if not outside:
        return answer
    names = [person.name for person in (await known(edge, request.workspace, outside)).values()]
    hint = f"Not in <#{changed.channel}> yet: {escape(', '.join(names))}. Invite them there."
    return Answer(f"{answer.text}\n{hint}")


async def _remove(edge: Edge, request: Request, parsed: RemovePeople) -> Answer:
    found = await _chosen(edge, request, parsed.team)
    people = await _people(edge, request, parsed.who)
    await edge.do(
        request.workspace, teams.remove, found.id, people, by=request.user, now=request.now
    )
    return await _described(edge, request, found.id, "has changed.")


async def _pause(edge: Edge, request: Request, parsed: PauseTeam) -> Answer:
    found = await _chosen(edge, request, parsed.team)
    hours = WorkingHours(zone=found.schedule.zone, days=found.schedule.weekdays)
    until = None
    if parsed.until is not None:
        until = read_date(parsed.until, hours=hours, now=request.now)
    await edge.do(
        request.workspace, teams.pause, found.id, until=until, by=request.user, now=request.now
    )
    return await _described(edge, request, found.id, "is paused.")


async def _described(edge: Edge, request: Request, team_id: TeamId, what: str) -> Answer:
    """Return what was done to a team, and how the team is now."""
    listed = await edge.do(request.workspace, teams.listed, team_id, now=request.now)
    zone = await _zone_of(edge, request.workspace, request.user)
    return Answer(_happened(listed, what, zone))


def _happened(listed: Listed, what: str, reader_zone: str) -> str:
    shown = team_blocks.described(listed, reader_zone=reader_zone)
    return f"{escape(listed.team.name)} {what}\n{shown}"


async def _chosen(edge: Edge, request: Request, name: str | None) -> Team:
    return await edge.do(
        request.workspace, teams.choose, name=name, channel=request.channel, by=request.user
    )


async def _people(edge: Edge, request: Request, who: str) -> tuple[UserId, ...]:
    """Return whom somebody named: by mention, as `me`, or by a name that fits one person."""
    found = list(mentioned(who))
    # The names may be several words long, so what stands between two mentions is one.
    spoken = [
        word.strip().removeprefix("@").strip(" .")
        for rest in re.split(re.sub(r"\?P<\w+>", "?:", MENTION), who)
        for word in _BETWEEN_NAMES.split(rest)
    ]
    names = None
    for word in filter(None, spoken):
        if word.casefold() == "me":
            found.append(request.user)
            continue
        names = names or await edge.directory.names(request.workspace)
        found.append(await _called(edge, request, word, names))
    if not found:
        raise BadPeople("Say who: type @ and choose somebody, such as /baton team add @ana.")
    await known(edge, request.workspace, found)
    return tuple(dict.fromkeys(found))


async def _called(
    edge: Edge, request: Request, word: str, names: Callable[[str], list[UserId]]
) -> UserId:
    fitting = names(word)
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise BadPeople(f"I know nobody called {word[:40]}. Type @ and choose them.")
    people = await known(edge, request.workspace, fitting)
    called = names_in_words([f"{person.name} (@{person.handle})" for person in people.values()])
    raise BadPeople(f"{word[:40]} could be {called}. Type @ and choose the one you mean.")


class _NotThere(BotError):
    """Baton, or whoever asks, is not in the channel."""


async def _members(edge: Edge, workspace: WorkspaceId, channel: ChannelId) -> frozenset[UserId]:
    there = await edge.directory.members(workspace, channel)
    if there is None:
        raise _NotThere(NOT_INVITED)
    return there


async def _draft(
    edge: Edge, workspace: WorkspaceId, user: UserId, channel: ChannelId | None
) -> Draft:
    """Return the form's contents for a new team, as far as they can be read in time."""
    draft = Draft(channel=channel, zone="UTC", people=(user,))
    with suppress(TimeoutError, SlackFailure):
        async with asyncio.timeout(READING):
            # What is remembered comes at once; Slack may not answer in time.
            asking = await edge.do(workspace, remembered, (user,))
            draft = _in_zone_of(draft, asking.get(user))
            asking = await edge.directory.people(workspace, (user,))
            draft = _in_zone_of(draft, asking.get(user))
            if channel is not None:
                there = await edge.directory.members(workspace, channel) or frozenset()
                people = await edge.directory.people(workspace, there)
                fit = [who for who, person in people.items() if joins_by_itself(person)]
                draft = replace(draft, people=tuple(dict.fromkeys((user, *sorted(fit)))))
    return draft


def _in_zone_of(draft: Draft, person: Person | None) -> Draft:
    return draft if person is None else replace(draft, zone=person.zone)


async def _zone_of(edge: Edge, workspace: WorkspaceId, user: UserId) -> str:
    person = (await known(edge, workspace, (user,))).get(user)
    return "UTC" if person is None else person.zone


def _channel(channel: ChannelId) -> ChannelId | None:
    """Return where a command was typed, unless that is a direct message."""
    return None if channel.startswith("D") or not channel else channel


@contextmanager
def _under(block: str, *refusals: type[BotError]) -> Iterator[None]:
    """Show these refusals under the input that they are about."""
    try:
        yield
    except refusals as refusal:
        raise InputError(str(refusal), block=block) from None


@dataclass(frozen=True)
class _Listeners:
    edge: Edge

    async def open_form(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        workspace, user = actor(body, context)
        channel = ChannelId(str(body["actions"][0].get("value") or ""))
        draft = await _draft(self.edge, workspace, user, _channel(channel))
        await self.edge.gateway.call(
            workspace,
            "views.open",
            trigger_id=body["trigger_id"],
            view=team_blocks.form(draft),
        )
        await ack()

    async def submit(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        workspace, user = actor(body, context)
        state, now = view["state"], self.edge.clock()
        with _under("zone", BotError):
            zone = find_zone(input_text(state, "zone"))
        with _under("time", BotError):
            local_time = parse_time(input_text(state, "time"))
        with _under("days", BotError):
            weekdays = parse_weekdays(input_text(state, "days"))
        schedule = Schedule(zone, local_time, weekdays)
        channel = ChannelId(team_blocks.input_channel(state, "channel") or "")
        name, people = input_text(state, "name"), input_people(state, "people")
        with _under("name", BadName), _under("people", BadPeople), _under("channel", _NotThere):
            if view["private_metadata"]:
                saved = await self._save(
                    workspace,
                    user,
                    TeamId(int(view["private_metadata"])),
                    name=name,
                    channel=channel,
                    schedule=schedule,
                    people=people,
                )
                title, what = "Team changed", "has changed."
            else:
                saved = await _create(
                    self.edge,
                    workspace,
                    user,
                    name=name,
                    channel=channel,
                    schedule=schedule,
                    people=people or None,
                    now=now,
                )
                title, what = "Team set up", "is set up, with you as its lead."
        listed = await self.edge.do(workspace, teams.listed, saved.id, now=now)
        text = _happened(listed, what, await _zone_of(self.edge, workspace, user))
        await ack(response_action="update", view=team_blocks.done(title, text))

    async def _save(
        self,
        workspace: WorkspaceId,
        user: UserId,
        team_id: TeamId,
        *,
        name: str,
        channel: ChannelId,
        schedule: Schedule,
        people: Sequence[UserId],
    ) -> Team:
        now = self.edge.clock()
        await known(self.edge, workspace, (user, *people))
        before = await self.edge.do(workspace, teams.for_editing, team_id, by=user, now=now)
        if channel != before.team.channel:
            await _members(self.edge, workspace, channel)
        return await self.edge.do(
            workspace,
            teams.edit,
            team_id,
            name=name,
            channel=channel,
            schedule=schedule,
            members=people,
            by=user,
            now=now,
        )

    async def delete(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace, user = actor(body, context)
        await known(self.edge, workspace, (user,))
        team_id = TeamId(int(body["actions"][0]["value"]))
        deleted = await self.edge.do(
            workspace, teams.delete, team_id, by=user, now=self.edge.clock()
        )
        await ack()
        if url := body.get("response_url"):
            with suppress(SlackFailure):
                text = f"{escape(deleted.name)} was deleted."
                await self.edge.gateway.respond(url, {"replace_original": True, "text": text})

    async def joined(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Offer a huddle to whoever invited Baton, unless the channel has one."""
        identity = context["identity"]
        inviter = event.get("inviter")
        if event["user"] != identity.bot_user or not inviter:
            return
        workspace, channel = WorkspaceId(identity.workspace), ChannelId(event["channel"])
        if await self.edge.do(workspace, teams.of_channel, channel):
            return
        text, blocks = team_blocks.offer(channel)
        # Whoever is gone again by then needs no offer.
        with suppress(SlackRejected):
            await self.edge.gateway.call(
                workspace,
                "chat.postEphemeral",
                channel=channel,
                user=inviter,
                text=text,
                blocks=blocks,
            )

    async def ended(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Tell the leads that nothing can be posted in a channel any more."""
        await self.edge.do(
            WorkspaceId(context["identity"].workspace),
            huddle_trouble.left_channel,
            ChannelId(str(event.get("channel") or "")),
            _ENDINGS[event["type"]],
            now=self.edge.clock(),
        )

    async def moved(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Follow a channel that Slack gave another id."""
        await self.edge.do(
            WorkspaceId(context["identity"].workspace),
            teams.moved_channel,
            ChannelId(event["old_channel_id"]),
            ChannelId(event["new_channel_id"]),
        )
