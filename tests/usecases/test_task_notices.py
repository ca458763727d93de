"""Messages beside a task's own, where there is nothing, or nobody, to tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.person import WorkspaceId
from bot.domain.post import ChannelId, MessageTs, Post, PostId, PostKind
from bot.domain.task import TaskNumber
from bot.usecases import delegation, ringing, task_notices
from tests.usecases.tasking import ANA, MAYA, NOW, Desk, furnished

if TYPE_CHECKING:
    from bot.store.database import Store


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    desk = await furnished(sqlite_store)
    await desk.delegate()
    return desk


def post(kind: PostKind, subject: str) -> Post:
    channel = ChannelId(ANA)
    return Post(WorkspaceId("T1"), PostId("P1"), kind=kind, subject=subject, channel=channel)


@pytest.mark.parametrize(
    "given_up",
    [
        post(PostKind.NEW_TASK, f"99/{ANA}"),
        replace(post(PostKind.NEW_TASK, f"1/{ANA}"), ts=MessageTs("1.1")),
        post(PostKind.CARD, f"1/{MAYA}"),
    ],
)
async def test_nobody_is_told_of_what_was_heard_or_is_their_own(desk: Desk, given_up: Post) -> None:
    await desk.do(ringing.give_up, given_up, "user_disabled", now=NOW)

    assert not await desk.look(lambda tx: tx.posts.under(PostKind.NOTICE, "task"))


async def test_who_does_not_hear_of_a_task_is_told_of_once(desk: Desk) -> None:
    given_up = post(PostKind.NEW_TASK, f"1/{ANA}")

    await desk.do(ringing.give_up, given_up, "messages_tab_disabled", now=NOW)
    await desk.do(ringing.give_up, given_up, "user_not_found", now=NOW)

    (told,) = await desk.look(lambda tx: tx.posts.under(PostKind.NOTICE, "task"))
    assert told.subject == f"task/1/unheard/{ANA}/messages_tab_disabled/{MAYA}"


async def test_a_notice_about_no_task_shows_nothing(desk: Desk) -> None:
    notice = post(PostKind.NOTICE, f"task/99/write/1/{ANA}")

    assert await desk.do(task_notices.view, notice) is None


@pytest.mark.parametrize("number", [1, 99])
async def test_nobody_lacks_a_yes_before_there_is_one(desk: Desk, number: int) -> None:
    assert not await desk.do(delegation.lacks_yes, TaskNumber(number), ANA)
