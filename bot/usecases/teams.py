"""Setting up teams and changing them; each change sets the alarm of the next huddle with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.alarm import AlarmKind
from bot.domain.errors import BotError
from bot.domain.huddle import HuddleStatus
from bot.domain.post import PostKind
from bot.domain.team import (
    BadName,
    BadPeople,
    Role,
    Team,
    TeamId,
    clean_name,
    must_lead,
    refuse_unfit,
)
from bot.domain.zones import to_local, zone
from bot.usecases.huddling import living, names, plan, settle
from bot.usecases.own_time import welcome
from bot.usecases.telling import expect

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from bot.domain.person import Person, UserId
    from bot.domain.post import ChannelId
    from bot.domain.schedule import Schedule
    from bot.store.transaction import Tx

MOST_DATES_OFF = 60
"""About as many as anybody enters by hand for two years."""

NONE_OF_YOURS = "There is no team of yours here. Ask the lead of a team to add you to it."
"""What a guest is told who is in no team, whether or not there are others."""


class Elsewhere(StrEnum):
    """Which team somebody means who names none in a channel that has none."""

    NONE = "none"  # who changes a team does not see there that it is another channel's
    THE_ONLY_ONE = "the_only_one"  # what is posted for it is seen by others, in its own channel
    THEIR_ONLY_ONE = "their_only_one"  # they alone see the answer


@dataclass(frozen=True)
class Listed:
    """A team as a list shows it."""

    team: Team
    people: dict[UserId, Person]
    """Those of its people whom Baton knows."""
    next_at: datetime | None
    """When its next huddle opens; None while it is paused until somebody resumes it."""
    is_paused: bool


def create(
    tx: Tx,
    *,
    name: str,
    channel: ChannelId,
    schedule: Schedule,
    people: Sequence[UserId],
    by: UserId,
    now: datetime,
) -> Team:
    """Set up a team with `by` as its lead; its first huddle is the next one by its schedule."""
    name = clean_name(name)
    _must_be_free(tx, name)
    _must_be_colleague(tx, by)
    members = tuple(user for user in dict.fromkeys(people) if user != by)
    _must_be_fit(tx, members)
    team = tx.teams.add(
        name=name,
        channel=channel,
        schedule=schedule,
        roles=((by, Role.LEAD), *((user, Role.MEMBER) for user in members)),
        now=now,
    )
    plan(tx, team, after=now)
    expect(tx, team.members, now=now)
    welcome(tx, team, members, by=by, now=now)
    return team


def edit(
    tx: Tx,
    team_id: TeamId,
    *,
    name: str | None = None,
    channel: ChannelId | None = None,
    schedule: Schedule | None = None,
    members: Sequence[UserId] | None = None,
    by: UserId,
    now: datetime,
) -> Team:
    """Change what is given. Today's huddle is neither dropped nor held twice by it."""
    team = _led(tx, team_id, by=by)
    changed = team
    if name is not None:
        name = clean_name(name)
        _must_be_free(tx, name, but=team.id)
        changed = replace(changed, name=name)
    if channel is not None:
        changed = replace(changed, channel=channel)
    if schedule is not None:
        changed = replace(changed, schedule=schedule)
    if members is not None:
        _must_be_fit(tx, tuple(user for user in members if team.role_of(user) is None))
        changed = changed.with_members(members)
    saved = _save(tx, team, changed, now=now)
    new = [user for user in saved.members if team.role_of(user) is None]
    welcome(tx, saved, new, by=by, now=now)
    return saved


def add(
    tx: Tx, team_id: TeamId, people: Sequence[UserId], role: Role, *, by: UserId, now: datetime
) -> Team:
    """Take people into a team, or give those who are in it another role."""
    team = _led(tx, team_id, by=by)
    _must_be_fit(tx, people)
    saved = _save(tx, team, team.with_people(tuple(people), role), now=now)
    new = [user for user in people if team.role_of(user) is None]
    welcome(tx, saved, new, by=by, now=now)
    return saved


def remove(tx: Tx, team_id: TeamId, people: Sequence[UserId], *, by: UserId, now: datetime) -> Team:
    """Let people go from a team; only those who are in it."""
    team = _led(tx, team_id, by=by)
    strangers = tuple(user for user in people if team.role_of(user) is None)
    if strangers:
        known = names(tx, strangers)
        who = known[0] if known else "One of them"
        raise BadPeople(f"{who} is not in {team.name}. /baton team list shows who is.")
    return _save(tx, team, team.without_people(tuple(people)), now=now)


def pause(tx: Tx, team_id: TeamId, *, until: date | None, by: UserId, now: datetime) -> Team:
    """Hold no huddles before the local date `until`, or before somebody resumes the team."""
    team = _led(tx, team_id, by=by)
    if until is not None and until <= to_local(zone(team.schedule.zone), now).date():
        raise BotError(
            "A pause ends on a later day. Name the first day with a huddle again, such as "
            "/baton team pause until 4 jan."
        )
    return _save(tx, team, replace(team, paused=True, paused_until=until), now=now)


def resume(tx: Tx, team_id: TeamId, *, by: UserId, now: datetime) -> Team:
    """Hold huddles again, from the next one on."""
    team = _led(tx, team_id, by=by)
    return _save(tx, team, replace(team, paused=False, paused_until=None), now=now)


def take_off(tx: Tx, team_id: TeamId, dates: Iterable[date], *, by: UserId, now: datetime) -> Team:
    """Add dates on which the team has off; those that are past are forgotten."""
    team = _led(tx, team_id, by=by)
    today = to_local(zone(team.schedule.zone), now).date()
    off = frozenset(day for day in {*team.dates_off, *dates} if day >= today)
    if len(off) > MOST_DATES_OFF:
        raise BotError(f"A team has at most {MOST_DATES_OFF} dates off. Add the later ones later.")
    return _save(tx, team, replace(team, dates_off=off), now=now)


def work_on(tx: Tx, team_id: TeamId, *, by: UserId, now: datetime) -> Team:
    """Forget every date off of the team."""
    team = _led(tx, team_id, by=by)
    return _save(tx, team, replace(team, dates_off=frozenset()), now=now)


def delete(tx: Tx, team_id: TeamId, *, by: UserId, now: datetime) -> Team:
    """Give a team up: no more huddles, its name is free again, what was said stays."""
    team = _led(tx, team_id, by=by)
    settle(tx, team, now=now)
    tx.alarms.cancel(AlarmKind.HUDDLE_OPEN, str(team.id))
    deleted = replace(team, deleted_at=now)
    tx.teams.save(deleted)
    for huddle in tx.huddles.latest(team.id, 2):
        if huddle.status is HuddleStatus.OPEN:
            tx.huddles.save(huddle.closed())
            tx.alarms.cancel(AlarmKind.HUDDLE_CLOSE, huddle.subject)
        tx.posts.bump(PostKind.HUDDLE, huddle.subject)
    return deleted


def listing(tx: Tx, *, by: UserId, now: datetime) -> list[Listed]:
    """Return the living teams by name; to a guest only those they are in, or refuse."""
    shown = _shown_to(tx, by)
    return [_listed(tx, team, now) for team in shown]


def listed(tx: Tx, team_id: TeamId, *, now: datetime) -> Listed:
    """Return one living team as a list shows it, or refuse."""
    return _listed(tx, living(tx, team_id), now)


def for_editing(tx: Tx, team_id: TeamId, *, by: UserId, now: datetime) -> Listed:
    """Return a team to somebody who may change it."""
    return _listed(tx, _led(tx, team_id, by=by), now)


def choose(
    tx: Tx,
    *,
    name: str | None,
    channel: ChannelId,
    by: UserId,
    elsewhere: Elsewhere = Elsewhere.NONE,
) -> Team:
    """Return the team somebody means: by its name, else this channel's, else their only one.

    In a channel without a team `elsewhere` says which is meant. A guest means only teams they are
    in.
    """
    shown = _shown_to(tx, by)
    if name is not None and name.strip():
        return _called(tx, clean_name(name), shown)
    here = [team for team in shown if team.channel == channel]
    own = [team for team in shown if team.role_of(by) is not None]
    direct = _is_direct(channel)
    only = shown if len(shown) == 1 else []
    there = {
        Elsewhere.NONE: [],
        Elsewhere.THE_ONLY_ONE: only,
        Elsewhere.THEIR_ONLY_ONE: own or only,
    }
    found = here or (own if direct else there[elsewhere])
    if len(found) == 1:
        return found[0]
    if found:
        raise BotError(
            f"Several teams could be meant: {_either(found)}. "
            f"Add the name at the end, such as {found[0].name}."
        )
    which = "You are in no team." if direct else "No team has its huddle in this channel."
    raise BotError(f"{which} {_name_one(own or shown)}")


def around(tx: Tx, *, channel: ChannelId, by: UserId) -> list[Team]:
    """Return all teams of a channel of which somebody may know; in a DM, all they are in."""
    shown = _shown_to(tx, by)
    if _is_direct(channel):
        return [team for team in shown if team.role_of(by) is not None]
    return [team for team in shown if team.channel == channel]


def of_channel(tx: Tx, channel: ChannelId) -> list[Team]:
    return tx.teams.in_channel(channel)


def moved_channel(tx: Tx, old: ChannelId, new: ChannelId) -> None:
    """Follow a channel to its new id, as Slack gives it one when it is shared."""
    for team in tx.teams.in_channel(old):
        tx.teams.save(replace(team, channel=new))
    tx.posts.moved(old, new)
    tx.tasks.moved(old, new)


def _save(tx: Tx, before: Team, after: Team, *, now: datetime) -> Team:
    """Keep a changed team, after dealing with what is due by the schedule it had."""
    if settle(tx, before, now=now):
        # So that today's huddle by the old schedule is known when the new one is planned.
        plan(tx, before, after=now)
    tx.teams.save(after)
    plan(tx, after, after=now)
    expect(tx, (user for user in after.members if before.role_of(user) is None), now=now)
    if after.name != before.name:
        for huddle in tx.huddles.latest(after.id, 1):
            tx.posts.bump(PostKind.HUDDLE, huddle.subject)
    return after


def _led(tx: Tx, team_id: TeamId, *, by: UserId) -> Team:
    team = living(tx, team_id)
    must_lead(team, tx.people.get(by), leads=names(tx, team.leads))
    return team


def _must_be_free(tx: Tx, name: str, *, but: TeamId | None = None) -> None:
    taken = tx.teams.named(name)
    if taken is not None and taken.id != but:
        raise BadName(
            f"There is already a team called {taken.name}. Choose another name, or see "
            "/baton team list."
        )


def _must_be_colleague(tx: Tx, by: UserId) -> None:
    person = tx.people.get(by)
    if person is not None and person.is_external:
        raise BotError(
            "Only people of this workspace can set up a team in it. Ask one of them to do it."
        )


def _must_be_fit(tx: Tx, people: Iterable[UserId]) -> None:
    wanted = tuple(people)
    known = tx.people.many(wanted)
    refuse_unfit(known.values())
    if len(known) < len(set(wanted)):
        raise BadPeople(
            "Slack does not know one of these people any more. Choose them again by typing @ and "
            "their name."
        )


def _listed(tx: Tx, team: Team, now: datetime) -> Listed:
    alarm = tx.alarms.get(AlarmKind.HUDDLE_OPEN, str(team.id))
    return Listed(
        team=team,
        people=tx.people.many(user for user, _ in team.roles),
        next_at=None if alarm is None else alarm.due_at,
        is_paused=team.is_paused_on(to_local(zone(team.schedule.zone), now).date()),
    )


def _shown_to(tx: Tx, user: UserId) -> list[Team]:
    """Return the living teams of which somebody may know, by name, or refuse a guest of none."""
    person = tx.people.get(user)
    if person is None or not (person.is_guest or person.is_external):
        return tx.teams.all()
    own = tx.teams.of_person(user)
    if not own:
        raise BotError(NONE_OF_YOURS)
    return own


def _is_direct(channel: ChannelId) -> bool:
    return not channel or channel.startswith("D")


def _called(tx: Tx, name: str, shown: Sequence[Team]) -> Team:
    """Return the team of that name, which must be one of those shown."""
    team = tx.teams.named(name)
    if team is None or team not in shown:
        raise BotError(f"There is no team {name} here. {_name_one(shown)}")
    return team


def _name_one(teams: Sequence[Team]) -> str:
    if not teams:
        return "Set one up with /baton team create."
    return f"Name one: {_either(teams)}."


def _either(teams: Sequence[Team]) -> str:
    """Return teams as a list in words, the first ten of them."""
    shown = [team.name for team in teams[:10]]
    rest = len(teams) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")
