"""What somebody typed, understood: one value for each thing that can be typed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.preview import USUAL_DAYS
from bot.domain.quotation import quoted
from bot.domain.team import Role

if TYPE_CHECKING:
    from datetime import time

    from bot.domain.calendar import Weekday
    from bot.domain.post import ChannelId
    from bot.domain.task import TaskNumber


class Scope(StrEnum):
    """Which tasks a list shows."""

    MINE = "mine"  # given to me
    SENT = "sent"  # given by me
    TEAM = "team"  # of my teams
    WAITING = "waiting"  # for a yes
    OVERDUE = "overdue"
    DONE = "done"


@dataclass(frozen=True)
class Help:
    """How to write things; of one command, or of all."""

    command: str | None = None


@dataclass(frozen=True)
class Nonsense:
    """Words that mean nothing to Baton, and some that do."""

    heard: str
    example: str
    """A command and what may follow it, as it works."""
    is_near: bool = False
    """Whether the example may be what was meant."""

    def answer(self, *, prefix: str = "", slash: bool = True) -> str:
        """Return the answer; `slash` is left out for those who write messages to Baton."""
        before = f"/{prefix}" if slash else ""
        if self.is_near:
            return f"I cannot read {quoted(self.heard)}. Did you mean `{before}{self.example}`?"
        return (
            f"I cannot read {quoted(self.heard)}. Write it like `{before}{self.example}`, "
            f"or `{before}baton help` for everything."
        )


@dataclass(frozen=True)
class Delegate:
    """A line for `delegation_grammar`, still escaped; empty for the form."""

    text: str


@dataclass(frozen=True)
class Waiting:
    """What waits for my yes."""


@dataclass(frozen=True)
class Accept:
    task: TaskNumber
    words: str = ""


@dataclass(frozen=True)
class Decline:
    task: TaskNumber
    reason: str = ""


@dataclass(frozen=True)
class Ask:
    task: TaskNumber
    question: str = ""


@dataclass(frozen=True)
class Card:
    """A task's card, with words for its *Ask* that are neither a yes nor a no."""

    task: TaskNumber
    words: str


@dataclass(frozen=True)
class ListTasks:
    scope: Scope = Scope.MINE


@dataclass(frozen=True)
class ShowTask:
    """One task with its history."""

    task: TaskNumber


@dataclass(frozen=True)
class Finish:
    task: TaskNumber
    note: str = ""


@dataclass(frozen=True)
class AddNote:
    """A note; without words it is still to be written."""

    task: TaskNumber
    words: str = ""


@dataclass(frozen=True)
class Edit:
    task: TaskNumber


@dataclass(frozen=True)
class Move:
    """Another due time, in words for `read_due`."""

    task: TaskNumber
    when: str


@dataclass(frozen=True)
class Propose:
    """A yes to another due time, or to something else; without words, they are to be written."""

    task: TaskNumber
    what: str = ""


@dataclass(frozen=True)
class Agree:
    task: TaskNumber


@dataclass(frozen=True)
class Keep:
    """What is proposed is not to be; it stays as it was."""

    task: TaskNumber


@dataclass(frozen=True)
class Talk:
    task: TaskNumber
    words: str = ""


@dataclass(frozen=True)
class Give:
    """Somebody else does it; `who` is still escaped, for `read_people`."""

    task: TaskNumber
    who: str


@dataclass(frozen=True)
class Snooze:
    """Out of my sight until then, in words for `read_due`."""

    task: TaskNumber
    until: str


@dataclass(frozen=True)
class Again:
    """The same once more."""

    task: TaskNumber


@dataclass(frozen=True)
class Reopen:
    task: TaskNumber


@dataclass(frozen=True)
class Cancel:
    task: TaskNumber


@dataclass(frozen=True)
class AnswerQuestion:
    """The answer to what is asked about a task; without words it is still to be written."""

    task: TaskNumber
    words: str = ""


@dataclass(frozen=True)
class HowItGoes:
    """How a task stands as far as is known; nobody is asked."""

    task: TaskNumber


@dataclass(frozen=True)
class Check:
    """Ask whoever does it how it is going."""

    task: TaskNumber


@dataclass(frozen=True)
class Verify:
    """What was done is good."""

    task: TaskNumber


@dataclass(frozen=True)
class Return:
    """Something is missing in what was done; without words it is still to be written."""

    task: TaskNumber
    missing: str = ""


@dataclass(frozen=True)
class Divide:
    """Several people do a part each; `part` describes one, still escaped, or is empty."""

    task: TaskNumber
    part: str = ""


@dataclass(frozen=True)
class Skip:
    """This one of a repeating task is left out."""

    task: TaskNumber


@dataclass(frozen=True)
class Stop:
    """A repeating task comes no more."""

    task: TaskNumber


@dataclass(frozen=True)
class Menu:
    """What can be done, as buttons."""


@dataclass(frozen=True)
class Me:
    """My zone, hours and data."""


@dataclass(frozen=True)
class Away:
    """Days off, in words for `read_dates`; `who` is still escaped, and empty for me."""

    when: str
    who: str = ""


@dataclass(frozen=True)
class Back:
    """The present or next absence ends."""

    who: str = ""


@dataclass(frozen=True)
class MyDay:
    """What my day holds now."""


@dataclass(frozen=True)
class CreateTeam:
    """A new team, as far as it was described; what is missing is None."""

    name: str | None = None
    zone: str | None = None
    at: time | None = None
    weekdays: frozenset[Weekday] | None = None
    channel: ChannelId | None = None
    problems: tuple[str, ...] = ()
    """A sentence for each part that could not be read."""


@dataclass(frozen=True)
class ListTeams:
    """All teams I may see."""


@dataclass(frozen=True)
class AddPeople:
    """People for a team; `who` is still escaped, for `read_people`. No team: this channel's."""

    who: str
    role: Role = Role.MEMBER
    team: str | None = None


@dataclass(frozen=True)
class RemovePeople:
    who: str
    team: str | None = None


@dataclass(frozen=True)
class EditTeam:
    team: str | None = None


@dataclass(frozen=True)
class PauseTeam:
    """No huddles, until a date in words for `read_date` or until they are resumed."""

    team: str | None = None
    until: str | None = None


@dataclass(frozen=True)
class ResumeTeam:
    team: str | None = None


@dataclass(frozen=True)
class TeamHolidays:
    """Dates off of this channel's team, in words with commas; empty to see them."""

    when: str = ""


@dataclass(frozen=True)
class DeleteTeam:
    team: str | None = None


@dataclass(frozen=True)
class HuddleNow:
    team: str | None = None


@dataclass(frozen=True)
class HuddleStatus:
    team: str | None = None


@dataclass(frozen=True)
class HuddlePreview:
    """What is to come of the huddles of this channel's teams, or of one team."""

    days: int = USUAL_DAYS
    """0 for a number that can be none of days."""
    team: str | None = None


Typed = (
    Help
    | Nonsense
    | Delegate
    | Waiting
    | Accept
    | Decline
    | Ask
    | Card
    | ListTasks
    | ShowTask
    | Finish
    | AddNote
    | Edit
    | Move
    | Propose
    | Agree
    | Keep
    | Talk
    | Give
    | Snooze
    | Again
    | Reopen
    | Cancel
    | AnswerQuestion
    | HowItGoes
    | Check
    | Skip
    | Stop
    | Verify
    | Return
    | Divide
    | Menu
    | Me
    | Away
    | Back
    | MyDay
    | CreateTeam
    | ListTeams
    | AddPeople
    | RemovePeople
    | EditTeam
    | PauseTeam
    | ResumeTeam
    | TeamHolidays
    | DeleteTeam
    | HuddleNow
    | HuddleStatus
    | HuddlePreview
)
