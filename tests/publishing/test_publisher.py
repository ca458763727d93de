from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from bot.domain.person import WorkspaceId
from bot.domain.post import (
    ChannelId,
    HomeView,
    Mark,
    Message,
    Post,
    PostKind,
    PostState,
    Rendered,
    Withdrawn,
)
from bot.sandbox.faults import FaultKind
from bot.store.database import StoreUnavailable
from bot.store.outbox import Settled
from bot.store.schema import posts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.store.outbox import Attempted, Outcome
    from tests.publishing.conftest import Office


def actions(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [getattr(record, "action", "") for record in caplog.records]


class TestShowing:
    async def test_a_message_has_everything_slack_needs(self, office: Office) -> None:
        post = await office.shown("42")

        (message,) = office.messages()
        assert message.text == "42 v1"
        assert message.event_type == "baton_note"
        assert message.event_payload == {"post": post.id}
        assert (post.channel, post.ts) == (message.channel, message.ts)
        (call,) = office.posted()
        assert call.args["unfurl_links"] is False
        assert call.args["unfurl_media"] is False

    async def test_a_change_edits_the_message(self, office: Office) -> None:
        await office.shown()

        await office.shown()

        assert office.texts() == ["1 v2"]
        assert len(office.posted()) == 1

    async def test_many_changes_cost_one_edit(self, office: Office) -> None:
        await office.shown()

        post, *_ = [await office.want() for _ in range(10)]
        await office.until_settled(post)

        assert office.texts() == ["1 v11"]
        assert len(office.slack.calls("chat.update")) < 10

    async def test_replies_follow_the_message_they_reply_to(self, office: Office) -> None:
        root = await office.want("1/d", kind=PostKind.HUDDLE)
        reply = await office.want("1/d/U1", kind=PostKind.ANSWER, parent=root.id)

        await office.until_settled(reply)

        assert office.texts() == ["1/d v1", "1/d/U1 v1"]
        assert office.messages()[1].thread_ts == office.messages()[0].ts

    async def test_a_direct_message_finds_its_channel(self, office: Office) -> None:
        ana = office.ana

        post = await office.shown("1/ana", channel=ana)

        channel = office.acme.dm(ana, office.acme.bot_user)
        assert post.channel == channel.id
        (message,) = office.slack.messages(channel)
        assert message.text == "1/ana v1"

    async def test_messages_to_one_person_keep_their_order(self, office: Office) -> None:
        ana = office.ana
        office.slack.faults.add(FaultKind.LATENCY, seconds=0.05)
        steps = [f"1/{ana}/{step}" for step in (2, 3)]
        posts = [await office.want(step, kind=PostKind.STEP, channel=ana) for step in steps]

        for post in posts:
            await office.until_settled(post)

        dm = office.acme.dm(ana, office.acme.bot_user)
        assert [message.text for message in office.slack.find(dm)] == [f"{s} v1" for s in steps]

    async def test_a_home_is_published(self, office: Office) -> None:
        ana = office.ana
        view = {"type": "home", "blocks": [{"type": "divider"}]}
        office.show = lambda _post: HomeView(view)

        await office.shown(ana, kind=PostKind.HOME, channel=ana)

        (call,) = office.slack.calls("views.publish")
        assert call.ok
        assert call.args["user_id"] == ana

    async def test_a_home_that_slack_refuses_waits_for_the_next_change(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ) -> None:
        ana = office.ana
        office.show = lambda _post: HomeView({"type": "home", "blocks": [{}]})

        home = await office.shown(ana, kind=PostKind.HOME, channel=ana)

        assert home.state is PostState.LIVE
        assert "home_refused" in actions(caplog)

    async def test_a_mark_is_set_and_taken_off(self, office: Office) -> None:
        said = office.say("my answer")
        office.show = lambda _post: Mark("memo", stands=True)
        await office.shown("1/d/ana", kind=PostKind.MARK, ts=said.ts)
        assert said.reactions == {"memo": [office.acme.bot_user]}

        # The second time, as after a crash, it is as wanted already.
        await office.shown("1/d/ana", kind=PostKind.MARK, ts=said.ts)
        office.show = lambda _post: Mark("memo", stands=False)
        await office.shown("1/d/ana", kind=PostKind.MARK, ts=said.ts)
        mark = await office.shown("1/d/ana", kind=PostKind.MARK, ts=said.ts)

        assert not said.reactions
        assert mark.state is PostState.LIVE

    async def test_a_mark_on_a_message_that_is_gone_is_gone_too(self, office: Office) -> None:
        office.show = lambda _post: Mark("memo", stands=True)

        mark = await office.shown("1/d/ana", kind=PostKind.MARK, ts="1600000000.000001")

        assert mark.state is PostState.GONE
        assert office.troubles == []

    async def test_a_mark_without_a_message_is_a_mistake(self, office: Office) -> None:
        office.show = lambda _post: Mark("memo", stands=True)

        mark = await office.shown("1/d/ana", kind=PostKind.MARK)

        assert (mark.state, mark.reason) == (PostState.REJECTED, "no_ts")

    async def test_what_is_withdrawn_is_deleted_and_can_come_back(self, office: Office) -> None:
        await office.shown()
        office.show = lambda _post: Withdrawn()
        gone = await office.shown()
        assert office.messages() == []
        assert gone.ts is None

        await office.shown()
        assert len(office.posted()) == 1

        office.show = plain_text
        await office.shown()
        assert office.texts() == ["1 v4"]

    async def test_urgent_posts_go_first(self, office: Office) -> None:
        with office.slack.faults.lasting(FaultKind.LATENCY, seconds=0.02):
            channels = [office.acme.add_channel(f"c{number}") for number in range(30)]
            for number, channel in enumerate(channels):
                await office.want(str(number), channel=channel.id)
            urgent = await office.want("urgent", urgent=True)
            await office.until_settled(urgent)

        assert len(office.posted()) < 31


class TestOutcomesThatAreUnclear:
    """Nothing is repeated before somebody has looked."""

    @pytest.mark.parametrize(
        "kind",
        [FaultKind.DROP_AFTER, FaultKind.ERROR_AFTER, FaultKind.HTML_AFTER, FaultKind.TRUNCATED],
    )
    @pytest.mark.parametrize("in_a_thread", [False, True])
    async def test_a_message_that_arrived_is_found(
        self,
        office: Office,
        kind: FaultKind,
        in_a_thread: bool,  # noqa: FBT001  # pytest passes it by name
    ) -> None:
        root = await office.shown("1/d", kind=PostKind.HUDDLE)
        office.slack.faults.add(kind, method="chat.postMessage")

        post = await office.want("1", parent=root.id if in_a_thread else None)
        await office.after_delay(post)

        assert office.texts() == ["1/d v1", "1 v1"]
        assert len(office.posted()) == 2

    @pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.HTML, FaultKind.ERROR])
    async def test_a_message_that_did_not_arrive_is_sent_again(
        self, office: Office, kind: FaultKind
    ) -> None:
        office.slack.faults.add(kind, method="chat.postMessage")

        await office.after_delay(await office.want())

        assert office.texts() == ["1 v1"]
        assert "conversations.history" in office.methods()

    async def test_a_direct_message_is_looked_for_in_its_channel(self, office: Office) -> None:
        ana = office.ana
        office.slack.faults.add(FaultKind.DROP_AFTER, method="chat.postMessage")

        post = await office.after_delay(await office.want("1/ana", channel=ana))

        dm = office.acme.dm(ana, office.acme.bot_user)
        assert post.channel == dm.id
        assert [message.text for message in office.slack.find(dm)] == ["1/ana v1"]

    async def test_it_is_looked_for_on_every_page(self, office: Office) -> None:
        office.slack.faults.add(FaultKind.DROP_AFTER, method="chat.postMessage")
        post = await office.want()
        await office.slack.until(office.messages)
        for number in range(40):
            office.say(f"chatter {number}")

        await office.after_delay(post)

        assert office.texts() == ["1 v1"]
        pages = office.slack.calls("conversations.history")
        assert len(pages) == 3
        assert all(str(page.args["limit"]) == "15" for page in pages)

    async def test_somebody_elses_message_with_our_ids_is_not_ours(self, office: Office) -> None:
        office.slack.faults.add(FaultKind.DROP, method="chat.postMessage")
        post = await office.want()
        forged = office.say("not ours")
        forged.metadata = {"event_type": "baton_note", "event_payload": {"post": post.id}}

        await office.after_delay(post)

        assert office.texts() == ["1 v1"]

    async def test_what_changed_meanwhile_is_shown_once_it_is_found(self, office: Office) -> None:
        office.slack.faults.add(FaultKind.DROP_AFTER, method="chat.postMessage")
        await office.want()
        await office.slack.until(office.messages)

        await office.after_delay(await office.want())

        assert office.texts() == ["1 v2"]

    async def test_doubles_of_the_past_are_deleted(self, office: Office) -> None:
        office.slack.faults.add(FaultKind.DROP_AFTER, method="chat.postMessage")
        post = await office.want()
        await office.slack.until(office.messages)
        content = {
            "text": "double",
            "metadata": {"event_type": "baton_note", "event_payload": {"post": post.id}},
        }
        await office.gateway.call(office.id, "chat.postMessage", channel=office.room.id, **content)

        await office.after_delay(post)

        assert office.texts() == ["1 v1"]

    async def test_where_nobody_can_look_nothing_is_repeated(self, office: Office) -> None:
        office.acme.scopes = tuple(s for s in office.acme.scopes if s != "channels:history")
        office.slack.faults.add(FaultKind.DROP_AFTER, method="chat.postMessage")

        post = await office.after_delay(await office.want())

        assert (post.state, post.reason) == (PostState.UNKNOWN, "missing_scope")
        assert [(trouble.id, why) for trouble, why in office.troubles] == [
            (post.id, "missing_scope")
        ]
        assert len(office.posted()) == 1

    async def test_an_unclear_look_is_repeated(self, office: Office) -> None:
        office.slack.faults.add(FaultKind.DROP_AFTER, method="chat.postMessage")
        office.slack.faults.add(FaultKind.HTML, method="conversations.history")
        post = await office.want()

        await office.after_delay(post)

        assert len(office.posted()) == 1
        assert len(office.slack.calls("conversations.history")) == 2

    @pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.DROP_AFTER, FaultKind.ERROR_AFTER])
    async def test_an_edit_is_simply_repeated(self, office: Office, kind: FaultKind) -> None:
        await office.shown()
        office.slack.faults.add(kind, method="chat.update")

        await office.after_delay(await office.want())

        assert office.texts() == ["1 v2"]
        assert "conversations.history" not in office.methods()

    async def test_a_message_withdrawn_meanwhile_is_found_and_deleted(self, office: Office) -> None:
        office.slack.faults.add(FaultKind.DROP_AFTER, method="chat.postMessage")
        post = await office.want()
        await office.slack.until(office.messages)
        office.show = lambda _post: Withdrawn()

        await office.after_delay(post)

        assert office.messages() == []

    async def test_a_withdrawn_message_that_nobody_can_look_for_is_unknown(
        self, office: Office
    ) -> None:
        office.acme.scopes = tuple(s for s in office.acme.scopes if s != "channels:history")
        office.slack.faults.add(FaultKind.DROP_AFTER, method="chat.postMessage")
        post = await office.want()
        await office.slack.until(office.messages)
        office.show = lambda _post: Withdrawn()

        post = await office.after_delay(post)

        assert post.state is PostState.UNKNOWN


class TestRefusals:
    async def test_blocks_that_slack_does_not_understand_become_plain_text(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ) -> None:
        office.show = lambda post: Message(
            f"{post.subject} v{post.wanted}",
            [{"type": "nonsense"}],
            "baton_note",
            {"post": post.id},
        )

        await office.shown()
        await office.shown()

        assert office.texts() == ["1 v2"]
        assert office.messages()[0].blocks == []
        assert actions(caplog).count("plain_text") == 2

    async def test_what_slack_refuses_as_plain_text_too_is_given_up(self, office: Office) -> None:
        office.show = lambda post: Message("", [], "baton_note", {"post": post.id})
        with office.slack.faults.lasting(FaultKind.ERROR, code="invalid_blocks"):
            post = await office.shown()

        assert (post.state, post.reason) == (PostState.REJECTED, "invalid_blocks")
        assert len(office.troubles) == 1

    @pytest.mark.parametrize(
        "code", ["channel_not_found", "is_archived", "not_in_channel", "restricted_action"]
    )
    async def test_a_channel_that_takes_nothing_is_somebodys_trouble(
        self, office: Office, code: str
    ) -> None:
        office.slack.faults.add(FaultKind.ERROR, method="chat.postMessage", code=code)

        post = await office.shown()

        assert (post.state, post.reason) == (PostState.REJECTED, code)
        assert [why for _, why in office.troubles] == [code]
        assert (await office.shown("2")).state is PostState.LIVE

    async def test_a_reply_to_what_was_refused_is_refused(self, office: Office) -> None:
        office.slack.faults.add(FaultKind.ERROR, method="chat.postMessage", code="is_archived")
        root = await office.want("1/d", kind=PostKind.HUDDLE)
        reply = await office.want("1/d/U1", kind=PostKind.ANSWER, parent=root.id)

        reply = await office.until_settled(reply)

        assert (reply.state, reply.reason) == (PostState.REJECTED, "no_parent")

    @pytest.mark.parametrize("code", ["token_revoked", "account_inactive", "missing_scope"])
    async def test_while_an_installation_is_broken_its_posts_wait(
        self, office: Office, code: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        with office.slack.faults.lasting(FaultKind.ERROR, method="chat.postMessage", code=code):
            post = await office.want()
            await office.until(lambda: office.publisher.stalled)
            assert office.publisher.stalled == {office.id: code}
        assert (await office.post(post)).is_pending
        office.end_pauses()

        await office.until_settled(post)

        assert office.texts() == ["1 v1"]
        assert office.publisher.stalled == {}
        assert actions(caplog).count("workspace_stalled") == 1
        assert office.troubles == []

    async def test_when_nobody_can_be_told_it_is_tried_again(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ) -> None:
        office.slack.faults.add(FaultKind.ERROR, method="chat.postMessage", code="is_archived")
        office.trouble_fault = KeyError("nobody")

        await office.after_delay(await office.want())

        assert "trouble_failed" in actions(caplog)
        assert office.texts() == ["1 v1"]


class TestDeletedMessages:
    async def test_a_root_is_never_posted_again(self, office: Office) -> None:
        await office.shown("1/d", kind=PostKind.HUDDLE)
        office.delete_all()

        post = await office.shown("1/d", kind=PostKind.HUDDLE)

        assert post.state is PostState.GONE
        assert office.messages() == []
        assert office.troubles == []

    async def test_a_card_comes_back_once(self, office: Office) -> None:
        await office.shown()
        office.delete_all()
        await office.shown()
        assert office.texts() == ["1 v2"]
        office.delete_all()

        post = await office.shown()

        assert post.state is PostState.GONE
        assert office.messages() == []

    async def test_what_baton_deleted_itself_comes_back_when_it_is_wanted_again(
        self, office: Office
    ) -> None:
        await office.shown("1/d/U1", kind=PostKind.ANSWER)
        office.show = lambda _post: Withdrawn()
        office.slack.faults.add(FaultKind.DROP_AFTER, method="chat.delete")
        post = await office.want("1/d/U1", kind=PostKind.ANSWER)
        await office.until_put_off(post)

        # The message is gone, and nobody knows; then the answer is given again.
        office.show = plain_text
        post = await office.after_delay(await office.want("1/d/U1", kind=PostKind.ANSWER))

        assert office.texts() == ["1/d/U1 v3"]
        assert post.state is PostState.LIVE

    async def test_a_message_that_was_to_be_deleted_may_be_gone_already(
        self, office: Office
    ) -> None:
        await office.shown()
        office.delete_all()
        office.show = lambda _post: Withdrawn()

        assert (await office.shown()).state is PostState.LIVE

    async def test_a_summary_that_comes_too_late_to_be_edited_is_trouble(
        self, office: Office
    ) -> None:
        await office.shown("1/d", kind=PostKind.HUDDLE)
        office.slack.faults.add(FaultKind.ERROR, method="chat.update", code="edit_window_closed")

        post = await office.shown("1/d", kind=PostKind.HUDDLE)

        assert post.state is PostState.REJECTED
        ((trouble, why),) = office.troubles
        assert (trouble.kind, trouble.ts, why) == (PostKind.HUDDLE, post.ts, "edit_window_closed")


class TestWaiting:
    async def test_retry_after_is_obeyed_by_that_method(self, office: Office) -> None:
        await office.shown()
        office.slack.faults.add(FaultKind.RATE_LIMITED, method="chat.update", retry_after=600)
        limited = await office.want()
        await office.until_limited()

        await office.shown("2")
        assert (await office.post(limited)).is_pending
        assert len(office.slack.calls("chat.update")) == 1
        office.end_pauses()

        await office.until_settled(limited)
        assert office.texts() == ["1 v2", "2 v1"]

    async def test_a_limited_message_needs_no_look(self, office: Office) -> None:
        office.slack.faults.add(FaultKind.RATE_LIMITED, method="chat.postMessage", retry_after=600)
        post = await office.want()
        await office.until_limited()
        office.end_pauses()

        await office.until_settled(post)

        assert office.texts() == ["1 v1"]
        assert "conversations.history" not in office.methods()

    async def test_while_slack_is_away_posts_wait_and_then_appear(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ) -> None:
        await office.shown("first")
        await office.slack.unplug()
        posts = [await office.want(str(number)) for number in range(3)]
        await office.until(lambda: "slack_away" in actions(caplog))
        await office.slack.plug_in()
        office.end_pauses()

        for post in posts:
            await office.until_settled(post)

        assert sorted(office.texts()) == ["0 v1", "1 v1", "2 v1", "first v1"]
        assert "conversations.history" not in office.methods()
        assert actions(caplog).count("slack_away") == 1

    async def test_nothing_is_sent_before_slacks_time_is_known(self, office: Office) -> None:
        with office.slack.faults.lasting(FaultKind.DROP, method="auth.test"):
            post = await office.want()
            await office.until(lambda: office.slack.calls("auth.test"))
            await office.until_limited()
            assert office.posted() == []
        office.end_pauses()

        await office.until_settled(post)

        assert office.texts() == ["1 v1"]

    async def test_one_that_cannot_be_made_does_not_stop_the_others(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ) -> None:
        def show(post: Post) -> Rendered:
            if post.subject == "bad":
                raise LookupError(post.subject)
            return plain_text(post)

        office.show = show
        bad = await office.want("bad")
        await office.shown("good")
        assert "render_failed" in actions(caplog)
        office.show = plain_text

        await office.after_delay(bad)

        assert office.texts() == ["good v1", "bad v1"]

    async def test_what_nobody_foresaw_is_tried_again_after_a_look(self, office: Office) -> None:
        await office.shown("first")
        office.show = lambda _post: Message("x", [], "baton_note", {"post": object()})
        post = await office.want()
        await office.until_put_off(post)
        office.show = plain_text

        await office.after_delay(post)

        assert office.texts() == ["first v1", "1 v1"]


class TestStopping:
    async def test_what_is_under_way_is_finished(self, office: Office) -> None:
        office.slack.faults.add(FaultKind.LATENCY, method="chat.postMessage", seconds=0.1)
        post = await office.want()
        await office.slack.until(office.posted)

        await office.publisher.stop()

        assert (await office.post(post)).ts == office.messages()[0].ts
        assert await office.claimed_by() is None
        assert await office.store.outbox.claims.beats() == {}

    async def test_what_does_not_finish_is_looked_for_afterwards_and_not_too_early(
        self, office: Office
    ) -> None:
        office.slack.faults.add(FaultKind.HANG_AFTER, method="chat.postMessage")
        post = await office.want()
        await office.slack.until(office.messages)

        await office.publisher.stop(0.05)
        assert (await office.post(post)).attempts == 1
        assert await office.is_put_off(post)
        await office.publisher.start()
        await office.after_delay(post)

        assert office.texts() == ["1 v1"]
        assert len(office.posted()) == 1

    async def test_what_cannot_be_written_down_is_looked_for_as_well(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ) -> None:
        outbox, settle = office.store.outbox, office.store.outbox.settle

        async def away(outcomes: Sequence[Outcome]) -> Settled:
            raise StoreUnavailable(f"{len(outcomes)} are lost")

        outbox.settle = away  # type: ignore[method-assign]  # a fault
        post = await office.want()
        await office.slack.until(office.messages)
        await office.publisher.stop()
        assert "stop_unsettled" in actions(caplog)

        # Its claim was not given back, so the others wait for a lease as after a crash.
        outbox.settle = settle  # type: ignore[method-assign]  # over
        ((process, seen),) = (await outbox.claims.beats()).items()
        now = office.clock.now
        await outbox.claims.bury(process, seen=seen, again_at=now, now=now)
        await office.publisher.start()
        await office.until_settled(post)

        assert office.texts() == ["1 v1"]
        assert len(office.posted()) == 1

    async def test_nothing_is_begun_afterwards(self, office: Office) -> None:
        await office.publisher.stop()
        await office.publisher.stop()

        post = await office.want()
        await asyncio.sleep(0)

        assert (await office.post(post)).is_pending
        assert office.posted() == []


class TestOutages:
    async def test_results_are_kept_while_the_database_is_away(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ) -> None:
        outbox, settle = office.store.outbox, office.store.outbox.settle
        faults: list[Exception] = [StoreUnavailable("away"), StoreUnavailable("away")]

        async def flaky(outcomes: Sequence[Outcome]) -> Settled:
            if faults:
                raise faults.pop()
            return await settle(outcomes)

        outbox.settle = flaky  # type: ignore[method-assign]  # a fault

        await office.shown()

        assert len(office.posted()) == 1
        assert actions(caplog).count("publish_delayed") == 1

    async def test_it_survives_what_nobody_foresaw(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ) -> None:
        outbox, attempt = office.store.outbox, office.store.outbox.attempt
        faults = [ZeroDivisionError()]

        async def flaky(*arguments: Any, **options: Any) -> Attempted:  # noqa: ANN401  # handed on
            if faults:
                raise faults.pop()
            return await attempt(*arguments, **options)

        outbox.attempt = flaky  # type: ignore[method-assign]  # a fault

        await office.shown()

        assert "turn_failed" in actions(caplog)

    async def test_what_was_to_be_listed_is_listed_later(self, office: Office) -> None:
        outbox, pending = office.store.outbox, office.store.outbox.pending
        faults = [StoreUnavailable("away")]

        async def flaky(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401  # handed on
            if faults:
                raise faults.pop()
            return await pending(*arguments, **options)

        outbox.pending = flaky  # type: ignore[method-assign]  # a fault

        assert (await office.shown()).ts is not None

    async def test_somebody_who_changes_a_post_just_now_goes_first(self, office: Office) -> None:
        outbox, settle = office.store.outbox, office.store.outbox.settle
        rounds: list[int] = []

        async def busy_once(outcomes: Sequence[Outcome]) -> Settled:
            rounds.append(len(outcomes))
            return Settled([], list(outcomes)) if len(rounds) == 1 else await settle(outcomes)

        outbox.settle = busy_once  # type: ignore[method-assign]  # a fault

        await office.shown()

        assert len(rounds) >= 2
        assert len(office.posted()) == 1

    async def test_who_was_taken_for_dead_shows_again_what_was_in_flight(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ) -> None:
        await office.shown()
        office.slack.faults.add(FaultKind.LATENCY_AFTER, method="chat.update", seconds=0.1)
        post = await office.want()
        await office.slack.until(lambda: office.texts() == ["1 v2"])
        claims = office.store.outbox.claims
        (process,) = await claims.beats()
        seen = (await claims.beats())[process]
        await claims.bury(process, seen=seen, again_at=office.clock.now, now=office.clock.now)

        await office.publisher._beating.once()
        await office.until_settled(post)
        await office.until(lambda: office.texts() == ["1 v3"])

        assert "buried" in actions(caplog)
        assert len(office.posted()) == 1

    async def test_a_message_that_turns_out_to_be_a_double_is_deleted(self, office: Office) -> None:
        post = await office.want()
        office.slack.faults.add(FaultKind.LATENCY_AFTER, method="chat.postMessage", seconds=0.1)
        await office.slack.until(office.messages)
        claims = office.store.outbox.claims
        (process,) = await claims.beats()
        await claims.bury(process, seen=0, again_at=office.clock.now, now=office.clock.now)
        there = {"text": "theirs", "channel": office.room.id}
        theirs = await office.gateway.call(office.id, "chat.postMessage", **there)
        row = update(posts).where(posts.c.id == post.id).values(ts=theirs["ts"])
        await office.store.door(lambda connection: connection.execute(row))
        await office.publisher._beating.once()

        await office.until(lambda: office.texts() == ["1 v1"])

        assert office.messages()[0].ts == theirs["ts"]


class TestTurnsOfOthers:
    async def test_their_calls_count(self, office: Office) -> None:
        for _ in range(8):
            await office.publisher.turn(office.id, "reactions.get")

        ninth = asyncio.create_task(office.publisher.turn(office.id, "reactions.get"))
        await asyncio.sleep(0)
        assert not ninth.done()

        office.clock.skipped += 60
        async with asyncio.timeout(5):
            await ninth


class TestOthers:
    async def test_posts_that_were_wanted_elsewhere_are_found(self, office: Office) -> None:
        await office.shown("first")
        office.publisher.wake = lambda _workspace: None  # type: ignore[method-assign,assignment]  # nobody tells it

        post = await office.shown("wanted by another process")

        assert post.ts is not None

    async def test_a_workspace_is_released_when_nothing_waits(self, office: Office) -> None:
        await office.shown()

        async with asyncio.timeout(5):
            while await office.claimed_by() is not None:
                pass

    async def test_many_workspaces_are_served(self, office: Office) -> None:
        others = [await office.add_workspace(f"W{number}") for number in range(20)]
        rooms = {acme.id: acme.add_channel("general") for acme in others}
        posts = [
            await office.store.run(
                WorkspaceId(acme.id),
                lambda tx: tx.posts.want(
                    PostKind.CARD, "1", channel=ChannelId(rooms[tx.workspace].id)
                ),
            )
            for acme in others
        ]

        for post in posts:
            await office.until_settled(post)

        assert all(len(office.slack.find(room)) == 1 for room in rooms.values())


def plain_text(post: Post) -> Rendered:
    return Message(f"{post.subject} v{post.wanted}", [], "baton_note", {"post": post.id})
