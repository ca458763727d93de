"""Envelopes: each payload worked on once, and acknowledged wherever it came."""

import asyncio
import json
from typing import Any

import pytest

from bot.slack import envelopes
from bot.slack.bolt import Answer
from bot.slack.envelopes import Envelopes
from tests.slack.sockets import COMMAND, EVENT, HELLO, Bot, odd_slack, socket_to


def event(envelope: str, name: str = "Ev1", **more: object) -> dict[str, Any]:
    payload = {**EVENT, "event_id": name}
    return {"type": "events_api", "envelope_id": envelope, "payload": payload, **more}


def command(envelope: str) -> dict[str, Any]:
    return {
        "type": "slash_commands",
        "envelope_id": envelope,
        "payload": COMMAND,
        "accepts_response_payload": True,
    }


async def test_one_envelope_on_two_links_is_worked_on_once_and_acknowledged_on_both() -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    bot = Bot()
    bot.go.clear()
    async with odd_slack(HELLO, json.dumps(command("e1")), heard=heard) as api_url:
        connection = socket_to(api_url, bot, links=2)
        await connection.start()
        async with asyncio.timeout(5):
            while len(connection._in_hand) < 2:  # noqa: ASYNC110  # no event tells that it came
                await asyncio.sleep(0)
            bot.go.set()

            texts = [await heard.get(), await heard.get()]
        await connection.stop()

    assert sorted(texts) == [f'{number} {{"envelope_id": "e1"}}' for number in (1, 2)]
    assert len(bot.heard) == 1


async def test_an_event_that_comes_again_gets_the_answer_of_the_first_time() -> None:
    bot = Bot()
    worked = Envelopes(bot.dispatch)

    first = await worked.acknowledgement(event("e1"))
    second = await worked.acknowledgement(event("e2", retry_attempt=1, retry_reason="timeout"))

    assert (first, second) == ('{"envelope_id": "e1"}', '{"envelope_id": "e2"}')
    assert len(bot.heard) == 1


async def test_an_event_that_failed_is_worked_on_again() -> None:
    bot = Bot()
    worked = Envelopes(bot.dispatch)
    bot.answer = Answer(status=503, headers={}, body="")
    failed = await worked.acknowledgement(event("e1"))
    bot.answer = KeyError("bug")
    failed_again = await worked.acknowledgement(event("e2"))
    bot.answer = Answer(status=200, headers={}, body="")

    assert await worked.acknowledgement(event("e3")) == '{"envelope_id": "e3"}'
    assert (failed, failed_again) == (None, None)
    assert len(bot.heard) == 3


async def test_commands_with_the_same_words_are_not_the_same() -> None:
    bot = Bot()
    worked = Envelopes(bot.dispatch)

    await worked.acknowledgement(command("e1"))
    await worked.acknowledgement(command("e2"))

    assert len(bot.heard) == 2


async def test_who_stops_waiting_does_not_end_the_work_that_another_waits_for() -> None:
    bot = Bot()
    bot.go.clear()
    worked = Envelopes(bot.dispatch)
    waiting = [asyncio.create_task(worked.acknowledgement(event(f"e{n}"))) for n in (1, 2)]
    await bot.entered.wait()

    waiting[0].cancel()
    await asyncio.wait(waiting[:1])
    bot.go.set()

    assert await waiting[1] == '{"envelope_id": "e2"}'


async def test_what_is_in_hand_is_never_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelopes, "REMEMBERED", 2)
    bot = Bot()
    worked = Envelopes(bot.dispatch)
    bot.go.clear()
    held = asyncio.create_task(worked.acknowledgement(event("e0", "Ev0")))
    await bot.entered.wait()
    others = [asyncio.create_task(worked.acknowledgement(event(f"e{n}", f"Ev{n}"))) for n in (1, 2)]
    again = asyncio.create_task(worked.acknowledgement(event("e9", "Ev0")))
    await asyncio.sleep(0)
    bot.go.set()
    await asyncio.gather(held, again, *others)
    for number in (3, 4, 5):
        await worked.acknowledgement(event(f"e{number}", f"Ev{number}"))

    assert len(bot.heard) == 6
    assert len(worked._works) == 2


async def test_stopping_ends_the_work() -> None:
    bot = Bot()
    bot.go.clear()
    worked = Envelopes(bot.dispatch)
    waiting = asyncio.create_task(worked.acknowledgement(event("e1")))
    await bot.entered.wait()

    await worked.stop()
    await asyncio.wait([waiting])

    assert waiting.cancelled()
