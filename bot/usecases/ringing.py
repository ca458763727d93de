"""What happens when an alarm rings: each kind has its use case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from bot.domain.alarm import AlarmKind
from bot.domain.post import PostId, PostKind
from bot.domain.team import TeamId
from bot.domain.zones import zone_data_version
from bot.usecases import (
    agreeing,
    cards,
    departures,
    huddle_trouble,
    huddling,
    repeating,
    repeats,
    task_notices,
    telling,
    your_day,
)

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.alarm import Alarm
    from bot.domain.post import Post
    from bot.store.transaction import Tx

_OF_TASKS = frozenset({PostKind.CARD, PostKind.NEW_TASK, PostKind.STEP})


def ring(tx: Tx, alarm: Alarm, *, now: datetime) -> None:
    """Do what fell due. Ringing the same alarm again changes nothing."""
    match alarm.kind:
        case AlarmKind.HUDDLE_OPEN:
            huddling.open_due(tx, alarm, now)
        case AlarmKind.HUDDLE_CLOSE:
            huddling.close_due(tx, alarm, now)
        case AlarmKind.PROPOSAL_STANDS:
            agreeing.stand_due(tx, alarm, now=now)
        case AlarmKind.SERIES_NEXT:
            repeating.make_due(tx, alarm, now=now)
        case AlarmKind.POST_RELEASE:
            telling.release(tx, PostId(alarm.subject))
        case AlarmKind.DAY_BEGIN:
            your_day.begin(tx, alarm, now=now)
        case AlarmKind.DAY_TOGETHER:
            your_day.together(tx, alarm, now=now)
        case AlarmKind.POST_AGAIN:
            tx.alarms.cancel(alarm.kind, alarm.subject)
            if (post := tx.posts.get(PostId(alarm.subject))) is not None:
                tx.posts.bump(post.kind, post.subject)
        case _:
            assert_never(alarm.kind)


def renew(tx: Tx, *, now: datetime) -> None:
    """Compute alarms again whose wall-clock times new time-zone data may have moved."""
    workspace = tx.workspaces.get()
    if workspace is None or workspace.zone_data == zone_data_version():
        return
    huddling.recompute(tx, now=now)
    repeats.recompute(tx, now=now)
    your_day.recompute(tx, now=now)
    tx.workspaces.save(replace(workspace, zone_data=zone_data_version()))


def rewind(tx: Tx, *, now: datetime) -> None:
    """Make up for a clock that was ahead: what it took for past may still be to come."""
    huddling.recompute(tx, now=now)
    repeats.recompute(tx, now=now)
    your_day.recompute(tx, now=now)
    # Else a silence would go unnoticed until the clock is where it was.
    tx.workspaces.heard(now)


def in_words(tx: Tx, alarm: Alarm) -> str:  # noqa: PLR0911  # one for each kind
    """Say what will happen when this alarm rings; nothing where nobody will see anything."""
    match alarm.kind:
        case AlarmKind.HUDDLE_OPEN:
            team = tx.teams.get(TeamId(int(alarm.subject)))
            return f"the huddle of {team.name if team else 'a team'} opens"
        case AlarmKind.HUDDLE_CLOSE:
            team = tx.teams.get(TeamId(int(alarm.subject.partition("/")[0])))
            return f"the huddle of {team.name if team else 'a team'} closes"
        case AlarmKind.PROPOSAL_STANDS:
            return f"silence agrees to what was proposed for task {alarm.subject}"
        case AlarmKind.SERIES_NEXT:
            return f"task {alarm.subject} comes again"
        case AlarmKind.DAY_BEGIN if not your_day.holds_something(tx, alarm):
            return ""
        case AlarmKind.POST_RELEASE | AlarmKind.DAY_BEGIN:
            return "somebody's working day begins"
        case AlarmKind.DAY_TOGETHER:
            return "what waited some minutes is told"
        case _:
            return "a message is shown again"


def give_up(tx: Tx, post: Post, reason: str, *, now: datetime) -> None:
    """Do what is left to do when Slack does not show a post, for the given reason or code."""
    if post.kind is PostKind.DAY:
        for told in your_day.told_in(tx, post):
            give_up(tx, told, reason, now=now)
    elif post.kind not in _OF_TASKS:
        huddle_trouble.on_trouble(tx, post, reason, now)
    elif cards.reader_of(post) is None:
        cards.move_to_messages(tx, post, now=now)
    else:
        reader = cards.reader_of(post)
        if reader is not None and reason in departures.GONE:
            departures.found_gone(tx, reader, now=now)
        task_notices.on_trouble(tx, post, reason, now=now)
