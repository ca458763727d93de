"""A huddle: one team's thread for one local date, and the answers in it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.calendar import is_working, working_date
from bot.domain.person import UserId
from bot.domain.schedule import Occurrence, next_occurrence, occurrences
from bot.domain.team import Team, TeamId
from bot.domain.zones import to_local, zone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from bot.domain.calendar import WorkingHours
    from bot.domain.person import Person
    from bot.domain.post import MessageTs

QUESTIONS = ("What will you finish today?", "What do you need, and from whom?")
"""The first is required, the second optional."""

ANSWER_LIMIT = 1_800
"""Characters that fit into one input of the form, so that a whole answer fits into a message."""

OPEN_FOR = timedelta(hours=4)
"""How long a huddle is open, unless the next one comes sooner."""

CLOSED_BEFORE_NEXT = timedelta(hours=1)

CATCH_UP = timedelta(minutes=90)
"""A huddle missed by at most this is still posted; an older one is recorded as missed."""

LATE_AFTER = timedelta(minutes=1)
"""A huddle opened later than this after its time says so."""

HIGHEST_TEAM = 2**31 - 1
"""No workspace has as many teams, and no database takes a higher number for one."""

WAS_DOWN = "Baton was not running at that time, nor in the 90 minutes after it."


EVERYBODY_AWAY = "Everybody was away that day."
"""Why a huddle was not posted; the next one says so."""


class HuddleStatus(StrEnum):
    """Where a huddle stands."""

    OPEN = "open"  # takes answers, shows a count
    CLOSED = "closed"  # shows its summary; late answers still join it
    MISSED = "missed"  # was due while nothing ran, and is not held


@dataclass(frozen=True)
class Huddle:
    """The huddle of `team` on `date`, which is the date it was scheduled for."""

    team: TeamId
    date: date
    status: HuddleStatus
    due_at: datetime
    """When it was to open."""
    opened_at: datetime | None
    closes_at: datetime | None
    questions: tuple[str, ...] = QUESTIONS
    reason: str | None = None
    """Why it was missed, in words for the team's lead."""
    away: tuple[UserId, ...] = ()
    """The members who are away on that day and say nothing of it themselves."""
    skipped: dt.date | None = None
    """The last date on which there was no huddle because everybody was away."""

    @property
    def subject(self) -> str:
        return huddle_subject(self.team, self.date)

    @property
    def is_late(self) -> bool:
        return self.opened_at is not None and self.opened_at - self.due_at > LATE_AFTER

    def with_away(self, away: tuple[UserId, ...]) -> Huddle:
        return replace(self, away=away)

    def closed(self) -> Huddle:
        return replace(self, status=HuddleStatus.CLOSED)

    def missed(self, reason: str) -> Huddle:
        """Return the huddle as one that is not held after all."""
        return replace(self, status=HuddleStatus.MISSED, reason=reason)


class AnswerSource(StrEnum):
    """How an answer was given."""

    REPLY = "reply"  # a plain reply in the thread, which Baton marks
    MODAL = "modal"  # the form, which Baton shows in the thread
    SKIP = "skip"  # *Skip today*


@dataclass(frozen=True)
class Answer:
    """One person's answer; there is at most one per huddle and person."""

    person: UserId
    source: AnswerSource
    texts: tuple[str, ...]
    """One per question, empty where nothing was said; a plain reply fills the first."""
    at: datetime
    ts: MessageTs | None = None
    """The reply that counts, when `source` is a reply."""

    @property
    def counts(self) -> bool:
        """Whether it says something; who skips says that they are away."""
        return self.source is not AnswerSource.SKIP


def huddle_subject(team: TeamId, local_date: date) -> str:
    return f"{team}/{local_date.isoformat()}"


def answer_subject(team: TeamId, local_date: date, person: UserId) -> str:
    return f"{huddle_subject(team, local_date)}/{person}"


def from_subject(subject: str) -> tuple[TeamId, date, UserId | None]:
    """Return the team and the date of a huddle, and whose answer it is where it says so.

    Raises ValueError for whatever names no huddle.
    """
    team, local_date, *person = subject.split("/")
    whose = UserId(person[0]) if person else None
    return team_id(team), dt.date.fromisoformat(local_date), whose


def team_id(text: str) -> TeamId:
    """Return the team whose number this is; raises ValueError for whatever can be none."""
    number = int(text)
    if not 0 < number <= HIGHEST_TEAM:
        raise ValueError(f"no team has the number {text}")
    return TeamId(number)


def closes_at(opened_at: datetime, *, next_at: datetime | None) -> datetime:
    """Return when a huddle ends: after four hours, and at latest an hour before the next one.

    One that is opened by hand within that hour stays open until the next.
    """
    end = opened_at + OPEN_FOR
    if next_at is None:
        return end
    last = next_at - CLOSED_BEFORE_NEXT
    return min(end, last if last > opened_at else next_at)


def opened(team: Team, occurrence: Occurrence, *, now: datetime) -> Huddle:
    """Return the huddle of this occurrence as it is when it opens now.

    It makes room for the next one that will be held: not for a date that falls into a pause, nor
    for its own date, whose time is still to come where it is opened by hand before it.
    """
    following = coming(
        team,
        pending=None,
        after=max(now, occurrence.at),
        is_held=lambda local_date: local_date == occurrence.local_date,
    )
    return Huddle(
        team=team.id,
        date=occurrence.local_date,
        status=HuddleStatus.OPEN,
        due_at=occurrence.at,
        opened_at=now,
        closes_at=closes_at(now, next_at=None if following is None else following.at),
    )


def decided(team: Team, occurrence: Occurrence, *, now: datetime) -> Huddle:
    """Return what becomes of a huddle that fell due: it opens, or it came too late for that."""
    huddle = opened(team, occurrence, now=now)
    if now - occurrence.at <= CATCH_UP:
        return huddle
    return replace(huddle.missed(WAS_DOWN), opened_at=None, closes_at=None)


def away_on(
    team: Team, people: Mapping[UserId, Person], occurrence: Occurrence
) -> tuple[UserId, ...]:
    """Return the members who have the day of a huddle off: all of them where the team has.

    To whom it comes within their hours, that is their own working date; to everybody else it is
    the date of the huddle.
    """
    if occurrence.local_date in team.dates_off:
        return team.members
    return tuple(
        user
        for user in team.members
        if (person := people.get(user)) is not None
        and date_for(person.hours, occurrence) in person.own_days_off
    )


def date_for(hours: WorkingHours, occurrence: Occurrence) -> date:
    """Return the date on which somebody with these hours may have the day of a huddle off."""
    if is_working(hours, occurrence.at):
        return working_date(hours, occurrence.at)
    return occurrence.local_date


def unless_all_away(huddle: Huddle, team: Team, away: tuple[UserId, ...]) -> Huddle:
    """Return a huddle with those who are away; where nobody is left it is not held."""
    if huddle.status is not HuddleStatus.OPEN:
        return huddle
    if len(away) == len(team.members):
        return replace(huddle.missed(EVERYBODY_AWAY), opened_at=None, closes_at=None)
    return huddle.with_away(away)


def fell_due(team: Team, *, due_at: datetime, after: datetime, now: datetime) -> list[Occurrence]:
    """Return what came after `after` and up to `now`, without what falls into a pause.

    `due_at` is the instant for which the team's alarm was set. Where the schedule was changed
    since, it may be that of a huddle which the new schedule would have held earlier on that day.
    """
    found = list(occurrences(team.schedule, after=after, until=now))
    kept = kept_occurrence(team, due_at)
    if kept is not None and all(
        kept.at != each.at and kept.local_date != each.local_date for each in found
    ):
        found.append(kept)
    found.sort(key=lambda each: each.at)
    return [each for each in found if not team.is_paused_on(each.local_date)]


def kept_occurrence(team: Team, due_at: datetime) -> Occurrence | None:
    """Return the date for which a team's alarm stands, if the team still meets on that weekday."""
    local_date = to_local(zone(team.schedule.zone), due_at).date()
    if local_date.weekday() not in team.schedule.weekdays:
        return None
    return Occurrence(local_date, due_at)


def coming(
    team: Team, *, pending: datetime | None, after: datetime, is_held: Callable[[date], bool]
) -> Occurrence | None:
    """Return a team's next huddle, or nothing while it is paused until somebody resumes it.

    `is_held` says which dates have their huddle. `pending` is when the next one was to be until
    now: a schedule that moves to a time already past today leaves today's where it was, so that
    no change drops it.
    """
    if team.paused and team.paused_until is None:
        return None
    following = next_occurrence(team.schedule, after=after)
    while following is not None and (
        is_held(following.local_date) or team.is_paused_on(following.local_date)
    ):
        following = next_occurrence(team.schedule, after=following.at)
    kept = None if pending is None or pending <= after else kept_occurrence(team, pending)
    if (
        kept is None
        or is_held(kept.local_date)
        or team.is_paused_on(kept.local_date)
        or (following is not None and following.local_date <= kept.local_date)
    ):
        return following
    return kept
