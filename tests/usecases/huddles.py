"""A workspace with a few people and a clock, in which a test rings the alarms of huddles."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from bot.domain.alarm import AlarmKind
from bot.domain.calendar import WORKING_WEEK, Weekday
from bot.domain.person import Person, UserId
from bot.domain.post import ChannelId, MessageTs, PostKind, PostState
from bot.domain.schedule import Schedule
from bot.store.openings import Openings
from bot.usecases import huddling, teams
from tests.databases import WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bot.domain.huddle import Huddle
    from bot.domain.post import Post
    from bot.domain.team import Team, TeamId
    from bot.store.database import Store
    from bot.store.transaction import Tx

T = TypeVar("T")

ANA, BEN, JOY = UserId("U0ANA"), UserId("U0BEN"), UserId("U0JOY")
ADA, ROBO, GONE, EVE = UserId("U0ADA"), UserId("U0ROBO"), UserId("U0GONE"), UserId("U0EVE")
PEOPLE = (
    Person(ANA, "Ana", zone="Asia/Manila"),
    Person(BEN, "Ben", zone="America/New_York"),
    Person(JOY, "Joy", zone="Asia/Manila"),
    Person(ADA, "Ada", is_admin=True),
    Person(ROBO, "Robo", is_bot=True),
    Person(GONE, "Gil", is_deleted=True),
    Person(EVE, "Eve", is_external=True),
)
CHANNEL = ChannelId("C0001")
MONDAY = date(2026, 11, 23)
TUESDAY = date(2026, 11, 24)
MANILA = "Asia/Manila"


def at(hour: int, minute: int = 0, second: int = 0, *, day: int = 23) -> datetime:
    """Return an instant of November 2026 by Manila's clock, eight hours ahead of UTC."""
    local = datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)
    return local - timedelta(hours=8)


def nine(hour: int = 9, *, zone: str = MANILA, days: frozenset[Weekday] = WORKING_WEEK) -> Schedule:
    return Schedule(zone, time(hour), days)


class Office:
    """What a test does, and what it finds afterwards."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = at(8)
        self.together = True
        """Whether huddles that are due are opened together, as the heartbeat first tries."""

    async def open(self) -> None:
        def add(tx: Tx) -> None:
            for person in PEOPLE:
                tx.people.save(person)

        await self.do(add)

    async def do(self, verb: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:  # noqa: ANN401  # whatever the verb takes
        return await self.store.run(WORKSPACE, lambda tx: verb(tx, *args, **kwargs))

    async def team(self, name: str = "Manila", **given: Any) -> Team:  # noqa: ANN401  # likewise
        facts = {
            "name": name,
            "channel": CHANNEL,
            "schedule": nine(),
            "people": (ANA, BEN),
            "by": JOY,
            "now": self.now,
        }
        return await self.do(teams.create, **(facts | given))

    async def ring(self, now: datetime | None = None) -> None:
        """Let the heartbeat tick once."""
        self.now = now or self.now
        due = await self.store.due(self.now, limit=100)
        if self.together and (opening := [one for one in due if one.kind is AlarmKind.HUDDLE_OPEN]):
            opened = await Openings(self.store).open(opening, decide=huddling.opening, now=self.now)
            due = [one for one in due if one not in opening or one in opened.alone]
        for alarm in due:
            if alarm.kind is AlarmKind.HUDDLE_OPEN:
                await self.do(huddling.open_due, alarm, now=self.now)
            if alarm.kind is AlarmKind.HUDDLE_CLOSE:
                await self.do(huddling.close_due, alarm, now=self.now)

    async def opened(self) -> Huddle:
        """Return the huddle of a team of Manila's, opened at nine on Monday, and posted."""
        team = await self.team()
        await self.ring(at(9))
        await self.posted(f"{team.id}/2026-11-23")
        found = await self.huddle(team.id)
        assert found is not None
        return found

    async def huddle(self, team: TeamId, on: date = MONDAY) -> Huddle | None:
        return await self.do(lambda tx: tx.huddles.get(team, on))

    async def huddles(self, team: TeamId) -> list[Huddle]:
        return await self.do(lambda tx: tx.huddles.latest(team, 1000)[::-1])

    async def next_at(self, team: TeamId) -> datetime | None:
        alarm = await self.do(lambda tx: tx.alarms.get(AlarmKind.HUDDLE_OPEN, str(team)))
        return None if alarm is None else alarm.due_at

    async def post(self, kind: PostKind, subject: str) -> Post | None:
        return await self.do(lambda tx: tx.posts.find(kind, subject))

    async def notices(self) -> list[str]:
        """Return the subjects of the notices, but those that every new member gets."""

        def subjects(connection: Connection) -> list[str]:
            found = connection.exec_driver_sql(
                "SELECT subject FROM posts WHERE kind = 'notice' "
                "AND subject NOT LIKE 'welcome/%' ORDER BY subject"
            )
            return [str(row[0]) for row in found]

        return await self.store.door(subjects)

    async def posted(self, subject: str, ts: str = "1700000000.000100") -> MessageTs:
        """Let Slack have taken a huddle's root."""
        await self._set("ts = '" + ts + "', shown = wanted", subject)
        return MessageTs(ts)

    async def rejected(self, subject: str, reason: str) -> None:
        """Let Slack have refused a huddle's root."""
        await self._set(f"state = '{PostState.REJECTED}', reason = '{reason}', ts = NULL", subject)

    async def _set(self, values: str, subject: str) -> None:
        def change(connection: Connection) -> None:
            connection.exec_driver_sql(
                f"UPDATE posts SET {values} WHERE kind = 'huddle' AND subject = '{subject}'"  # noqa: S608  # a test's own words
            )

        await self.store.door(change)
