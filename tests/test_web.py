"""The HTTP server: what gets in from Slack, what is refused, and what operators can ask."""

import asyncio
import gzip
import io
import json
import logging
import re
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Gauge

from bot import web
from bot.web import LARGEST_BODY, CannotListen, Web

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json; charset=utf-8"}
COMMAND = {"command": "/delegate", "text": "fix the payload=parser & more", "team_id": "T1"}
EVENT = {"type": "event_callback", "event": {"type": "message", "text": "é"}}
ACTION = {"type": "block_actions", "actions": [{"action_id": "task.accept"}]}


@dataclass(frozen=True)
class Answer:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


class Slack:
    """What is injected: a signature that one header decides, and a dispatch that can be held."""

    def __init__(self) -> None:
        self.answer: Answer | Exception = Answer()
        self.dispatched: list[tuple[dict[str, Any], Mapping[str, str]]] = []
        self.entered = asyncio.Event()
        self.go = asyncio.Event()
        self.go.set()

    def verify(self, headers: Mapping[str, str], _body: bytes) -> bool:
        return headers.get("x-slack-signature") != "forged"

    async def dispatch(self, body: dict[str, Any], headers: Mapping[str, str]) -> Answer:
        self.dispatched.append((body, headers))
        self.entered.set()
        await self.go.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Running:
    """A server on a free port, and a client that talks to it."""

    def __init__(self, *, over_http: bool = True) -> None:
        self.slack = Slack()
        self.wrong: dict[str, str | None] = {"database": None, "slack": None}
        self.registry = CollectorRegistry()
        self.web = Web(
            host="127.0.0.1",
            port=0,
            registry=self.registry,
            readiness=lambda: self.wrong,
            slack=(self.slack.verify, self.slack.dispatch) if over_http else None,
        )

    async def __aenter__(self) -> Self:
        await self.web.start()
        self.client = aiohttp.ClientSession(f"http://127.0.0.1:{self.web.port}")
        return self

    async def __aexit__(self, *_: object) -> None:
        self.slack.go.set()
        await self.client.close()
        await self.web.stop()

    async def post(
        self, body: bytes | str, headers: Mapping[str, str], path: str = "/slack/events"
    ) -> tuple[int, str]:
        data = io.BytesIO(body) if isinstance(body, bytes) else body
        async with self.client.post(path, data=data, headers=headers) as response:
            return response.status, await response.text()

    async def get(self, path: str) -> tuple[int, str]:
        async with self.client.get(path) as response:
            return response.status, await response.text()

    async def raw(self, request: bytes, *, close: bool = False) -> bytes:
        """Send bytes as they are, and return what comes back."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.web.port)
        writer.write(request)
        await writer.drain()
        if close:
            writer.write_eof()
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return answer


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with Running() as started:
        yield started


# What gets through


async def test_a_command_arrives_as_its_fields(running: Running) -> None:
    status, body = await running.post(urlencode(COMMAND), FORM)

    assert (status, body) == (200, "")
    assert running.slack.dispatched[0][0] == COMMAND


async def test_an_interaction_arrives_as_what_its_form_holds(running: Running) -> None:
    await running.post(urlencode({"payload": json.dumps(ACTION)}), FORM)

    assert running.slack.dispatched[0][0] == ACTION


async def test_an_event_arrives_as_it_is(running: Running) -> None:
    await running.post(json.dumps(EVENT), JSON)

    assert running.slack.dispatched[0][0] == EVENT


async def test_header_names_arrive_in_lower_case(running: Running) -> None:
    await running.post(json.dumps(EVENT), {**JSON, "X-Slack-Retry-Num": "1"})

    assert running.slack.dispatched[0][1]["x-slack-retry-num"] == "1"


async def test_the_answer_goes_back_as_it_is(running: Running) -> None:
    running.slack.answer = Answer(
        status=200, headers={"content-type": "application/json"}, body='{"text": "é"}'
    )

    async with running.client.post(
        "/slack/events", data=urlencode(COMMAND), headers=FORM
    ) as response:
        assert response.status == 200
        assert response.content_type == "application/json"
        assert await response.json() == {"text": "é"}


async def test_slack_may_check_the_address(running: Running) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB"})

    status, answer = await running.post(body, JSON)

    assert (status, json.loads(answer)) == (200, {"challenge": "3eZbrw1aB"})
    assert running.slack.dispatched == []


async def test_slack_may_check_the_certificate(running: Running) -> None:
    assert (await running.post("ssl_check=1&token=x", FORM))[0] == 200
    assert running.slack.dispatched == []


# What does not


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (urlencode(COMMAND), FORM),
        (json.dumps(EVENT), JSON),
        ("ssl_check=1", FORM),
        (json.dumps({"type": "url_verification", "challenge": "x"}), JSON),
        ("nonsense", {}),
    ],
)
async def test_whatever_is_not_signed_is_refused(
    running: Running, body: str, headers: dict[str, str]
) -> None:
    status, answer = await running.post(body, {**headers, "X-Slack-Signature": "forged"})

    assert (status, answer) == (401, "")
    assert running.slack.dispatched == []


MALFORMED: list[tuple[bytes, Mapping[str, str]]] = [
    (b"", JSON),
    (b"", FORM),
    (b"{", JSON),
    (b"[]", JSON),
    (b"[1]", JSON),
    (b"5", JSON),
    (b"null", JSON),
    (b"{}", JSON),
    (b'{"type": 5}', JSON),
    (b'{"type": "url_verification"}', JSON),
    (b"[" * 100_000, JSON),
    (b'{"a":' * 100_000, JSON),
    (b"1" * 10_000, JSON),
    (b"\xff", JSON),
    (b"\xff", FORM),
    (b"payload", FORM),
    (b"payload=", FORM),
    (b"payload=%7B", FORM),
    (b"payload=%5B%5D", FORM),
    (b"payload=%7B%7D", FORM),
    (b"text=hello", FORM),
    (b"&&&", FORM),
    (json.dumps(EVENT).encode(), {"Content-Type": "text/plain"}),
    (json.dumps(EVENT).encode(), {"Content-Type": "application/octet-stream"}),
    (json.dumps(EVENT).encode(), {"Content-Type": "é"}),
    (json.dumps(EVENT).encode(), FORM),
    (urlencode(COMMAND).encode(), JSON),
]


@pytest.mark.parametrize(("body", "headers"), MALFORMED)
async def test_malformed_requests_are_refused_quietly(
    running: Running, body: bytes, headers: Mapping[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    status, _ = await running.post(body, headers)

    assert status == 400
    assert running.slack.dispatched == []
    assert caplog.records == []


async def test_a_body_of_the_largest_size_is_read(running: Running) -> None:
    frame = json.dumps({"type": "x", "fill": ""})
    body = json.dumps({"type": "x", "fill": "a" * (LARGEST_BODY - len(frame))})

    assert (await running.post(body, JSON))[0] == 200


@pytest.mark.parametrize("encoded", [False, True])
async def test_an_oversized_body_is_refused(
    running: Running, *, encoded: bool, caplog: pytest.LogCaptureFixture
) -> None:
    body = b" " * (LARGEST_BODY + 1)
    headers = {**JSON, "Content-Encoding": "gzip"} if encoded else JSON

    status, _ = await running.post(gzip.compress(body) if encoded else body, headers)

    assert status == 413
    assert caplog.records == []


HEAD = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
        HEAD + b"Content-Encoding: deflate\r\nContent-Length: 4\r\n\r\nabcd",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
        HEAD + b"Content-Length: -5\r\n\r\n",
        HEAD + b"Content-Length: five\r\n\r\n",
        HEAD + b"X: " + b"a" * 20_000 + b"\r\n\r\n",
        b"POST /slack/events\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"P\xc3\xb6ST /slack/events HTTP/1.1\r\n\r\n",
        b"POST http://[ HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
async def test_broken_http_is_refused_without_a_traceback(
    running: Running, request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await running.raw(request_bytes)

    assert re.match(rb"HTTP/\d\.\d 4\d\d ", answer)
    assert running.slack.dispatched == []
    assert [record for record in caplog.records if record.exc_info] == []


async def test_a_body_that_is_cut_off_changes_nothing(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    await running.raw(HEAD + b'Content-Length: 50\r\n\r\n{"type":', close=True)

    assert await running.web.drained(5)
    assert running.slack.dispatched == []
    assert [record for record in caplog.records if record.exc_info] == []


async def test_a_body_that_never_comes_is_given_up(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "SLOWEST_BODY", 0.05)

    answer = await running.raw(HEAD + b'Content-Length: 50\r\n\r\n{"type":')

    assert answer.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/slack/events", 405), ("POST", "/healthz", 405), ("GET", "/else", 404)],
)
async def test_other_ways_and_paths_are_refused(
    running: Running, method: str, path: str, status: int
) -> None:
    async with running.client.request(method, path) as response:
        assert response.status == status


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([FORM, JSON, {}]), st.binary(max_size=60) | st.text().map(str.encode)
        ),
        min_size=1,
        max_size=10,
    )
)
def test_no_body_whatsoever_is_answered_by_5xx(
    bodies: list[tuple[dict[str, str], bytes]],
) -> None:
    async def statuses() -> list[int]:
        async with Running() as running:
            return [(await running.post(body, headers))[0] for headers, body in bodies]

    assert all(status < 500 for status in asyncio.run(statuses()))


# Outages of ours


async def test_an_outage_is_passed_on_so_that_slack_delivers_again(running: Running) -> None:
    running.slack.answer = Answer(status=503)

    assert (await running.post(json.dumps(EVENT), JSON))[0] == 503


async def test_an_exception_is_logged_and_answered_by_500(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    running.slack.answer = KeyError("bug")

    status, body = await running.post(json.dumps(EVENT), JSON)

    assert (status, body) == (500, "")
    assert [record.__dict__["action"] for record in caplog.records] == ["unanswered"]


async def test_a_payload_is_worked_on_to_the_end_when_slack_hangs_up(running: Running) -> None:
    running.slack.go.clear()
    sending = asyncio.create_task(running.post(json.dumps(EVENT), JSON))
    await running.slack.entered.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending

    assert not await running.web.drained(0.05)
    running.slack.go.set()

    assert await running.web.drained(5)
    assert 'baton_slack_requests_total{status="200"} 1.0' in (await running.get("/metrics"))[1]


# Stopping


async def test_while_stopping_what_is_in_hand_is_finished_and_nothing_new_taken(
    running: Running,
) -> None:
    running.slack.go.clear()
    in_hand = asyncio.create_task(running.post(urlencode(COMMAND), FORM))
    await running.slack.entered.wait()

    running.web.refuse()

    assert (await running.post(json.dumps(EVENT), JSON))[0] == 503
    assert (await running.get("/readyz"))[0] == 503
    assert (await running.get("/healthz"))[0] == 200
    assert not await running.web.drained(0.01)
    running.slack.go.set()
    assert await running.web.drained(5)
    assert (await in_hand)[0] == 200
    assert len(running.slack.dispatched) == 1


async def test_stopping_lets_a_last_answer_leave(running: Running) -> None:
    running.slack.go.clear()
    in_hand = asyncio.create_task(running.post(urlencode(COMMAND), FORM))
    await running.slack.entered.wait()

    stopping = asyncio.create_task(running.web.stop())
    running.slack.go.set()
    await stopping

    assert (await in_hand)[0] == 200


async def test_a_server_that_never_started_stops_quietly() -> None:
    server = Running().web

    await server.stop()

    with pytest.raises(RuntimeError):
        _ = server.port


async def test_a_taken_port_is_named_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = Web(
            host="127.0.0.1",
            port=port,
            registry=CollectorRegistry(),
            readiness=dict,
            slack=None,
        )

        with pytest.raises(CannotListen, match=rf"127\.0\.0\.1:{port} .*set HOST and PORT"):
            await server.start()


async def test_a_host_that_does_not_exist_is_named_in_a_sentence() -> None:
    server = Web(
        host="nowhere.invalid", port=0, registry=CollectorRegistry(), readiness=dict, slack=None
    )

    with pytest.raises(CannotListen, match=r"nowhere\.invalid"):
        await server.start()


# What operators ask


async def test_the_process_lives(running: Running) -> None:
    running.wrong = {"database": "gone"}

    assert await running.get("/healthz") == (200, "ok\n")


async def test_ready_when_everything_is_fresh(running: Running) -> None:
    assert await running.get("/readyz") == (200, "database: ok\nslack: ok\nprocess: ok\n")


async def test_not_ready_says_what_is_not_fresh(running: Running) -> None:
    running.wrong["slack"] = "no connection for 40 s"

    status, text = await running.get("/readyz")

    assert status == 503
    assert text == "database: ok\nslack: no connection for 40 s\nprocess: ok\n"


async def test_metrics_hold_ours_and_those_of_others(running: Running) -> None:
    Gauge("baton_other", "Of another part", registry=running.registry).set(7)
    await running.post(json.dumps(EVENT), JSON)
    await running.post("x", JSON)

    async with running.client.get("/metrics") as response:
        assert response.content_type == "text/plain"
        text = await response.text()

    assert "baton_other 7.0" in text
    assert 'baton_slack_requests_total{status="200"} 1.0' in text
    assert 'baton_slack_requests_total{status="400"} 1.0' in text
    assert "baton_slack_request_seconds_count 1.0" in text


async def test_in_socket_mode_slack_has_no_way_in_here() -> None:
    async with Running(over_http=False) as running:
        assert (await running.post(json.dumps(EVENT), JSON))[0] == 404
        assert (await running.get("/healthz"))[0] == 200
        assert (await running.get("/readyz"))[0] == 200
        assert (await running.get("/metrics"))[0] == 200


async def test_a_mistake_in_the_server_itself_is_still_logged(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    running.wrong = None  # type: ignore[assignment]  # the mistake

    assert (await running.get("/readyz"))[0] == 500
    assert [record.name for record in caplog.records] == ["bot.web.server"]


async def test_nothing_that_people_wrote_is_logged(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    await running.post(urlencode({**COMMAND, "text": "private"}), FORM)

    assert "private" not in caplog.text
