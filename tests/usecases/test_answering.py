from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import BotError
from bot.domain.huddle import ANSWER_LIMIT, AnswerSource, HuddleStatus
from bot.domain.post import ChannelId, MessageTs, PostKind
from bot.domain.team import Role
from bot.usecases import answering, huddle_views, teams
from bot.usecases.answering import Unanswered
from tests.usecases.huddles import ADA, ANA, BEN, CHANNEL, EVE, JOY, MONDAY, TUESDAY, at

if TYPE_CHECKING:
    from bot.domain.huddle import Answer, Huddle
    from bot.domain.person import UserId
    from tests.usecases.huddles import Office

FIRST, SECOND = MessageTs("1700000001.000100"), MessageTs("1700000002.000100")


@pytest.fixture
async def huddle(office: Office) -> Huddle:
    return await office.opened()


async def reply(
    office: Office,
    huddle: Huddle,
    text: str = "The June report",
    *,
    by: UserId = ANA,
    ts: MessageTs = FIRST,
    to_somebody: bool = False,
) -> bool:
    return await office.do(
        answering.reply,
        huddle.subject,
        by=by,
        ts=ts,
        text=text,
        to_somebody=to_somebody,
        now=at(9, 5),
    )


async def fill_in(office: Office, huddle: Huddle, *texts: str, by: UserId = ANA) -> Answer:
    return await office.do(answering.answer, huddle.team, huddle.date, texts, by=by, now=at(9, 10))


async def skip(office: Office, huddle: Huddle, *, by: UserId = ANA) -> None:
    await office.do(answering.skip, huddle.team, huddle.date, by=by, now=at(9, 15))


async def given(office: Office, huddle: Huddle, *, by: UserId = ANA) -> Answer | None:
    return await office.do(lambda tx: tx.huddles.answer_of(huddle.team, huddle.date, by))


async def marked(office: Office, huddle: Huddle, *, by: UserId = ANA) -> str | None:
    """Return the message that carries the mark."""
    mark = await office.post(PostKind.MARK, f"{huddle.subject}/{by}")
    if mark is None or not await office.do(huddle_views.is_marked, mark):
        return None
    return mark.ts


async def in_thread(office: Office, huddle: Huddle, *, by: UserId = ANA) -> tuple[str, ...] | None:
    """Return the answer that Baton shows in the thread."""
    view = await office.do(huddle_views.answer_view, f"{huddle.subject}/{by}")
    return None if view is None else view.texts


async def wanted(office: Office, huddle: Huddle) -> int:
    root = await office.post(PostKind.HUDDLE, huddle.subject)
    assert root is not None
    return root.wanted


async def test_an_answer_from_the_form_is_shown_in_the_thread(
    office: Office, huddle: Huddle
) -> None:
    await fill_in(office, huddle, " The report ", "")

    post = await office.post(PostKind.ANSWER, f"{huddle.subject}/{ANA}")
    root = await office.post(PostKind.HUDDLE, huddle.subject)
    assert await in_thread(office, huddle) == ("The report", "")
    assert post is not None
    assert root is not None
    assert post.parent == root.id
    assert post.channel == CHANNEL
    assert root.is_pending


async def test_a_second_answer_edits_the_first_and_the_same_one_changes_nothing(
    office: Office, huddle: Huddle
) -> None:
    await fill_in(office, huddle, "The report", "")
    await fill_in(office, huddle, "The slides", "Ben's numbers")
    before = await wanted(office, huddle)

    await fill_in(office, huddle, "The slides", "Ben's numbers")

    assert await in_thread(office, huddle) == ("The slides", "Ben's numbers")
    assert await wanted(office, huddle) == before


async def test_the_first_question_needs_an_answer_that_fits(office: Office, huddle: Huddle) -> None:
    for texts in ((" ", "x"), ()):
        with pytest.raises(Unanswered, match="press Skip today") as refusal:
            await fill_in(office, huddle, *texts)
        assert refusal.value.question == 0
    with pytest.raises(Unanswered, match="5,000 characters long, and 1,800 fit") as refusal:
        await fill_in(office, huddle, "x" * ANSWER_LIMIT, "x" * 5_000)
    assert refusal.value.question == 1


async def test_only_members_answer_and_others_hear_whom_to_ask(
    office: Office, huddle: Huddle
) -> None:
    await office.do(teams.add, huddle.team, (BEN,), Role.OBSERVER, by=JOY, now=at(9))

    for other in (BEN, EVE):
        with pytest.raises(BotError, match=r"Only members of Manila.*ask Joy"):
            await fill_in(office, huddle, "x", by=other)
        with pytest.raises(BotError, match="Only members"):
            await skip(office, huddle, by=other)
        with pytest.raises(BotError, match="Only members"):
            await office.do(answering.form, huddle.team, huddle.date, by=other)
        assert not await reply(office, huddle, by=other)


async def test_a_huddle_that_is_not_held_takes_no_answer(office: Office, huddle: Huddle) -> None:
    with pytest.raises(BotError, match="no longer there"):
        await office.do(answering.skip, huddle.team, TUESDAY, by=ANA, now=at(9))
    with pytest.raises(BotError, match="no longer there"):
        await office.do(answering.skip, 99, MONDAY, by=ANA, now=at(9))
    await office.do(lambda tx: tx.huddles.save(huddle.missed("x")))
    with pytest.raises(BotError, match="no longer there"):
        await skip(office, huddle)
    assert not await reply(office, huddle)


async def test_the_form_is_filled_in_with_what_was_said(office: Office, huddle: Huddle) -> None:
    _, _, nothing = await office.do(answering.form, huddle.team, huddle.date, by=ANA)
    await reply(office, huddle)

    team, shown, said = await office.do(answering.form, huddle.team, huddle.date, by=ANA)

    assert nothing is None
    assert (team.name, shown.date) == ("Manila", MONDAY)
    assert said is not None
    assert said.texts == ("The June report", "")


async def test_the_first_plain_reply_counts_and_is_marked(office: Office, huddle: Huddle) -> None:
    assert await reply(office, huddle, " The June report\n")

    answer = await given(office, huddle)
    mark = await office.post(PostKind.MARK, f"{huddle.subject}/{ANA}")
    assert answer is not None
    assert answer.texts == ("The June report", "")
    assert await marked(office, huddle) == FIRST
    assert mark is not None
    assert mark.channel == CHANNEL
    assert await in_thread(office, huddle) is None


async def test_later_replies_are_conversation(office: Office, huddle: Huddle) -> None:
    await reply(office, huddle)

    assert not await reply(office, huddle, "And lunch", ts=SECOND)

    answer = await given(office, huddle)
    assert answer is not None
    assert answer.texts[0] == "The June report"


async def test_a_reply_to_somebody_or_without_words_does_not_count(
    office: Office, huddle: Huddle
) -> None:
    assert not await reply(office, huddle, "@Ben are you in?", to_somebody=True)
    assert not await reply(office, huddle, " ")
    assert await reply(office, huddle, ts=SECOND)


async def test_a_reply_delivered_twice_counts_once(office: Office, huddle: Huddle) -> None:
    await reply(office, huddle)
    before = await wanted(office, huddle)

    assert await reply(office, huddle)

    assert await wanted(office, huddle) == before


async def test_an_edited_reply_edits_the_answer(office: Office, huddle: Huddle) -> None:
    await reply(office, huddle)

    await office.do(
        answering.edit_reply, huddle.subject, by=ANA, ts=FIRST, text="The slides", now=at(10)
    )
    await office.do(
        answering.edit_reply, huddle.subject, by=ANA, ts=SECOND, text="Lunch", now=at(10)
    )
    await office.do(
        answering.edit_reply, huddle.subject, by=BEN, ts=SECOND, text="Lunch", now=at(10)
    )

    answer = await given(office, huddle)
    assert answer is not None
    assert answer.texts == ("The slides", "")
    assert await given(office, huddle, by=BEN) is None


async def test_a_reply_edited_to_nothing_is_withdrawn(office: Office, huddle: Huddle) -> None:
    await reply(office, huddle)

    await office.do(answering.edit_reply, huddle.subject, by=ANA, ts=FIRST, text=" ", now=at(10))

    assert await given(office, huddle) is None
    assert await marked(office, huddle) is None


async def test_deleting_the_marked_reply_withdraws_the_answer(
    office: Office, huddle: Huddle
) -> None:
    await reply(office, huddle)

    await office.do(answering.withdraw_reply, huddle.subject, by=ANA, ts=SECOND, now=at(10))
    assert await given(office, huddle) is not None
    await office.do(answering.withdraw_reply, huddle.subject, by=ANA, ts=FIRST, now=at(10))

    assert await given(office, huddle) is None
    assert await marked(office, huddle) is None


async def test_a_withdrawn_reply_delivered_again_does_not_count(
    office: Office, huddle: Huddle
) -> None:
    await reply(office, huddle)
    await office.do(answering.withdraw_reply, huddle.subject, by=ANA, ts=FIRST, now=at(10))

    assert not await reply(office, huddle)
    assert await reply(office, huddle, ts=SECOND)
    assert await marked(office, huddle) == SECOND


async def test_the_form_takes_the_place_of_a_reply(office: Office, huddle: Huddle) -> None:
    await reply(office, huddle)

    await fill_in(office, huddle, "The slides", "")

    assert await marked(office, huddle) is None
    assert await in_thread(office, huddle) == ("The slides", "")
    assert not await reply(office, huddle, "And lunch", ts=SECOND)


async def test_skipping_shows_somebody_as_away(office: Office, huddle: Huddle) -> None:
    await skip(office, huddle)
    before = await wanted(office, huddle)
    await skip(office, huddle)

    view = await office.do(huddle_views.huddle_view, huddle.subject)
    assert view is not None
    assert view.away == ("Ana",)
    assert view.answered == ()
    assert await wanted(office, huddle) == before


async def test_who_skipped_may_still_reply(office: Office, huddle: Huddle) -> None:
    await skip(office, huddle)

    assert await reply(office, huddle)

    answer = await given(office, huddle)
    assert answer is not None
    assert answer.source is AnswerSource.REPLY


async def test_skipping_withdraws_an_answer_without_losing_its_words(
    office: Office, huddle: Huddle
) -> None:
    await fill_in(office, huddle, "The slides", "")

    await skip(office, huddle)

    answer = await given(office, huddle)
    assert answer is not None
    assert answer.texts == ("The slides", "")
    assert await in_thread(office, huddle) is None


async def test_an_answer_after_closing_joins_the_summary(office: Office, huddle: Huddle) -> None:
    await office.ring(at(13))
    before = await wanted(office, huddle)

    await reply(office, huddle)

    view = await office.do(huddle_views.huddle_view, huddle.subject)
    assert view is not None
    assert view.huddle.status is HuddleStatus.CLOSED
    assert [view.name(answer) for answer in view.answered] == ["Ana"]
    assert await wanted(office, huddle) == before + 1


async def test_a_thread_is_known_by_its_root_to_members_only(
    office: Office, huddle: Huddle
) -> None:
    root = await office.post(PostKind.HUDDLE, huddle.subject)
    assert root is not None
    assert root.ts is not None

    assert await office.do(answering.thread_of, CHANNEL, root.ts, by=ANA) == huddle.subject
    assert await office.do(answering.thread_of, CHANNEL, root.ts, by=ADA) is None
    assert await office.do(answering.thread_of, CHANNEL, FIRST, by=ANA) is None
    await office.do(lambda tx: tx.posts.want(PostKind.CARD, "1", channel=CHANNEL, ts=FIRST))
    assert await office.do(answering.thread_of, CHANNEL, FIRST, by=ANA) is None


async def test_a_huddle_whose_root_is_unknown_still_takes_answers(office: Office) -> None:
    team = await office.team()
    await office.ring(at(9))
    huddle = await office.huddle(team.id)
    assert huddle is not None
    await office.store.door(
        lambda connection: connection.exec_driver_sql("DELETE FROM posts").close()
    )

    assert await reply(office, huddle)
    await fill_in(office, huddle, "The slides", "")

    assert await office.post(PostKind.ANSWER, f"{huddle.subject}/{ANA}") is None


async def test_the_status_tells_how_the_last_ones_went(office: Office, huddle: Huddle) -> None:
    await reply(office, huddle)
    await skip(office, huddle, by=BEN)
    await office.ring(at(12, day=24))

    found = await office.do(answering.status, huddle.team, now=at(12, day=24))
    earlier = await office.do(answering.status, huddle.team, now=at(12))

    missed, held = found.told
    assert (held.answered, held.away) == (1, 1)
    assert missed.huddle.status is HuddleStatus.MISSED
    assert missed.huddle.reason is not None
    assert found.next_at == at(9, day=25)
    assert [told.huddle.date for told in earlier.told] == [MONDAY]


async def test_the_status_of_a_paused_team_has_no_next_huddle(office: Office) -> None:
    team = await office.team()
    await office.do(teams.pause, team.id, until=None, by=JOY, now=at(8))

    found = await office.do(answering.status, team.id, now=at(8))

    assert found.next_at is None
    assert found.told == ()


async def test_a_subject_without_a_person_shows_nothing(office: Office, huddle: Huddle) -> None:
    assert await office.do(huddle_views.answer_view, huddle.subject) is None
    mark = await office.do(
        lambda tx: tx.posts.want(PostKind.MARK, huddle.subject, channel=ChannelId("C1"), ts=FIRST)
    )
    assert not await office.do(huddle_views.is_marked, mark)
    assert await office.do(huddle_views.huddle_view, "9/2026-11-23") is None


async def test_somebody_unknown_has_no_name(office: Office, huddle: Huddle) -> None:
    await fill_in(office, huddle, "The slides", "")
    await office.store.door(
        lambda connection: connection.exec_driver_sql(
            f"DELETE FROM people WHERE id = '{ANA}'"  # noqa: S608  # a test's own words
        ).close()
    )

    view = await office.do(huddle_views.answer_view, f"{huddle.subject}/{ANA}")
    assert view is not None
    assert view.name == "Somebody"


async def test_answers_whose_replies_are_gone_are_withdrawn(office: Office, huddle: Huddle) -> None:
    await reply(office, huddle)
    await reply(office, huddle, by=BEN, ts=SECOND)

    await office.do(
        answering.withdraw_missing,
        huddle.subject,
        left={SECOND},
        before=MessageTs("1700000009.000000"),
        now=at(9, 30),
    )

    assert await given(office, huddle) is None
    assert await given(office, huddle, by=BEN) is not None


async def test_a_reply_that_came_while_slack_was_asked_is_not_missing(
    office: Office, huddle: Huddle
) -> None:
    await reply(office, huddle, ts=SECOND)
    await fill_in(office, huddle, "The invoices", by=BEN)

    await office.do(
        answering.withdraw_missing, huddle.subject, left=set(), before=FIRST, now=at(9, 30)
    )

    assert await given(office, huddle) is not None
    assert await given(office, huddle, by=BEN) is not None


async def test_an_edit_that_is_known_changes_nothing(office: Office, huddle: Huddle) -> None:
    await reply(office, huddle)
    before = await given(office, huddle), await wanted(office, huddle)

    await office.do(
        answering.edit_reply,
        huddle.subject,
        by=ANA,
        ts=FIRST,
        text="The June report",
        now=at(9, 30),
    )

    assert (await given(office, huddle), await wanted(office, huddle)) == before
