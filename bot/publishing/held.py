"""A workspace as its publisher remembers it: what waits, what is under way, and its pauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.post import PostKind
from bot.publishing.limiter import Limiter
from bot.publishing.showing import first_method

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.domain.person import WorkspaceId
    from bot.domain.post import ChannelId, Post, PostId
    from bot.publishing.limiter import Limits
    from bot.store.claims import ClaimedWorkspace, ProcessId

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
"""Seconds; so that everything is shown within a minute of Slack's recovery."""


class Held:
    """One workspace. Times are those of the monotonic clock.

    It is remembered for a while after its release: Slack's limits do not begin anew with a claim.
    """

    def __init__(self, workspace: WorkspaceId, limits: Limits) -> None:
        self.id = workspace
        self.limiter = Limiter(limits)
        self.stalled: str | None = None
        """The code with which Slack refuses everything, until it takes something again."""
        self.who: ClaimedWorkspace | None = None
        self.claimed_as: ProcessId | None = None
        self.stale = False
        """Something may wait that is not in the backlog."""
        self.look_again = False
        """Likewise, but it can wait until the backlog is empty."""
        self._limits = limits
        self._backlog: list[Post] = []
        self._sending: dict[PostId, Post] = {}
        self._channels: set[ChannelId] = set()
        self._missed: set[PostId] = set()
        self._failures = 0
        self._paused_until = float("-inf")

    def claim(self, who: ClaimedWorkspace, process: ProcessId) -> None:
        self.who = who
        self.claimed_as = process
        self.stale = True

    def let_go(self) -> None:
        """Forget the claim; what is under way goes on."""
        self.claimed_as = None
        self.stale = self.look_again = False
        self._backlog = []

    @property
    def is_idle(self) -> bool:
        """Whether its claim can be released."""
        return not (self._backlog or self._sending or self.must_be_listed)

    @property
    def must_be_listed(self) -> bool:
        return self.stale or (self.look_again and not self._backlog and not self._sending)

    @property
    def waiting(self) -> int:
        return len(self._backlog)

    def is_forgettable(self, *, now: float) -> bool:
        return (
            self.claimed_as is None
            and not self._sending
            and not self._failures
            and self.limiter.forget(now=now)
        )

    def refill(self, pending: Iterable[Post]) -> None:
        """Take what waits, without what is under way already."""
        self._backlog = []
        for post in pending:
            under_way = self._sending.get(post.id)
            if under_way is None:
                self._backlog.append(post)
            elif post.wanted > under_way.wanted:
                self._missed.add(post.id)

    def choose(self, most: int, *, urgent: bool, now: float) -> Iterator[Post]:
        """Take what the limits allow to be sent now, at most so many."""
        most = min(most, self._room)
        if most <= 0 or now < self._paused_until:
            return
        for post in list(self._backlog):
            if post.urgent is not urgent or self._follows_another(post) or self._limit(post, now):
                continue
            self._backlog.remove(post)
            self._sending[post.id] = post
            if is_new_message(post):
                self._channels.add(post.channel)
            self.limiter.take(first_method(post), post.channel, now=now)
            yield post
            most -= 1
            if most == 0:
                return

    def next_chance(self, *, now: float) -> float:
        """Return the seconds until something of the backlog may be sent, as far as time decides."""
        if self._room <= 0:
            return float("inf")
        waits = (
            self._limit(post, now) for post in self._backlog if not self._follows_another(post)
        )
        return max(self._paused_until - now, min(waits, default=float("inf")))

    def done(self, post: Post) -> None:
        """Note that what was under way has been settled, or has not begun."""
        del self._sending[post.id]
        if is_new_message(post):
            self._channels.discard(post.channel)
        if post.id in self._missed:
            self._missed.discard(post.id)
            self.stale = True

    def succeeded(self) -> None:
        self._failures = 0
        self.stalled = None

    def failed(self, *, jitter: float, now: float) -> bool:
        """Pause, longer each time. True: everything was well before.

        Requests that fail together count as one.
        """
        was_well = self._failures == 0
        if now >= self._paused_until:
            self._failures += 1
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self._failures - 1))
            self.pause(pause * jitter, now=now)
        return was_well

    def stall(self, code: str, *, jitter: float, now: float) -> None:
        self.stalled = code
        self._failures = max(1, self._failures)
        self.pause(LONGEST_PAUSE * jitter, now=now)

    def pause(self, seconds: float, *, now: float) -> None:
        self._paused_until = max(self._paused_until, now + seconds)

    @property
    def _room(self) -> int:
        """How many more may be under way: a single one finds out whether a trouble is over."""
        return (1 if self._failures else self._limits.per_workspace) - len(self._sending)

    def _follows_another(self, post: Post) -> bool:
        # One new message at a time and channel: they are read in the order in which they arrive.
        return is_new_message(post) and post.channel in self._channels

    def _limit(self, post: Post, now: float) -> float:
        return self.limiter.wait(first_method(post), post.channel, urgent=post.urgent, now=now)


def is_new_message(post: Post) -> bool:
    return post.ts is None and post.kind not in {PostKind.HOME, PostKind.MARK}
