"""A workspace with people who hand tasks to each other, for tests of what they do with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import text

from bot.domain.brief import Draft
from bot.domain.person import Person, UserId
from bot.domain.post import ChannelId, MessageTs, Post, PostKind
from bot.domain.task import Due, Step, Task, TaskNumber, Via
from bot.usecases import delegation
from tests.databases import WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.store.database import Store
    from bot.store.transaction import Tx
    from bot.usecases.delegation import Receipt

P = ParamSpec("P")
T = TypeVar("T")

# Monday 17:00 in Manila, 04:00 in New York.
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MAYA, ANA, BEN, JOY = (UserId(user) for user in ("UMAYA", "UANA", "UBEN", "UJOY"))
CHANNEL = ChannelId("C1")
PEOPLE = (
    Person(id=MAYA, name="Maya", zone="America/New_York"),
    Person(id=ANA, name="Ana", zone="Asia/Manila"),
    Person(id=BEN, name="Ben", zone="Asia/Manila"),
    Person(id=JOY, name="Joy", zone="Europe/London"),
)
DUE = Due(
    at=datetime(2026, 11, 27, 9, 0, tzinfo=UTC),
    local=datetime(2026, 11, 27, 17, 0),  # noqa: DTZ001  # what a wall clock shows
    zone="Asia/Manila",
)
LATER = replace(DUE, at=DUE.at + timedelta(days=3), local=DUE.local + timedelta(days=3))
DRAFT = Draft(title="Prepare June report", more="", assignees=(ANA,), due=DUE, channel=CHANNEL)


@dataclass
class Desk:
    """Runs use cases, one transaction each, and looks at what they left of task 1."""

    store: Store

    async def do(
        self, verb: Callable[Concatenate[Any, P], T], /, *args: P.args, **given: P.kwargs
    ) -> T:
        return await self.store.run(WORKSPACE, lambda tx: verb(tx, *args, **given))

    async def look(self, read: Callable[[Tx], T]) -> T:
        return await self.store.run(WORKSPACE, read)

    async def delegate(self, draft: Draft = DRAFT, *, by: UserId = MAYA, key: str = "1") -> Receipt:
        return await self.do(delegation.delegate, draft, key=key, by=by, via=Via.COMMAND, now=NOW)

    async def step(
        self, verb: Callable[..., T], *args: object, by: UserId = ANA, **given: object
    ) -> T:
        """Take a step with task 1, by a button."""
        known = {"via": Via.BUTTON, "sees_card": True, "now": NOW} | given
        return await self.do(verb, TaskNumber(1), *args, by=by, **known)

    async def task(self) -> Task:
        found = await self.look(lambda tx: tx.tasks.get(TaskNumber(1)))
        assert found is not None
        return found

    async def steps(self) -> list[Step]:
        history = await self.look(lambda tx: tx.tasks.history(TaskNumber(1)))
        return [event.step for event in history]

    async def posts(self, kind: PostKind) -> dict[str, Post]:
        """Return the posts of task 1 of this kind, by what follows its number."""
        found = await self.look(lambda tx: tx.posts.under(kind, "1"))
        return {post.subject.partition("/")[2]: post for post in found}

    async def person(self, user: UserId, **facts: Any) -> None:  # noqa: ANN401  # of many types
        """Change what is known of somebody."""
        known = {person.id: person for person in PEOPLE}[user]
        await self.look(lambda tx: tx.people.save(replace(known, **facts)))

    async def keeps_hours(self, user: UserId) -> None:
        """Let somebody in Manila work from 9 to 12, so that their day is over."""
        known = {person.id: person for person in PEOPLE}[user]
        await self.look(
            lambda tx: tx.people.set_hours(user, start=time(9), end=time(12), days=known.days)
        )

    async def shown(
        self, kind: PostKind, subject: str, ts: str = "1700000000.000100"
    ) -> tuple[ChannelId, MessageTs]:
        """Let Slack have shown a post, as the publisher would, and return where."""
        values = {"ts": ts, "kind": kind.value, "subject": subject}
        statement = text(
            "UPDATE posts SET ts = :ts, shown = wanted WHERE kind = :kind AND subject = :subject"
        )
        await self.store.door(lambda connection: connection.execute(statement, values))
        post = await self.look(lambda tx: tx.posts.find(kind, subject))
        assert post is not None
        return post.channel, MessageTs(ts)


async def furnished(store: Store) -> Desk:
    def furnish(tx: Tx) -> None:
        for person in PEOPLE:
            tx.people.save(person)

    await store.run(WORKSPACE, furnish)
    return Desk(store)
