from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.post import PostKind

if TYPE_CHECKING:
    from tests.publishing.conftest import Office


async def test_a_post_appears_with_everything_slack_needs(office: Office) -> None:
    post = await office.shown("42")

    (message,) = office.messages()
    assert message.text == "42 v1"
    assert message.event_type == "baton_note"
    assert message.event_payload == {"post": post.id}
    assert (post.channel, post.ts) == (message.channel, message.ts)
    (call,) = office.slack.calls("chat.postMessage")
    assert call.args["unfurl_links"] is False
    assert call.args["unfurl_media"] is False


async def test_a_change_edits_the_message(office: Office) -> None:
    await office.shown()

    await office.shown()

    assert office.texts() == ["1 v2"]
    assert len(office.posted()) == 1


async def test_replies_follow_the_message_they_reply_to(office: Office) -> None:
    root = await office.want("1/d", kind=PostKind.HUDDLE)
    reply = await office.want("1/d/U1", kind=PostKind.ANSWER, parent=root.id)

    await office.until_settled(reply)

    assert office.texts() == ["1/d v1", "1/d/U1 v1"]
    assert office.messages()[1].thread_ts == office.messages()[0].ts
