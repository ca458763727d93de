"""Slack's published rate limits, enforced when a local Slack is asked to."""

from __future__ import annotations

from collections import deque
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Calls per minute, workspace and app; the tiers' names are Slack's.
TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
SPECIAL = 600
WINDOW = 60.0

METHOD_TIERS = {
    "apps.connections.open": 1,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.join": 3,
    "conversations.list": 2,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.replies": 3,
    "reactions.add": 3,
    "reactions.get": 3,
    "reactions.remove": 2,
    "team.info": 3,
    "users.conversations": 2,
    "users.info": 4,
    "users.list": 2,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}

# Posting is limited by channel (one a second, a short burst allowed) and by workspace.
_POST = "chat.postMessage"
_POST_BURST = 5
_POSTS_A_MINUTE = 300


class Limits:
    """Counts calls in sliding windows on the monotonic clock; off unless switched on."""

    def __init__(self, *, on: bool, now: Callable[[], float] = monotonic) -> None:
        self.on = on
        self._now = now
        self._calls: dict[tuple[str, ...], deque[float]] = {}

    def wait(self, method: str, team: str, channel: str) -> int | None:
        """Return for how many seconds this call must wait, None when it may go ahead."""
        if not self.on:
            return None
        now = self._now()
        tier = METHOD_TIERS.get(method)
        windows: list[tuple[tuple[str, ...], int, float]] = [
            ((team, method), SPECIAL if tier is None else TIERS[tier], WINDOW)
        ]
        if method == _POST:
            windows = [
                ((team, method, channel), _POST_BURST, float(_POST_BURST)),
                ((team, method), _POSTS_A_MINUTE, WINDOW),
            ]
        keys = []
        for key, most, window in windows:
            calls = self._calls.setdefault(key, deque())
            while calls and now - calls[0] >= window:
                calls.popleft()
            if len(calls) >= most:
                return max(1, round(window - (now - calls[0]) + 0.5))
            keys.append(calls)
        for calls in keys:
            calls.append(now)
        return None
