"""A clock that can be put forward, so that nobody has to wait for tomorrow morning."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

EARLY = timedelta(seconds=3)
"""How long before the next event a skip ends, so that one sees it happen."""


class SandboxClock:
    """The time in the sandbox: that of the machine, and what was skipped."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._skipped = timedelta()

    def __call__(self) -> datetime:
        return self._clock() + self._skipped

    def skip_to(self, instant: datetime) -> None:
        """Go forward to `instant`; a clock in the sandbox never goes back."""
        self._skipped += max(timedelta(), instant - self())


def clock_routes(
    clock: SandboxClock, upcoming: Callable[[], Awaitable[tuple[datetime, str] | None]]
) -> list[web.RouteDef]:
    """Return what tells the time and puts it forward.

    `GET /_sandbox/clock` is `{now, next, what}`: instants in ISO 8601, and what happens next in
    words; both are null when nothing is to come. `POST /_sandbox/clock` with `{"skip": "next"}`
    goes there. `upcoming` says what happens next.
    """

    async def tell(_request: web.Request) -> web.Response:
        return web.json_response(await _told(clock, upcoming))

    async def skip(request: web.Request) -> web.Response:
        try:
            asked = json.loads(await request.text())
        except ValueError:
            asked = None
        if request.content_type != "application/json" or asked != {"skip": "next"}:
            return web.json_response(
                {"ok": False, "error": 'send {"skip": "next"} as JSON'}, status=400
            )
        if ahead := await upcoming():
            clock.skip_to(ahead[0] - EARLY)
        return web.json_response(await _told(clock, upcoming))

    return [web.get("/_sandbox/clock", tell), web.post("/_sandbox/clock", skip)]


async def _told(
    clock: SandboxClock, upcoming: Callable[[], Awaitable[tuple[datetime, str] | None]]
) -> dict[str, Any]:
    ahead = await upcoming()
    return {
        "now": clock().astimezone(UTC).isoformat(),
        "next": ahead[0].astimezone(UTC).isoformat() if ahead else None,
        "what": ahead[1] if ahead else None,
    }
