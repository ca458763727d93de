"""The HTTP server: what Slack sends, whether the process lives, is ready, and how it is doing."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from prometheus_client import Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from prometheus_client import CollectorRegistry

logger = logging.getLogger(__name__)

LARGEST_BODY = 1024 * 1024
"""Bytes. A view of 250 kB, with everything escaped, stays well below."""

SLOWEST_BODY = 5.0
"""Seconds until a request must be here as a whole. Slack itself gives up after three."""

LAST_ANSWERS = 1.0
"""Seconds that answers already written may take to leave while the server closes."""

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"


class Answer(Protocol):
    """What a payload is answered with."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def body(self) -> str: ...


if TYPE_CHECKING:
    Verify = Callable[[Mapping[str, str], bytes], bool]
    Dispatch = Callable[[dict[str, Any], Mapping[str, str]], Awaitable[Answer]]
    Readiness = Callable[[], Mapping[str, str | None]]


class CannotListen(Exception):
    """The address is taken or not ours: a sentence that says what to do."""


class _Refused(Exception):
    """A request that changes nothing, and the 4xx it gets."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class Web:
    """Serves `/healthz`, `/readyz`, `/metrics` and, unless Socket Mode does it, `/slack/events`.

    `readiness` names what the process needs, each with None when it is fresh, else with what is
    wrong. Headers are handed on with lower-case names.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        registry: CollectorRegistry,
        readiness: Readiness,
        slack: tuple[Verify, Dispatch] | None,
    ) -> None:
        self._host = host
        self._port = port
        self._registry = registry
        self._readiness = readiness
        self._slack = slack
        self._refusing = False
        self._in_hand = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._runner: web.AppRunner | None = None
        self._requests = Counter(
            "baton_slack_requests",
            "Requests to /slack/events by the status they were answered with",
            ["status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "baton_slack_request_seconds",
            "Time a payload took to be worked on",
            buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10),
            registry=registry,
        )

    @property
    def port(self) -> int:
        """The port that is listened on, also when any was asked for."""
        if self._runner is None or not self._runner.addresses:
            raise RuntimeError("The server has not been started.")
        port: int = self._runner.addresses[0][1]
        return port

    async def start(self) -> None:
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        if self._slack is not None:
            app.router.add_post("/slack/events", partial(self._events, *self._slack))
        self._runner = web.AppRunner(
            app, access_log=None, logger=_server_logger(), shutdown_timeout=LAST_ANSWERS
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise CannotListen(
                f"Cannot listen on {self._host}:{self._port} ({error.strerror or error}); "
                "set HOST and PORT to a free address of this machine."
            ) from error

    def refuse(self) -> None:
        """Take no more requests from Slack and be no longer ready, but go on with those in hand."""
        self._refusing = True

    async def drained(self, limit: float) -> bool:
        """Wait until no request is in hand, at most `limit` seconds; say whether that is so."""
        try:
            async with asyncio.timeout(limit):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _healthz(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _readyz(self, _request: web.Request) -> web.Response:
        parts = {**self._readiness(), "process": "stopping" if self._refusing else None}
        text = "".join(f"{name}: {wrong or 'ok'}\n" for name, wrong in parts.items())
        ready = not any(parts.values())
        return web.Response(
            status=HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE, text=text
        )

    async def _metrics(self, _request: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(self._registry),
            headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4},
        )

    async def _events(
        self, verify: Verify, dispatch: Dispatch, request: web.Request
    ) -> web.Response:
        if self._refusing:
            return self._counted(web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE))
        self._in_hand += 1
        self._idle.clear()
        try:
            return self._counted(await self._answered(request, verify, dispatch))
        finally:
            self._in_hand -= 1
            if self._in_hand == 0:
                self._idle.set()

    def _counted(self, response: web.Response) -> web.Response:
        self._requests.labels(status=str(response.status)).inc()
        return response

    async def _answered(
        self, request: web.Request, verify: Verify, dispatch: Dispatch
    ) -> web.Response:
        try:
            raw = await _read(request)
            headers = {name.lower(): value for name, value in request.headers.items()}
            payload = _payload(request.content_type, raw, signed=verify(headers, raw))
        except _Refused as refused:
            return web.Response(status=refused.status)
        if payload.get("ssl_check") == "1":
            return web.Response()
        if payload.get("type") == "url_verification":
            return web.json_response({"challenge": payload["challenge"]})
        started = time.monotonic()
        try:
            answer = await dispatch(payload, headers)
        except Exception:
            # Every failure that is understood has been answered by now. Slack delivers an event
            # again, and shows the author of a command that it failed.
            logger.exception("A payload was not answered", extra={"action": "unanswered"})
            return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
        finally:
            self._seconds.observe(time.monotonic() - started)
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body.encode())


def _server_logger() -> logging.Logger:
    """Return a log for aiohttp that is silent about requests that are no HTTP.

    It answers them by 400, and would write a traceback for each: anybody could fill the disk.
    """

    def is_ours(record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, (web.RequestPayloadError, HttpProcessingError))

    quiet = logging.getLogger(f"{__name__}.server")
    quiet.filters = [is_ours]
    return quiet


async def _read(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(SLOWEST_BODY):
            return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from None
    except TimeoutError:
        raise _Refused(HTTPStatus.REQUEST_TIMEOUT) from None
    except (web.RequestPayloadError, HttpProcessingError, OSError):
        # Cut off, or not encoded as its headers say.
        raise _Refused(HTTPStatus.BAD_REQUEST) from None


def _payload(content_type: str, raw: bytes, *, signed: bool) -> dict[str, Any]:
    """Return what Slack sent.

    An event is JSON, a command is a form, and an interaction is a form with JSON in one field.
    """
    if not signed:
        raise _Refused(HTTPStatus.UNAUTHORIZED)
    try:
        text = raw.decode()
        if content_type == _JSON:
            payload = json.loads(text)
        elif content_type == _FORM:
            fields = dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True))
            is_command = "command" in fields or "ssl_check" in fields
            payload = fields if is_command else json.loads(fields["payload"])
        else:
            raise _Refused(HTTPStatus.BAD_REQUEST)
    except (ValueError, KeyError, RecursionError):
        raise _Refused(HTTPStatus.BAD_REQUEST) from None
    if not isinstance(payload, dict) or not _says_what_it_is(payload):
        raise _Refused(HTTPStatus.BAD_REQUEST)
    return payload


def _says_what_it_is(payload: dict[str, Any]) -> bool:
    if payload.get("type") == "url_verification":
        return isinstance(payload.get("challenge"), str)
    return any(isinstance(payload.get(name), str) for name in ("type", "command", "ssl_check"))
