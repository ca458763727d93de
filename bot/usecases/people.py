"""What is known of the people of a workspace, and what they say of themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.post import ChannelId, PostKind
from bot.usecases import departures, your_day

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime, time

    from bot.domain.calendar import Weekday
    from bot.domain.person import Person, UserId
    from bot.domain.workspace import Workspace
    from bot.store.transaction import Tx


def known(tx: Tx, users: Collection[UserId]) -> dict[UserId, Person]:
    return tx.people.many(users)


def everybody(tx: Tx) -> list[Person]:
    return tx.people.all()


def remember(tx: Tx, people: Iterable[Person], *, now: datetime) -> None:
    """Keep what Slack says of these people; the hours they set themselves stay.

    Who has no account here any more, or has one again, is news to whom they share tasks with.
    """
    said = tuple(people)
    known = tx.people.many(person.id for person in said)
    for told in said:
        was = known.get(told.id)
        person = _by_their_zone(tx, was, told)
        if was is None or not was.looks_like(person):
            tx.people.save(person)
        if was is not None and was.is_deleted != person.is_deleted:
            departures.noticed(tx, person, now=now)


def _by_their_zone(tx: Tx, was: Person | None, said: Person) -> Person:
    """Return somebody by the zone they had, where their hours or a team rest on it.

    They are asked before anything is done by the one that Slack names now.
    """
    if was is None or said.zone == was.zone:
        return said
    if not (was.hours_confirmed or tx.teams.of_person(was.id)):
        return said
    kept = was.zone_kept and was.profile_zone == said.zone
    return replace(said, zone=was.zone, profile_zone=said.zone, zone_kept=kept)


def remember_workspace(tx: Tx, workspace: Workspace) -> None:
    """Keep who Baton is in this workspace; the zone data its alarms rest on stay."""
    tx.workspaces.save(workspace)


def workspace(tx: Tx) -> Workspace | None:
    return tx.workspaces.get()


def answered(tx: Tx, key: str, *, by: UserId) -> bool:
    """Keep that a message to Baton was answered; False when it was answered before."""
    return tx.hints.once(f"answered/{key}", by)


def any_team(tx: Tx) -> bool:
    """Whether anybody has set up a team here."""
    return bool(tx.teams.all())


def open_home(tx: Tx, user: UserId) -> None:
    """Show somebody their Home, and from now on keep it up to date."""
    tx.posts.want(PostKind.HOME, user, channel=ChannelId(user), urgent=True)


def set_hours(
    tx: Tx, *, by: UserId, start: time, end: time, days: frozenset[Weekday], now: datetime
) -> None:
    """Keep the hours that somebody set for themselves, and hold messages back by them from now on.

    What waited for their next day by other hours waits by these.
    """
    tx.people.set_hours(by, start=start, end=end, days=days)
    hold_again(tx, by, now=now)
    tx.posts.bump(PostKind.HOME, by)


def hold_again(tx: Tx, user: UserId, *, now: datetime) -> None:
    """Let what waits for somebody's next working day wait for the one they have now."""
    your_day.changed_hours(tx, user, now=now)
