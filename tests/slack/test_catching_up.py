"""What happened in Slack while Baton could not be told of it."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.task import Step, TaskNumber
from bot.slack.catching_up import PAGE, CatchingUp
from bot.store.database import StoreUnavailable
from tests.office import opened
from tests.slack.handing import card_of, dm_of, handed_over, shows
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.domain.person import WorkspaceId
    from bot.sandbox.records import Message
    from tests.office import Office

A_LONG_TIME = timedelta(minutes=10)
TEAM = "team create Manila tz Asia/Manila at 09:00 on mon-fri"
READS = ("reactions.get", "conversations.replies")


@dataclass
class Log:
    """The actions that were logged."""

    caplog: pytest.LogCaptureFixture

    def actions(self) -> list[str]:
        return [getattr(record, "action", "") for record in list(self.caplog.records)]

    async def has(self, action: str, *, times: int = 1) -> None:
        await until(lambda: self.actions().count(action) >= times)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Log:
    caplog.set_level("INFO")
    return Log(caplog)


async def noted(office: Office) -> None:
    """Wait until Baton has written down that it hears Slack now."""
    now = office.clock()
    async with asyncio.timeout(10):
        while True:
            heard = await office.baton.do(office.workspace, lambda tx: tx.workspaces.heard_at())
            if heard is not None and now - heard < timedelta(seconds=30):
                return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def away(office: Office, log: Log, lasting: timedelta = A_LONG_TIME) -> AsyncIterator[None]:
    """Let people act while Baton is not there, and wait until it has made up for that."""
    await noted(office)
    done = log.actions().count("caught_up")
    async with office.without_baton(lasting=lasting):
        yield
    await log.has("caught_up", times=done + 1)


async def steps(office: Office, number: int = 1) -> list[Step]:
    history = await office.baton.do(
        office.workspace, lambda tx: tx.tasks.history(TaskNumber(number))
    )
    return [event.step for event in history]


def reads(office: Office) -> list[str]:
    return [call.method for call in office.slack.journal if call.method in READS]


async def huddle(office: Office) -> Message:
    """Return the root of a huddle that is open."""
    answer = await office.maya.command("/baton", TEAM, channel="manila")
    assert answer.ok, answer.error
    answer = await office.maya.command("/baton", "huddle now", channel="manila")
    assert answer.ok, answer.error
    await office.slack.until(lambda: office.slack.find("manila", event_type="baton_huddle"))
    return office.slack.find("manila", event_type="baton_huddle")[0]


async def answers(office: Office) -> dict[str, str]:
    """Return what people have answered in the huddle, by name, without who is away."""

    def given(tx: Any) -> dict[str, str]:  # noqa: ANN401  # the edge's way to name a transaction
        [team] = tx.teams.all()
        [latest] = tx.huddles.latest(team.id, 1)
        found = tx.huddles.answers(team.id, latest.date)
        return {each.person: each.texts[0] for each in found if each.counts}

    found = await office.baton.do(office.workspace, given)
    return {office.world.members[user].name: text for user, text in found.items()}


class TestReactions:
    @pytest.mark.parametrize("over", ["http", "socket"])
    async def test_one_that_was_given_meanwhile_is_the_step(
        self, sqlite_url: str, over: str, log: Log
    ) -> None:
        async with opened(sqlite_url, over=over) as office:
            card = await handed_over(office)

            async with away(office, log):
                await office.ana.react(card, "raised_hand::skin-tone-3")

            await shows(office, card, "doing")
            assert await steps(office) == [Step.DELEGATE, Step.ACCEPT]

    async def test_one_that_was_taken_back_meanwhile_is_undone(
        self, office: Office, log: Log
    ) -> None:
        card = await handed_over(office)
        await office.ana.react(card, "raised_hand")
        await shows(office, card, "doing")

        async with away(office, log):
            await office.ana.unreact(card, "raised_hand")

        await shows(office, card, "waiting for a yes")

    async def test_a_task_can_be_unfinished_meanwhile(self, office: Office, log: Log) -> None:
        card = await handed_over(office)
        await office.ana.react(card, "white_check_mark")
        await shows(office, card, "Done by")

        async with away(office, log):
            await office.ana.unreact(card, "white_check_mark")

        await shows(office, card, "waiting for a yes")

    async def test_what_was_told_is_no_step_again(self, office: Office, log: Log) -> None:
        card = await handed_over(office)
        await office.ana.react(card, "question")
        await shows(office, card, "question")
        told = len(office.ana.ephemerals)

        async with away(office, log):
            await office.ana.react(card, "eyes")
        async with away(office, log):
            pass

        assert await steps(office) == [Step.DELEGATE, Step.ASK]
        assert len(office.ana.ephemerals) == told

    async def test_nobody_gets_a_hint_of_what_happened_long_ago(
        self, office: Office, log: Log
    ) -> None:
        card = await handed_over(office)

        async with away(office, log):
            await office.ben.react(card, "white_check_mark")
            await office.ana.react(card, "no_entry")
        await shows(office, card, "blocked")
        assert not office.ana.ephemerals
        assert not office.ben.ephemerals
        # The one hint he is due is not used up.
        await office.ben.react(card, "raised_hand")

        await office.slack.until(lambda: office.ben.ephemerals)

    async def test_a_later_event_counts_for_more(self, office: Office, log: Log) -> None:
        card = await handed_over(office)
        async with away(office, log):
            await office.ana.react(card, "white_check_mark")
        await shows(office, card, "Done by")

        await office.ana.unreact(card, "white_check_mark")

        await shows(office, card, "waiting for a yes")

    async def test_a_card_in_a_direct_message_is_read_as_well(
        self, office: Office, log: Log
    ) -> None:
        await office.maya.command(
            "/delegate", "@ana Send the contract due fri 17:00 takes 1h", channel="lobby"
        )
        await office.slack.until(lambda: office.slack.find(office.ana.dm, event_type="baton_task"))
        (card,) = office.slack.find(office.ana.dm, event_type="baton_task")
        await office.slack.until(lambda: office.slack.find(office.maya.dm, event_type="baton_task"))

        async with away(office, log):
            await office.ana.react(card, "raised_hand")

        assert await steps(office) == [Step.DELEGATE, Step.ACCEPT]
        # The delegator's own copy has no reactions that count.
        assert reads(office) == ["reactions.get"]


class TestReplies:
    async def test_one_that_was_written_meanwhile_is_the_answer(
        self, office: Office, log: Log
    ) -> None:
        root = await huddle(office)

        async with away(office, log):
            reply = await office.ana.say("manila", "The June report", thread=root)
            await office.ana.say("manila", "And lunch", thread=root)

        await office.slack.until(lambda: "memo" in reply.reactions)
        assert await answers(office) == {"ana": "The June report"}

    async def test_one_that_was_changed_meanwhile_is_changed(
        self, office: Office, log: Log
    ) -> None:
        root = await huddle(office)
        reply = await office.ana.say("manila", "The June report", thread=root)
        await office.slack.until(lambda: "memo" in reply.reactions)

        async with away(office, log):
            await office.ana.edit(reply, "The July report")

        assert await answers(office) == {"ana": "The July report"}

    async def test_one_that_was_deleted_meanwhile_is_withdrawn(
        self, office: Office, log: Log
    ) -> None:
        root = await huddle(office)
        for person in (office.ana, office.ben):
            said = await person.say("manila", f"{person.name} writes", thread=root)
        await office.slack.until(lambda: "memo" in said.reactions)

        async with away(office, log):
            await office.ben.delete(said)

        assert await answers(office) == {"ana": "ana writes"}

    async def test_what_was_conversation_before_is_no_answer_now(
        self, office: Office, log: Log
    ) -> None:
        root = await huddle(office)
        await office.ana.say("manila", "The June report", thread=root)
        await office.ana.say("manila", "Who has the numbers?", thread=root)
        await office.ana.press(root, "huddle.skip")
        # It is older than the note, which is written once a minute.
        office.clock.skip_to(office.clock() + timedelta(minutes=2))
        async with office.without_baton(lasting=timedelta()):
            pass
        await noted(office)

        async with away(office, log):
            pass

        assert await answers(office) == {}

    async def test_a_long_thread_is_read_to_its_end(self, office: Office, log: Log) -> None:
        root = await huddle(office)

        async with away(office, log):
            for number in range(2 * PAGE):
                await office.ana.say("manila", f"@ben {number}", thread=root)
            await office.ben.say("manila", "The invoices", thread=root)

        assert await answers(office) == {"ben": "The invoices"}
        pages = office.slack.calls("conversations.replies")
        assert len(pages) == 3
        assert {str(page.args["limit"]) for page in pages} == {str(PAGE)}

    async def test_a_huddle_that_closed_meanwhile_gets_its_answers(
        self, office: Office, log: Log
    ) -> None:
        root = await huddle(office)

        async with away(office, log, lasting=timedelta(hours=5)):
            await office.ana.say("manila", "The June report", thread=root)

        await shows(office, root, "The June report")


class TestReading:
    async def test_after_a_short_silence_nothing_is_read(self, office: Office, log: Log) -> None:
        await handed_over(office)
        await huddle(office)
        await noted(office)

        async with office.without_baton(lasting=timedelta(minutes=4)):
            pass
        await noted(office)

        assert "catch_up" not in log.actions()
        assert not reads(office)

    async def test_a_running_bot_reads_after_a_long_silence_too(
        self, office: Office, log: Log
    ) -> None:
        await handed_over(office)
        await dm_of(office, office.ana, words="Prepare June report")
        await noted(office)

        office.clock.skip_to(office.clock() + A_LONG_TIME)
        await office.baton.catching_up.heard(office.workspace, time.monotonic() + 61)
        # While it is at that, it does not begin again.
        await office.baton.catching_up.heard(office.workspace, time.monotonic() + 122)
        await log.has("caught_up")

        # The card, and the message that tells of it.
        assert reads(office) == ["reactions.get"] * 2
        assert log.actions().count("catch_up") == 1

    async def test_what_cannot_be_read_does_not_stop_the_rest(
        self, office: Office, log: Log
    ) -> None:
        people = [office.world.members[office.user(name)] for name in ("maya", "ana")]
        cebu = office.world.add_channel("cebu", members=people)
        elsewhere = await handed_over(office, channel="cebu")
        card = await handed_over(office)

        with office.slack.faults.lasting(
            "error", method="reactions.get", channel=cebu.id, code="channel_not_found"
        ):
            async with away(office, log):
                await office.ana.react(elsewhere, "raised_hand")
                await office.ana.react(card, "raised_hand")

        assert await steps(office, 1) == [Step.DELEGATE]
        assert await steps(office, 2) == [Step.DELEGATE, Step.ACCEPT]
        assert log.actions().count("catch_up_skipped") == 1

    async def test_what_cannot_be_taken_in_does_not_stop_the_rest(
        self, office: Office, log: Log
    ) -> None:
        await handed_over(office)
        await handed_over(office)
        newest = await card_of(office, count=2)
        await office.slack.until(lambda: len(office.slack.find(office.ana.dm)) == 2)

        def mistake(given: dict[str, Any]) -> None:
            if given.get("ts") == newest.ts:
                raise ValueError("no")

        await self._silence(office, self._catching_up(office, mistake))
        await log.has("caught_up")

        assert log.actions().count("catch_up_skipped") == 1
        assert reads(office) == ["reactions.get"] * 4

    async def test_slack_is_obeyed_when_it_says_wait(self, office: Office, log: Log) -> None:
        card = await handed_over(office)
        office.slack.faults.add("rate_limited", method="reactions.get", retry_after=1)
        office.slack.faults.add("html", method="reactions.get")

        async with away(office, log):
            await office.ana.react(card, "raised_hand")

        limited, unclear, *_ = office.slack.calls("reactions.get")
        assert unclear.at - limited.at >= timedelta(seconds=1)
        assert await steps(office) == [Step.DELEGATE, Step.ACCEPT]

    async def test_what_stays_unclear_is_left(self, office: Office, log: Log) -> None:
        await handed_over(office)

        with office.slack.faults.lasting("html", method="reactions.get"):
            async with away(office, log):
                pass

        assert "catch_up_skipped" in log.actions()

    async def test_stopping_leaves_the_reading_to_the_next_start(
        self, office: Office, log: Log
    ) -> None:
        card = await handed_over(office)
        await noted(office)
        with office.slack.faults.lasting("hang", method="reactions.get"):
            async with office.without_baton(lasting=A_LONG_TIME):
                await office.ana.react(card, "raised_hand")
            await office.slack.until(lambda: reads(office))
            began = time.monotonic()
            async with office.without_baton(lasting=timedelta()):
                pass
        assert time.monotonic() - began < 5

        await log.has("caught_up")

        assert await steps(office) == [Step.DELEGATE, Step.ACCEPT]

    async def test_a_database_that_is_away_leaves_it_for_later(
        self, office: Office, log: Log
    ) -> None:
        await handed_over(office)
        outages = [StoreUnavailable("busy")]

        def outage(given: dict[str, Any]) -> None:
            if "event_ts" in given and outages:
                raise outages.pop()

        catching_up = self._catching_up(office, outage)
        await self._silence(office, catching_up)
        await log.has("catch_up_later")
        assert "caught_up" not in log.actions()

        await catching_up.heard(office.workspace, time.monotonic() + 122)

        await log.has("caught_up")

    async def test_a_mistake_is_logged_and_ends_nothing(self, office: Office, log: Log) -> None:

        def mistake(given: dict[str, Any]) -> None:
            if "since" in given:
                raise ValueError("no")

        catching_up = self._catching_up(office, mistake)
        await self._silence(office, catching_up)

        await log.has("catch_up_failed")

    async def test_what_is_stopped_begins_nothing_new(self, office: Office, log: Log) -> None:
        await office.baton.catching_up.stop()

        await self._silence(office, office.baton.catching_up)

        assert "catch_up" not in log.actions()

    def _catching_up(self, office: Office, fail: Callable[[dict[str, Any]], None]) -> CatchingUp:
        """Return one whose use cases fail where `fail` does, given what they are given."""
        edge = office.baton.edge

        async def do(
            workspace: WorkspaceId,
            verb: Callable[..., Any],
            /,
            *args: Any,  # noqa: ANN401  # as the verb has it
            **given: Any,  # noqa: ANN401  # likewise
        ) -> Any:  # noqa: ANN401  # likewise
            fail(given)
            return await edge.do(workspace, verb, *args, **given)

        return CatchingUp(
            edge=replace(edge, do=do),
            turn=office.baton.publisher.turn,
            outages=(StoreUnavailable,),
        )

    async def _silence(self, office: Office, catching_up: CatchingUp) -> None:
        """Let this one hear Slack again after a long time."""
        await noted(office)
        office.clock.skip_to(office.clock() + A_LONG_TIME)
        await catching_up.heard(office.workspace, time.monotonic() + 61)


async def test_calls_that_nobody_waits_for_are_few_at_once(office: Office) -> None:
    turn = office.baton.publisher.turn
    asked = [asyncio.create_task(turn(office.workspace, "reactions.get")) for _ in range(50)]

    taken, waiting = await asyncio.wait(asked, timeout=0.5)

    for task in waiting:
        task.cancel()
    assert 1 < len(taken) <= 10
