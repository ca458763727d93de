"""Failures on request: what the next calls of the Web API and the next deliveries run into."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.sandbox.calls import Call


class FaultKind(StrEnum):
    """How a call fails; those named `…after` fail once the work is done and committed."""

    RATE_LIMITED = "rate_limited"  # HTTP 429 with Retry-After
    STORM = "storm"  # the same for `seconds` on end, and Retry-After says what is left of them
    ERROR = "error"  # `ok: false` with a code, nothing done
    ERROR_AFTER = "error_after"
    DROP = "drop"  # the connection is cut, nothing done
    DROP_AFTER = "drop_after"
    HTML = "html"  # HTTP 500 with a page, nothing done
    HTML_AFTER = "html_after"
    TRUNCATED = "truncated"  # JSON that breaks off, the work done
    LATENCY = "latency"  # waits, then does it
    LATENCY_AFTER = "latency_after"  # does it, then waits
    HANG = "hang"  # no answer at all, nothing done
    HANG_AFTER = "hang_after"
    LOSE_ACK = "lose_ack"  # a delivery's acknowledgement never arrives
    DUPLICATE = "duplicate"  # an event comes again, `copies` times and each under another id
    DELAY = "delay"  # an event comes late, and so out of order


_AFTER = {kind for kind in FaultKind if kind.endswith("_after")} | {FaultKind.TRUNCATED}
_EVENTS = {FaultKind.LOSE_ACK, FaultKind.DUPLICATE, FaultKind.DELAY}
_WAITS = {FaultKind.LATENCY, FaultKind.LATENCY_AFTER}


@dataclass(slots=True, eq=False)
class Fault:
    """One armed failure; `hits` counts how often it struck."""

    kind: FaultKind
    method: str | None = None
    channel: str | None = None
    # How many more times it strikes; None means until it is removed.
    count: int | None = 1
    when: Callable[[Call], bool] | None = None
    seconds: float = 0.0
    retry_after: int = 1
    code: str = "internal_error"
    copies: int = 1
    hits: int = 0
    # When a storm is over; it begins with the first call that it strikes.
    until: float | None = field(default=None, init=False)

    def is_over(self) -> bool:
        return self.count == 0 or (self.until is not None and monotonic() >= self.until)

    def strikes(self, call: Call) -> bool:
        return (
            not self.is_over()
            and self.method in (None, call.method)
            and self.channel in (None, call.args.get("channel"))
            and (self.when is None or self.when(call))
        )

    def strike(self) -> None:
        self.hits += 1
        if self.kind is FaultKind.STORM:
            now = monotonic()
            self.until = now + self.seconds if self.until is None else self.until
            # Slack tells whole seconds; who waits for so many finds that it is over.
            self.retry_after = max(1, ceil(self.until - now))
        elif self.count is not None:
            self.count -= 1


class Faults:
    """The armed faults, oldest first."""

    def __init__(self) -> None:
        self.armed: list[Fault] = []

    def add(
        self,
        kind: FaultKind | str,
        *,
        method: str | None = None,
        channel: str | None = None,
        count: int | None = 1,
        when: Callable[[Call], bool] | None = None,
        seconds: float = 0.0,
        retry_after: int = 1,
        code: str = "internal_error",
        copies: int = 1,
    ) -> Fault:
        """Arm a fault for the next `count` calls that fit (None: until removed).

        A storm lasts for its seconds, whatever the count.
        For deliveries `method` is the event's type, a command's name or an interaction's type.
        """
        fault = Fault(
            kind=FaultKind(kind),
            method=method,
            channel=channel,
            count=count,
            when=when,
            seconds=seconds,
            retry_after=retry_after,
            code=code,
            copies=copies,
        )
        self.armed.append(fault)
        return fault

    @contextmanager
    def lasting(
        self,
        kind: FaultKind | str,
        *,
        method: str | None = None,
        channel: str | None = None,
        code: str = "internal_error",
        seconds: float = 0.0,
    ) -> Iterator[Fault]:
        """Arm a fault for everything that fits within a `with` block."""
        fault = self.add(
            kind, method=method, channel=channel, count=None, code=code, seconds=seconds
        )
        try:
            yield fault
        finally:
            self.remove(fault)

    def remove(self, fault: Fault) -> None:
        fault.count = 0
        if fault in self.armed:
            self.armed.remove(fault)

    def clear(self) -> None:
        for fault in list(self.armed):
            self.remove(fault)

    def wait(self, call: Call, *, after: bool) -> float:
        """Return for how long this call is held up, before or after its work."""
        kind = FaultKind.LATENCY_AFTER if after else FaultKind.LATENCY
        return sum(fault.seconds for fault in self._take(call, {kind}, every=True))

    def failure(self, call: Call, *, after: bool) -> Fault | None:
        """Return the fault that ends this call, before or after its work."""
        kinds = set(_AFTER) if after else set(FaultKind) - _AFTER
        return next(iter(self._take(call, kinds - _EVENTS - _WAITS)), None)

    def event(self, call: Call, kind: FaultKind) -> Fault | None:
        return next(iter(self._take(call, {kind})), None)

    def _take(self, call: Call, kinds: set[FaultKind], *, every: bool = False) -> list[Fault]:
        taken = []
        for fault in list(self.armed):
            if fault.is_over():
                self.armed.remove(fault)
            elif fault.kind in kinds and fault.strikes(call):
                fault.strike()
                if fault.is_over():
                    self.armed.remove(fault)
                taken.append(fault)
                if not every:
                    break
        return taken
