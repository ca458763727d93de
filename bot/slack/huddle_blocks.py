"""How huddles look: the root with its questions, the summary, the answers, the form."""

from __future__ import annotations

from datetime import UTC
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from bot.domain.huddle import ANSWER_LIMIT, QUESTIONS, AnswerSource, HuddleStatus, huddle_subject
from bot.domain.zones import to_local, zone, zone_label
from bot.slack.blocks import (
    TEXT_LIMIT,
    Block,
    actions,
    button,
    clock_words,
    context,
    cut,
    escape,
    modal,
    moment,
    section,
    sections,
    text_input,
)
from bot.usecases.huddle_trouble import CHANNEL_GONE, IS_ARCHIVED, NOT_IN_CHANNEL, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from bot.domain.huddle import Answer, Huddle
    from bot.domain.team import Team
    from bot.usecases.answering import Status
    from bot.usecases.huddle_views import AnswerView, HuddleView, TroubleView

ANSWER = "huddle.answer"
"""Both the button's `action_id` and the modal's `callback_id`."""

SKIP = "huddle.skip"

SUMMARY_LIMIT = 3_500
"""Characters of a summary, blocks and plain text alike."""

LINE_LIMIT = 400
"""Characters of one person's line in a summary; the thread has all of it."""

ALL_IN_MESSAGE = " (The message has all of it.)"

Shown = tuple[str, list[Block]]
"""A message: its plain text, complete in itself, and its blocks."""


@lru_cache(maxsize=1024)
def date_words(local_date: date) -> str:
    return f"{local_date:%a} {local_date.day} {local_date:%b}"


def root(view: HuddleView) -> Shown:
    """Return the root as it is now: open with its questions, or the summary of a closed one."""
    if view.huddle.status is HuddleStatus.OPEN:
        return _open(view)
    return summary(view)


def _open(view: HuddleView) -> Shown:
    team, huddle = view.team, view.huddle
    zone_name = team.schedule.zone
    name, day = escape(team.name), date_words(huddle.date)
    first, *others = huddle.questions
    questions = [f"*{escape(first)}*", *(f"{escape(other)} (optional)" for other in others)]
    head = f"{name} written huddle, {day}: {_lower(escape(first))}"
    late = " ".join(part for part in (_late(huddle, zone_name), _skipped(huddle)) if part)
    count = " ".join(part for part in (_count(view), _away_now(view)) if part)
    how = "Press Answer, or reply in this thread: your first reply counts as your answer."
    ends = "" if huddle.closes_at is None else f"Open until {_until(team, huddle)}"
    text = " ".join(
        part
        for part in (head, f"{ends}.", late, *(escape(other) for other in others), how, count)
        if part
    )
    shown_end = (
        "" if huddle.closes_at is None else f"Open until {moment(huddle.closes_at, zone_name)}."
    )
    blocks = [
        section(f"*{name} written huddle* · {day}"),
        section("\n".join(questions)),
        context(" ".join(part for part in (shown_end, count, late, how) if part)),
        actions(*_buttons(view)),
    ]
    return cut(text, TEXT_LIMIT), blocks


def summary(view: HuddleView) -> Shown:
    """Return who answered what and who is away; nobody is named for anything else."""
    name, day = escape(view.team.name), date_words(view.huddle.date)
    answered = len(view.answered)
    counted = f"{answered} answered" if answered else "nobody answered"
    if view.away:
        counted += f", {len(view.away)} away"
    head = f"{name} written huddle, {day}: {counted}."
    away = _away(view.away)
    room = SUMMARY_LIMIT - len(head) - len(away) - 100
    fitting = _fitting([_line(view, given, mark="*") for given in view.answered], room)
    marked, plain = (
        [
            *(_line(view, given, mark=mark) for given in view.answered[:fitting]),
            *([f"and {answered - fitting} more in the thread"] if fitting < answered else []),
            *([away] if away else []),
        ]
        for mark in ("*", "")
    )
    blocks = [section(f"*{name} written huddle* · {day} · {counted}")]
    blocks += [section(part) for part in _parts(marked)]
    is_cut = any("…" in line for line in marked[:fitting])
    whole = " What is cut off here with … is whole in the thread." if is_cut else ""
    blocks.append(context(f"Closed. Later answers still join the thread and this summary.{whole}"))
    if view.team.deleted_at is None:
        blocks.append(actions(button("Answer", ANSWER, value=_value(view.huddle))))
    return cut("\n".join([head, *plain]), SUMMARY_LIMIT), blocks


def answer(view: AnswerView) -> Shown:
    """Return the message that shows somebody's answer from the form in the thread."""
    name = escape(view.name)
    today, needs = _today_and_needs(view.texts)
    text = f"{name}: {escape(today)}" + (f"\nneeds: {escape(needs)}" if needs else "")
    if len(text) > TEXT_LIMIT:
        # Notifications show no more anyway; the blocks have all of it.
        text = f"{cut(text, TEXT_LIMIT - len(ALL_IN_MESSAGE))}{ALL_IN_MESSAGE}"
    blocks = sections(today, before=f"*{name}*: ")
    if needs:
        blocks += sections(needs, before="needs: ")
    return text, blocks


def answer_form(team: Team, huddle: Huddle, given: Answer | None) -> Block:
    """Return the form, filled in with what this person said before."""
    said = () if given is None else given.texts
    texts = [*said, *("" for _ in huddle.questions)]
    replied = given is not None and given.source is AnswerSource.REPLY
    inputs = [
        text_input(
            f"q{number + 1}",
            question,
            initial=texts[number],
            multiline=True,
            optional=number > 0,
            max_length=ANSWER_LIMIT,
            hint="This takes the place of your reply in the thread."
            if replied and number == 0
            else "",
        )
        for number, question in enumerate(huddle.questions)
    ]
    shown = section(f"*{escape(team.name)} written huddle* · {date_words(huddle.date)}")
    return modal(
        ANSWER,
        "Written huddle",
        [shown, *inputs],
        submit="Answer",
        private_metadata=_value(huddle),
    )


def empty_form(subject: str) -> Block:
    """Return the form as it is without knowing anything of the huddle."""
    inputs = [
        text_input(
            f"q{number}",
            question,
            multiline=True,
            optional=number > 1,
            max_length=ANSWER_LIMIT,
        )
        for number, question in enumerate(QUESTIONS, start=1)
    ]
    return modal(ANSWER, "Written huddle", inputs, submit="Answer", private_metadata=subject)


def trouble(view: TroubleView) -> Shown:
    """Return what a lead reads whose huddles cannot be posted."""
    name, where = escape(view.team.name), f"<#{view.channel}>"
    happened, todo = {
        NOT_IN_CHANNEL: (
            f"I am no longer in {where}, so I cannot post the written huddle of {name}.",
            "Invite me with `/invite @Baton` there, and the next one comes at its usual time.",
        ),
        IS_ARCHIVED: (
            f"{where} was archived, so I cannot post the written huddle of {name}.",
            (
                "Unarchive it, choose another channel with `/baton team edit`, or end the huddle "
                "with `/baton team delete`."
            ),
        ),
        CHANNEL_GONE: (
            (
                f"The channel of {name} is gone, or I was removed from it, so I cannot post its "
                "written huddle."
            ),
            (
                "Invite me with `/invite @Baton` there, or choose another channel with "
                "`/baton team edit`."
            ),
        ),
        UNKNOWN: (
            f"Slack did not say whether it took a message of the written huddle of {name}.",
            f"Look into {where}. I do not post it twice, and go on with the next one.",
        ),
    }.get(
        view.code,
        (
            (
                f"Slack does not let me post the written huddle of {name} in {where} "
                f"({escape(view.code)})."
            ),
            (
                "Ask a workspace admin to let Baton post there, or choose another channel with "
                "`/baton team edit`."
            ),
        ),
    )
    # Only what to do has mark-up of ours; what happened has words of people in it.
    plain = todo.replace("`", "")
    return f"{happened} {plain}", [section(f"{happened} {todo}")]


def status(view: Status, *, reader_zone: str) -> str:
    """Return how a team's last huddles went, and when its next one is."""
    name, zone_name = escape(view.team.name), view.team.schedule.zone
    lines = [f"*{name} written huddle*"]
    if view.next_at is None:
        lines.append("Next: none, it is paused until somebody writes `/baton team resume`.")
    else:
        lines.append(f"Next: {both_clocks(view.next_at, zone_name, reader_zone)}.")
    for told in view.told:
        day = date_words(told.huddle.date)
        if told.huddle.status is HuddleStatus.MISSED:
            lines.append(f"{day}: not held. {escape(told.huddle.reason or '')}")
            continue
        words = f"{told.answered} answered" + (f", {told.away} away" if told.away else "")
        still = " so far" if told.huddle.status is HuddleStatus.OPEN else ""
        late = " It was posted late." if told.huddle.is_late else ""
        lines.append(f"{day}: {words}{still}.{late}")
    if not view.told:
        lines.append("None was held yet.")
    return "\n".join(lines)


def both_clocks(instant: datetime, zone_name: str, reader_zone: str) -> str:
    """Return an instant by a team's clock, and by the reader's where that differs."""
    theirs = clock_words(instant, zone_name)
    there, here = (to_local(zone(name), instant) for name in (zone_name, reader_zone))
    if there == here:
        return theirs
    day = "" if there.date() == here.date() else f"{date_words(here.date())}, "
    return f"{theirs} ({day}{here:%H:%M} for you)"


def _buttons(view: HuddleView) -> Sequence[Block]:
    value = _value(view.huddle)
    return (
        button("Answer", ANSWER, value=value, style="primary"),
        button("Skip today", SKIP, value=value),
    )


def _value(huddle: Huddle) -> str:
    return huddle_subject(huddle.team, huddle.date)


def _until(team: Team, huddle: Huddle) -> str:
    """Return the closing time by the team's clock, with its date where that is another."""
    end = huddle.closes_at or huddle.due_at
    return _hour_words(end.astimezone(UTC), team.schedule.zone, huddle.date)


@lru_cache(maxsize=1024)
def _hour_words(instant: datetime, zone_name: str, on: date) -> str:
    local = to_local(zone(zone_name), instant)
    if local.date() != on:
        return clock_words(instant, zone_name)
    return f"{local:%H:%M} {zone_label(zone_name, instant)}"


def _late(huddle: Huddle, zone_name: str) -> str:
    if not huddle.is_late:
        return ""
    local = to_local(zone(zone_name), huddle.due_at)
    return (
        f"This huddle is late: its time was {local:%H:%M} {zone_label(zone_name, huddle.due_at)}."
    )


def _count(view: HuddleView) -> str:
    answered = len(view.answered)
    if not answered:
        return ""
    return f"{answered} {'answer' if answered == 1 else 'answers'} so far."


def _away_now(view: HuddleView) -> str:
    return f"{_away(view.away)}." if view.away else ""


def _skipped(huddle: Huddle) -> str:
    """Say that there was none before this one, and why."""
    if huddle.skipped is None:
        return ""
    return f"There was no huddle on {date_words(huddle.skipped)}: everybody was away."


def _line(view: HuddleView, given: Answer, *, mark: str) -> str:
    """Return somebody's answer in one line, with `mark` on both sides of the name."""
    name = escape(view.name(given))
    today, needs = (escape(" ".join(text.split())) for text in _today_and_needs(given.texts))
    line = f"{mark}{name}{mark}: {today}"
    if not needs:
        return cut(line, LINE_LIMIT)
    # What somebody needs is what others have to read, so it is not what is cut off first.
    needs = cut(needs, LINE_LIMIT // 2)
    return f"{cut(line, LINE_LIMIT - len(needs))} / needs: {needs}"


def _away(names: Sequence[str]) -> str:
    """Return who is away in one line, as many of them as fit."""
    if not names:
        return ""
    shown = [escape(name) for name in names]
    fitting = max(1, _fitting([f" {name}" for name in shown], LINE_LIMIT - 30))
    more = f" and {len(shown) - fitting} more" if fitting < len(shown) else ""
    return f"Away today: {cut(', '.join(shown[:fitting]), LINE_LIMIT - 30)}{more}"


def _today_and_needs(texts: Sequence[str]) -> tuple[str, str]:
    first, *others = [*texts] or [""]
    return first, "\n".join(other for other in others if other)


def _fitting(lines: Sequence[str], room: int) -> int:
    """Return how many of these lines fit."""
    ends = accumulate(len(line) + 1 for line in lines)
    return sum(end <= room for end in ends)


def _parts(lines: Sequence[str], size: int = 2_900) -> list[str]:
    """Return the lines joined into texts of which each fits into one block."""
    parts: list[str] = []
    for line in lines:
        if parts and len(parts[-1]) + len(line) < size:
            parts[-1] += f"\n{line}"
        else:
            parts.append(line)
    return parts


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
