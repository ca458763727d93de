"""The one object that calls Slack, and the three ways in which a call can fail."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import aiohttp

from bot.domain.errors import SlackFailure, SlackRejected, SlackUnavailable, SlackUnknown
from bot.domain.person import UserId, WorkspaceId
from bot.slack.failing import TOKEN_REFUSED, failure_of, failure_of_response_url, failure_on_the_way
from bot.slack.prefixing import prefixed
from bot.slack.proxying import proxy_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

TIMEOUT = 8.0
"""Seconds from asking for a connection to the last byte of the answer."""

CONNECTIONS = 200

# Form encoding is understood by every method, JSON by those that write; these carry the most.
_TAKES_JSON = frozenset(
    {
        "chat.postMessage",
        "chat.postEphemeral",
        "chat.update",
        "chat.delete",
        "views.open",
        "views.push",
        "views.update",
        "views.publish",
    }
)


# Made once: with any option that is not its default, the module makes one for each call.
_compact = json.JSONEncoder(separators=(",", ":")).encode

_SAID = frozenset({"text", "blocks", "view"})
"""The arguments that people get to read."""


@dataclass(frozen=True)
class Identity:
    """Who a token is, as `auth.test` says."""

    workspace: WorkspaceId
    name: str
    bot_id: str
    bot_user: UserId
    scopes: frozenset[str]
    enterprise: str


@dataclass(frozen=True)
class _Answer:
    """What Slack says when it has done what it was asked."""

    body: Mapping[str, Any]
    headers: Mapping[str, str]


class _Leaving:
    """Whether the bytes of one request have begun to leave."""

    def __init__(self, check: Callable[[], None] | None) -> None:
        self._check = check
        self.left = False

    def now(self) -> None:
        if self._check is not None:
            self._check()
        self.left = True


_GUARD: ContextVar[Callable[[], None] | None] = ContextVar("guard", default=None)
_LEAVING: ContextVar[_Leaving | None] = ContextVar("leaving", default=None)


class _Request(aiohttp.ClientRequest):
    """A request that, with its connection made, asks whether it may still be sent.

    aiohttp's trace hooks run at the same moment, but a connection whose hook raised is neither
    closed nor used again; here it is closed.
    """

    async def send(self, conn: Any) -> aiohttp.ClientResponse:  # noqa: ANN401  # its class is private
        if (leaving := _LEAVING.get()) is not None:
            leaving.now()
        return await super().send(conn)


class Gateway:
    """Calls Slack over one shared session, never repeats a call, never logs what it carries."""

    def __init__(
        self,
        *,
        api_url: str,
        token_of: Callable[[WorkspaceId], str | None],
        clock: Callable[[], datetime],
        on_call: Callable[[str, str, float], None] | None = None,
        timeout: float = TIMEOUT,
        prefix: str = "",
    ) -> None:
        """`on_call` is told method, outcome and seconds of every call that left.

        `prefix` is what the slash commands begin with that messages and views speak of.
        """
        self._api_url = api_url
        self._base_url = f"{api_url.rstrip('/')}/"
        self._token_of = token_of
        self._clock = clock
        self._on_call = on_call
        self._timeout = timeout
        self._prefix = prefix
        self._session: aiohttp.ClientSession | None = None
        self._proxy: str | None = None
        self._date = ""
        self._slack_at: datetime | None = None
        self._received_at = clock()
        self._received = 0.0
        self.last_answer: float | None = None
        """When Slack last answered anything, on the monotonic clock."""
        self.token_refused: str | None = None
        """Slack's word for refusing the token in the last answer; None when it was taken."""

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            request_class=_Request,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self._proxy = proxy_for(self._api_url)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
        self._session = None

    async def call(
        self,
        workspace: WorkspaceId,
        method: str,
        /,
        **arguments: Any,  # noqa: ANN401  # whatever the method takes
    ) -> Mapping[str, Any]:
        """Call a Web API method once; leave out what is None. Raises one of three failures."""
        token = self._token_of(workspace)
        if token is None:
            raise SlackRejected("not_authed", detail="no token for this workspace")
        said = {name: prefixed(arguments[name], self._prefix) for name in _SAID & arguments.keys()}
        answer = await self._call(token, method, arguments | said)
        return answer.body

    async def identify(self, token: str) -> Identity:
        """Ask Slack whose token this is and what it may do."""
        answer = await self._call(token, "auth.test", {})
        body = answer.body
        scopes = answer.headers.get("x-oauth-scopes", "")
        return Identity(
            workspace=WorkspaceId(body["team_id"]),
            name=body.get("team") or "",
            bot_id=body.get("bot_id") or "",
            bot_user=UserId(body["user_id"]),
            scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
            enterprise=body.get("enterprise_id") or "",
        )

    async def respond(self, response_url: str, payload: Mapping[str, Any]) -> None:
        """Post to a `response_url`, at most once; it needs no token and is itself a secret."""
        if not self._may_post_to(response_url):
            raise SlackRejected("invalid_response_url")
        with self._outcome("response_url") as leaving:
            try:
                async with self._opened().post(
                    response_url,
                    json=prefixed(dict(payload), self._prefix),
                    proxy=proxy_for(response_url),
                    allow_redirects=False,
                ) as answer:
                    text = await answer.text(errors="replace")
                    failure = failure_of_response_url(answer.status, text, answer.headers)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise failure_on_the_way(error, left=leaving.left) from None
            if failure is not None:
                raise failure

    @contextmanager
    def guarded(self, check: Callable[[], None]) -> Iterator[None]:
        """Call `check` whenever a request made inside is about to leave; raising stops it."""
        token = _GUARD.set(check)
        try:
            yield
        finally:
            _GUARD.reset(token)

    @property
    def knows_slack_time(self) -> bool:
        return self._slack_at is not None

    def slack_now(self, now: datetime) -> datetime:
        """Return Slack's time, from the `Date` header of its last answer; never later than it is.

        Our clock may have been set since then, and the monotonic one stands still while a machine
        sleeps. Each makes one of the two estimates wrong, so the earlier one is safe.
        """
        if self._slack_at is None:
            return now
        elapsed = timedelta(seconds=time.monotonic() - self._received)
        return self._slack_at + min(now - self._received_at, elapsed)

    async def _call(self, token: str, method: str, arguments: Mapping[str, Any]) -> _Answer:
        session = self._opened()
        given = {name: value for name, value in arguments.items() if value is not None}
        kind, data = _as_json(given) if method in _TAKES_JSON else _as_form(given)
        with self._outcome(method) as leaving:
            try:
                async with session.post(
                    f"{self._base_url}{method}",
                    data=data,
                    headers={"Authorization": f"Bearer {token}", "Content-Type": kind},
                    proxy=self._proxy,
                ) as reply:
                    status, headers = reply.status, reply.headers
                    body = _body(await reply.read(), headers)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise failure_on_the_way(error, left=leaving.left) from None
            failure = failure_of(status, body, headers)
            if failure is None and status != HTTPStatus.OK:
                failure = SlackUnknown(f"HTTP {status}")
            # An error page is not Slack's own word.
            if body:
                self._note(headers)
            if failure is not None:
                self._note_token(failure)
                raise failure
        self.token_refused = None
        return _Answer(body or {}, headers)

    def _note_token(self, failure: SlackFailure) -> None:
        """Note whether the token was refused; what is no answer of Slack's says nothing of it."""
        match failure:
            case SlackRejected(code=code) | SlackUnavailable(reason=code) if code in TOKEN_REFUSED:
                self.token_refused = code
            case SlackRejected():
                self.token_refused = None

    @contextmanager
    def _outcome(self, method: str) -> Iterator[_Leaving]:
        leaving = _Leaving(_GUARD.get())
        token = _LEAVING.set(leaving)
        started = time.monotonic()
        outcome = "stopped"
        try:
            yield leaving
            outcome = "ok"
        except SlackUnavailable:
            outcome = "unavailable"
            raise
        except SlackRejected:
            outcome = "rejected"
            raise
        except SlackUnknown:
            outcome = "unknown"
            raise
        finally:
            _LEAVING.reset(token)
            if self._on_call is not None and outcome != "stopped":
                self._on_call(method, outcome, time.monotonic() - started)

    def _note(self, headers: Mapping[str, str]) -> None:
        self.last_answer = time.monotonic()
        date = headers.get("Date", "")
        if not date or date == self._date:
            return
        try:
            slack_at = parsedate_to_datetime(date)
        except ValueError:
            return
        if slack_at.tzinfo is not None:
            self._date = date
            self._slack_at = slack_at
            self._received_at = self._clock()
            self._received = self.last_answer

    def _may_post_to(self, url: str) -> bool:
        try:
            target, api = urlsplit(url), urlsplit(self._api_url)
        except ValueError:
            return False
        same_host = (target.scheme, target.netloc) == (api.scheme, api.netloc)
        return bool(target.hostname) and (target.scheme == "https" or same_host)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("The gateway is not open.")
        return self._session


def _body(content: bytes, headers: Mapping[str, str]) -> Mapping[str, Any] | None:
    """Return what an answer says; None where it is no object in JSON."""
    if not headers.get("Content-Type", "").startswith("application/json"):
        return None
    try:
        body = json.loads(content)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _as_json(given: Mapping[str, Any]) -> tuple[str, bytes]:
    return "application/json;charset=utf-8", _compact(given).encode()


def _as_form(given: Mapping[str, Any]) -> tuple[str, bytes]:
    fields = {name: _form_value(value) for name, value in given.items()}
    return "application/x-www-form-urlencoded", urlencode(fields).encode()


def _form_value(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value)
