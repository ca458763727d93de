"""Who hears of a step later, and what a line under a message about one means."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import BotError
from bot.domain.post import PostKind
from bot.domain.task import TaskNumber
from bot.usecases import agreeing, delegation, hearing
from tests.usecases.tasking import ANA, CHANNEL, DRAFT, MAYA, NOW, furnished

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.person import UserId
    from bot.domain.post import ChannelId, Post
    from bot.domain.task import Task
    from bot.store.database import Store
    from bot.store.transaction import Tx
    from tests.usecases.tasking import Desk


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    return await furnished(sqlite_store)


async def test_only_whoever_took_the_latest_step_is_told_who_hears_of_it(
    sqlite_store: Store,
) -> None:
    desk = await furnished(sqlite_store)
    await desk.keeps_hours(ANA)
    await desk.delegate()
    await desk.step(delegation.accept)
    await desk.step(delegation.cancel, by=MAYA)
    one = TaskNumber(1)

    told = await desk.do(hearing.of_latest, one, by=MAYA, now=NOW)

    assert told is not None
    assert list(told.hears) == [ANA]
    assert await desk.do(hearing.of_latest, one, by=ANA, now=NOW) is None


@pytest.mark.parametrize(
    ("verb", "words", "by", "reader", "means"),
    [
        (delegation.ask, {"question": "Which client?"}, ANA, MAYA, "answer 1 Acme"),
        (delegation.block, {"reason": "No login"}, ANA, MAYA, "answer 1 Acme"),
        (agreeing.talk, {"text": "Not quite"}, MAYA, ANA, "ask 1 Acme"),
        (delegation.ask_how_it_goes, {}, MAYA, ANA, "note 1 Acme"),
    ],
)
async def test_a_line_under_a_step_is_what_the_step_calls_for(  # noqa: PLR0917  # a table
    desk: Desk,
    verb: Callable[..., Task],
    words: dict[str, str],
    by: UserId,
    reader: UserId,
    means: str,
) -> None:
    await desk.delegate()
    await desk.step(verb, by=by, **words)

    said = await desk.look(lambda tx: hearing.line_under(tx, told_of(tx, f"1/{reader}/2"), "Acme"))
    done = await desk.look(lambda tx: hearing.line_under(tx, told_of(tx, f"1/{reader}/2"), "Done."))

    assert (said, done) == (means, "done 1")


@pytest.mark.parametrize(("channel", "is_kept"), [(CHANNEL, False), (None, True)])
async def test_what_answers_to_words_in_confidence_becomes_no_note_in_a_channel(
    desk: Desk, channel: ChannelId | None, *, is_kept: bool
) -> None:
    await desk.delegate(replace(DRAFT, channel=channel))
    await desk.step(delegation.decline, reason="My father is ill")

    def line(tx: Tx) -> str:
        return hearing.line_under(tx, told_of(tx, f"1/{MAYA}/2"), "I am sorry to hear that")

    if is_kept:
        assert await desk.look(line) == "note 1 I am sorry to hear that"
    else:
        with pytest.raises(BotError, match=r"Nothing was kept.*`note 1 I am sorry"):
            await desk.look(line)


async def test_a_line_under_a_new_task_is_a_note(desk: Desk) -> None:
    await desk.delegate()

    def line(tx: Tx) -> str:
        post = tx.posts.find(PostKind.NEW_TASK, f"1/{ANA}")
        assert post is not None
        return hearing.line_under(tx, post, "On it")

    assert await desk.look(line) == "note 1 On it"


def told_of(tx: Tx, subject: str) -> Post:
    post = tx.posts.find(PostKind.STEP, subject)
    assert post is not None
    return post
