"""Two connections of one process: what one of them lacks, the other one does."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.sandbox.calls import Delivery
from bot.sandbox.server import LocalSlack
from tests.slack.sockets import EVENT, FAST, NOW, Connected, a_connection, actions


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack(clock=lambda: NOW) as local:
        local.courier.retry_delays = ()
        yield local


@pytest.fixture
async def pair(slack: LocalSlack) -> AsyncIterator[Connected]:
    async with a_connection(slack, links=2) as made:
        await slack.until(lambda: made.connection.working() == 2)
        yield made


async def commands(connected: Connected, count: int = 6) -> list[Delivery]:
    return [await connected.command(text=str(number)) for number in range(count)]


async def both_again(connected: Connected, opened: int) -> None:
    """Wait until that many links were opened in all, and two work."""
    await connected.slack.until(lambda: connected.slack.sockets.opened == opened)
    await connected.slack.until(lambda: connected.connection.working() == 2)


async def test_payloads_come_on_both_links_and_are_answered_where_they_came(
    pair: Connected,
) -> None:
    answers = await commands(pair)

    assert all(answer.ok for answer in answers)
    assert len(pair.bot.heard) == 6
    assert not pair.slack.sockets.strays
    assert pair.bot.silences == [None]


@pytest.mark.parametrize("harm", ["close", "reset", "black_hole"])
async def test_a_lost_link_is_replaced_while_the_other_one_works(
    pair: Connected, harm: str
) -> None:
    sockets = pair.slack.sockets
    lost, kept = sockets.links
    if harm == "close":
        await sockets.close(lost)
    elif harm == "reset":
        sockets.reset(lost)
    else:
        sockets.black_hole(lost)
        sockets.links.remove(lost)

    assert all(answer.ok for answer in await commands(pair))
    assert pair.connection.connected()
    await both_again(pair, 3)
    assert kept in sockets.links
    # Slack was heard all the time.
    assert pair.bot.silences == [None]


async def test_two_silent_links_are_both_replaced(pair: Connected) -> None:
    since = time.monotonic()
    pair.slack.courier.ack_timeout = 0.05
    pair.slack.sockets.black_hole()
    in_the_dark = await pair.command()

    await both_again(pair, 4)

    assert not in_the_dark.ok
    # The last one to fall silent may have been thought alive when the first was replaced.
    assert all(silence < time.monotonic() - since for silence in pair.bot.silences if silence)
    pair.slack.sockets.links[:] = pair.slack.sockets.links[2:]
    assert all(answer.ok for answer in await commands(pair))


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_no_moment_is_without_a_link_when_slack_wants_others(
    slack: LocalSlack, reason: str
) -> None:
    async with a_connection(slack, replace(FAST, retiring=60.0), links=2) as pair:
        old = list(slack.sockets.links)
        await slack.sockets.say_goodbye(reason)
        answers: list[Delivery] = []
        while slack.sockets.opened < 4:
            answers.append(await pair.command())
            assert pair.connection.connected()
        # Both kinds still work, and then Slack ends the old ones.
        answers += await commands(pair)
        await slack.sockets.close(*old)
        answers += await commands(pair)

        assert all(answer.ok for answer in answers)
        assert pair.connection.working() == 2
        assert pair.bot.silences == [None]
        assert not slack.sockets.strays


async def test_what_is_in_hand_on_a_replaced_link_is_answered_there(slack: LocalSlack) -> None:
    async with a_connection(slack, links=2) as pair:
        pair.bot.go.clear()
        asked = [asyncio.create_task(pair.command(text=str(number))) for number in range(4)]
        await slack.until(lambda: len(pair.bot.heard) == 4)
        await slack.sockets.say_goodbye("refresh_requested")
        await slack.until(lambda: slack.sockets.opened == 4)

        pair.bot.go.set()

        assert all(answer.ok for answer in await asyncio.gather(*asked))
        assert not slack.sockets.strays


async def test_an_event_that_was_lost_with_its_link_is_worked_on_once(
    pair: Connected, caplog: pytest.LogCaptureFixture
) -> None:
    workspace = pair.slack.add_workspace("Acme")
    pair.slack.courier.retry_delays = (0.0,)
    pair.bot.go.clear()
    pair.slack.courier.outbox(workspace, {**EVENT, "event_id": "Ev1"})
    await pair.bot.entered.wait()
    (link,) = [link for link in pair.slack.sockets.links if link.waiting]

    # Slack delivers it again on the other link, while it is still in hand.
    pair.slack.sockets.reset(link)
    await pair.slack.until(lambda: pair.slack.deliveries[0].attempts)
    pair.bot.go.set()
    await pair.slack.settled()

    assert len(pair.bot.heard) == 1
    assert [attempt.ok for attempt in pair.slack.deliveries[0].attempts] == [False, True]
    assert not pair.slack.sockets.strays
    assert "acknowledgement_lost" in actions(caplog)


async def test_an_acknowledgement_that_slack_missed_is_given_again(pair: Connected) -> None:
    workspace = pair.slack.add_workspace("Acme")
    pair.slack.courier.retry_delays = (0.0,)
    pair.slack.faults.add("lose_ack")

    pair.slack.courier.outbox(workspace, {**EVENT, "event_id": "Ev1"})
    await pair.slack.settled()

    assert len(pair.bot.heard) == 1
    assert [attempt.ok for attempt in pair.slack.deliveries[0].attempts] == [False, True]


async def test_who_gets_no_second_link_works_with_one_and_takes_it_when_there_is_room(
    slack: LocalSlack, caplog: pytest.LogCaptureFixture
) -> None:
    slack.sockets.most = 1
    async with a_connection(slack, replace(FAST, crowded=0.05)) as first:
        first.connection._wanted = 2
        first.connection._changed.set()
        await slack.until(lambda: actions(caplog).count("crowded") >= 2)
        assert first.connection.working() == 1
        assert (await first.command()).ok

        slack.sockets.most = 10

        await slack.until(lambda: first.connection.working() == 2)
        assert slack.sockets.opened == 2


async def test_who_waits_for_room_wakes_when_its_only_link_is_lost(
    slack: LocalSlack, caplog: pytest.LogCaptureFixture
) -> None:
    slack.sockets.most = 1
    async with a_connection(slack, replace(FAST, crowded=60.0)) as first:
        first.connection._wanted = 2
        first.connection._changed.set()
        await slack.until(lambda: "crowded" in actions(caplog))

        slack.sockets.reset()

        await slack.until(lambda: slack.sockets.opened == 2)
        await slack.until(lambda: first.connection.working() == 1)
        assert (await first.command()).ok


async def test_a_link_that_slack_finds_one_too_many_leaves_the_other_one_alone(
    pair: Connected,
) -> None:
    sockets = pair.slack.sockets
    surplus, kept = sockets.links
    sockets.most = 1
    await sockets.say_goodbye("too_many_websockets", surplus, close=True)

    assert all(answer.ok for answer in await commands(pair))
    assert sockets.links == [kept]


async def test_a_second_link_that_is_refused_keeps_nobody_from_being_ready(
    slack: LocalSlack, caplog: pytest.LogCaptureFixture
) -> None:
    made = Connected(slack, links=2)
    refused = slack.faults.add(
        "rate_limited",
        method="apps.connections.open",
        retry_after=1,
        count=1,
        when=lambda _: bool(slack.sockets.opened),
    )

    await made.connection.start()

    assert made.connection.connected()
    await slack.until(lambda: refused.hits)
    assert (await made.command()).ok
    await slack.until(lambda: made.connection.working() == 2)
    assert "not_connected" in actions(caplog)
    await made.connection.stop()


async def test_stopping_ends_both_links_though_one_is_dead(pair: Connected) -> None:
    dead, _ = pair.slack.sockets.links
    pair.slack.sockets.black_hole(dead)

    async with asyncio.timeout(2):
        await pair.connection.stop()

    assert not pair.connection.connected()
    names = {str(task.get_coro()) for task in asyncio.all_tasks()}
    assert not [name for name in names if "Link" in name or "SocketMode" in name]
