"""A result that its delegator wants to look at: told, good, or given back with what is missing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.brief import Draft
from bot.domain.task import Due, Via
from bot.usecases import delegation
from tests.slack.handing import buttons, dm_of, shows, words

if TYPE_CHECKING:
    from bot.sandbox.records import Message
    from tests.office import Office


@pytest.fixture
async def told(office: Office) -> Message:
    """Let Ana finish what Maya wants to look at, and return what Maya hears of it."""
    at = office.clock() + timedelta(days=2)
    due = Due(at=at, local=datetime(2026, 11, 27, 17, 0), zone="Asia/Manila")  # noqa: DTZ001  # a wall clock
    draft = Draft("Prepare June report", "", (office.user("ana"),), due, review=True)
    for person in ("maya", "ana"):
        await office.baton.edge.directory.people(office.workspace, (office.user(person),))
    await office.baton.do(
        office.workspace,
        delegation.delegate,
        draft,
        key="1",
        by=office.user("maya"),
        via=Via.MODAL,
        now=office.clock(),
    )
    card = await dm_of(office, office.ana, words="Prepare June report")
    await office.ana.press(card, "task.accept")
    await shows(office, card, "doing")
    await office.ana.press(card, "task.done")
    return await dm_of(office, office.maya, words="ana has done task 1")


async def test_a_good_result_is_one_tap(office: Office, told: Message) -> None:
    assert buttons(told.blocks)[:2] == ["task.verify", "task.return"]

    await office.maya.press(told, "task.verify")

    await shows(office, told, "settled")
    listed = await office.maya.command("/tasks", "1")
    assert "maya looked at it: good" in words(listed.message.blocks if listed.message else [])


async def test_what_is_missing_goes_back_in_words(office: Office, told: Message) -> None:
    await office.maya.press(told, "task.return")
    await office.maya.submit(values={"missing": "The totals <!channel>"})

    back = await dm_of(office, office.ana, words="gave back task 1")
    assert "The totals &lt;!channel&gt;" in back.text
    assert "task.done" in buttons(back.blocks)
    await shows(office, told, "settled")


async def test_the_form_for_what_is_missing_opens_by_words_too(
    office: Office, told: Message
) -> None:
    assert told.text
    await office.maya.command("/tasks", "return 1")

    assert office.maya.view.body["callback_id"] == "task.return"


async def test_only_the_delegator_says_that_it_is_good(office: Office, told: Message) -> None:
    assert told.text

    answer = await office.ana.command("/tasks", "verify 1")

    assert "Only maya can check the result of task 1" in answer.text
