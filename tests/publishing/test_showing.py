from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import SlackRejected, SlackUnknown
from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import (
    ChannelId,
    HomeView,
    Mark,
    Message,
    MessageTs,
    Post,
    PostId,
    PostKind,
    PostState,
    Rendered,
    Withdrawn,
)
from bot.publishing.limiter import PER_MINUTE
from bot.publishing.showing import CONTENT, LONGEST_TEXT, GivenUp, first_method, shortened, show
from bot.store.claims import ClaimedWorkspace, ProcessId
from bot.store.outbox import Attempt, Found, Removed, Sent, Shown

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
T1 = WorkspaceId("T1")
WHO = ClaimedWorkspace(T1, "B1", UserId("UBOT"))
POST = Post(
    workspace=T1,
    id=PostId("p1"),
    kind=PostKind.NOTICE,
    subject="x",
    channel=ChannelId("C1"),
)
TRIED = replace(POST, attempts=1, attempted_at=NOW)
HELLO = Message("hello", [{"type": "divider"}], "baton_note", {"post": "p1"})


@dataclass
class Script:
    """Answers calls in order; each answer belongs to a method."""

    answers: list[tuple[str, Mapping[str, Any] | Exception]]
    calls: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    async def __call__(self, method: str, /, **arguments: object) -> Mapping[str, Any]:
        self.calls.append((method, arguments))
        expected, answer = self.answers.pop(0)
        assert method == expected
        if isinstance(answer, Exception):
            raise answer
        return answer


def attempt(
    post: Post = POST, rendered: Rendered = HELLO, *, parent_ts: str | None = None
) -> Attempt:
    ts = None if parent_ts is None else MessageTs(parent_ts)
    return Attempt(post, rendered, ts, ProcessId("me"))


def ours(ts: str, **fields: object) -> dict[str, object]:
    metadata = {"event_type": "baton_note", "event_payload": {"post": "p1"}}
    return {"ts": ts, "bot_id": "B1", "metadata": metadata, **fields}


def page(*messages: dict[str, object], cursor: str = "") -> dict[str, object]:
    return {"ok": True, "messages": messages, "response_metadata": {"next_cursor": cursor}}


SENT = {"ok": True, "channel": "C1", "ts": "2.000002"}


@pytest.mark.parametrize("answer", [{"ok": True}, {"ok": True, "ts": "1.1"}, {"ts": 1}])
async def test_an_answer_that_does_not_say_where_the_message_is_is_unclear(
    answer: Mapping[str, Any],
) -> None:
    with pytest.raises(SlackUnknown):
        await show(attempt(), WHO, Script([("chat.postMessage", answer)]))


@pytest.mark.parametrize(
    "stranger",
    [
        {"bot_id": "B2", "user": "U2"},
        {"bot_id": None},
        {"metadata": {"event_type": "other_app", "event_payload": {"post": "p1"}}},
        {"metadata": {"event_type": "baton_note", "event_payload": {"post": "p2"}}},
        {"metadata": {"event_type": "baton_note"}},
        {"metadata": None},
    ],
)
async def test_what_is_not_this_post_is_not_found(stranger: dict[str, object]) -> None:
    script = Script(
        [("conversations.history", page(ours("1.1", **stranger))), ("chat.postMessage", SENT)]
    )

    made = attempt(TRIED)
    assert await show(made, WHO, script) == Sent(made, ChannelId("C1"), MessageTs("2.000002"))


async def test_a_message_may_name_its_author_either_way() -> None:
    found = ours("1.1", bot_id=None, user="UBOT")
    made = attempt(TRIED)

    result = await show(made, WHO, Script([("conversations.history", page(found))]))

    assert result == Found(made, ChannelId("C1"), MessageTs("1.1"))


async def test_a_workspace_whose_bot_is_not_known_finds_nothing() -> None:
    nobody = ClaimedWorkspace(T1, "", UserId(""))
    script = Script(
        [
            ("conversations.history", page(ours("1.1", bot_id="", user=""))),
            ("chat.postMessage", SENT),
        ]
    )

    assert isinstance(await show(attempt(TRIED), nobody, script), Sent)


async def test_the_oldest_is_kept_and_others_are_deleted_where_that_is_possible() -> None:
    script = Script(
        [
            ("conversations.history", page(ours("3.3"), ours("2.2"), cursor="more")),
            ("conversations.history", page(ours("1.1"))),
            ("chat.delete", SlackRejected("cant_delete_message")),
            ("chat.delete", {"ok": True}),
        ]
    )
    made = attempt(TRIED)

    assert await show(made, WHO, script) == Found(made, ChannelId("C1"), MessageTs("1.1"))
    assert [arguments.get("cursor") for _, arguments in script.calls[:2]] == [None, "more"]
    assert [arguments["ts"] for _, arguments in script.calls[2:]] == ["2.2", "3.3"]


async def test_it_looks_from_a_minute_before_the_first_attempt() -> None:
    script = Script([("conversations.history", page()), ("chat.postMessage", SENT)])

    await show(attempt(TRIED), WHO, script)

    assert script.calls[0][1]["oldest"] == f"{NOW.timestamp() - 60:.6f}"


async def test_an_attempt_without_a_time_is_looked_for_from_the_beginning() -> None:
    script = Script([("conversations.history", {"ok": True}), ("chat.postMessage", SENT)])

    await show(attempt(replace(TRIED, attempted_at=None)), WHO, script)

    assert script.calls[0][1]["oldest"] is None


async def test_a_reply_is_looked_for_in_its_thread() -> None:
    post = replace(TRIED, parent=PostId("p0"))
    script = Script([("conversations.replies", page(ours("1.1")))])

    await show(attempt(post, parent_ts="0.1"), WHO, script)

    assert script.calls[0][1]["ts"] == "0.1"


async def test_a_person_that_cannot_be_written_to_cannot_be_looked_at_either() -> None:
    post = replace(TRIED, channel=ChannelId("U1"))
    script = Script([("conversations.open", SlackRejected("user_disabled"))])

    result = await show(attempt(post), WHO, script)

    assert result == GivenUp(attempt(post), PostState.UNKNOWN, "user_disabled")


async def test_what_was_never_sent_is_removed_without_a_call() -> None:
    made = attempt(rendered=Withdrawn())

    assert await show(made, WHO, Script([])) == Removed(made)


async def test_a_message_that_may_not_be_deleted_is_given_up() -> None:
    made = attempt(replace(POST, ts=MessageTs("1.1")), Withdrawn())
    script = Script([("chat.delete", SlackRejected("cant_delete_message"))])

    assert await show(made, WHO, script) == GivenUp(made, PostState.REJECTED, "cant_delete_message")


@pytest.mark.parametrize(
    ("stands", "code", "kept"),
    [
        (True, "already_reacted", True),
        (False, "no_reaction", True),
        (False, "message_not_found", True),
        (True, "no_reaction", False),
        (False, "already_reacted", False),
        (True, "too_many_reactions", False),
    ],
)
async def test_a_mark_is_shown_when_it_is_as_wanted_already(
    stands: bool,  # noqa: FBT001  # pytest passes it by name
    code: str,
    kept: bool,  # noqa: FBT001  # likewise
) -> None:
    post = replace(POST, kind=PostKind.MARK, ts=MessageTs("1.1"))
    made = attempt(post, Mark("memo", stands=stands))
    method = "reactions.add" if stands else "reactions.remove"

    result = await show(made, WHO, Script([(method, SlackRejected(code))]))

    assert result == (Shown(made) if kept else GivenUp(made, PostState.REJECTED, code))


@pytest.mark.parametrize("code", sorted(CONTENT))
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_plain_text_keeps_what_the_message_can_be_found_by(code: str, method: str) -> None:
    post = POST if method == "chat.postMessage" else replace(POST, ts=MessageTs("1.1"))
    script = Script([(method, SlackRejected(code)), (method, SENT)])

    await show(attempt(post), WHO, script)

    assert script.calls[0][1]["blocks"]
    assert script.calls[1][1]["blocks"] == []
    assert script.calls[1][1]["metadata"] == script.calls[0][1]["metadata"]


def test_every_first_method_has_a_limit() -> None:
    posts = [
        replace(POST, kind=kind, ts=ts, attempts=attempts, channel=channel, parent=parent)
        for kind in PostKind
        for ts in (None, MessageTs("1.1"))
        for attempts in (0, 1)
        for channel in (ChannelId("C1"), ChannelId("U1"), ChannelId("W1"))
        for parent in (None, PostId("p0"))
    ]

    assert {first_method(post) for post in posts} <= PER_MINUTE.keys()


async def test_a_home_is_published_for_its_person() -> None:
    post = replace(POST, kind=PostKind.HOME, subject="U1")
    script = Script([("views.publish", {"ok": True})])

    await show(attempt(post, HomeView({"type": "home", "blocks": []})), WHO, script)

    assert script.calls[0][1] == {"user_id": "U1", "view": {"type": "home", "blocks": []}}


class TestShortening:
    def test_a_text_that_fits_stays_as_it_is(self) -> None:
        assert shortened("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT

    @pytest.mark.parametrize("whole", ["<https://example.com/a|a link>", "&amp;", "<@U123>"])
    @pytest.mark.parametrize("before", range(1, 8))
    def test_links_and_escapes_are_not_cut_in_two(self, whole: str, before: int) -> None:
        text = "x" * (LONGEST_TEXT - before) + whole + "y" * 100

        cut = shortened(text)

        assert len(cut) <= LONGEST_TEXT
        assert cut.endswith("…")
        rest = cut.lstrip("x").removesuffix("…").rstrip("y")
        assert rest in ("", whole)

    @given(st.text(alphabet="ab<>&; |", max_size=60))
    def test_nothing_is_ever_too_long(self, end: str) -> None:
        text = "x" * (LONGEST_TEXT - 20) + end

        cut = shortened(text)

        assert len(cut) <= LONGEST_TEXT
        assert cut == text or text.startswith(cut.removesuffix("…"))
