"""Read a line that hands over a task: "@ana @ben June report due fri 17:00 takes 3h"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain.brief import TITLE_LIMIT, titled
from bot.domain.person import UserId
from bot.domain.phrases import read_request
from bot.domain.quotation import quoted
from bot.domain.task import listed
from bot.slack.written import MENTION, after_emoji, normal, plain, unquoted

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from bot.domain.calendar import WorkingHours
    from bot.domain.repeat import Rule
    from bot.domain.task import Due
    from bot.slack.written import NameOf

    NamedBy = Callable[[str], list[UserId]]
    HoursOf = Callable[[tuple[UserId, ...]], WorkingHours]

_JOINERS = r"(?:[\s,;+]|&amp;|(?i:and)(?=\s))*"
_PERSON = re.compile(
    rf"(?P<gap>{_JOINERS})(?:{MENTION}|(?P<group><!subteam\^[^<>]*>)|(?P<me>(?i:me))(?![\w'-])"
    r"|(?P<at>@)?(?P<first>[^\W\d_][\w.'-]*)(?P<second>\s+[^\W\d_][\w.'-]*)?)"
)
_TO = re.compile(r"to\s+", re.IGNORECASE)
# The colons of :memo: are part of it.
_BEFORE_TITLE = re.compile(r"(?:(?!:[a-z+-][\w+'-]*:)[\s.,:;\N{EN DASH}\N{EM DASH}-])+")
# "Send the invoice to @ben" says who gets it, not who does it.
_POINTING = re.compile(
    r"about|after|and|at|before|by|for|from|in|like|of|on|or|than|to|via|with|without",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Delegation:
    """What was understood of a line; what was not is said in `problems`, and asked in a form."""

    people: tuple[UserId, ...]
    title: str
    more: str = ""
    """The whole text where it is too long for a title; nothing that was written is lost."""
    due: Due | None = None
    takes: timedelta | None = None
    every: str | None = None
    """How often it comes again, in the words that were written."""
    rule: Rule | None = None
    """What these words mean."""
    problems: tuple[str, ...] = ()
    """A sentence for everything that is missing or unclear, and what to do about it."""


@dataclass(frozen=True)
class People:
    """The people at the beginning of a text, and the text behind them, still escaped."""

    users: tuple[UserId, ...]
    rest: str
    problems: tuple[str, ...] = ()


def parse_delegate(
    text: str,
    *,
    names: NamedBy,
    name_of: NameOf,
    me: UserId,
    mine: WorkingHours,
    theirs_of: HoursOf,
    now: datetime,
) -> Delegation:
    """Read who, what, by when and how long, in whatever order people write the last three.

    The people stand at the beginning. Where nobody does, a mention among the
    words counts, unless it belongs to the sentence ("to @ben"). Due times are
    read by my clocks, and end the working day of those who do it. The title is
    one line; a text that is too long for one is cut there and kept in `more`.
    """
    line = unquoted(normal(text))
    said = after_emoji(line)
    found = read_people(said, names=names, name_of=name_of, me=me)
    found = replace(found, rest=f"{line.removesuffix(said)}{found.rest}")
    if not found.users and not found.problems:
        found = _people_among_words(found.rest)
    request = read_request(
        plain(found.rest, name_of),
        mine=mine,
        theirs=theirs_of(found.users) if found.users else mine,
        now=now,
    )
    line = unquoted(" ".join(request.text.split()))
    title, more = (line, "") if len(line) <= TITLE_LIMIT else titled(request.text)
    missing = []
    if not found.users and not found.problems:
        missing.append("Say who does it: begin with @ and pick a name from Slack's list.")
    if not title:
        missing.append("Say what is to be done, such as: Prepare June report.")
    if request.due is None and not request.problems:
        missing.append("Say by when, such as due fri 17:00.")
    return Delegation(
        people=found.users,
        title=title,
        more=more,
        due=request.due,
        takes=request.takes,
        every=request.every,
        rule=request.rule,
        problems=(*found.problems, *missing, *request.problems),
    )


def calls_by_name(text: str) -> bool:
    """Whether somebody may be meant by their name, which has to be looked up; mentions do not."""
    looked_up = []

    def nobody(name: str) -> list[UserId]:
        looked_up.append(name)
        return []

    said = after_emoji(unquoted(normal(text)))
    read_people(said, names=nobody, name_of=str, me=UserId(""))
    return bool(looked_up)


def read_people(text: str, *, names: NamedBy, name_of: NameOf, me: UserId) -> People:
    """Take the people from the beginning of a text: mentions, "me", and names that fit one person.

    `names` returns those whom a typed name may mean. Without an @, a word that
    fits nobody is no name, and after the first person a name counts only behind
    a comma or "and": "@ana Mark the dates" is a task for Ana alone.
    """
    users: list[UserId] = []
    problems: list[str] = []
    lead = _TO.match(text)
    end = lead.end() if lead else 0
    while found := _PERSON.match(text, end):
        if found["user"]:
            users.append(UserId(found["user"]))
        elif found["me"]:
            users.append(me)
        elif found["group"]:
            problems.append("A task is for people, not for a group. Mention each of them.")
        else:
            is_first = not users and not problems
            if not (found["at"] or found["gap"].strip() or is_first):
                break
            words, fitting = _fitting(found, names)
            if not fitting and not found["at"]:
                break
            if len(fitting) == 1:
                users += fitting
            else:
                problems.append(_not_one(words, fitting, name_of))
            end = found.start("first") + len(words)
            continue
        end = found.end()
    if not users and not problems:
        return People((), text)
    joint = _BEFORE_TITLE.match(text, end)
    rest = text[joint.end() if joint else end :]
    return People(tuple(dict.fromkeys(users)), rest, tuple(problems))


def _fitting(found: re.Match[str], names: NamedBy) -> tuple[str, list[UserId]]:
    """Return whom two words, or else the first of them, may mean."""
    first = found["first"]
    for words in (first + (found["second"] or ""), first):
        fitting = names(" ".join(words.rstrip(".").split()))
        if fitting:
            return words, fitting
    return first, []


def _not_one(words: str, fitting: list[UserId], name_of: NameOf) -> str:
    if not fitting:
        name = quoted(f"@{words}")
        return f"Nobody here is called {name}. Type @ and pick a name from Slack's list."
    return (
        f"{len(fitting)} people here are called {quoted(words)}: {listed(map(name_of, fitting))}. "
        "Type @ and pick the one you mean."
    )


def _people_among_words(text: str) -> People:
    """Take the people out of "June report @ana due fri"."""
    users: list[UserId] = []
    kept = text
    for found in reversed(list(re.finditer(MENTION, text))):
        before = text[: found.start()].rsplit(None, 1)[-1:]
        if not any(map(_POINTING.fullmatch, before)):
            users.insert(0, UserId(found["user"]))
            kept = f"{kept[: found.start()].rstrip()} {kept[found.end() :]}"
    return People(tuple(dict.fromkeys(users)), kept)
