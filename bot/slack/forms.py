"""The table of everything that can be typed: what reads it, and what `/baton help` shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.slack import typed
from bot.slack.team_grammar import (
    read_add,
    read_create,
    read_pause,
    read_preview,
    read_remove,
    team_name,
)
from bot.slack.written import MENTION, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.task import TaskNumber
    from bot.slack.typed import Typed
    from bot.slack.written import NameOf

ENDINGS: Final = " \n\t.,:;!"
"""What may follow a word without being part of it."""

_AND = r"(?:[\s,]*(?:and\b|&amp;)\s*|[\s,]+)"
_NAMED = re.compile(rf"(?:{MENTION}|@[\w.-]+)\s*")
_FURTHER_NUMBERS = re.compile(
    rf"(?:and\b\s*|&amp;\s*)?#?[0-9]+(?:{_AND}#?[0-9]+)*[\s,.!]*", re.IGNORECASE
)


@dataclass(frozen=True)
class Call:
    """A verb with what stands around it."""

    task: TaskNumber
    """0 where no number was typed."""
    verb: str
    rest: str
    """What follows, still escaped."""
    whole: str
    """The verb and what follows, as plain text."""
    name_of: NameOf

    @property
    def words(self) -> str:
        return plain(self.rest, self.name_of)

    @property
    def team(self) -> str | None:
        return team_name(self.rest, self.name_of)


@dataclass(frozen=True)
class Form:
    """One thing that can be typed."""

    command: str
    verbs: tuple[str, ...]
    """All of them mean the same; an empty one stands for none."""
    usage: str
    does: str
    read: Callable[[Call], Typed | None]
    """Returns None where something is missing, or follows, that cannot be guessed."""
    numbered: bool = False
    """Whether a task's number belongs to it, before or behind the verb."""
    sample: str = ""

    @property
    def example(self) -> str:
        """What can be typed as it stands: the usage, unless that shows choices."""
        return f"{self.command} {self.sample or self.usage}".rstrip()


def _accept(call: Call) -> Typed:
    """Take a yes for a yes, but not "yes, but which format?", which waits for an answer."""
    if call.rest.endswith("?") or re.match(r"but\b", call.rest, re.IGNORECASE):
        return typed.Card(call.task, call.whole)
    return typed.Accept(call.task, call.words)


def _decline(call: Call) -> Typed:
    """Take a no for a no, but not "no problem"."""
    if call.verb == "no" and re.match(r"(?:problems?|worries)\b", call.rest, re.IGNORECASE):
        return typed.Card(call.task, call.whole)
    return typed.Decline(call.task, call.words)


def _accept_or_show(call: Call) -> Typed:
    return typed.Card(call.task, call.words) if call.rest else typed.Accept(call.task)


def _finish(call: Call) -> Typed | None:
    """Refuse "done 42 43": one would be done, and the other be its note."""
    if _FURTHER_NUMBERS.fullmatch(call.rest):
        return None
    return typed.Finish(call.task, call.words)


def _give(call: Call) -> Typed:
    return typed.Give(call.task, re.sub(r"^to\s+", "", call.rest, flags=re.IGNORECASE))


def _alone(make: Callable[[Call], Typed]) -> Callable[[Call], Typed | None]:
    """Return a reader of what nothing may follow."""
    return lambda call: None if call.rest.strip(ENDINGS) else make(call)


def _with_words(make: Callable[[Call], Typed]) -> Callable[[Call], Typed | None]:
    """Return a reader of what means nothing without further words."""
    return lambda call: make(call) if call.rest.strip(ENDINGS) else None


def _whose(call: Call) -> tuple[str, str]:
    """Return who is named at the beginning, and what follows."""
    named = _NAMED.match(call.rest)
    return (named[0].strip(), call.rest[named.end() :]) if named else ("", call.rest)


def _away(call: Call) -> Typed:
    who, when = _whose(call)
    return typed.Away(plain(when, call.name_of).strip(ENDINGS), who)


def _back(call: Call) -> Typed | None:
    who, rest = _whose(call)
    return None if rest.strip(ENDINGS) else typed.Back(who)


def _step(
    verb: str, further: str, does: str, read: Callable[[Call], Typed | None], *, sample: str = ""
) -> Form:
    usage = f"{verb} 42 {further}".rstrip()
    return Form("tasks", (verb,), usage, does, read, numbered=True, sample=sample)


def _list(scope: typed.Scope, does: str) -> Form:
    read = _alone(lambda _: typed.ListTasks(scope))
    return Form("tasks", (scope.value,), scope.value, does, read)


FORMS: Final = (
    Form(
        "delegate",
        ("",),
        "@ana @ben Prepare June report due fri 17:00 takes 3h every month",
        "hand over a task, once or often; alone, a form",
        lambda call: typed.Delegate(call.rest),
        sample="@ana Prepare June report due fri 17:00",
    ),
    Form("ack", ("",), "", "what waits for your yes", _alone(lambda _: typed.Waiting())),
    Form("ack", ("",), "42", "accept; with other words, its card", _accept_or_show, numbered=True),
    Form(
        "ack",
        ("yes", "accept", "ok", "okay", "y"),
        "42 yes by monday noon I send the draft",
        "accept in your own words",
        _accept,
        numbered=True,
        sample="42 yes",
    ),
    Form(
        "ack",
        ("decline", "no", "reject"),
        "42 decline too busy",
        "decline with a reason",
        _decline,
        numbered=True,
    ),
    Form(
        "ack",
        ("ask",),
        "42 ask which format?",
        "ask before you accept",
        lambda call: typed.Ask(call.task, call.words),
        numbered=True,
    ),
    Form("tasks", ("",), "", "the same as mine", _alone(lambda _: typed.ListTasks())),
    _list(typed.Scope.MINE, "what was given to you"),
    _list(typed.Scope.SENT, "what you gave to others"),
    _list(typed.Scope.TEAM, "what your teams have to do"),
    _list(typed.Scope.WAITING, "what waits for a yes"),
    _list(typed.Scope.OVERDUE, "what should be done by now"),
    _list(typed.Scope.DONE, "what was done"),
    Form(
        "tasks",
        ("",),
        "42",
        "one task with its history",
        _alone(lambda call: typed.ShowTask(call.task)),
        numbered=True,
    ),
    _step("done", "[note]", "finish it", _finish, sample="done 42"),
    _step(
        "note",
        "the draft is with Ben",
        "add a line to it",
        lambda call: typed.AddNote(call.task, call.words),
    ),
    _step("edit", "", "change it", _alone(lambda call: typed.Edit(call.task))),
    _step(
        "due",
        "mon",
        "set another due time",
        _with_words(lambda call: typed.Move(call.task, call.words)),
    ),
    _step(
        "propose",
        "mon noon because the numbers come late",
        "say yes to another due time",
        lambda call: typed.Propose(call.task, call.words),
        sample="propose 42 mon noon",
    ),
    _step("agree", "", "agree to what is proposed", _alone(lambda call: typed.Agree(call.task))),
    _step("keep", "", "let it stay as it was", _alone(lambda call: typed.Keep(call.task))),
    _step(
        "talk",
        "[what is not quite right]",
        "talk about it before it counts",
        lambda call: typed.Talk(call.task, call.words),
        sample="talk 42",
    ),
    _step("give", "@joy", "hand it to somebody else", _with_words(_give)),
    _step(
        "snooze",
        "mon",
        "hear nothing of it until then",
        _with_words(lambda call: typed.Snooze(call.task, call.words)),
    ),
    _step("again", "", "delegate the same again", _alone(lambda call: typed.Again(call.task))),
    _step("reopen", "", "it is not done yet", _alone(lambda call: typed.Reopen(call.task))),
    _step("cancel", "", "take it back", _alone(lambda call: typed.Cancel(call.task))),
    _step(
        "answer",
        "as a PDF",
        "answer what is asked about it",
        lambda call: typed.AnswerQuestion(call.task, call.words),
    ),
    _step(
        "status",
        "",
        "how it stands; nobody is asked",
        _alone(lambda call: typed.HowItGoes(call.task)),
    ),
    _step(
        "check",
        "",
        "ask how it is going, in their hours",
        _alone(lambda call: typed.Check(call.task)),
    ),
    Form(
        "tasks",
        ("verify", "good"),
        "verify 42",
        "what was done is good",
        _alone(lambda call: typed.Verify(call.task)),
        numbered=True,
    ),
    _step(
        "return",
        "the totals are missing",
        "give it back, with what is missing",
        lambda call: typed.Return(call.task, call.words),
    ),
    _step(
        "divide",
        "[@joy Check it due wed]",
        "divide it into parts; alone, a form",
        lambda call: typed.Divide(call.task, call.rest),
        sample="divide 42 @joy Check the totals due wed",
    ),
    _step("skip", "", "leave out this one of what repeats", _alone(lambda c: typed.Skip(c.task))),
    _step("stop", "", "it repeats no more", _alone(lambda call: typed.Stop(call.task))),
    Form("baton", ("", "menu"), "", "a menu with buttons", _alone(lambda _: typed.Menu())),
    Form(
        "baton",
        ("team create", "team new", "create team"),
        "team create Manila tz Asia/Manila at 09:00 on mon-fri in #manila",
        "a written huddle for this channel, or for the one you name",
        lambda call: read_create(call.rest, call.name_of),
        sample="team create Manila tz Asia/Manila at 09:00 on mon-fri",
    ),
    Form(
        "baton",
        ("team list", "teams", "team"),
        "team list",
        "all teams",
        _alone(lambda _: typed.ListTeams()),
    ),
    Form(
        "baton",
        ("team add",),
        "team add @ana @ben [as observer|lead]",
        "take people into the team of this channel",
        lambda call: read_add(call.rest, call.name_of),
        sample="team add @ana as observer",
    ),
    Form(
        "baton",
        ("team remove",),
        "team remove @ana",
        "take people out of it",
        lambda call: read_remove(call.rest, call.name_of),
    ),
    Form(
        "baton",
        ("team edit",),
        "team edit",
        "change its time, days or people",
        lambda call: typed.EditTeam(call.team),
    ),
    Form(
        "baton",
        ("team pause",),
        "team pause [until 4 jan]",
        "no huddles for a while",
        lambda call: read_pause(call.rest, call.name_of),
        sample="team pause until 4 jan",
    ),
    Form(
        "baton",
        ("team resume",),
        "team resume",
        "huddles again",
        lambda call: typed.ResumeTeam(call.team),
    ),
    Form(
        "baton",
        ("team holidays", "team holiday"),
        "team holidays 24 dec, 31 dec",
        "days on which this channel's team has off; alone, which there are; `none` ends them",
        lambda call: typed.TeamHolidays(call.words.strip(ENDINGS)),
    ),
    Form(
        "baton",
        ("team delete",),
        "team delete",
        "end its huddles for good",
        lambda call: typed.DeleteTeam(call.team),
    ),
    Form(
        "baton",
        ("huddle now",),
        "huddle now",
        "today's huddle, at once",
        lambda call: typed.HuddleNow(call.team),
    ),
    Form(
        "baton",
        ("huddle status",),
        "huddle status",
        "how the last huddles went",
        lambda call: typed.HuddleStatus(call.team),
    ),
    Form(
        "baton",
        ("huddle preview", "preview"),
        "huddle preview 14",
        "what is to come of them, by everybody's clock",
        lambda call: read_preview(call.rest, call.name_of),
    ),
    Form(
        "baton",
        ("away", "i am away", "i'm away"),
        "away [@ana] 12 aug to 20 aug",
        "no huddle and no message on these days; alone, it opens a form",
        _away,
        sample="away fri",
    ),
    Form(
        "baton",
        ("back", "i am back", "i'm back"),
        "back [@ana]",
        "the present or next absence ends",
        _back,
        sample="back",
    ),
    Form(
        "baton",
        ("day", "today", "my day"),
        "day",
        "what is due, and what waits for you",
        _alone(lambda _: typed.MyDay()),
    ),
    Form("baton", ("me",), "me", "your zone and hours", _alone(lambda _: typed.Me())),
    Form("baton", ("help",), "help", "all of this", _alone(lambda _: typed.Help())),
)
