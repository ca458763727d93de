from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.errors import SlackFailure, SlackRejected, SlackUnavailable, SlackUnknown
from bot.domain.person import WorkspaceId
from bot.slack.failing import LOOK_FIRST, TRY_LATER, failure_of
from bot.slack.gateway import Gateway
from tests.slack.wire import HANG, OK, RESET, SLACK_DATE, Wire, answer, listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

T1 = WorkspaceId("T1")
TOKEN = "xoxb-secret-1"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)  # what SLACK_DATE says


class Clock:
    """A clock that stands where it was set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with listening() as wire:
        yield wire


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def calls() -> list[tuple[str, str]]:
    return []


@pytest.fixture
async def gateway(wire: Wire, clock: Clock, calls: list[tuple[str, str]]) -> AsyncIterator[Gateway]:
    gateway = Gateway(
        api_url=wire.url,
        token_of={T1: TOKEN}.get,
        clock=clock,
        on_call=lambda method, outcome, _seconds: calls.append((method, outcome)),
        timeout=5,
    )
    await gateway.open()
    yield gateway
    await gateway.close()


WAIT = (
    "ratelimited",
    "rate_limited",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
    "org_login_required",
    "token_expired",
    "message_limit_exceeded",
)
AMBIGUOUS = ("internal_error", "fatal_error")
PERMANENT = (
    "channel_not_found",
    "is_archived",
    "not_in_channel",
    "restricted_action",
    "restricted_action_thread_only_channel",
    "no_permission",
    "ekm_access_denied",
    "account_inactive",
    "token_revoked",
    "invalid_auth",
    "not_authed",
    "team_access_not_granted",
    "missing_scope",
    "invalid_blocks",
    "msg_too_long",
    "msg_blocks_too_long",
    "metadata_too_large",
    "invalid_arguments",
    "no_text",
    "message_not_found",
    "cant_update_message",
    "edit_window_closed",
    "cant_delete_message",
    "already_reacted",
    "no_reaction",
    "accesslimited",
    "a_code_that_slack_invents_tomorrow",
)


class TestWhatAnAnswerMeans:
    def test_the_tables_hold_no_other_codes(self) -> None:
        assert set(WAIT) == TRY_LATER
        assert set(AMBIGUOUS) == LOOK_FIRST

    @pytest.mark.parametrize("code", WAIT)
    @pytest.mark.parametrize("status", [200, 400, 429, 503])
    def test_codes_that_ask_to_wait_are_unavailable(self, code: str, status: int) -> None:
        failure = failure_of(status, {"ok": False, "error": code}, {"Retry-After": "7"})

        assert isinstance(failure, SlackUnavailable)
        assert failure.retry_after == 7

    @pytest.mark.parametrize("code", AMBIGUOUS)
    @pytest.mark.parametrize("status", [200, 500])
    def test_codes_after_which_something_may_have_happened_are_unknown(
        self, code: str, status: int
    ) -> None:
        failure = failure_of(status, {"ok": False, "error": code}, {})

        assert isinstance(failure, SlackUnknown)
        assert failure.reason == code

    @pytest.mark.parametrize("code", PERMANENT)
    def test_every_other_code_is_a_rejection(self, code: str) -> None:
        failure = failure_of(200, {"ok": False, "error": code}, {})

        assert isinstance(failure, SlackRejected)
        assert failure.code == code

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    @pytest.mark.parametrize("body", [None, {}, {"ok": False, "error": "channel_not_found"}])
    def test_server_errors_are_unknown_whatever_they_say(self, status: int, body: object) -> None:
        assert isinstance(failure_of(status, body, {}), SlackUnknown)

    @pytest.mark.parametrize("body", [None, [], "text", {"ok": False}, {"ok": "yes"}])
    def test_an_answer_that_says_nothing_is_unknown(self, body: object) -> None:
        assert isinstance(failure_of(200, body, {}), SlackUnknown)

    def test_ok_is_no_failure(self) -> None:
        assert failure_of(200, {"ok": True}, {}) is None

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [("30", 30), ("0", 0), ("-5", 0), ("1.5", 1.5), ("soon", None), ("nan", None), ("", None)],
    )
    def test_retry_after_is_read_with_suspicion(self, header: str, seconds: float | None) -> None:
        failure = failure_of(429, None, {"Retry-After": header})

        assert isinstance(failure, SlackUnavailable)
        assert failure.retry_after == seconds

    def test_a_rejection_says_which_scope_is_missing(self) -> None:
        body = {"ok": False, "error": "missing_scope", "needed": "chat:write"}

        assert str(failure_of(200, body, {})) == "missing_scope (needs chat:write)"

    def test_a_rejection_says_where_the_mistake_is_but_not_what_was_written(self) -> None:
        message = "[ERROR] no more than 3000 characters: My secret [json-pointer:/blocks/0/text]"
        body = {
            "ok": False,
            "error": "invalid_blocks",
            "response_metadata": {"messages": [message]},
        }

        assert str(failure_of(200, body, {})) == "invalid_blocks (json-pointer:/blocks/0/text)"


class TestCalling:
    async def test_writing_methods_carry_json(self, gateway: Gateway, wire: Wire) -> None:
        wire.answers = [answer({"ok": True, "ts": "1.2"})]

        result = await gateway.call(T1, "chat.postMessage", channel="C1", text="é", parent=None)

        assert result["ts"] == "1.2"
        assert wire.seen[0].line == "POST /api/chat.postMessage HTTP/1.1"
        assert wire.seen[0].headers["authorization"] == f"Bearer {TOKEN}"
        assert wire.seen[0].json == {"channel": "C1", "text": "é"}

    async def test_reading_methods_carry_a_form(self, gateway: Gateway, wire: Wire) -> None:
        await gateway.call(
            T1, "conversations.history", channel="C1", limit=15, include_all_metadata=True
        )

        assert wire.seen[0].form == {
            "channel": "C1",
            "limit": "15",
            "include_all_metadata": "true",
        }

    async def test_a_workspace_without_a_token_is_refused_without_a_call(
        self, gateway: Gateway, wire: Wire
    ) -> None:
        with pytest.raises(SlackRejected, match="not_authed"):
            await gateway.call(WorkspaceId("T2"), "chat.postMessage")

        assert wire.seen == []

    async def test_connections_are_shared(self, gateway: Gateway, wire: Wire) -> None:
        for _ in range(5):
            await gateway.call(T1, "chat.postMessage", channel="C1", text="hello")

        assert wire.connections == 1

    async def test_a_closed_gateway_says_so(self, wire: Wire, clock: Clock) -> None:
        gateway = Gateway(api_url=wire.url, token_of={T1: TOKEN}.get, clock=clock)
        await gateway.close()

        with pytest.raises(RuntimeError, match="not open"):
            await gateway.call(T1, "chat.postMessage")
        with pytest.raises(RuntimeError, match="not open"):
            await gateway.respond(wire.url + "r", {"text": "x"})

    @pytest.mark.parametrize(
        ("reply", "kind"),
        [
            (RESET, SlackUnknown),
            (HANG, SlackUnknown),
            (answer('{"ok": tru', promised=10), SlackUnknown),
            (answer('{"ok": true, "ts": "1'), SlackUnknown),
            (answer("<html>sorry</html>", kind="text/html"), SlackUnknown),
            (answer("<html>sorry</html>", kind="text/html", status=502), SlackUnknown),
            (answer("sorry", kind="text/plain"), SlackUnknown),
            (answer([1]), SlackUnknown),
            (answer("", status=200), SlackUnknown),
            (answer({"ok": True}, status=500), SlackUnknown),
            (answer({"ok": False, "error": "internal_error"}), SlackUnknown),
            (b"HTTP/1.1 what is this\r\n\r\npromise", SlackUnknown),
            (answer({"ok": False, "error": "channel_not_found"}), SlackRejected),
            (answer({"ok": False, "error": "ratelimited"}, status=429), SlackUnavailable),
            (answer("slow down", kind="text/html", status=429), SlackUnavailable),
            (answer("{slow", status=429), SlackUnavailable),
            (answer({"ok": False, "error": "service_unavailable"}, status=503), SlackUnavailable),
        ],
    )
    async def test_everything_that_can_come_back_is_one_of_three_kinds(
        self, wire: Wire, clock: Clock, reply: bytes, kind: type[SlackFailure]
    ) -> None:
        seen: list[str] = []
        gateway = Gateway(
            api_url=wire.url,
            token_of={T1: TOKEN}.get,
            clock=clock,
            on_call=lambda _method, outcome, _seconds: seen.append(outcome),
            timeout=0.5 if reply == HANG else 5,
        )
        await gateway.open()
        wire.answers = [reply]

        with pytest.raises(SlackFailure) as failure:
            await gateway.call(T1, "chat.postMessage", channel="C1", text="hello")
        await gateway.close()

        assert type(failure.value) is kind
        assert len(wire.seen) == 1
        assert seen == [kind.__name__.removeprefix("Slack").lower()]

    @pytest.mark.parametrize("host", ["127.0.0.1:9", "no-such-host.invalid"])
    async def test_what_never_reached_slack_may_be_tried_again(
        self, clock: Clock, host: str
    ) -> None:
        gateway = Gateway(api_url=f"http://{host}/api/", token_of={T1: TOKEN}.get, clock=clock)
        await gateway.open()

        with pytest.raises(SlackUnavailable):
            await gateway.call(T1, "chat.postMessage", channel="C1", text="hello")
        await gateway.close()

    async def test_retry_after_is_handed_on(self, gateway: Gateway, wire: Wire) -> None:
        wire.answers = [answer({"ok": False, "error": "ratelimited"}, status=429, Retry_After="12")]

        with pytest.raises(SlackUnavailable) as failure:
            await gateway.call(T1, "chat.update")

        assert failure.value.retry_after == 12

    async def test_a_mistake_of_ours_is_no_failure_of_slack(
        self, gateway: Gateway, wire: Wire, calls: list[tuple[str, str]]
    ) -> None:
        loop: list[Any] = []
        loop.append(loop)

        with pytest.raises(ValueError, match="Circular"):
            await gateway.call(T1, "chat.postMessage", blocks=loop)

        assert wire.seen == []
        assert calls == []

    async def test_calls_are_counted_by_method_and_outcome(
        self, gateway: Gateway, wire: Wire, calls: list[tuple[str, str]]
    ) -> None:
        wire.answers = [OK, answer({"ok": False, "error": "no_text"})]

        await gateway.call(T1, "chat.postMessage")
        with pytest.raises(SlackRejected):
            await gateway.call(T1, "chat.update")

        assert calls == [("chat.postMessage", "ok"), ("chat.update", "rejected")]

    async def test_neither_token_nor_text_is_logged(
        self, gateway: Gateway, wire: Wire, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        wire.answers = [OK, answer({"ok": False, "error": "no_text"}), answer("Salary", status=500)]

        await gateway.call(T1, "chat.postMessage", text="Salary")
        for _ in range(2):
            with pytest.raises(SlackFailure) as failure:
                await gateway.call(T1, "chat.postMessage", text="Salary")
            assert "Salary" not in str(failure.value)

        assert TOKEN not in caplog.text
        assert "Salary" not in caplog.text


class Stop(Exception):
    """The claim is too old."""


class TestTheGuard:
    async def test_it_stops_a_request_before_its_bytes_leave(
        self, gateway: Gateway, wire: Wire, calls: list[tuple[str, str]]
    ) -> None:
        def refuse() -> None:
            raise Stop

        await gateway.call(T1, "chat.postMessage", text="first")
        for _ in range(2):
            with gateway.guarded(refuse), pytest.raises(Stop):
                await gateway.call(T1, "chat.postMessage", text="stopped")
        await gateway.call(T1, "chat.postMessage", text="last")

        assert [seen.json["text"] for seen in wire.seen] == ["first", "last"]
        assert len(calls) == 2

    async def test_it_runs_after_the_connection_was_made(
        self, gateway: Gateway, wire: Wire
    ) -> None:
        connections: list[int] = []

        with gateway.guarded(lambda: connections.append(wire.connections)):
            await gateway.call(T1, "chat.postMessage", text="new connection")
            await gateway.call(T1, "chat.postMessage", text="reused connection")
        await gateway.call(T1, "chat.postMessage", text="outside")

        assert len(connections) == 2

    async def test_each_task_has_its_own(self, gateway: Gateway, wire: Wire) -> None:
        def refuse() -> None:
            raise Stop

        async def guarded() -> None:
            with gateway.guarded(refuse):
                await gateway.call(T1, "chat.postMessage", text="stopped")

        results = await asyncio.gather(
            guarded(),
            gateway.call(T1, "chat.postMessage", text="free"),
            return_exceptions=True,
        )

        assert isinstance(results[0], Stop)
        assert [seen.json["text"] for seen in wire.seen] == ["free"]


class TestIdentity:
    async def test_it_says_who_the_token_is_and_what_it_may_do(
        self, gateway: Gateway, wire: Wire
    ) -> None:
        body = {
            "ok": True,
            "team_id": "T1",
            "team": "Acme",
            "user_id": "UBOT",
            "bot_id": "B1",
            "enterprise_id": None,
        }
        wire.answers = [answer(body, x_oauth_scopes="chat:write, users:read,")]

        identity = await gateway.identify("xoxb-other")

        assert identity.workspace == "T1"
        assert (identity.name, identity.bot_id, identity.bot_user) == ("Acme", "B1", "UBOT")
        assert identity.scopes == {"chat:write", "users:read"}
        assert identity.enterprise == ""
        assert wire.seen[0].headers["authorization"] == "Bearer xoxb-other"

    async def test_a_revoked_token_is_a_rejection(self, gateway: Gateway, wire: Wire) -> None:
        wire.answers = [answer({"ok": False, "error": "token_revoked"})]

        with pytest.raises(SlackRejected, match="token_revoked"):
            await gateway.identify(TOKEN)


class TestSlacksClock:
    async def test_it_is_ours_until_slack_answered(self, gateway: Gateway) -> None:
        assert not gateway.knows_slack_time
        assert gateway.slack_now(NOON) == NOON
        assert gateway.last_answer is None

    async def test_it_follows_the_date_header(self, gateway: Gateway, clock: Clock) -> None:
        await gateway.call(T1, "auth.test")

        assert gateway.knows_slack_time
        assert gateway.slack_now(clock.now) == NINE

    @pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)])
    async def test_it_is_never_late_when_our_clock_is_set(
        self, gateway: Gateway, clock: Clock, jump: timedelta
    ) -> None:
        await gateway.call(T1, "auth.test")
        clock.now += jump

        assert gateway.slack_now(clock.now) <= NINE + timedelta(seconds=10)

    @pytest.mark.parametrize("date", ["yesterday", "", "Mon, 23 Nov 2026 09:00:00 -0000"])
    async def test_a_date_that_is_no_instant_is_ignored(
        self, gateway: Gateway, wire: Wire, date: str
    ) -> None:
        wire.answers = [answer({"ok": True}, Date=date)]

        await gateway.call(T1, "auth.test")

        assert not gateway.knows_slack_time

    async def test_refusals_are_answers_too_but_error_pages_are_not(
        self, gateway: Gateway, wire: Wire
    ) -> None:
        wire.answers = [answer("oops", kind="text/html", status=502), answer({"ok": False})]

        with pytest.raises(SlackUnknown):
            await gateway.call(T1, "auth.test")
        after_the_page = gateway.last_answer
        with pytest.raises(SlackUnknown):
            await gateway.call(T1, "auth.test")

        assert after_the_page is None
        assert gateway.last_answer is not None
        assert gateway.last_answer <= time.monotonic()

    async def test_the_same_date_again_does_not_move_it(
        self, gateway: Gateway, clock: Clock
    ) -> None:
        await gateway.call(T1, "auth.test")
        clock.now += timedelta(hours=1)
        await gateway.call(T1, "auth.test")

        assert SLACK_DATE in gateway._date
        assert gateway.slack_now(NOON) == NINE


class TestResponding:
    async def test_it_posts_json_without_a_token(
        self, gateway: Gateway, wire: Wire, calls: list[tuple[str, str]]
    ) -> None:
        wire.answers = [answer("ok", kind="text/plain")]

        await gateway.respond(wire.url + "response/1", {"text": "hello"})

        assert wire.seen[0].json == {"text": "hello"}
        assert "authorization" not in wire.seen[0].headers
        assert calls == [("response_url", "ok")]

    @pytest.mark.parametrize(
        "url",
        [
            "http://elsewhere.example/api/x",
            "file:///etc/passwd",
            "//x",
            "",
            "https://",
            "http://[broken",
        ],
    )
    async def test_it_goes_nowhere_but_to_https_or_the_api(
        self, gateway: Gateway, url: str, calls: list[tuple[str, str]]
    ) -> None:
        with pytest.raises(SlackRejected, match="invalid_response_url"):
            await gateway.respond(url, {"text": "hello"})

        assert calls == []

    @pytest.mark.parametrize(
        ("reply", "kind"),
        [
            (answer({"ok": True}), None),
            (answer({"ok": False, "error": "used_url"}), SlackRejected),
            (answer("expired_url", status=404, kind="text/plain"), SlackRejected),
            (answer("<html>gone</html>", status=410, kind="text/html"), SlackRejected),
            (answer("<html>hm</html>", kind="text/html"), SlackUnknown),
            (answer("", status=302, Location="http://elsewhere.example/"), SlackUnknown),
            (answer("", status=500), SlackUnknown),
            (answer("", status=429, Retry_After="3"), SlackUnavailable),
            (RESET, SlackUnknown),
        ],
    )
    async def test_it_fails_in_the_same_three_ways_and_posts_at_most_once(
        self, gateway: Gateway, wire: Wire, reply: bytes, kind: type[SlackFailure] | None
    ) -> None:
        wire.answers = [reply]

        if kind is None:
            await gateway.respond(wire.url + "response/1", {"text": "hello"})
        else:
            with pytest.raises(kind):
                await gateway.respond(wire.url + "response/1", {"text": "hello"})

        assert len(wire.seen) == 1


class TestProxies:
    async def test_the_environments_proxy_is_used(
        self, wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{wire.port}")
        gateway = Gateway(
            api_url="http://slack.example/api/", token_of={T1: TOKEN}.get, clock=clock
        )
        await gateway.open()

        await gateway.call(T1, "chat.postMessage", text="hello")
        await gateway.close()

        assert wire.seen[0].line == "POST http://slack.example/api/chat.postMessage HTTP/1.1"

    async def test_exceptions_from_the_proxy_are_respected(
        self, wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        gateway = Gateway(api_url=wire.url, token_of={T1: TOKEN}.get, clock=clock)
        await gateway.open()

        await gateway.call(T1, "chat.postMessage", text="hello")
        await gateway.close()

        assert len(wire.seen) == 1
