"""Valid values of every noun, to be varied with `replace`."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from bot.domain.absence import Absence
from bot.domain.calendar import WORKING_WEEK, Weekday
from bot.domain.day import Day, Line, Matter
from bot.domain.huddle import Answer, AnswerSource, Huddle, HuddleStatus
from bot.domain.person import Person, UserId, WorkspaceId
from bot.domain.post import ChannelId
from bot.domain.repeat import Frequency, Moving, Rule
from bot.domain.schedule import Schedule
from bot.domain.series import Series, SeriesId
from bot.domain.task import (
    Assignee,
    Authority,
    Details,
    Due,
    Kind,
    Proposal,
    Status,
    Step,
    Task,
    TaskEvent,
    TaskNumber,
    Via,
)
from bot.domain.team import Role, TeamId

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OTHER = WorkspaceId("T0002")

ANA = UserId("U0ANA")
BEN = UserId("U0BEN")
JOY = UserId("U0JOY")

CHANNEL = ChannelId("C0001")
TEAM = TeamId(1)
DATE = date(2026, 3, 2)
SCHEDULE = Schedule(zone="Asia/Manila", local_time=time(9), weekdays=WORKING_WEEK)
ROLES = ((JOY, Role.LEAD), (ANA, Role.MEMBER), (BEN, Role.OBSERVER))

A_PERSON = Person(
    id=ANA,
    name="Ana",
    handle="ana.cruz",
    real_name="Ana Cruz",
    zone="Asia/Manila",
    start=time(21),
    end=time(6),
    days=frozenset({Weekday.SU, Weekday.MO, Weekday.TU}),
    is_guest=True,
)
AN_ABSENCE = Absence(date(2026, 3, 6), date(2026, 3, 9))
A_HUDDLE = Huddle(
    team=TEAM,
    date=DATE,
    status=HuddleStatus.OPEN,
    due_at=NOW,
    opened_at=NOW + timedelta(seconds=1),
    closes_at=NOW + timedelta(hours=4),
)
A_DAY = Day(
    person=ANA,
    date=DATE,
    place=0,
    at=NOW,
    lines=(Line(Matter.YES, "1", NOW + timedelta(days=1), 1),),
)
AN_ANSWER = Answer(person=ANA, source=AnswerSource.MODAL, texts=("The report", ""), at=NOW)
A_SERIES = Series(
    id=SeriesId(1),
    rule=Rule(Frequency.WEEKLY, days=frozenset({Weekday.FR}), times=3),
    start=date(2026, 3, 6),
    local_time=time(17),
    days_after=1,
    zone="Asia/Manila",
    title="Prepare the report",
    more="With last week's figures.",
    takes=timedelta(hours=3),
    assignees=(ANA, BEN),
    delegator=JOY,
    channel=CHANNEL,
    latest=date(2026, 3, 6),
    latest_due=NOW + timedelta(days=4),
    details=Details(
        measure="It agrees with the bank's",
        risks="The bank is late",
        links="https://example.com",
        authority=Authority.ACT,
        kind=Kind.ROUTINE,
    ),
    review=True,
    everyone=True,
    moving=Moving.AFTER,
    next_date=date(2026, 3, 13),
    next_due=NOW + timedelta(days=11),
    is_paused=True,
    was_asked=True,
    was_enough=False,
)
A_TASK = Task(
    number=TaskNumber(0),
    title="Prepare the June report",
    more="With last year's figures.",
    delegator=JOY,
    assignees=(Assignee(ANA), Assignee(BEN)),
    due=Due(
        at=NOW + timedelta(days=1),
        local=datetime(2026, 3, 3, 17, 0),  # noqa: DTZ001  # a wall clock
        zone="Asia/Manila",
    ),
    takes=timedelta(hours=3),
    channel=CHANNEL,
    status=Status.WAITING,
    created_at=NOW,
    details=Details(
        measure="Every figure agrees with the bank's",
        risks="The bank is late: ask Ben",
        links="https://example.com/june",
        authority=Authority.POSTED,
        kind=Kind.ROUTINE,
    ),
    review=True,
    everyone=True,
    proposal=Proposal(
        by=ANA,
        at=NOW,
        due=Due(
            at=NOW + timedelta(days=2),
            local=datetime(2026, 3, 4, 17, 0),  # noqa: DTZ001  # a wall clock
            zone="Asia/Manila",
        ),
        words="the bank is late",
    ),
    parent=TaskNumber(7),
    series=3,
)
DELEGATED = TaskEvent(
    place=1,
    step=Step.DELEGATE,
    by=JOY,
    via=Via.COMMAND,
    at=NOW,
    before=Status.WAITING,
    after=Status.WAITING,
)
