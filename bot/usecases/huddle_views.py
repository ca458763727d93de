"""What the posts of a huddle show, loaded as it is now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.huddle import Answer, AnswerSource, Huddle, from_subject
from bot.usecases.huddle_trouble import from_notice

if TYPE_CHECKING:
    from bot.domain.person import Person, UserId
    from bot.domain.post import ChannelId, Post
    from bot.domain.team import Team
    from bot.store.transaction import Tx

SOMEBODY = "Somebody"
"""What a person is called of whom Baton knows nothing any more."""


@dataclass(frozen=True)
class HuddleView:
    """A huddle with its answers and the names of those who gave them."""

    team: Team
    huddle: Huddle
    answers: tuple[Answer, ...]
    names: dict[UserId, str]

    @property
    def answered(self) -> tuple[Answer, ...]:
        return tuple(answer for answer in self.answers if answer.counts)

    @property
    def away(self) -> tuple[str, ...]:
        """The names of those who are away, whether they said so here or are away anyhow."""
        said = [answer.person for answer in self.answers]
        skipping = [answer.person for answer in self.answers if not answer.counts]
        others = [user for user in self.huddle.away if user not in said]
        return tuple(self.names.get(user, SOMEBODY) for user in (*skipping, *others))

    def name(self, answer: Answer) -> str:
        return self.names.get(answer.person, SOMEBODY)


@dataclass(frozen=True)
class AnswerView:
    """One person's answer from the form."""

    name: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class TroubleView:
    """Why a team's huddles cannot be shown, for one of its leads."""

    team: Team
    code: str
    channel: ChannelId
    reader: Person | None


def huddle_view(tx: Tx, subject: str) -> HuddleView | None:
    team_id, local_date, _ = from_subject(subject)
    team = tx.teams.get(team_id)
    huddle = tx.huddles.get(team_id, local_date)
    if team is None or huddle is None:
        return None
    answers = tuple(tx.huddles.answers(team_id, local_date))
    # A root that was just posted has none, and there are many of those at one minute.
    named = (*(answer.person for answer in answers), *huddle.away)
    known = tx.people.many(named) if named else {}
    return HuddleView(team, huddle, answers, {user: who.name for user, who in known.items()})


def answer_view(tx: Tx, subject: str) -> AnswerView | None:
    """Return an answer that stands in the thread; None: there is none that Baton has to show."""
    team_id, local_date, person = from_subject(subject)
    if person is None:
        return None
    answer = tx.huddles.answer_of(team_id, local_date, person)
    if answer is None or answer.source is not AnswerSource.MODAL:
        return None
    known = tx.people.get(person)
    return AnswerView(SOMEBODY if known is None else known.name, answer.texts)


def is_marked(tx: Tx, mark: Post) -> bool:
    """Say whether the message that carries this mark is somebody's answer."""
    team_id, local_date, person = from_subject(mark.subject)
    if person is None:
        return False
    answer = tx.huddles.answer_of(team_id, local_date, person)
    return answer is not None and answer.source is AnswerSource.REPLY and answer.ts == mark.ts


def trouble_view(tx: Tx, subject: str) -> TroubleView | None:
    """Return what a notice to a lead says; None: it is not about a huddle, or of no use now."""
    found = from_notice(subject)
    if found is None:
        return None
    team_id, code, channel, reader = found
    team = tx.teams.get(team_id)
    if team is None:
        return None
    return TroubleView(team, code, channel, tx.people.get(reader))
