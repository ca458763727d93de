"""The small checks that Block Kit's limits are made of, each reporting a JSON pointer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that Slack would refuse, and where it is."""

    pointer: str
    message: str

    def __str__(self) -> str:
        return f"{self.message} [json-pointer:{self.pointer}]"


@dataclass(slots=True)
class Report:
    """Collects problems while a payload is walked."""

    problems: list[Problem] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    markdown: int = 0
    tables: int = 0

    def add(self, pointer: str, message: str) -> None:
        self.problems.append(Problem(pointer, message))


Check: TypeAlias = Callable[[object, str, Report], None]


def string(maximum: int | None = None, minimum: int = 0) -> Check:
    def check(value: object, at: str, report: Report) -> None:
        if not isinstance(value, str):
            report.add(at, "must provide a string")
        elif len(value) < minimum:
            report.add(at, f"must be more than {minimum - 1} characters")
        elif maximum is not None and len(value) > maximum:
            report.add(at, f"must be less than {maximum + 1} characters")

    return check


def matching(what: str, accepts: Callable[[str], bool]) -> Check:
    def check(value: object, at: str, report: Report) -> None:
        if not isinstance(value, str) or not accepts(value):
            report.add(at, f"must be a valid {what}")

    return check


def flag(value: object, at: str, report: Report) -> None:
    if not isinstance(value, bool):
        report.add(at, "must be a valid boolean")


def whole(minimum: int, maximum: int) -> Check:
    def check(value: object, at: str, report: Report) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            report.add(at, "must be a valid integer")
        elif not minimum <= value <= maximum:
            report.add(at, f"must be between {minimum} and {maximum}")

    return check


def one_of(*allowed: str) -> Check:
    def check(value: object, at: str, report: Report) -> None:
        if value not in allowed:
            report.add(at, f"must be one of: {', '.join(allowed)}")

    return check


def anything(_value: object, _at: str, _report: Report) -> None:
    """Accept what the local Slack does not look into."""


def items(each: Check, *, maximum: int, minimum: int = 1) -> Check:
    def check(value: object, at: str, report: Report) -> None:
        if not isinstance(value, list):
            report.add(at, "must provide an array")
            return
        if len(value) < minimum:
            report.add(at, f"must provide at least {minimum} items")
        if len(value) > maximum:
            report.add(at, f"no more than {maximum} items allowed")
        for index, item in enumerate(value):
            each(item, f"{at}/{index}", report)

    return check


def thing(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Check a closed object: Slack refuses a property that it does not know."""
    known = {**required, **(optional or {})}

    def check(value: object, at: str, report: Report) -> None:
        if not isinstance(value, dict):
            report.add(at, "must provide an object")
            return
        for name in required:
            if name not in value:
                report.add(at, f"missing required field: {name}")
        for name, part in value.items():
            if name not in known:
                report.add(f"{at}/{name}", f"invalid additional property: {name}")
            else:
                known[name](part, f"{at}/{name}", report)

    return check


def either(table: Mapping[str, Check], allowed: Collection[str] | None = None) -> Check:
    """Check an object whose `type` says which of the table's checks applies."""

    def check(value: object, at: str, report: Report) -> None:
        if not isinstance(value, dict):
            report.add(at, "must provide an object")
            return
        kind = value.get("type")
        if not isinstance(kind, str):
            report.add(at, "missing required field: type")
        elif kind not in table or (allowed is not None and kind not in allowed):
            report.add(f"{at}/type", f"unsupported type: {kind}")
        else:
            table[kind](value, at, report)

    return check
