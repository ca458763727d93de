"""What a card says of a whole brief, what it says is missing, and what was changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.brief import Rest
from bot.domain.post import Message, PostKind
from bot.domain.task import Authority, Details, Kind
from bot.slack import task_blocks, task_posts
from bot.usecases import changing, delegation, task_views
from tests.slack.handing import words
from tests.usecases.tasking import ANA, DRAFT, MAYA, NOW, furnished

if TYPE_CHECKING:
    from bot.store.database import Store
    from tests.usecases.tasking import Desk

DETAILS = Details(
    measure="All 12 shops & no gaps",
    risks="No access: ask Sam",
    links="See https://example.com/a?b=1&c=2, then\n<https://evil.example|here>",
    authority=Authority.POSTED,
    kind=Kind.CHALLENGING,
)
LARGE = replace(DRAFT, takes=timedelta(hours=24))


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    return await furnished(sqlite_store)


async def card(desk: Desk) -> Message:
    post = (await desk.posts(PostKind.CARD))[""]
    shown = await desk.look(lambda tx: task_posts.render(tx, post, NOW))
    assert isinstance(shown, Message)
    return shown


def said_in(shown: Message) -> str:
    return words([dict(block) for block in shown.blocks])


async def test_a_card_shows_what_was_said(desk: Desk) -> None:
    await desk.delegate(replace(LARGE, details=DETAILS, review=True))

    shown = await card(desk)

    said = said_in(shown)
    assert "*Good when:* All 12 shops &amp; no gaps" in said
    assert "*May go wrong:* No access: ask Sam" in said
    assert "*How far to go:* Act and keep Maya posted" in said
    assert "*Kind of work:* Challenging" in said
    assert "*Review:* Maya looks at it before it is done" in said
    assert "Good when: All 12 shops &amp; no gaps" in shown.text
    assert "Not said yet" not in shown.text


async def test_an_address_leads_to_itself_and_nothing_leads_elsewhere(desk: Desk) -> None:
    await desk.delegate(replace(LARGE, details=DETAILS))

    said = said_in(await card(desk))

    assert "<https://example.com/a?b=1&amp;c=2>, then" in said
    assert "&lt;<https://evil.example>|here&gt;" in said


async def test_a_card_names_what_is_not_said_yet(desk: Desk) -> None:
    await desk.delegate(LARGE)

    shown = await card(desk)

    line = (
        "Not said yet: how we will know it is good, what may go wrong, "
        "how far to go on your own, where to find what is needed"
    )
    assert line in said_in(shown)
    assert line in shown.text


async def test_what_is_done_misses_nothing(desk: Desk) -> None:
    await desk.delegate(LARGE)
    await desk.step(delegation.finish)

    assert "Not said yet" not in (await card(desk)).text


async def test_a_card_says_what_was_changed(desk: Desk) -> None:
    await desk.delegate(LARGE)
    await desk.step(
        changing.edit,
        title=LARGE.title,
        more="",
        takes=LARGE.takes,
        rest=Rest(details=DETAILS),
        by=MAYA,
    )

    shown = await card(desk)

    assert "Maya changed how we will know it is good, what may go wrong" in shown.text
    assert "<!date^" not in shown.text


async def test_all_of_a_long_brief_is_shown_where_it_is_asked_for(desk: Desk) -> None:
    long = Details(measure="& " * 1_400 + "END", risks="b" * 2_990 + "STOP", links="c" * 3_000)
    await desk.delegate(replace(LARGE, more="m" * 9_000, details=long))
    for number in range(50):
        await desk.step(delegation.note, text=f"Note {number}", by=MAYA)

    view = await desk.look(
        lambda tx: task_views.seen_by(tx, delegation.find(tx, 1, ANA), ANA)  # type: ignore[arg-type] # a plain number
    )
    blocks = task_blocks.detail(view)

    said = words(blocks)
    assert "END" in said
    assert "STOP" in said
    assert "Note 49" in said
    assert len(blocks) <= task_blocks.MOST_BLOCKS
    assert "STOP" not in words(task_blocks.card(view))
