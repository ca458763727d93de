"""A person's own time: their zone, hours and holidays, and what they are asked about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain.errors import BotError
from bot.domain.holidays import are_known
from bot.domain.person import NO_HOLIDAYS, OWN_HOLIDAYS, UserId
from bot.domain.post import PostKind
from bot.domain.team import TeamId
from bot.domain.zones import country_name
from bot.usecases.huddle_absence import refresh
from bot.usecases.people import hold_again, set_hours
from bot.usecases.telling import tell

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, time

    from bot.domain.calendar import Weekday
    from bot.domain.person import Person
    from bot.domain.post import Post
    from bot.domain.team import Team
    from bot.store.transaction import Tx

ZONE = "zone"
"""Asks whether another zone is theirs now: zone/person/zone."""

WELCOME = "welcome"
"""Tells a new member who added them and asks for their hours: welcome/person/team/who."""


class UnknownHolidays(BotError):
    """Nothing is known of a country's holidays."""


@dataclass(frozen=True)
class ZoneChange:
    """Another zone in somebody's Slack profile."""

    person: Person
    zone: str
    is_open: bool


@dataclass(frozen=True)
class Welcome:
    """What somebody reads who is new in a team."""

    person: Person
    team: Team
    by: Person | None
    is_member: bool


def is_of_own_time(post: Post) -> bool:
    """Whether a notice is about its reader's own time."""
    return post.kind is PostKind.NOTICE and post.subject.split("/")[0] in {ZONE, WELCOME}


def view(tx: Tx, post: Post) -> ZoneChange | Welcome | None:
    """Return what a notice about somebody's time shows; None: it is of no use any more."""
    what, user, rest = post.subject.split("/", 2)
    person = tx.people.get(UserId(user))
    if person is None:
        return None
    if what == ZONE:
        return ZoneChange(
            person, rest, is_open=person.profile_zone == rest and not person.zone_kept
        )
    number, by = rest.split("/")
    team = tx.teams.get(TeamId(int(number)))
    if team is None:
        return None
    is_member = team.deleted_at is None and team.role_of(person.id) is not None
    return Welcome(person, team, tx.people.get(UserId(by)), is_member)


def keep(
    tx: Tx,
    *,
    by: UserId,
    start: time,
    end: time,
    days: frozenset[Weekday],
    keeps: str | None,
    zone: str | None,
    now: datetime,
) -> None:
    """Keep what somebody says of their own time; None leaves holidays or zone as they are."""
    if keeps not in {None, OWN_HOLIDAYS, NO_HOLIDAYS} and not are_known(str(keeps)):
        raise UnknownHolidays(
            f"I know no public holidays of {country_name(str(keeps))}. Choose another country, or "
            "none, and say `/baton away` for single days."
        )
    if zone is not None:
        _answer_zone(tx, by, zone)
    if keeps is not None:
        tx.people.set_holidays(by, keeps)
    set_hours(tx, by=by, start=start, end=end, days=days, now=now)
    _follow(tx, by, now=now)


def confirm(tx: Tx, *, by: UserId, now: datetime) -> Person:
    """Keep the hours that somebody was asked about as they are."""
    person = _known(tx, by)
    set_hours(tx, by=by, start=person.start, end=person.end, days=person.days, now=now)
    _follow(tx, by, now=now)
    return _known(tx, by)


def answer_zone(tx: Tx, zone: str, *, by: UserId, yes: bool, now: datetime) -> Person:
    """Take over the zone of the Slack profile, or keep the one there is."""
    person = _known(tx, by)
    if person.profile_zone != zone:
        raise BotError("That is settled already. `/baton me` shows your zone and hours.")
    _answer_zone(tx, by, zone if yes else person.zone)
    _follow(tx, by, now=now)
    return _known(tx, by)


def ask_zone(tx: Tx, user: UserId, *, now: datetime) -> None:
    """Ask somebody once whether the zone that their Slack profile names now is theirs."""
    person = tx.people.get(user)
    if person is None or not person.profile_zone or person.zone_kept:
        return
    subject = f"{ZONE}/{user}/{person.profile_zone}"
    known = tx.posts.find(PostKind.NOTICE, subject)
    if known is None or not known.is_pending:
        tell(tx, user, PostKind.NOTICE, subject, now=now)


def welcome(tx: Tx, team: Team, users: Iterable[UserId], *, by: UserId, now: datetime) -> None:
    """Tell the new members of a team, each once, who added them."""
    for user in users:
        if user != by and user in team.members:
            tell(tx, user, PostKind.NOTICE, f"{WELCOME}/{user}/{team.id}/{by}", now=now)


def _answer_zone(tx: Tx, user: UserId, zone: str) -> None:
    person = _known(tx, user)
    if zone == person.profile_zone:
        tx.people.set_zone(user, zone)
    elif zone == person.zone and person.profile_zone:
        tx.people.save(replace(person, zone_kept=True))


def _follow(tx: Tx, user: UserId, *, now: datetime) -> None:
    """Let everything that rests on somebody's time follow it."""
    hold_again(tx, user, now=now)
    refresh(tx, _known(tx, user))
    tx.posts.bump(PostKind.HOME, user)
    kinds = [(PostKind.NOTICE, f"{what}/{user}") for what in (ZONE, WELCOME)]
    tx.posts.bump_all((post.kind, post.subject) for post in tx.posts.under_any(kinds))


def _known(tx: Tx, user: UserId) -> Person:
    person = tx.people.get(user)
    if person is None:
        raise BotError("Slack does not say who you are at the moment. Try again in a minute.")
    return person
