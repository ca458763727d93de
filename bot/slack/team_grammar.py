"""Read what is typed about a team: its name, its hours, its people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar

from bot.domain.calendar import parse_time, parse_weekdays
from bot.domain.errors import BotError
from bot.domain.post import ChannelId
from bot.domain.quotation import quoted
from bot.domain.team import Role
from bot.domain.zones import find_zone
from bot.slack.typed import AddPeople, CreateTeam, HuddlePreview, PauseTeam, RemovePeople
from bot.slack.written import CHANNEL, MENTION, plain

T = TypeVar("T")

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import time

    from bot.slack.written import NameOf

_NAME = re.compile(r"\"(?P<double>[^\"]*)\"|(?<!\S)'(?P<single>[^']*)'(?!\S)")
_KEYWORD = re.compile(
    rf"(?:^|(?<=\s))(?P<keyword>tz|timezone|zone|at|on|in(?=\s+(?:{CHANNEL}|\#)))(?:\s+|$)",
    re.IGNORECASE,
)
_CHANNEL = re.compile(CHANNEL)
_ROLE = re.compile(r"(?:^|\s)as\s+(?:an?\s+|the\s+)?(?P<role>\w+)", re.IGNORECASE)
_ROLES: Final = {f"{role}{plural}": role for role in Role for plural in ("", "s")}
_OF_TEAM = re.compile(r"(?:^|\s)(?:to|from|of|in)\s+(?P<team>.+)$", re.IGNORECASE | re.DOTALL)
_UNTIL = re.compile(r"(?:^|\s)(?:until|till)(?:\s+|$)", re.IGNORECASE)
_JOINED_MENTION = re.compile(rf"(?:[\s,;+]|&amp;|(?i:and)(?=\s))*{MENTION}")
_TO_TEAM = re.compile(r"[\s,;]*(?:(?:to|from|of|in)\s+)?", re.IGNORECASE)

_NUMBER_OF_DAYS = (
    r"(?:(?:for|of|the|next)\s+)*(?P<number>[-+]?[0-9][0-9.,]*)"
    r"(?:\s*(?P<unit>days?|d|weeks?|w))?(?!\S)[\s,;:]*"
)
_AHEAD = re.compile(_NUMBER_OF_DAYS, re.IGNORECASE)
_AHEAD_LAST = re.compile(rf"(?<=\s){_NUMBER_OF_DAYS}$", re.IGNORECASE)
_MOST_DIGITS = 4


def team_name(text: str, name_of: NameOf) -> str | None:
    """Return the name of a team, with or without quotes, or None where there is none."""
    name = " ".join(plain(text, name_of).split()).strip(" \"',;:")
    return name or None


def read_create(text: str, name_of: NameOf) -> CreateTeam:
    """Read "Manila tz Asia/Manila at 09:00 on mon-fri in #manila".

    The parts after the name may come in any order. A name that contains one of
    these words is written in quotes.
    """
    found = _NAME.search(text)
    rest = f"{text[: found.start()]} {text[found.end() :]}" if found else text
    name = (found["double"] or found["single"] or "") if found else ""
    keywords = list(_KEYWORD.finditer(rest))
    starts = [keyword.start() for keyword in keywords]
    values = {
        keyword["keyword"].lower(): rest[keyword.end() : end].strip(" \t\n,;.")
        for keyword, end in zip(keywords, [*starts, len(rest)][1:], strict=True)
    }
    problems: list[str] = []
    zone_words = values.get("tz") or values.get("timezone") or values.get("zone")
    zone = _tried(find_zone, zone_words, problems)
    at, further_days = _hours(values.get("at"), problems)
    weekdays = _tried(parse_weekdays, values.get("on") or further_days, problems)
    return CreateTeam(
        name=team_name(name or rest[: min([*starts, len(rest)])], name_of),
        zone=zone,
        at=at,
        weekdays=weekdays,
        channel=_channel(values.get("in"), name_of, problems),
        problems=tuple(problems),
    )


def _tried(read: Callable[[str], T], words: str | None, problems: list[str]) -> T | None:
    try:
        return read(words) if words else None
    except BotError as refusal:
        problems.append(str(refusal))
        return None


def _hours(words: str | None, problems: list[str]) -> tuple[time | None, str | None]:
    """Return the time, and what may be days behind it: "09:00 daily"."""
    first, _, further = (words or "").partition(" ")
    unread: list[str] = []
    whole = _tried(parse_time, words, unread)
    if whole is not None or not further:
        problems += unread
        return whole, None
    return _tried(parse_time, first, problems), further


def _channel(words: str | None, name_of: NameOf, problems: list[str]) -> ChannelId | None:
    found = _CHANNEL.match(words or "")
    if words and not found:
        problems.append(
            f"I cannot tell which channel {quoted(plain(words, name_of))} is. Type # and pick it "
            "from Slack's list."
        )
    return ChannelId(found["channel"]) if found else None


def read_add(text: str, name_of: NameOf) -> AddPeople | None:
    """Read "@ana @ben as observer", with the team's name before, behind, or after "to"."""
    role = _ROLE.search(text)
    if role and role["role"].lower() not in _ROLES:
        return None
    rest = f"{text[: role.start()]} {text[role.end() :]}" if role else text
    who, team = _people_and_team(rest, name_of)
    return (
        AddPeople(who, _ROLES[role["role"].lower()] if role else Role.MEMBER, team) if who else None
    )


def read_remove(text: str, name_of: NameOf) -> RemovePeople | None:
    who, team = _people_and_team(text, name_of)
    return RemovePeople(who, team) if who else None


def _people_and_team(text: str, name_of: NameOf) -> tuple[str, str | None]:
    """Return who is meant and the team's name, if it is there.

    Beside mentions, every other word belongs to the name. Typed names of people
    cannot be told from a team's, which then follows "to" or "from".
    """
    mentions = [found[0] for found in re.finditer(MENTION, text)]
    if mentions:
        name = _TO_TEAM.sub("", _JOINED_MENTION.sub(" ", text), count=1)
        return " ".join(mentions), team_name(name, name_of)
    found = _OF_TEAM.search(text)
    who = text[: found.start()] if found else text
    return who.strip(), team_name(found["team"], name_of) if found else None


def read_pause(text: str, name_of: NameOf) -> PauseTeam | None:
    """Read "Manila until 4 jan"; the date itself is read when it is known whose date it is."""
    until = _UNTIL.search(text)
    if until is None:
        return PauseTeam(team_name(text, name_of))
    when = plain(text[until.end() :], name_of).strip()
    return PauseTeam(team_name(text[: until.start()], name_of), when) if when else None


def read_preview(text: str, name_of: NameOf) -> HuddlePreview:
    """Read "14", "2 weeks", "14 Manila" or "Manila 14"; a name of digits is written in quotes."""
    words = text.strip(" \t\n.,;:!")
    found = _AHEAD.match(words) or _AHEAD_LAST.search(words)
    if found is None:
        return HuddlePreview(team=team_name(words, name_of))
    rest = f"{words[: found.start()]} {words[found.end() :]}"
    return HuddlePreview(_days(found["number"], found["unit"]), team_name(rest, name_of))


def _days(number: str, unit: str | None) -> int:
    """Return how many days somebody means; 0 where that is no number of days."""
    digits = number.removeprefix("+").rstrip(".,")
    if not digits.isdecimal() or len(digits) > _MOST_DIGITS:
        return 0
    return int(digits) * (7 if (unit or "").lower().startswith("w") else 1)
