from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain.huddle import HuddleStatus
from bot.domain.post import MessageTs, PostKind
from bot.domain.team import Role
from bot.usecases import answering, huddle_trouble, huddle_views, teams
from tests.usecases.huddles import ADA, ANA, CHANNEL, JOY, at

if TYPE_CHECKING:
    from bot.domain.huddle import Huddle
    from bot.domain.post import Post
    from tests.usecases.huddles import Office


async def unposted(office: Office) -> tuple[Huddle, Post]:
    team = await office.team()
    await office.ring(at(9))
    huddle = await office.huddle(team.id)
    root = await office.post(PostKind.HUDDLE, f"{team.id}/2026-11-23")
    assert huddle is not None
    assert root is not None
    return huddle, root


async def posted(office: Office) -> tuple[Huddle, Post]:
    huddle = await office.opened()
    root = await office.post(PostKind.HUDDLE, huddle.subject)
    assert root is not None
    return huddle, root


async def test_a_root_that_slack_refuses_is_missed_and_the_lead_hears_of_it(
    office: Office,
) -> None:
    huddle, root = await unposted(office)

    await office.do(huddle_trouble.on_trouble, root, "not_in_channel", now=at(9))

    missed = await office.huddle(huddle.team)
    assert missed is not None
    assert missed.status is HuddleStatus.MISSED
    assert missed.reason == "Baton was not in the channel."
    assert await office.notices() == [f"huddle/1/never-{CHANNEL}/not_in_channel/{JOY}"]
    assert await office.next_at(huddle.team) == at(9, day=24)


async def test_a_code_nobody_foresaw_is_named(office: Office) -> None:
    huddle, root = await unposted(office)

    await office.do(huddle_trouble.on_trouble, root, "restricted_action", now=at(9))

    missed = await office.huddle(huddle.team)
    assert missed is not None
    assert missed.reason == "Slack did not take the message (restricted_action)."


async def test_every_lead_hears_once_until_a_huddle_was_held_again(office: Office) -> None:
    huddle, root = await unposted(office)
    await office.do(teams.add, huddle.team, (ADA,), Role.LEAD, by=JOY, now=at(9))

    await office.do(huddle_trouble.on_trouble, root, "not_in_channel", now=at(9))
    await office.do(huddle_trouble.on_trouble, root, "is_archived", now=at(9))
    await office.do(huddle_trouble.left_channel, CHANNEL, "is_archived", now=at(10))
    both = await office.notices()
    await office.ring(at(9, day=24))
    await office.do(huddle_trouble.left_channel, CHANNEL, "is_archived", now=at(10, day=24))

    assert len(both) == 2
    assert len(await office.notices()) == 4


async def test_an_unclear_root_stays_open_and_is_reported(office: Office) -> None:
    huddle, root = await unposted(office)

    await office.do(huddle_trouble.on_trouble, root, "unknown", now=at(9))

    still = await office.huddle(huddle.team)
    assert still is not None
    assert still.status is HuddleStatus.OPEN
    assert len(await office.notices()) == 1


async def test_a_summary_too_late_to_edit_goes_into_the_thread(office: Office) -> None:
    huddle, root = await posted(office)
    await office.do(huddle_trouble.on_trouble, root, "edit_window_closed", now=at(12))
    assert await office.post(PostKind.SUMMARY, huddle.subject) is None
    await office.ring(at(13))

    await office.do(huddle_trouble.on_trouble, root, "edit_window_closed", now=at(13))

    summary = await office.post(PostKind.SUMMARY, huddle.subject)
    assert summary is not None
    assert summary.parent == root.id
    await office.do(
        answering.reply,
        huddle.subject,
        by=ANA,
        ts=MessageTs("1700000001.000100"),
        text="The report",
        to_somebody=False,
        now=at(14),
    )
    again = await office.post(PostKind.SUMMARY, huddle.subject)
    assert again is not None
    assert again.wanted == 2
    assert await office.notices() == []


@pytest.mark.parametrize("reason", ["message_not_found", "too_many_reactions"])
async def test_what_is_wrong_with_one_message_is_nobodys_business(
    office: Office, reason: str
) -> None:
    _, root = await posted(office)

    await office.do(huddle_trouble.on_trouble, root, reason, now=at(12))

    assert await office.notices() == []


async def test_an_open_huddle_whose_channel_is_archived_is_reported(office: Office) -> None:
    huddle, root = await posted(office)

    await office.do(huddle_trouble.on_trouble, root, "is_archived", now=at(12))

    still = await office.huddle(huddle.team)
    assert still is not None
    assert still.status is HuddleStatus.OPEN
    assert len(await office.notices()) == 1


async def test_posts_of_others_and_of_nothing_are_left_alone(office: Office) -> None:
    card = await office.do(lambda tx: tx.posts.want(PostKind.CARD, "1", channel=CHANNEL))
    lost = await office.do(
        lambda tx: tx.posts.want(PostKind.HUDDLE, "9/2026-11-23", channel=CHANNEL)
    )

    await office.do(huddle_trouble.on_trouble, card, "not_in_channel", now=at(9))
    await office.do(huddle_trouble.on_trouble, lost, "not_in_channel", now=at(9))

    assert await office.notices() == []


async def test_a_deleted_team_has_nobody_to_tell(office: Office) -> None:
    huddle, root = await unposted(office)
    await office.do(teams.delete, huddle.team, by=JOY, now=at(9))

    await office.do(huddle_trouble.on_trouble, root, "not_in_channel", now=at(9))

    assert await office.notices() == []


async def test_a_notice_shows_team_code_channel_and_reader(office: Office) -> None:
    _, root = await unposted(office)
    await office.do(huddle_trouble.on_trouble, root, "not_in_channel", now=at(9))
    (subject,) = await office.notices()

    view = await office.do(huddle_views.trouble_view, subject)

    assert view is not None
    assert (view.team.name, view.code, view.channel) == ("Manila", "not_in_channel", CHANNEL)
    assert view.reader is not None
    assert view.reader.id == JOY
    assert await office.do(huddle_views.trouble_view, "task/42/U1") is None
    gone = f"huddle/9/never-{CHANNEL}/not_in_channel/{JOY}"
    assert await office.do(huddle_views.trouble_view, gone) is None
