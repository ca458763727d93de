"""How it looks what is to come of a team's huddles: a line a date, for a phone."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final

from bot.domain.calendar import describe_weekdays
from bot.domain.preview import MOST_DAYS, USUAL_DAYS, Fate
from bot.domain.zones import zone_label
from bot.slack.blocks import (
    TEXT_LIMIT,
    Block,
    actions,
    button,
    context,
    cut,
    escape,
    section,
)
from bot.slack.huddle_blocks import date_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.domain.person import Person, UserId
    from bot.domain.preview import Clock, Preview, Prompt, Reading, Shift

PREVIEW: Final = "command.run.preview"
"""The button's `action_id`: it does what its value would do if it were typed."""

STATUS: Final = "command.run.status"

CHANGED: Final = "\N{ALARM CLOCK}"
"""Stands before a time that some clock shows from now on."""

SHOWN_TEAMS: Final = 5
SHOWN_CLOCKS: Final = 5
SHOWN_ZONES: Final = 3
SHOWN_NAMES: Final = 8
SHOWN_CHANGES: Final = 3
NAME_SIZE: Final = 40
SHOWN_OFF: Final = 5
BLOCK_SIZE: Final = 2_900
ROOM: Final = 11_000
"""Characters of all blocks of an answer; beyond about 13,000 Slack refuses a message."""

IN_BLOCKS: Final = " (The message has all of it.)"

_NO_HUDDLE: Final = {
    Fate.PAUSED: "paused",
    Fate.TEAM_OFF: "no huddle, the team has off",
    Fate.NOBODY: "no huddle, everybody is away or on holiday",
}

_ANY_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""No clock is changed then, so that it gives a zone its plain name."""

_People = dict["UserId", "Person"]


def preview_button(team: str) -> Block:
    """Return the button that shows what is to come of a team."""
    return button("Preview", PREVIEW, value=_value(team, USUAL_DAYS))


def coming(
    shown: Sequence[tuple[Preview, _People]], *, days: int, more: int
) -> tuple[str, list[Block]]:
    """Return what is to come of these teams, and that there are more, as text and as blocks."""
    room = ROOM // len(shown)
    texts: list[str] = []
    blocks: list[Block] = []
    for found, people in shown:
        head = _head(found, people, names=max(1, SHOWN_NAMES // len(shown)))
        lines = _lines(found, people)
        size = room - sum(len(line) + 1 for line in head)
        fitting = _fitting(lines, size)
        if fitting < len(lines):
            lines = [*lines[:fitting], _rest(found, len(lines) - fitting)]
        texts += [*head, *lines]
        blocks += [section(part) for part in _parts([*head, "", *lines])]
    if more:
        teams = "1 more team" if more == 1 else f"{more} more teams"
        words = f"and {teams}: name one, as in `/baton huddle preview {days} Manila`"
        texts.append(words)
        blocks.append(context(words))
    elif len(shown) == 1:
        blocks.append(_buttons(shown[0][0].team.name, days))
    text = "\n".join(texts).replace("*", "")
    if len(text) > TEXT_LIMIT:
        text = f"{cut(text, TEXT_LIMIT - len(IN_BLOCKS))}{IN_BLOCKS}"
    return text, blocks


def _head(found: Preview, people: _People, *, names: int) -> list[str]:
    """Return whose huddle it is, who lives by which clock, and from when clocks differ."""
    team = found.team
    schedule = team.schedule
    label = _label(schedule.zone)
    lines = [
        (
            f"*{escape(team.name)} written huddle* in <#{team.channel}>: "
            f"{schedule.local_time:%H:%M} {label}, {describe_weekdays(schedule.weekdays)}. "
            f"To {date_words(found.last)}:"
        )
    ]
    if found.others:
        clocks = [(label, found.home), *((_zones(clock), clock.people) for clock in found.others)]
        lines += [
            f"{zones}: {_names(users, people, names)}"
            for zones, users in clocks[: SHOWN_CLOCKS + 1]
            if users
        ]
        if more := sum(len(users) for _, users in clocks[SHOWN_CLOCKS + 1 :]):
            lines.append(f"Elsewhere: {more} more")
    shifts = [shift for shift in found.shifts if shift.clock < SHOWN_CLOCKS]
    changes = [
        _change(found, list(together), label)
        for _, together in groupby(shifts, key=lambda shift: (shift.prompt.date, shift.since))
    ]
    lines += changes[:SHOWN_CHANGES]
    if len(changes) > SHOWN_CHANGES:
        lines.append(f"{CHANGED} marks {len(changes) - SHOWN_CHANGES} more changes further down.")
    return lines


def _change(found: Preview, shifts: Sequence[Shift], label: str) -> str:
    """Return what a huddle is from a date on by the clocks that move then, and what it was."""
    first = shifts[0]
    moved = "; ".join(
        f"{shift.now:%H:%M} in {_zones(found.others[shift.clock])}, not {shift.before:%H:%M}"
        for shift in shifts
    )
    return (
        f"{CHANGED} *From {date_words(first.since)}* {first.prompt.local:%H:%M} {label} is {moved}."
    )


def _lines(found: Preview, people: _People) -> list[str]:
    """Return a line for each date; dates in a row without a huddle are one."""
    if found.team.paused and found.team.paused_until is None:
        return ["Paused: no huddles until somebody writes `/baton team resume`."]
    lines: list[str] = []
    for fate, prompts in groupby(found.prompts, key=lambda prompt: prompt.fate):
        if fate is Fate.HELD:
            lines += [_line(found, prompt, people) for prompt in prompts]
            continue
        first, *others = prompts
        last = f" to {date_words(others[-1].date)}" if others else ""
        lines.append(f"{date_words(first.date)}{last} · {_NO_HUDDLE[fate]}")
    return lines or ["No huddle in these days."]


def _line(found: Preview, prompt: Prompt, people: _People) -> str:
    parts = [f"{date_words(prompt.date)} · *{prompt.local:%H:%M}*"]
    readings = list(zip(found.others, prompt.readings, strict=True))
    parts += [_reading(prompt, *pair) for pair in readings[:SHOWN_CLOCKS]]
    if prompt.away:
        parts.append(f"away: {_names(prompt.away, people, SHOWN_OFF)}")
    if prompt.on_holiday:
        parts.append(f"holiday: {_names(prompt.on_holiday, people, SHOWN_OFF)}")
    return " · ".join(parts)


def _reading(prompt: Prompt, clock: Clock, reading: Reading) -> str:
    """Return what a clock says, with its day where that is another and a mark where it moved."""
    mark = f"{CHANGED} " if reading.moved else ""
    day = f"{reading.local:%a} " if reading.local.date() != prompt.local.date() else ""
    return f"{mark}{day}{reading.local:%H:%M} {_zones(clock, prompt.at)}"


def _zones(clock: Clock, at: datetime | None = None) -> str:
    labels = list(dict.fromkeys(_label(name, at) for name in clock.zones))
    more = len(labels) - SHOWN_ZONES
    return "/".join(labels[:SHOWN_ZONES]) + (f" +{more}" if more > 0 else "")


def _label(name: str, at: datetime | None = None) -> str:
    """Return what a zone is called; at an instant that its clocks read twice, which of the two."""
    return zone_label(name, _ANY_TIME if at is None else at)


def _names(users: Iterable[UserId], people: _People, most: int) -> str:
    names = sorted((cut(escape(people[user].name), NAME_SIZE) for user in users), key=str.casefold)
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _rest(found: Preview, more: int) -> str:
    dates = "1 more line" if more == 1 else f"{more} more lines"
    return f"and {dates} to {date_words(found.last)}: ask for fewer days, or for one team by name"


def _buttons(name: str, days: int) -> Block:
    value = f'baton huddle status "{escape(name)}"'
    past = button("How the last ones went", STATUS, value=value)
    if days == MOST_DAYS:
        return actions(past)
    return actions(past, button(f"{MOST_DAYS} days", PREVIEW, value=_value(name, MOST_DAYS)))


def _value(team: str, days: int) -> str:
    return f'baton huddle preview {days} "{escape(team)}"'


def _fitting(lines: Sequence[str], room: int) -> int:
    """Return how many of these lines fit."""
    used = 0
    for number, line in enumerate(lines):
        used += len(line) + 1
        if used > room:
            return number
    return len(lines)


def _parts(lines: Sequence[str]) -> list[str]:
    """Return the lines joined into texts of which each fits into one block."""
    parts: list[str] = []
    for line in lines:
        if parts and len(parts[-1]) + len(line) < BLOCK_SIZE:
            parts[-1] += f"\n{line}"
        else:
            parts.append(line)
    return parts
