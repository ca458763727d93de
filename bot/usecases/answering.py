"""Answering a huddle: by its form, by a plain reply in its thread, or by skipping it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain.alarm import AlarmKind
from bot.domain.errors import BotError
from bot.domain.huddle import (
    ANSWER_LIMIT,
    Answer,
    AnswerSource,
    Huddle,
    HuddleStatus,
    answer_subject,
    from_subject,
    huddle_subject,
)
from bot.domain.post import PostKind
from bot.domain.team import names_in_words
from bot.usecases.huddling import living, names
from bot.usecases.recognising import recognise

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    from bot.domain.person import UserId
    from bot.domain.post import ChannelId, MessageTs
    from bot.domain.team import Team, TeamId
    from bot.store.transaction import Tx

SHOWN_IN_STATUS = 7
"""How many of a team's last huddles its status tells of."""


class Unanswered(BotError):
    """The required question got no answer, or one of them a longer one than fits."""

    def __init__(self, sentence: str, *, question: int) -> None:
        super().__init__(sentence)
        self.question = question


@dataclass(frozen=True)
class Told:
    """One of a team's last huddles, as its status shows it."""

    huddle: Huddle
    answered: int
    away: int


@dataclass(frozen=True)
class Status:
    """How a team's last huddles went, newest first, and when its next one is."""

    team: Team
    told: tuple[Told, ...]
    next_at: datetime | None


def form(
    tx: Tx, team_id: TeamId, local_date: date, *, by: UserId
) -> tuple[Team, Huddle, Answer | None]:
    """Return what the form of an answer is filled in with, or refuse whoever is not asked."""
    team, huddle = _asked(tx, team_id, local_date, by=by)
    return team, huddle, tx.huddles.answer_of(team_id, local_date, by)


def answer(
    tx: Tx,
    team_id: TeamId,
    local_date: date,
    texts: Sequence[str],
    *,
    by: UserId,
    now: datetime,
) -> Answer:
    """Keep what somebody wrote into the form, in place of what they answered before."""
    _, huddle = _asked(tx, team_id, local_date, by=by)
    said = tuple(text.strip() for text in texts)
    if not said or not said[0]:
        raise Unanswered("Write what you will finish today, or press Skip today.", question=0)
    for question, text in enumerate(said):
        if len(text) > ANSWER_LIMIT:
            raise Unanswered(
                f"This is {len(text):,} characters long, and {ANSWER_LIMIT:,} fit. Shorten it, and "
                "put the details into the thread.",
                question=question,
            )
    given = Answer(person=by, source=AnswerSource.MODAL, texts=said, at=now)
    known = tx.huddles.answer_of(team_id, local_date, by)
    if known is None or replace(known, at=now) != given:
        tx.huddles.put_answer(team_id, local_date, given)
        _show_answer(tx, huddle, by)
        _show(tx, huddle, by)
    return given


def skip(tx: Tx, team_id: TeamId, local_date: date, *, by: UserId, now: datetime) -> None:
    """Show somebody as away on this date. What they wrote is no longer shown, but not lost."""
    _, huddle = _asked(tx, team_id, local_date, by=by)
    known = tx.huddles.answer_of(team_id, local_date, by)
    if known is not None and not known.counts:
        return
    texts = () if known is None else known.texts
    given = Answer(person=by, source=AnswerSource.SKIP, texts=texts, at=now)
    tx.huddles.put_answer(team_id, local_date, given)
    _show(tx, huddle, by)
    _show_withdrawn(tx, huddle, by)


def thread_of(tx: Tx, channel: ChannelId, ts: MessageTs, *, by: UserId) -> str | None:
    """Return the subject of the huddle whose root this message is, if `by` is asked in it."""
    root = recognise(tx, channel, ts, by=by)
    if root is None or root.kind is not PostKind.HUDDLE:
        return None
    return None if _of_member(tx, root.subject, by) is None else root.subject


def reply(
    tx: Tx,
    subject: str,
    *,
    by: UserId,
    ts: MessageTs,
    text: str,
    to_somebody: bool,
    now: datetime,
) -> bool:
    """Count a member's first plain reply in the thread as their answer; say whether it counts.

    Whatever they write after that is conversation, and so is what is `to_somebody`, which is to
    say that it begins with a mention. The form outranks a reply; who skipped may still reply.
    """
    found = _of_member(tx, subject, by)
    said = text.strip()
    if found is None or not said or to_somebody:
        return False
    known = tx.huddles.answer_of(found.team, found.date, by)
    if known is not None and known.counts:
        return known.ts == ts
    mark = tx.posts.find(PostKind.MARK, answer_subject(found.team, found.date, by))
    if mark is not None and mark.ts == ts:
        # It was withdrawn, and Slack delivers it once more.
        return False
    given = Answer(
        person=by, source=AnswerSource.REPLY, texts=_as_texts(found, said), at=now, ts=ts
    )
    tx.huddles.put_answer(found.team, found.date, given)
    root = tx.posts.find(PostKind.HUDDLE, found.subject)
    if root is not None:
        tx.posts.want(
            PostKind.MARK,
            answer_subject(found.team, found.date, by),
            channel=root.channel,
            parent=root.id,
            ts=ts,
            urgent=True,
        )
    _show(tx, found, by)
    return True


def edit_reply(
    tx: Tx, subject: str, *, by: UserId, ts: MessageTs, text: str, now: datetime
) -> None:
    """Take over what somebody changed in the reply that is their answer."""
    found = _replied(tx, subject, by, ts)
    if found is None:
        return
    huddle, known = found
    if not text.strip():
        withdraw_reply(tx, subject, by=by, ts=ts, now=now)
        return
    texts = _as_texts(huddle, text.strip())
    if known.texts != texts:
        tx.huddles.put_answer(huddle.team, huddle.date, replace(known, texts=texts, at=now))
        _show(tx, huddle, by)


def withdraw_reply(tx: Tx, subject: str, *, by: UserId, ts: MessageTs, now: datetime) -> None:
    """Forget the answer whose reply somebody deleted."""
    del now
    found = _replied(tx, subject, by, ts)
    if found is None:
        return
    huddle, _ = found
    tx.huddles.drop_answer(huddle.team, huddle.date, by)
    _show_withdrawn(tx, huddle, by)
    _show(tx, huddle, by)


def withdraw_missing(
    tx: Tx, subject: str, *, left: Collection[MessageTs], before: MessageTs, now: datetime
) -> None:
    """Forget the answers whose replies are not among those that are left in the thread.

    What was written after `before`, when Slack was asked, may be missing and still be there.
    """
    team_id, local_date, _ = from_subject(subject)
    for given in tx.huddles.answers(team_id, local_date):
        if given.ts is not None and given.ts < before and given.ts not in left:
            withdraw_reply(tx, subject, by=given.person, ts=given.ts, now=now)


def status(tx: Tx, team_id: TeamId, *, now: datetime) -> Status:
    """Return how a team's last huddles went. Missed ones in the future are void."""
    team = living(tx, team_id)
    alarm = tx.alarms.get(AlarmKind.HUDDLE_OPEN, str(team_id))
    told = []
    for huddle in tx.huddles.latest(team_id, SHOWN_IN_STATUS):
        if huddle.status is HuddleStatus.MISSED and huddle.due_at > now:
            continue
        answers = tx.huddles.answers(team_id, huddle.date)
        answered = sum(answer.counts for answer in answers)
        said = {answer.person for answer in answers}
        away = len(answers) - answered + len(set(huddle.away) - said)
        told.append(Told(huddle, answered=answered, away=away))
    return Status(team, tuple(told), next_at=None if alarm is None else alarm.due_at)


def _asked(tx: Tx, team_id: TeamId, local_date: date, *, by: UserId) -> tuple[Team, Huddle]:
    team = tx.teams.get(team_id)
    huddle = tx.huddles.get(team_id, local_date)
    if team is None or huddle is None or huddle.status is HuddleStatus.MISSED:
        raise BotError("That huddle is no longer there. The team's next one has its own buttons.")
    if by not in team.members:
        raise BotError(
            f"Only members of {team.name} answer its huddle; you are welcome to read and to reply "
            f"in the thread. To become a member, ask {names_in_words(names(tx, team.leads))}."
        )
    return team, huddle


def _of_member(tx: Tx, subject: str, by: UserId) -> Huddle | None:
    """Return the huddle in whose thread a member of its team writes."""
    team_id, local_date, _ = from_subject(subject)
    team = tx.teams.get(team_id)
    if team is None or by not in team.members:
        return None
    huddle = tx.huddles.get(team_id, local_date)
    return None if huddle is None or huddle.status is HuddleStatus.MISSED else huddle


def _replied(tx: Tx, subject: str, by: UserId, ts: MessageTs) -> tuple[Huddle, Answer] | None:
    """Return huddle and answer if this message is the answer."""
    team_id, local_date, _ = from_subject(subject)
    huddle = tx.huddles.get(team_id, local_date)
    known = tx.huddles.answer_of(team_id, local_date, by)
    if huddle is None or known is None:
        return None
    is_the_answer = known.source is AnswerSource.REPLY and known.ts == ts
    return (huddle, known) if is_the_answer else None


def _as_texts(huddle: Huddle, text: str) -> tuple[str, ...]:
    return (text, *("" for _ in huddle.questions[1:]))


def _show(tx: Tx, huddle: Huddle, by: UserId) -> None:
    subject = huddle_subject(huddle.team, huddle.date)
    for day in tx.days.current((by,)):
        if any(line.subject == subject for line in day.lines):
            tx.posts.bump(PostKind.DAY, day.subject)
    tx.posts.bump(PostKind.HUDDLE, subject)
    tx.posts.bump(PostKind.SUMMARY, subject)


def _show_answer(tx: Tx, huddle: Huddle, by: UserId) -> None:
    subject = answer_subject(huddle.team, huddle.date, by)
    root = tx.posts.find(PostKind.HUDDLE, huddle.subject)
    if root is not None:
        tx.posts.want(PostKind.ANSWER, subject, channel=root.channel, parent=root.id, urgent=True)
    tx.posts.bump(PostKind.MARK, subject)


def _show_withdrawn(tx: Tx, huddle: Huddle, by: UserId) -> None:
    subject = answer_subject(huddle.team, huddle.date, by)
    tx.posts.bump(PostKind.ANSWER, subject)
    tx.posts.bump(PostKind.MARK, subject)
