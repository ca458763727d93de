"""Bolt as Baton uses it: one way in for both transports, no I/O to authorize, one error handler."""

from __future__ import annotations

import asyncio
import html
import json
import logging
import secrets
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import Clock, SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import BotError, SlackFailure, TooEarly
from bot.domain.person import WorkspaceId
from bot.slack.patience import somebody_waits
from bot.slack.payloads import cleaned, is_known, is_well_formed, workspace_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.slack.gateway import Identity

    Whisper = Callable[[Mapping[str, Any], str], Awaitable[None]]
    """Tells the person who caused a payload something that nobody else sees."""

logger = logging.getLogger(__name__)

OUTAGE = (
    "Baton cannot reach its database at the moment, so nothing was changed. Try again in a minute."
)
SLACK_FAILED = "Slack did not let Baton do that just now. Try again in a minute."
UNKNOWN_COMMAND = "Baton does not know this command. `/{prefix}baton help` lists all that it knows."
UNKNOWN_ACTION = (
    "Baton no longer knows this button. Write `help` to Baton to see what you can do instead."
)

# A whisper waits for Slack, and the person's three seconds go on meanwhile. They may be nearly
# over by now; being told late is better than not at all.
WHISPER_SECONDS = 1.2


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What Slack gets back: over HTTP as it is, in Socket Mode as an acknowledgement."""

    status: int
    headers: Mapping[str, str]
    body: str
    """Empty or a JSON object."""


class InputError(BotError):
    """A refusal of what was put into one input of a modal, shown under that input."""

    def __init__(self, sentence: str, *, block: str) -> None:
        super().__init__(sentence)
        self.block = block


def verifier(
    signing_secret: str, *, clock: Callable[[], datetime]
) -> Callable[[Mapping[str, str], bytes], bool]:
    """Return what says whether a request was signed by Slack within the last five minutes."""
    slack = SignatureVerifier(signing_secret, _SlackClock(clock))

    def verify(headers: Mapping[str, str], body: bytes) -> bool:
        try:
            return slack.is_valid_request(body, dict(headers))
        except (ValueError, TypeError, OverflowError):
            # A timestamp that is no number or an endless one, a signature outside ASCII, a body
            # that is not UTF-8: the library raises, and none of them comes from Slack.
            return False

    return verify


class _SlackClock(Clock):
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock().timestamp()


def build_bolt(
    *,
    api_url: str,
    identity: Callable[[WorkspaceId], Identity | None],
    whisper: Whisper,
    outages: tuple[type[Exception], ...],
    prefix: str = "",
) -> AsyncApp:
    """Return an app without listeners that only ever answers through `dispatch`.

    `identity` knows who Baton is in a workspace without asking anybody, so that an event is not
    lost because authorizing it failed. `outages` are the failures after which nothing was changed
    and the same request may succeed a minute later. Listeners get `identity` by that name.
    """
    # At its debug level the library logs whole answers, with what people wrote in them, and it
    # warns that it does not use a token which it found in the environment by itself.
    quiet = logging.getLogger("bot.slack.bolt.sdk")
    quiet.setLevel(logging.ERROR)
    app = AsyncApp(
        name="slack_bolt",
        logger=quiet,
        client=AsyncWebClient(base_url=api_url, retry_handlers=[]),
        # What was acknowledged was committed.
        process_before_response=True,
        # Whatever no listener took goes to the error handler, which answers it like the rest.
        raise_error_for_unhandled_request=True,
        before_authorize=_KnownWorkspace(identity),
        authorize=_Authorize(),  # type: ignore[no-untyped-call]  # Bolt leaves it without types
        # The HTTP server has done these by now, and Socket Mode needs none of them.
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    app.error(_Failures(whisper=whisper, outages=outages, prefix=prefix).answer)
    return app


# Both as classes of Bolt's own: of a function it finds out anew for every payload what to give it.
class _KnownWorkspace(AsyncMiddleware):
    """Drops what is of a workspace that Baton is not installed in."""

    def __init__(self, identity: Callable[[WorkspaceId], Identity | None]) -> None:
        self._identity = identity

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002  # Bolt gives it by this name
    ) -> BoltResponse | None:
        del resp
        team = req.context.team_id
        who = self._identity(WorkspaceId(team)) if team else None
        if who is None:
            logger.warning(
                "A payload of a workspace that Baton is not installed in was dropped"
                if team
                else "A payload that does not say of which workspace it is was dropped",
                extra={
                    "action": "drop_foreign" if team else "drop_nameless",
                    "workspace": team or None,
                    "payload": _label(req.body),
                },
            )
            return BoltResponse(status=HTTPStatus.OK)
        req.context["identity"] = who
        await next()
        return None


class _Authorize(AsyncAuthorize):
    """Says who Baton is, without its token: the gateway is the only one that calls Slack."""

    async def __call__(self, *, context: AsyncBoltContext, **_: str | None) -> AuthorizeResult:
        who: Identity = context["identity"]
        return AuthorizeResult(
            enterprise_id=context.enterprise_id,
            team_id=who.workspace,
            bot_id=who.bot_id,
            bot_user_id=who.bot_user,
        )


async def dispatch(
    app: AsyncApp,
    body: Mapping[str, Any],
    headers: Mapping[str, str],
    *,
    only: WorkspaceId | None = None,
) -> Answer:
    """Let the app's listeners work on a payload that is known to come from Slack.

    `only` is the one workspace there is, if there is but one: what names none is of that one.
    """
    began = time.monotonic()
    payload = cleaned(body)
    if only is not None and not workspace_of(payload):
        payload["team_id"] = only
    if not is_known(payload):
        if payload.get("type") == "app_rate_limited":
            logger.warning(
                "Slack withheld events: more than 30,000 came within an hour",
                extra={"action": "rate_limited", "workspace": workspace_of(payload)},
            )
        return Answer(status=HTTPStatus.OK, headers={}, body="")
    if not is_well_formed(payload):
        return Answer(status=HTTPStatus.BAD_REQUEST, headers={}, body="")
    # Of the headers only these mean anything to us, and some others mean something to Bolt.
    retry = {name: value for name, value in headers.items() if name.startswith("x-slack-retry-")}
    try:
        request = AsyncBoltRequest(body=payload, mode="socket_mode", headers=dict(retry))
    except (TypeError, AttributeError, LookupError):
        # Bolt looks for ids in many places, and takes whatever is there for the right thing.
        return Answer(status=HTTPStatus.BAD_REQUEST, headers={}, body="")
    request.context["team_id"] = workspace_of(payload)
    if payload.get("type") == "event_callback":
        return _as_answer(await app.async_dispatch(request))
    with somebody_waits(since=began):
        return _as_answer(await app.async_dispatch(request))


def _as_answer(response: BoltResponse) -> Answer:
    if not response.body:
        return Answer(status=response.status, headers={}, body="")
    try:
        is_object = isinstance(json.loads(response.body), dict)
    except ValueError:
        is_object = False
    # Bolt takes a text that begins with a brace for JSON, and Slack any text for a message.
    body = response.body if is_object else json.dumps({"text": response.body})
    return Answer(status=response.status, headers={"content-type": "application/json"}, body=body)


@dataclass(frozen=True, kw_only=True)
class _Failures:
    """The one place that turns what went wrong into what the person and Slack get to know.

    A person hears of it once, in private. An event whose work failed is answered by 5xx (in
    Socket Mode by silence), so that Slack delivers it again.
    """

    whisper: Whisper
    outages: tuple[type[Exception], ...]
    prefix: str

    async def answer(self, error: Exception, body: dict[str, Any]) -> BoltResponse:
        if isinstance(error, BoltUnhandledRequestError):
            return await self._unhandled(body)
        if isinstance(error, BotError):
            block = error.block if isinstance(error, InputError) else None
            return await self._tell(body, str(error), block=block)
        if isinstance(error, (*self.outages, SlackFailure, TooEarly)):
            return await self._outage(error, body)
        return await self._bug(error, body)

    async def _unhandled(self, body: dict[str, Any]) -> BoltResponse:
        if body.get("type") == "event_callback":
            return BoltResponse(status=HTTPStatus.OK)
        logger.warning(
            "Nothing answers this payload",
            extra={"action": "unhandled", "payload": _label(body)},
        )
        if body.get("type") == "view_closed":
            return BoltResponse(status=HTTPStatus.OK)
        unknown = UNKNOWN_COMMAND.format(prefix=self.prefix)
        return await self._tell(body, unknown if "command" in body else UNKNOWN_ACTION)

    async def _outage(self, error: Exception, body: dict[str, Any]) -> BoltResponse:
        logger.warning(
            "A payload could not be worked on: %s",
            type(error).__name__,
            extra={"action": "outage", "payload": _label(body)},
        )
        if body.get("type") == "event_callback":
            return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
        return await self._tell(body, OUTAGE if isinstance(error, self.outages) else SLACK_FAILED)

    async def _bug(self, error: Exception, body: dict[str, Any]) -> BoltResponse:
        reference = secrets.token_hex(3)
        logger.error(
            "Something went wrong",
            exc_info=error,
            extra={"action": "failure", "reference": reference, "payload": _label(body)},
        )
        if body.get("type") == "event_callback":
            return BoltResponse(status=HTTPStatus.INTERNAL_SERVER_ERROR)
        return await self._tell(
            body,
            f"Something went wrong on our side (reference {reference}). Nothing was changed. "
            "Try again, and if it stays, give the reference to whoever runs Baton for you.",
        )

    async def _tell(
        self, body: dict[str, Any], sentence: str, *, block: str | None = None
    ) -> BoltResponse:
        # A sentence may quote what somebody typed, which must not become a link or a mention.
        escaped = html.escape(sentence, quote=False)
        if "command" in body:
            return BoltResponse(
                status=HTTPStatus.OK, body={"response_type": "ephemeral", "text": escaped}
            )
        if body["type"] == "view_submission":
            return BoltResponse(status=HTTPStatus.OK, body=_refused_view(body, sentence, block))
        if body["type"] == "block_suggestion":
            return BoltResponse(status=HTTPStatus.OK, body={"options": []})
        try:
            async with asyncio.timeout(WHISPER_SECONDS):
                await self.whisper(body, escaped)
        except Exception as error:  # noqa: BLE001  # there is nobody left to tell, except the log
            logger.warning(
                "A refusal did not reach the person: %s",
                type(error).__name__,
                extra={"action": "whisper_failed", "payload": _label(body)},
            )
        return BoltResponse(status=HTTPStatus.OK)


def _refused_view(body: dict[str, Any], sentence: str, block: str | None) -> dict[str, Any]:
    """Put the sentence under the input it is about, else under the first, else in its own view."""
    view = body["view"]
    inputs = [
        given["block_id"]
        for given in view.get("blocks") or ()
        if given.get("type") == "input" and given.get("block_id")
    ]
    if inputs:
        place = block if block in inputs else inputs[0]
        return {"response_action": "errors", "errors": {place: sentence}}
    return {
        "response_action": "update",
        "view": {
            "type": "modal",
            "title": view.get("title") or {"type": "plain_text", "text": "Baton"},
            "close": {"type": "plain_text", "text": "Close"},
            "blocks": [{"type": "section", "text": {"type": "plain_text", "text": sentence}}],
        },
    }


def _label(body: Mapping[str, Any]) -> str:
    """Name a payload for the log by ids of ours: never by what somebody wrote."""
    match body:
        case {"command": str(command)}:
            return command
        case {"type": "event_callback", "event": {"type": str(kind)}}:
            return kind
        case {"type": "block_actions", "actions": [{"action_id": str(action)}, *_]}:
            return action
        case {"view": {"callback_id": str(callback)}} | {"callback_id": str(callback)}:
            return callback
        case _:
            return str(body.get("type"))
