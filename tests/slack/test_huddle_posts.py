"""What each post of a huddle shows, without Slack."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.huddle import ANSWER_LIMIT, QUESTIONS, Answer, AnswerSource, HuddleStatus
from bot.domain.person import Person, UserId
from bot.domain.post import ChannelId, Mark, Message, MessageTs, Post, PostKind, Withdrawn
from bot.slack import huddle_blocks
from bot.slack.blocks import SECTION_LIMIT, TEXT_LIMIT, escape
from bot.slack.huddle_posts import render
from bot.usecases import answering, huddle_trouble, teams
from bot.usecases.huddle_views import AnswerView, HuddleView, TroubleView
from tests.usecases.huddles import ANA, BEN, CHANNEL, JOY, Office, at

if TYPE_CHECKING:
    from bot.domain.huddle import Huddle
    from bot.domain.post import Rendered
    from bot.store.database import Store


@pytest.fixture
async def office(sqlite_store: Store) -> Office:
    made = Office(sqlite_store)
    await made.open()
    return made


async def shown(office: Office, kind: PostKind, subject: str) -> Rendered:
    post = await office.post(kind, subject)
    assert post is not None
    return await office.do(render, post, office.now)


async def view_of(office: Office, huddle: Huddle, *answers: Answer) -> HuddleView:
    team = await office.do(lambda tx: tx.teams.get(huddle.team))
    assert team is not None
    return HuddleView(team, huddle, answers, {ANA: "Ana <!channel>", BEN: "Ben"})


async def wanted(office: Office, kind: PostKind, subject: str) -> Post:
    return await office.do(lambda tx: tx.posts.want(kind, subject, channel=CHANNEL))


async def test_a_root_carries_ids_only(office: Office) -> None:
    huddle = await office.opened()

    root = await shown(office, PostKind.HUDDLE, huddle.subject)

    assert isinstance(root, Message)
    assert root.event_type == "baton_huddle"
    assert set(root.event_payload) == {"post", "team", "date"}


async def test_a_huddle_that_is_not_held_is_not_posted(office: Office) -> None:
    huddle = await office.opened()
    await office.do(lambda tx: tx.huddles.save(huddle.missed("x")))

    posted = await shown(office, PostKind.HUDDLE, huddle.subject)
    unposted = await wanted(office, PostKind.HUDDLE, "9/2026-11-23")

    # What stands already is not taken away.
    assert isinstance(posted, Message)
    assert await office.do(render, unposted, office.now) == Withdrawn()
    assert await office.do(render, replace(unposted, subject=huddle.subject), at(9)) == Withdrawn()


async def test_a_mark_stands_on_the_reply_that_counts(office: Office) -> None:
    huddle = await office.opened()
    await office.do(
        answering.reply,
        huddle.subject,
        by=ANA,
        ts=MessageTs("1700000001.000100"),
        text="The report",
        to_somebody=False,
        now=at(9),
    )
    subject = f"{huddle.subject}/{ANA}"

    before = await shown(office, PostKind.MARK, subject)
    await office.do(answering.skip, huddle.team, huddle.date, by=ANA, now=at(9))

    assert before == Mark("memo", stands=True)
    assert await shown(office, PostKind.MARK, subject) == Mark("memo", stands=False)


async def test_an_answer_that_was_withdrawn_is_taken_away(office: Office) -> None:
    post = await wanted(office, PostKind.ANSWER, f"1/2026-11-23/{ANA}")

    assert await office.do(render, post, office.now) == Withdrawn()


async def test_a_summary_in_the_thread_is_a_note(office: Office) -> None:
    huddle = await office.opened()
    await wanted(office, PostKind.SUMMARY, huddle.subject)
    lost = await wanted(office, PostKind.SUMMARY, "9/2026-11-23")

    summary = await shown(office, PostKind.SUMMARY, huddle.subject)

    assert isinstance(summary, Message)
    assert summary.event_payload["kind"] == "summary"
    assert await office.do(render, lost, office.now) == Withdrawn()


async def test_a_notice_of_something_else_shows_nothing(office: Office) -> None:
    team = await office.team()
    await office.do(huddle_trouble.left_channel, CHANNEL, "is_archived", now=at(8))
    (subject,) = await office.notices()
    other = await wanted(office, PostKind.NOTICE, f"task/42/{JOY}")

    notice = await shown(office, PostKind.NOTICE, subject)

    assert isinstance(notice, Message)
    assert f"so I cannot post the written huddle of {team.name}" in notice.text
    assert await office.do(render, other, office.now) == Withdrawn()


async def test_a_post_of_a_task_is_not_for_here(office: Office) -> None:
    card = await wanted(office, PostKind.CARD, "1")

    with pytest.raises(ValueError, match="card"):
        await office.do(render, card, office.now)


async def test_names_and_words_of_people_are_escaped(office: Office) -> None:
    huddle = await office.opened()
    said = Answer(ANA, AnswerSource.MODAL, ("<@U1> & co", "<https://x|y>"), at(9))

    text, blocks = huddle_blocks.summary(await view_of(office, huddle.closed(), said))
    thread, _ = huddle_blocks.answer(AnswerView("<!here>", said.texts))

    for words in (text, str(blocks), thread):
        assert "<@U1>" not in words
        assert "<!channel>" not in words
        assert "<!here>" not in words
        assert "<https" not in words


async def test_a_summary_of_a_hundred_long_answers_keeps_its_limits(office: Office) -> None:
    huddle = await office.opened()
    long = tuple(
        Answer(UserId(f"U{number}"), AnswerSource.MODAL, ("& " * 900, "< " * 900), at(9))
        for number in range(100)
    )
    away = tuple(Answer(UserId(f"V{number}"), AnswerSource.SKIP, (), at(9)) for number in range(90))

    text, blocks = huddle_blocks.summary(await view_of(office, huddle.closed(), *long, *away))

    assert len(text) <= 3_500
    assert "more in the thread" in text
    assert all(len(block["text"]["text"]) <= 3_000 for block in blocks if "text" in block)


async def test_a_summary_keeps_the_stars_that_people_wrote(office: Office) -> None:
    huddle = await office.opened()
    said = Answer(BEN, AnswerSource.MODAL, ("a*b*c", "2 * 3"), at(9))

    text, blocks = huddle_blocks.summary(await view_of(office, huddle.closed(), said))

    assert text.endswith("\nBen: a*b*c / needs: 2 * 3")
    assert "*Ben*: a*b*c / needs: 2 * 3" in str(blocks)


async def test_a_notice_keeps_the_name_of_a_team_as_it_is(office: Office) -> None:
    team = await office.team("the `ops` team")

    text, _ = huddle_blocks.trouble(TroubleView(team, "is_archived", CHANNEL, Person(JOY, "Joy")))

    assert "the `ops` team. Unarchive it" in text
    assert "with /baton team edit," in text


async def test_a_whole_answer_fits_into_a_message(office: Office) -> None:
    del office
    text, blocks = huddle_blocks.answer(AnswerView("Ana", ("x" * ANSWER_LIMIT, "y" * ANSWER_LIMIT)))

    assert text.endswith("y" * ANSWER_LIMIT)
    assert len(blocks) == 2


async def test_the_summary_of_a_deleted_team_has_no_buttons(office: Office) -> None:
    huddle = await office.opened()
    await office.do(teams.delete, huddle.team, by=JOY, now=at(10))

    root = await shown(office, PostKind.HUDDLE, huddle.subject)

    assert isinstance(root, Message)
    assert all(block["type"] != "actions" for block in root.blocks)


async def test_a_huddle_that_ends_on_another_date_says_which(office: Office) -> None:
    huddle = await office.opened()
    late = replace(huddle, opened_at=at(22), closes_at=at(2, day=24))

    text, _ = huddle_blocks.root(await view_of(office, late))
    endless, _ = huddle_blocks.root(await view_of(office, replace(huddle, closes_at=None)))

    assert "Open until Tue 24 Nov, 02:00 Manila." in text
    assert "Open until" not in endless


async def test_two_answers_are_counted(office: Office) -> None:
    huddle = await office.opened()
    said = [Answer(who, AnswerSource.REPLY, ("x", ""), at(9)) for who in (ANA, BEN)]

    text, _ = huddle_blocks.root(await view_of(office, huddle, *said))

    assert huddle.status is HuddleStatus.OPEN
    assert "2 answers so far." in text
    assert QUESTIONS[1] in text


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("not_in_channel", "Invite me with /invite @Baton"),
        ("is_archived", "Unarchive it"),
        ("channel_not_found", "is gone, or I was removed"),
        ("unknown", "I do not post it twice"),
        ("restricted_action", "Ask a workspace admin"),
    ],
)
async def test_a_notice_says_what_happened_and_what_to_do(
    office: Office, code: str, words: str
) -> None:
    team = await office.team("M & M")

    text, blocks = huddle_blocks.trouble(
        TroubleView(team, code, ChannelId("C9"), Person(JOY, "Joy"))
    )

    assert words in text
    assert "M &amp; M" in text
    assert "`" not in text
    assert "!" not in text + str(blocks)


@pytest.mark.parametrize("character", ["&", "<", "x"])
async def test_an_answer_of_many_blocks_loses_nothing(character: str) -> None:
    today, needs = f"{character * ANSWER_LIMIT}", " ".join([character * 9] * (ANSWER_LIMIT // 10))

    text, blocks = huddle_blocks.answer(AnswerView("Ana", (today, needs)))

    said = "".join(block["text"]["text"] for block in blocks)
    assert said == f"*Ana*: {escape(today)}needs: {escape(needs)}"
    assert all(len(block["text"]["text"]) <= SECTION_LIMIT for block in blocks)
    assert len(text) <= TEXT_LIMIT
    assert text.endswith("(The message has all of it.)") is (character != "x")


async def test_a_summary_says_where_that_is_which_it_cuts_off(office: Office) -> None:
    huddle = (await office.opened()).closed()
    short, long = (
        Answer(person=BEN, source=AnswerSource.MODAL, texts=(text,), at=at(9))
        for text in ("The report", "&" * ANSWER_LIMIT)
    )

    of_short = huddle_blocks.summary(await view_of(office, huddle, short))[1]
    of_long = huddle_blocks.summary(await view_of(office, huddle, long))[1]

    assert "is whole in the thread" not in str(of_short)
    assert "What is cut off here with … is whole in the thread." in str(of_long)


async def test_of_many_people_who_are_away_the_rest_is_counted(office: Office) -> None:
    huddle = (await office.opened()).closed()
    view = await view_of(office, huddle)
    away = tuple(
        Answer(person=UserId(f"U{number}"), source=AnswerSource.SKIP, texts=(), at=at(9))
        for number in range(100)
    )
    named = replace(view, answers=away, names={given.person: "Maria Clara" for given in away})

    text, _ = huddle_blocks.summary(named)

    assert "Away today: Maria Clara, Maria Clara" in text
    assert " more" in text
    assert "…" not in text
