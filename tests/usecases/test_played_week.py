"""A week as people live it: nobody hears too much, and nothing at night that could have waited."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from bot.domain.alarm import AlarmKind
from bot.domain.brief import Draft
from bot.domain.calendar import WORKING_WEEK, Weekday, is_working
from bot.domain.errors import BotError
from bot.domain.huddle import HuddleStatus
from bot.domain.person import Person, UserId
from bot.domain.post import ChannelId, Message, PostKind, PostState
from bot.domain.task import Due, TaskNumber, Via
from bot.domain.zones import to_local, to_utc, zone
from bot.slack import posts
from bot.store.schema import posts as posts_table
from bot.usecases import answering, delegation, people, ringing, teams
from tests.databases import WORKSPACE
from tests.usecases.huddles import nine

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.domain.task import Task
    from bot.store.database import Store
    from bot.store.transaction import Tx

CHANNEL = ChannelId("C1")
LEAD = UserId("ULEAD")
MANILA, NEW_YORK = "Asia/Manila", "America/New_York"
SIX = [UserId(f"U{number}") for number in range(6)]
PEOPLE = [
    Person(LEAD, "Lea", zone=NEW_YORK, keeps="none"),
    *(
        Person(user, f"P{number}", zone=MANILA if number < 4 else NEW_YORK, keeps="none")
        for number, user in enumerate(SIX)
    ),
]
# Monday 00:00 in Manila.
MONDAY = datetime(2026, 11, 15, 16, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
STEP = timedelta(minutes=10)
MOST_A_DAY, MOST_A_WEEK = 4, 16


@dataclass
class Week:
    """Ten minutes at a time: the heartbeat rings, messages go out, and people do things."""

    store: Store
    random: Random
    now: datetime = MONDAY
    told: dict[UserId, list[tuple[datetime, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    tasks: int = 0
    troubled: set[TaskNumber] = field(default_factory=set)
    """Somebody asked about it, was blocked on it or declined it; few tasks are that hard twice."""

    async def do(self, verb: Any, *args: object, **given: object) -> Any:  # noqa: ANN401  # whatever it takes and returns
        return await self.store.run(WORKSPACE, lambda tx: verb(tx, *args, **given))

    async def begin(self) -> None:
        def furnish(tx: Tx) -> None:
            for person in PEOPLE:
                tx.people.save(person)
                people.set_hours(
                    tx,
                    by=person.id,
                    start=person.start,
                    end=person.end,
                    days=WORKING_WEEK,
                    now=self.now,
                )
            for name, where, members in (
                ("Manila", MANILA, SIX[:4]),
                ("New York", NEW_YORK, SIX[4:]),
            ):
                teams.create(
                    tx,
                    name=name,
                    channel=CHANNEL,
                    schedule=replace(nine(), zone=where),
                    people=members,
                    by=LEAD,
                    now=self.now,
                )

        await self.store.run(WORKSPACE, furnish)

    async def play(self) -> None:
        while self.now < MONDAY + WEEK:
            for _ in range(2):
                for alarm in await self.store.due(self.now, limit=100):
                    await self.do(ringing.ring, alarm, now=self.now)
                    self.now += timedelta(seconds=3)
            await self.send()
            await self.live()
            await self.send()
            self.now += STEP - (self.now - MONDAY) % STEP

    async def send(self) -> None:
        """Take out what is pending, as the publisher does, and write down who was told what."""
        pending = await self.store.door(_taken_out)
        if not pending:
            return

        def rendered(tx: Tx) -> list[tuple[UserId, PostKind, str]]:
            found = [(tx.posts.find(kind, subject), kind, user) for user, kind, subject in pending]
            shown = [
                (user, kind, posts.render(tx, post, self.now))
                for post, kind, user in found
                if post is not None
            ]
            return [(user, kind, one.text) for user, kind, one in shown if isinstance(one, Message)]

        for user, kind, said in await self.store.run(WORKSPACE, rendered):
            self.told[user].append((self.now, f"{kind}: {said.splitlines()[0]}"))

    async def live(self) -> None:
        """Let whoever is at work now do something, sometimes."""
        for person in PEOPLE:
            if not is_working(person.hours, self.now):
                continue
            if person.id == LEAD and self.tasks < 15 and self.random.random() < 0.1:
                await self.delegate()
            if person.id != LEAD and self.random.random() < 0.06:
                await self.work(person)
            if self.random.random() < 0.1:
                await self.answer(person)

    async def delegate(self) -> None:
        self.tasks += 1
        to = self.random.choice(PEOPLE[1:])
        local = to_local(zone(to.zone), self.now).replace(
            hour=17, minute=0, second=0, microsecond=0, tzinfo=None
        ) + timedelta(days=self.random.randint(1, 4))
        due = Due(at=to_utc(zone(to.zone), local), local=local, zone=to.zone)
        where = CHANNEL if self.random.random() < 0.7 else None
        draft = Draft(f"Task {self.tasks}", "", (to.id,), due=due, channel=where)
        await self.do(
            delegation.delegate,
            draft,
            key=str(self.tasks),
            by=LEAD,
            via=Via.COMMAND,
            now=self.now,
        )

    async def work(self, person: Person) -> None:
        """Do something with one of one's tasks; and let the lead answer what is asked."""
        mine = await self.store.run(WORKSPACE, lambda tx: tx.tasks.assigned_to(person.id))
        if not mine:
            return
        task: Task = self.random.choice(mine)
        steps: list[tuple[Any, UserId, dict[str, str]]] = [
            (delegation.accept, person.id, {}),
            (delegation.finish, person.id, {}),
            (delegation.note, person.id, {"text": "Half of it."}),
            (delegation.ask, person.id, {"question": "Which one?"}),
            (delegation.answer, LEAD, {"text": "The first."}),
            (delegation.block, person.id, {"reason": "No access."}),
            (delegation.decline, person.id, {"reason": "No time."}),
        ]
        [(verb, by, given)] = self.random.choices(steps, weights=[6, 2, 3, 3, 4, 1, 1])
        is_trouble = verb in (delegation.ask, delegation.block, delegation.decline)
        if is_trouble and task.number in self.troubled:
            return
        self.troubled |= {task.number} if is_trouble else set()
        if by == LEAD and (task.status != "asked" or not is_working(PEOPLE[0].hours, self.now)):
            return
        try:
            await self.do(
                verb, TaskNumber(task.number), by=by, via=Via.BUTTON, now=self.now, **given
            )
        except BotError:
            return

    async def answer(self, person: Person) -> None:
        def say(tx: Tx) -> None:
            for team in tx.teams.of_person(person.id):
                for huddle in tx.huddles.latest(team.id, 1):
                    if huddle.status is HuddleStatus.OPEN:
                        answering.answer(
                            tx, team.id, huddle.date, ["My tasks"], by=person.id, now=self.now
                        )

        await self.store.run(WORKSPACE, say)


def _taken_out(connection: Connection) -> list[tuple[UserId, PostKind, str]]:
    """Return what was never sent to any of these people and now is."""
    users = [person.id for person in PEOPLE]
    mine = (
        posts_table.c.channel.in_(users),
        posts_table.c.wanted > posts_table.c.shown,
        posts_table.c.state == PostState.LIVE,
        posts_table.c.kind != PostKind.HOME,
    )
    columns = (posts_table.c.channel, posts_table.c.kind, posts_table.c.subject)
    found = connection.execute(select(*columns).where(posts_table.c.shown == 0, *mine)).all()
    connection.execute(update(posts_table).where(*mine).values(shown=posts_table.c.wanted))
    return [(UserId(user), PostKind(kind), subject) for user, kind, subject in found]


def _local_date(user: UserId, at: datetime) -> date:
    person = next(person for person in PEOPLE if person.id == user)
    return to_local(zone(person.zone), at).date()


async def test_a_played_week_is_quiet(sqlite_store: Store) -> None:
    week = Week(sqlite_store, Random(20_261_116))
    await week.begin()
    await week.play()

    assert week.tasks == 15
    heard = {
        user: [(at, what) for at, what in said if not (user == LEAD and what.startswith("card"))]
        for user, said in week.told.items()
    }
    for user, said in heard.items():
        person = next(person for person in PEOPLE if person.id == user)
        days = Counter(_local_date(user, at) for at, _ in said)
        assert max(days.values()) <= MOST_A_DAY, said
        assert len(said) <= MOST_A_WEEK, said
        assert not [what for at, what in said if not is_working(person.hours, at)]
        assert {Weekday(day.weekday()) for day in days} <= WORKING_WEEK
    everything = "\n".join(what for said in heard.values() for _, what in said)
    assert "Your day" in everything
    assert "asks about" in everything
    assert not await week.do(lambda tx: tx.alarms.get(AlarmKind.DAY_TOGETHER, LEAD))
