"""Setting up teams and changing them: what somebody typed, and what is listened to."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.domain.calendar import DAY, WORKING_WEEK, WorkingHours, working_date
from bot.domain.phrases import read_date
from bot.domain.schedule import Schedule
from bot.domain.spans import read_dates
from bot.domain.team import BadPeople, TeamId, names_in_words
from bot.domain.zones import find_zone
from bot.slack import team_blocks
from bot.slack.acquaintance import known
from bot.slack.blocks import escape
from bot.slack.edge import Answer, Form
from bot.slack.team_form import ENDINGS, Listeners
from bot.slack.team_setup import channel_of, create, draft_for, happened, zone_of
from bot.slack.typed import (
    AddPeople,
    CreateTeam,
    DeleteTeam,
    EditTeam,
    ListTeams,
    PauseTeam,
    RemovePeople,
    ResumeTeam,
    TeamHolidays,
)
from bot.slack.written import MENTION, mentioned
from bot.usecases import teams

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt.app.async_app import AsyncApp

    from bot.domain.person import UserId
    from bot.domain.team import Team
    from bot.slack.edge import Edge, Request


Parsed = (
    CreateTeam
    | ListTeams
    | AddPeople
    | RemovePeople
    | EditTeam
    | PauseTeam
    | ResumeTeam
    | TeamHolidays
    | DeleteTeam
)

_BETWEEN_NAMES = re.compile(r"\s*(?:[,;]|\band\b)\s*")


def register(app: AsyncApp, edge: Edge) -> None:
    """Answer the form and the buttons, and hear what happens to channels."""
    listeners = Listeners(edge)
    app.action(team_blocks.CREATE)(listeners.open_form)
    app.view(team_blocks.EDIT)(listeners.submit)
    app.action(team_blocks.DELETE)(listeners.delete)
    app.event("member_joined_channel")(listeners.joined)
    app.event("channel_id_changed")(listeners.moved)
    for ending in ENDINGS:
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
        case TeamHolidays():
            return await _holidays(edge, request, parsed.when)
        case DeleteTeam():
            found = await _chosen(edge, request, parsed.team)
            await edge.do(
                request.workspace, teams.for_editing, found.id, by=request.user, now=request.now
            )
            return Answer(*team_blocks.deletion(found))


async def _create_typed(edge: Edge, request: Request, parsed: CreateTeam) -> Answer | Form:
    channel = parsed.channel or channel_of(request.channel)
    if (
        parsed.problems
        or parsed.name is None
        or parsed.zone is None
        or parsed.at is None
        or channel is None
    ):
        draft = replace(
            await draft_for(edge, request.workspace, request.user, channel),
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
    made = await create(
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


async def _list(edge: Edge, request: Request) -> Answer:
    found = await edge.do(request.workspace, teams.listing, by=request.user, now=request.now)
    zone = await zone_of(edge, request.workspace, request.user)
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


async def _holidays(edge: Edge, request: Request, when: str) -> Answer:
    """Add days off, forget them, or say which there are."""
    found = await _chosen(edge, request, None)
    hours = WorkingHours(zone=found.schedule.zone, days=found.schedule.weekdays)
    given: dict[str, Any] = {"by": request.user, "now": request.now}
    if when.casefold() in {"none", "no"}:
        found = await edge.do(request.workspace, teams.work_on, found.id, **given)
    elif when:
        spans = [read_dates(part, hours=hours, now=request.now) for part in when.split(",")]
        dates = [
            span.first + number * DAY
            for span in spans
            for number in range((span.last - span.first).days + 1)
        ]
        found = await edge.do(request.workspace, teams.take_off, found.id, dates, **given)
    today = working_date(hours, request.now)
    days = [f"{day:%a} {day.day} {day:%b}" for day in sorted(found.dates_off) if day >= today]
    off = f"has off on {', '.join(days)}" if days else "has no days off of its own"
    text = (
        f"{escape(found.name)} {off}, beside what each member keeps. To add some: "
        "`/baton team holidays 24 dec, 31 dec`."
    )
    return Answer(text)


async def _described(edge: Edge, request: Request, team_id: TeamId, what: str) -> Answer:
    """Return what was done to a team, and how the team is now."""
    listed = await edge.do(request.workspace, teams.listed, team_id, now=request.now)
    zone = await zone_of(edge, request.workspace, request.user)
    return Answer(happened(listed, what, zone))


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
