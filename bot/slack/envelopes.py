"""What Socket Mode wraps payloads in: each is worked on once, whichever connection brings it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.slack.bolt import Answer

    Dispatch = Callable[[Mapping[str, Any], Mapping[str, str]], Awaitable[Answer]]

logger = logging.getLogger(__name__)

REMEMBERED = 1000
"""Envelopes whose answer is kept for when Slack did not hear it."""


class Envelopes:
    """Has payloads worked on by `dispatch`, and writes the acknowledgements.

    What comes again, on another connection perhaps, is not worked on again: it waits for the work
    in hand, or gets the answer that Slack has missed. What failed is forgotten, and tried anew.
    """

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch
        self._works: OrderedDict[str, asyncio.Task[Answer | None]] = OrderedDict()

    async def acknowledgement(self, envelope: Mapping[str, Any]) -> str | None:
        """Have a payload worked on; None when Slack is to deliver it again."""
        key = _key(envelope)
        work = self._works.get(key)
        if work is None:
            work = self._works[key] = asyncio.create_task(self._work(envelope))
            self._forget_the_oldest()
        # Whoever waits may be told to stop; the work itself is stopped by `stop` alone.
        answer = await asyncio.shield(work)
        if answer is None:
            if self._works.get(key) is work:
                del self._works[key]
            return None
        acknowledgement = {"envelope_id": envelope["envelope_id"]}
        if answer.body and envelope.get("accepts_response_payload"):
            acknowledgement["payload"] = json.loads(answer.body)
        return json.dumps(acknowledgement)

    async def stop(self) -> None:
        """End what is still worked on."""
        for work in self._works.values():
            work.cancel()
        await asyncio.gather(*self._works.values(), return_exceptions=True)

    async def _work(self, envelope: Mapping[str, Any]) -> Answer | None:
        try:
            answer = await self._dispatch(envelope["payload"], _retry_headers(envelope))
        except Exception:
            logger.exception("A payload was not answered", extra={"action": "unanswered"})
            return None
        if answer.status != HTTPStatus.OK:
            logger.warning(
                "A payload was left for Slack to deliver again",
                extra={"action": "not_acknowledged", "status": answer.status},
            )
            return None
        return answer

    def _forget_the_oldest(self) -> None:
        for key in list(self._works)[: max(0, len(self._works) - REMEMBERED)]:
            if self._works[key].done():
                del self._works[key]


def _key(envelope: Mapping[str, Any]) -> str:
    """Return what stays the same when Slack delivers something again, in another envelope maybe."""
    payload = envelope.get("payload")
    event = payload.get("event_id") if isinstance(payload, dict) else None
    return str(event or envelope["envelope_id"])


def _retry_headers(envelope: Mapping[str, Any]) -> dict[str, str]:
    """Return what HTTP says in headers about an event that is delivered again."""
    attempt, reason = envelope.get("retry_attempt"), envelope.get("retry_reason")
    if not attempt:
        return {}
    return {"x-slack-retry-num": str(attempt), "x-slack-retry-reason": str(reason or "")}
