"""Opening and closing huddles: what is done as their alarms ring, and when they ring next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain import huddle as rules
from bot.domain.alarm import AlarmKind
from bot.domain.errors import BotError
from bot.domain.huddle import Huddle, HuddleStatus, from_subject
from bot.domain.post import PostKind
from bot.domain.schedule import Occurrence
from bot.domain.team import TeamId, names_in_words
from bot.domain.zones import to_local, zone
from bot.store.openings import Opening
from bot.usecases.huddle_absence import away_from

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from bot.domain.alarm import Alarm
    from bot.domain.person import Person, UserId
    from bot.domain.post import Post
    from bot.domain.team import Team
    from bot.store.transaction import Tx


class AlreadyHeld(BotError):
    """Today's huddle is there already; `root` is its message."""

    def __init__(self, sentence: str, *, root: Post | None) -> None:
        super().__init__(sentence)
        self.root = root


def open_due(tx: Tx, alarm: Alarm, now: datetime) -> None:
    """Open, or record as missed, what fell due for a team, and set its alarm for the next.

    Whatever `now` is: an alarm that rang before, or that is no longer due, changes nothing.
    """
    team = tx.teams.get(TeamId(int(alarm.subject)))
    if team is None or team.deleted_at is not None:
        tx.alarms.cancel(AlarmKind.HUDDLE_OPEN, alarm.subject)
        return
    if settle(tx, team, now=now):
        plan(tx, team, after=now)


def opening(
    team: Team,
    alarm: Alarm,
    known: Mapping[date, HuddleStatus],
    people: Mapping[UserId, Person],
    now: datetime,
) -> Opening | None:
    """Return what `open_due` would do about an alarm that is due, where nothing is unusual.

    Unusual is a team that was deleted or is paused for good, a date that has its huddle, one on
    which everybody is away, and the first one after a date without a huddle.
    """
    if team.deleted_at is not None or HuddleStatus.MISSED in known.values():
        return None
    found = tuple(
        rules.unless_all_away(
            rules.decided(team, occurrence, now=now),
            team,
            rules.away_on(team, people, occurrence),
        )
        for occurrence in rules.fell_due(team, due_at=alarm.due_at, after=alarm.after, now=now)
    )
    if any(huddle.reason == rules.EVERYBODY_AWAY for huddle in found):
        return None
    dates = {huddle.date: huddle.status for huddle in found}
    if len(dates) < len(found) or known.keys() & dates.keys():
        return None
    statuses = {**known, **dates}

    def is_held(local_date: date) -> bool:
        return statuses.get(local_date, HuddleStatus.MISSED) is not HuddleStatus.MISSED

    coming = rules.coming(team, pending=alarm.due_at, after=now, is_held=is_held)
    return None if coming is None else Opening(found, coming.at)


def close_due(tx: Tx, alarm: Alarm, now: datetime) -> None:
    """Close a huddle: from now on its root shows the summary."""
    standing = tx.alarms.get(AlarmKind.HUDDLE_CLOSE, alarm.subject)
    if standing is None or standing.due_at > now:
        return
    tx.alarms.cancel(AlarmKind.HUDDLE_CLOSE, alarm.subject)
    team, local_date, _ = from_subject(alarm.subject)
    huddle = tx.huddles.get(team, local_date)
    if huddle is not None and huddle.status is HuddleStatus.OPEN:
        tx.huddles.save(huddle.closed())
        tx.posts.bump(PostKind.HUDDLE, huddle.subject)


def open_now(tx: Tx, team_id: TeamId, *, by: UserId, now: datetime) -> Huddle:
    """Open today's huddle by hand; raises AlreadyHeld when there is one."""
    team = living(tx, team_id)
    person = tx.people.get(by)
    if team.role_of(by) is None and not (person is not None and person.is_admin):
        raise BotError(
            f"Only people of {team.name} can start its huddle. "
            f"Ask {names_in_words(names(tx, team.leads))}."
        )
    # One that fell due a moment ago is today's, and not a second one.
    settle(tx, team, now=now)
    local_date = to_local(zone(team.schedule.zone), now).date()
    subject = rules.huddle_subject(team.id, local_date)
    known = tx.huddles.get(team.id, local_date)
    root = tx.posts.find(PostKind.HUDDLE, subject)
    if known is not None and known.status is not HuddleStatus.MISSED:
        raise AlreadyHeld(f"{team.name} has its huddle of today already.", root=root)
    occurrence = Occurrence(local_date, now)
    huddle = rules.opened(team, occurrence, now=now)
    huddle = huddle.with_away(away_from(tx, team, occurrence))
    if not _record(tx, team, huddle, now=now) and not _try_again(tx, team, huddle, now=now):
        raise BotError(
            f"Nobody can tell whether Slack took today's huddle of {team.name}, so it is not "
            "repeated. The next one is posted at its usual time."
        )
    plan(tx, team, after=now)
    return huddle


def recompute(tx: Tx, *, now: datetime) -> None:
    """Set the alarms of all teams anew: the clock was set back, or the zone data changed.

    What fell due and was not dealt with yet still is due afterwards.
    """
    for team in tx.teams.all():
        alarm = tx.alarms.get(AlarmKind.HUDDLE_OPEN, str(team.id))
        plan(tx, team, after=now if alarm is None else min(alarm.after, now))


def settle(tx: Tx, team: Team, *, now: datetime) -> bool:
    """Deal with everything of a team that is due by now, by the schedule it has.

    False: nothing was due. Whoever changes a schedule does this first, so that a huddle whose
    alarm rings at that very moment is neither lost nor held twice.
    """
    alarm = tx.alarms.get(AlarmKind.HUDDLE_OPEN, str(team.id))
    if alarm is None or alarm.due_at > now:
        return False
    for occurrence in rules.fell_due(team, due_at=alarm.due_at, after=alarm.after, now=now):
        decided = rules.decided(team, occurrence, now=now)
        away = away_from(tx, team, occurrence)
        _record(tx, team, rules.unless_all_away(decided, team, away), now=now)
    return True


def plan(tx: Tx, team: Team, *, after: datetime) -> None:
    """Set the alarm for a team's first huddle after `after`, up to which all is dealt with."""
    subject = str(team.id)
    alarm = tx.alarms.get(AlarmKind.HUDDLE_OPEN, subject)

    def is_held(local_date: date) -> bool:
        huddle = tx.huddles.get(team.id, local_date)
        return huddle is not None and huddle.status is not HuddleStatus.MISSED

    coming = rules.coming(
        team, pending=None if alarm is None else alarm.due_at, after=after, is_held=is_held
    )
    if coming is None:
        tx.alarms.cancel(AlarmKind.HUDDLE_OPEN, subject)
    else:
        tx.alarms.set(AlarmKind.HUDDLE_OPEN, subject, due_at=coming.at, after=after)


def living(tx: Tx, team_id: TeamId) -> Team:
    """Return a team that was not deleted, or refuse."""
    team = tx.teams.get(team_id)
    if team is None or team.deleted_at is not None:
        raise BotError("That team was deleted. /baton team list shows those there are.")
    return team


def names(tx: Tx, users: tuple[UserId, ...]) -> tuple[str, ...]:
    """Return what people are called, those left out of whom Baton knows nothing."""
    return tuple(person.name for person in tx.people.many(users).values())


def _try_again(tx: Tx, team: Team, huddle: Huddle, *, now: datetime) -> bool:
    """Open a huddle whose message Slack refused, as when Baton was not in the channel."""
    if tx.posts.revive(PostKind.HUDDLE, huddle.subject, channel=team.channel) is None:
        return False
    tx.huddles.save(huddle)
    _close_later(tx, huddle, now=now)
    return True


def _record(tx: Tx, team: Team, huddle: Huddle, *, now: datetime) -> bool:
    """Keep a huddle and have it shown; False when that date has one, or cannot have one."""
    if huddle.status is HuddleStatus.OPEN:
        latest = tx.huddles.latest(team.id, 2)
        before = next((each for each in latest if each.date < huddle.date), None)
        if before is not None and before.reason == rules.EVERYBODY_AWAY:
            huddle = replace(huddle, skipped=before.date)
    if not tx.huddles.add(huddle):
        known = tx.huddles.get(huddle.team, huddle.date)
        # A missed one whose time comes again was recorded by a clock that was ahead, or was moved
        # to later on its day. Where Slack refused its message, it stays missed.
        if (
            known is None
            or known.status is not HuddleStatus.MISSED
            or huddle.status is HuddleStatus.MISSED
            or tx.posts.find(PostKind.HUDDLE, huddle.subject) is not None
        ):
            return False
        tx.huddles.save(replace(huddle, questions=known.questions))
    if huddle.status is HuddleStatus.OPEN:
        tx.posts.want(PostKind.HUDDLE, huddle.subject, channel=team.channel, urgent=True)
    _close_later(tx, huddle, now=now)
    return True


def _close_later(tx: Tx, huddle: Huddle, *, now: datetime) -> None:
    """Set the alarm for the end of a huddle; one that is missed has none."""
    if huddle.closes_at is not None:
        tx.alarms.set(AlarmKind.HUDDLE_CLOSE, huddle.subject, due_at=huddle.closes_at, after=now)
