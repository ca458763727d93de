"""Saying that somebody is away and that they are back, and what that changes for others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.absence import Absence
from bot.domain.calendar import DAY, end_of_working_day, next_start, next_working_date, working_date
from bot.domain.errors import BotError
from bot.domain.post import ChannelId, PostKind
from bot.domain.spans import checked
from bot.domain.task import OPEN, Due
from bot.domain.team import names_in_words
from bot.domain.zones import to_local, zone
from bot.usecases.huddle_absence import refresh
from bot.usecases.people import hold_again
from bot.usecases.telling import tell

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.domain.person import Person, UserId
    from bot.domain.task import Task
    from bot.store.transaction import Tx

DUE_INSIDE: Final = "absence"
"""Asks a delegator about tasks due inside: absence/person/first/last/delegator."""

PUT_DOWN: Final = "away"
"""Tells somebody that a lead said so for them: away/person/first/last/lead."""

_KEPT_FOR: Final = timedelta(days=60)
"""How long past absences are kept: as long as somebody may look at a huddle of that time."""

_MOMENT: Final = timedelta(seconds=1)


@dataclass(frozen=True)
class Away:
    """An absence as it is kept now, and what it touches."""

    person: Person
    absence: Absence
    back_at: datetime
    """When their next working day begins."""
    due: tuple[Task, ...]
    """Open tasks of theirs that are due meanwhile."""


def away(tx: Tx, user: UserId, absence: Absence, *, by: UserId, now: datetime) -> Away:
    """Keep that somebody is away, ask the delegators of what is due meanwhile, tell who it is."""
    person = _may(tx, user, by=by)
    checked(absence, today=working_date(person.hours, now))
    tx.absences.drop_past(user, before=to_local(zone(person.zone), now).date() - _KEPT_FOR)
    known = tx.absences.of(user)
    together = tx.absences.add(user, absence)
    person = _after(tx, user, now=now)
    due = due_inside(tx, person, together)
    new = [task for task in due if not any(due_date(person, task) in old for old in known)]
    for delegator in dict.fromkeys(task.delegator for task in new):
        if delegator != user:
            subject = f"{DUE_INSIDE}/{user}/{absence.first}/{absence.last}/{delegator}"
            tell(tx, delegator, PostKind.NOTICE, subject, now=now)
    if by != user:
        subject = f"{PUT_DOWN}/{user}/{absence.first}/{absence.last}/{by}"
        # It would wait until they are back, when it is of no use.
        tx.posts.want(PostKind.NOTICE, subject, channel=ChannelId(user), urgent=True)
    return Away(person, together, back_at(person, together), due)


def back(tx: Tx, user: UserId, *, by: UserId, now: datetime) -> Absence:
    """End the absence that somebody is in, or take back their next one, and return it."""
    person = _may(tx, user, by=by)
    today = working_date(person.hours, now)
    coming = [absence for absence in tx.absences.of(user) if absence.last >= today]
    if not coming:
        who = "You are" if user == by else f"{person.name} is"
        raise BotError(
            f"{who} not down as away. To say when, write it like `/baton away fri` or "
            "`/baton away 12 aug to 20 aug`."
        )
    return _end(tx, person, coming[0], today=today, now=now)


def take_back(tx: Tx, user: UserId, first: date, *, by: UserId, now: datetime) -> Absence | None:
    """End the absence that begins on this date; None: it is not there any more."""
    person = _may(tx, user, by=by)
    found = next((each for each in tx.absences.of(user) if each.first == first), None)
    if found is None:
        return None
    return _end(tx, person, found, today=working_date(person.hours, now), now=now)


def coming(person: Person, now: datetime) -> tuple[Absence, ...]:
    """Return what is not past of somebody's absences."""
    today = working_date(person.hours, now)
    return tuple(absence for absence in person.absences if absence.last >= today)


def due_inside(tx: Tx, person: Person, absence: Absence) -> tuple[Task, ...]:
    """Return the open tasks that fall due while somebody is away, the earliest first."""
    return tuple(
        task for task in tx.tasks.assigned_to(person.id, *OPEN) if due_date(person, task) in absence
    )


def due_date(person: Person, task: Task) -> date:
    """Return the working date of this person on which a task is due."""
    return working_date(person.hours, task.due.at - _MOMENT)


def day_after(person: Person, absence: Absence) -> Due:
    """Return the end of somebody's first working day after an absence."""
    local_date = next_working_date(person.hours, after=absence.last, off=person.off)
    at = end_of_working_day(person.hours, local_date)
    return Due(at=at, local=to_local(zone(person.zone), at), zone=person.zone)


def back_at(person: Person, absence: Absence) -> datetime:
    """Return when somebody works again after an absence."""
    last = end_of_working_day(person.hours, absence.last)
    return next_start(person.hours, after=last - _MOMENT, off=person.off)


def may_speak_for_others(tx: Tx, user: UserId) -> bool:
    """Say whether there can be anybody else of whom somebody may say that they are away."""
    person = tx.people.get(user)
    leads = any(user in team.leads for team in tx.teams.of_person(user))
    return leads or (person is not None and person.is_admin)


def _end(tx: Tx, person: Person, absence: Absence, *, today: date, now: datetime) -> Absence:
    tx.absences.drop(person.id, absence)
    if absence.first < today <= absence.last:
        tx.absences.add(person.id, Absence(absence.first, today - DAY))
    _after(tx, person.id, now=now)
    return absence


def _after(tx: Tx, user: UserId, *, now: datetime) -> Person:
    """Let everything that rests on somebody's days off follow them."""
    person = tx.people.many((user,))[user]
    hold_again(tx, user, now=now)
    refresh(tx, person)
    tx.posts.bump(PostKind.HOME, user)
    kinds = [(PostKind.NOTICE, f"{what}/{user}") for what in (DUE_INSIDE, PUT_DOWN)]
    tx.posts.bump_all((post.kind, post.subject) for post in tx.posts.under_any(kinds))
    return person


def _may(tx: Tx, user: UserId, *, by: UserId) -> Person:
    """Return the person if `by` may say when they are away: themselves, a lead, an admin."""
    known = tx.people.many((user, by))
    person, asking = known.get(user), known.get(by)
    if person is None:
        raise BotError("Slack does not know that person. Type @ and choose them from the list.")
    if user == by:
        return person
    if person.is_bot or person.is_deleted:
        raise BotError(f"{person.name} is not at work here, so there is nothing to say for them.")
    teams = tx.teams.of_person(user)
    leads = {lead for team in teams for lead in team.leads}
    if by in leads or (asking is not None and asking.is_admin):
        return person
    names = [who.name for who in tx.people.many(leads - {user}).values()]
    raise BotError(
        f"Only {names_in_words([person.name, *names])} can say when {person.name} is away. "
        "Ask one of them."
        if names
        else f"Only {person.name} can say when they are away. Ask them to write `/baton away fri`."
    )
