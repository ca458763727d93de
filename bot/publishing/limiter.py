"""Slack's published limits for one workspace, counted in the one process that posts there."""

from __future__ import annotations

from dataclasses import dataclass

MINUTE = 60.0

POST = "chat.postMessage"

# Calls a minute, per method, workspace and app. Posting is limited by channel as well.
PER_MINUTE = {
    POST: 300,
    "auth.test": 600,
    "chat.delete": 50,
    "chat.update": 50,
    "conversations.history": 50,
    "conversations.open": 50,
    "conversations.replies": 50,
    "reactions.add": 50,
    "reactions.get": 50,
    "reactions.remove": 20,
    "views.publish": 100,
}

BURST = 0.2
"""The part of a minute's calls that may be made at once."""

POST_BURST = 10

CHANNEL_BURST = 2
CHANNEL_PER_SECOND = 0.75
"""One a second is allowed; with the burst, this stays below it in every five seconds."""

KEPT_FOR_URGENT = 0.2
"""The part of a burst that is left to what a person waits for."""


@dataclass(frozen=True)
class Rate:
    """So many at once, and then so many a second."""

    burst: float
    per_second: float


def rate_of(method: str) -> Rate:
    """Return a rate that never exceeds the method's limit within any one minute."""
    most = PER_MINUTE[method]
    burst = POST_BURST if method == POST else most * BURST
    return Rate(burst, (most - burst) / MINUTE)


class Bucket:
    """Fills up with time, and every call takes one out."""

    def __init__(self, rate: Rate, *, now: float) -> None:
        self._rate = rate
        self._level = rate.burst
        self._at = now
        self._paused_until = now

    def wait(self, *, keep: float, now: float) -> float:
        """Return the seconds until one can be taken out and `keep` of a full bucket remains."""
        missing = 1 + keep * self._rate.burst - self._filled(now)
        return max(0.0, missing / self._rate.per_second, self._paused_until - now)

    def take(self, *, now: float) -> None:
        self._level = self._filled(now) - 1
        self._at = now

    def pause(self, *, until: float) -> None:
        self._paused_until = max(self._paused_until, until)

    def is_untouched(self, *, now: float) -> bool:
        """Whether a new one would do as well."""
        return now >= self._paused_until and self._filled(now) >= self._rate.burst

    def _filled(self, now: float) -> float:
        return min(self._rate.burst, self._level + (now - self._at) * self._rate.per_second)


@dataclass(frozen=True)
class Limits:
    """How much is asked of Slack."""

    concurrency: int = 64
    """Requests under way at once, in all workspaces together."""
    ahead: int = 32
    """How many more are recorded already, so that the next request need not wait for it."""
    per_workspace: int = 10
    """Likewise in one workspace."""
    paced: bool = True
    """Whether calls keep below Slack's rates; its own answers are obeyed in any case."""


class Limiter:
    """The buckets of one workspace. Times are those of the monotonic clock."""

    def __init__(self, limits: Limits) -> None:
        self._paced = limits.paced
        self._methods: dict[str, Bucket] = {}
        self._channels: dict[str, Bucket] = {}

    def wait(self, method: str, channel: str | None, *, urgent: bool, now: float) -> float:
        """Return the seconds until this call may be made; 0 for now."""
        if not self._paced and not self._methods:
            return 0.0
        keep = 0.0 if urgent else KEPT_FOR_URGENT
        wait = self._method(method, now).wait(keep=keep, now=now)
        if method == POST and channel is not None:
            wait = max(wait, self._channel(channel, now).wait(keep=0.0, now=now))
        return wait

    def take(self, method: str, channel: str | None, *, now: float) -> None:
        """Count a call that is about to be made."""
        if not self._paced:
            return
        self._method(method, now).take(now=now)
        if method == POST and channel is not None:
            self._channel(channel, now).take(now=now)

    def pause(self, method: str, channel: str | None, seconds: float, *, now: float) -> None:
        """Make no such call for as long as Slack asked to wait."""
        self._method(method, now).pause(until=now + seconds)
        if method == POST and channel is not None:
            self._channel(channel, now).pause(until=now + seconds)

    def forget(self, *, now: float) -> bool:
        """Drop what has recovered. True: nothing is left to remember."""
        for buckets in (self._methods, self._channels):
            for name in [name for name, one in buckets.items() if one.is_untouched(now=now)]:
                del buckets[name]
        return not self._methods and not self._channels

    def _method(self, method: str, now: float) -> Bucket:
        bucket = self._methods.get(method)
        if bucket is None:
            bucket = self._methods[method] = Bucket(rate_of(method), now=now)
        return bucket

    def _channel(self, channel: str, now: float) -> Bucket:
        bucket = self._channels.get(channel)
        if bucket is None:
            rate = Rate(CHANNEL_BURST, CHANNEL_PER_SECOND)
            bucket = self._channels[channel] = Bucket(rate, now=now)
        return bucket
