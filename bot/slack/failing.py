"""What an answer of Slack means: that a call succeeded, or one of the three ways to fail."""

from __future__ import annotations

import json
import math
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bot.domain.errors import SlackFailure, SlackRejected, SlackUnavailable, SlackUnknown

if TYPE_CHECKING:
    from collections.abc import Mapping

RATE_LIMITED = frozenset({"ratelimited", "rate_limited"})

TRY_LATER = RATE_LIMITED | {
    "service_unavailable",
    "request_timeout",  # the body of our request arrived cut off
    "message_limit_exceeded",  # the workspace as a whole posts too much
    "team_added_to_org",
    "org_login_required",
    "token_expired",
}
"""Slack did nothing, and the same call may be made again later."""

TOKEN_REFUSED = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
)
"""No call at all succeeds with this token, whatever it asks for."""

LOOK_FIRST = frozenset({"internal_error", "fatal_error"})
"""Slack's words: some part of the operation may have succeeded."""


def failure_of(status: int, body: object, headers: Mapping[str, str]) -> SlackFailure | None:
    """Say what an answer of the Web API means; None when the call succeeded."""
    code = body.get("error") if isinstance(body, dict) else None
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in RATE_LIMITED:
        return SlackUnavailable("ratelimited", retry_after=_seconds(headers.get("Retry-After")))
    if isinstance(code, str) and code in TRY_LATER:
        return SlackUnavailable(code, retry_after=_seconds(headers.get("Retry-After")))
    if isinstance(code, str) and code in LOOK_FIRST:
        return SlackUnknown(code)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or not isinstance(body, dict):
        return SlackUnknown(f"HTTP {status}")
    if body.get("ok") is True:
        return None
    return SlackRejected(code, detail=_detail(body)) if code else SlackUnknown(f"HTTP {status}")


def failure_of_response_url(
    status: int, text: str, headers: Mapping[str, str]
) -> SlackFailure | None:
    """Say what the answer of a response_url means: plain `ok`, or the Web API's, or a bare code."""
    if status == HTTPStatus.OK and not text.lstrip().startswith(("{", "<")):
        return None
    try:
        body = json.loads(text)
    except ValueError:
        word = re.fullmatch(r"[a-z_]{3,40}", text.strip())
        body = {"ok": False, "error": word.group()} if word else None
    failure = failure_of(status, body, headers)
    refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    # A used or expired address is answered with a page, and nothing was posted.
    return (
        SlackRejected(f"http_{status}")
        if refused and isinstance(failure, SlackUnknown)
        else failure
    )


def failure_on_the_way(error: Exception, *, left: bool) -> SlackFailure:
    reason = type(error).__name__
    return SlackUnknown(reason) if left else SlackUnavailable(reason)


def _detail(body: Mapping[str, Any]) -> str:
    """Return the missing scope, or where in the blocks the mistake is, and nothing of the text."""
    if body.get("needed"):
        return f"needs {body['needed']}"
    metadata = body.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    return " ".join(re.findall(r"json-pointer:[\w/-]+", " ".join(map(str, messages or ()))))[:200]


def _seconds(header: str | None) -> float | None:
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
