"""What is in the database before anything is measured, in bulk."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

from bot.domain.alarm import AlarmKind
from bot.domain.calendar import WORKING_WEEK, Weekday
from bot.domain.person import WorkspaceId
from bot.domain.post import PostKind, PostState, post_id
from bot.domain.task import Reply, Status, Step, Via
from bot.domain.team import Role
from bot.domain.zones import zone_data_version
from bot.store.people import days_text
from tests.benchmarks.engines import fill
from tests.benchmarks.slack import ANA, MAYA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FAR = datetime(2099, 1, 1, tzinfo=UTC)
"""When nothing is due yet."""

_EVERY_DAY = days_text(Weekday)
_WORKING_DAYS = days_text(WORKING_WEEK)


def workspaces(url: str, these: Iterable[Mapping[str, Any]], *, next_task: int = 1) -> None:
    """Have Baton installed in these workspaces, and know their two people."""
    these = list(these)
    fill(
        url,
        "workspaces",
        ("id", "enterprise", "name", "bot_id", "bot_user", "next_task", "next_team", "zone_data"),
        (
            (
                who["id"],
                "",
                who["name"],
                who["bot_id"],
                who["bot_user"],
                next_task,
                1_000_000,
                zone_data_version(),
            )
            for who in these
        ),
    )
    fill(
        url,
        "people",
        (
            *("workspace", "id", "name", "handle", "real_name", "zone", "start", "end", "days"),
            *("hours_confirmed", "is_bot", "is_deleted", "is_guest", "is_admin", "is_external"),
        ),
        (
            (
                *(who["id"], who[handle], real_name, handle, real_name, zone),
                *(time(9), time(18), _WORKING_DAYS, False, False, False, False),
                *(handle == MAYA, False),
            )
            for who in these
            for handle, real_name, zone in (
                (MAYA, "Maya Lin", "America/New_York"),
                (ANA, "Ana Reyes", "Asia/Manila"),
            )
        ),
    )


def teams(
    url: str,
    these: Sequence[Mapping[str, Any]],
    *,
    each: int,
    due_at: datetime = FAR,
    local: datetime,
) -> None:
    """Give each workspace so many teams, whose huddles are at the local time of `local` in UTC."""
    numbered = list(product(these, range(1, each + 1)))
    began = local - timedelta(days=1)
    fill(
        url,
        "teams",
        (
            *("workspace", "id", "name", "unique_name", "channel", "zone", "local_time"),
            *("weekdays", "paused", "created_at"),
        ),
        (
            (
                *(who["id"], n, f"Team {n}", f"team {n}"),
                *(who["channels"][(n - 1) % len(who["channels"])], "UTC"),
                *(local.time().replace(second=0, microsecond=0), _EVERY_DAY, False, began),
            )
            for who, n in numbered
        ),
    )
    fill(
        url,
        "team_people",
        ("workspace", "team", "person", "role", "place"),
        (
            (who["id"], n, who[handle], role, place)
            for who, n in numbered
            for place, (handle, role) in enumerate(((MAYA, Role.LEAD), (ANA, Role.MEMBER)))
        ),
    )
    fill(
        url,
        "alarms",
        ("workspace", "kind", "subject", "due_at", "after"),
        ((who["id"], AlarmKind.HUDDLE_OPEN, str(n), due_at, began) for who, n in numbered),
    )


def tasks(
    url: str,
    these: Sequence[Mapping[str, Any]],
    *,
    each: int,
    now: datetime,
    cards: bool = False,
) -> list[tuple[Mapping[str, Any], str, str]]:
    """Give each workspace so many tasks that Ana is doing.

    With `cards` Slack shows them: returns workspace, channel and `ts` of each.
    """
    numbered = [(who, n) for n in range(1, each + 1) for who in these]
    due = now + timedelta(days=3)
    fill(
        url,
        "tasks",
        (
            *("workspace", "number", "key", "title", "more", "delegator", "due_at", "due_local"),
            *("due_zone", "channel", "status", "created_at", "question"),
        ),
        (
            (
                *(who["id"], n, f"seed.{n}", f"Prepare the June report {n}", "", who[MAYA], due),
                *(due.replace(tzinfo=None), "UTC", _channel(who, n), Status.DOING, now, ""),
            )
            for who, n in numbered
        ),
    )
    fill(
        url,
        "assignees",
        ("workspace", "task", "person", "reply", "words", "place"),
        ((who["id"], n, who[ANA], Reply.ACCEPTED, "", 0) for who, n in numbered),
    )
    if not cards:
        return []
    fill(
        url,
        "task_events",
        (
            *("workspace", "task", "place", "step", "by", "via", "at", "before", "after"),
            *("reply_before", "text", "reaction"),
        ),
        (
            (
                *(who["id"], n, place, step, who[by], Via.COMMAND, now, before, after),
                *(Reply.NONE, "", ""),
            )
            for who, n in numbered
            for place, (step, by, before, after) in enumerate(
                (
                    (Step.DELEGATE, MAYA, Status.WAITING, Status.WAITING),
                    (Step.ACCEPT, ANA, Status.WAITING, Status.DOING),
                )
            )
        ),
    )
    shown = [(who, n, _channel(who, n), f"{1_700_000_000 + n}.000100") for who, n in numbered]
    fill(
        url,
        "posts",
        (
            *("workspace", "id", "kind", "subject", "channel", "ts", "wanted", "shown"),
            *("attempts", "state", "urgent"),
        ),
        (
            (
                *(who["id"], post_id(WorkspaceId(who["id"]), PostKind.CARD, str(n))),
                *(PostKind.CARD, str(n), channel, ts, 1, 1, 1, PostState.LIVE, True),
            )
            for who, n, channel, ts in shown
        ),
    )
    return [(who, channel, ts) for who, _, channel, ts in shown]


def invented(count: int, channels: int) -> list[dict[str, Any]]:
    """Return workspaces that no Slack knows, where none is asked."""
    return [
        {
            "id": f"T{n:010X}",
            "name": f"W {n}",
            "bot_id": f"B{n:010X}",
            "bot_user": f"U{n:09X}0",
            MAYA: f"U{n:09X}1",
            ANA: f"U{n:09X}2",
            "channels": [f"C{n:07X}{m:03X}" for m in range(channels)],
        }
        for n in range(count)
    ]


def _channel(who: Mapping[str, Any], n: int) -> str:
    return str(who["channels"][n % len(who["channels"])])


def day_of(instant: datetime) -> date:
    return instant.astimezone(UTC).date()
