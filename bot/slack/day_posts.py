"""What Slack shows of *Your day*: its lines with a button each, and one grey line at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain.day import Matter
from bot.domain.huddle import HuddleStatus
from bot.domain.post import Message, Withdrawn
from bot.domain.task import Step
from bot.slack import task_blocks
from bot.slack.blocks import (
    Block,
    actions,
    button,
    clock_words,
    context,
    cut,
    escape,
    in_plain_words,
    moment,
    section,
)
from bot.slack.hours import offer
from bot.slack.huddle_blocks import ANSWER, SKIP
from bot.slack.task_words import HEADLINE, headline, name_of
from bot.usecases import day_views

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.domain.day import Day, Line, News
    from bot.domain.post import Post, Rendered
    from bot.usecases.day_views import DayView, Seen
    from bot.usecases.task_views import TaskView

    Render = Callable[[Any, Post, datetime], Rendered]

NOT_TODAY, WAIT, TALK, MOVE = "day.away", "day.wait", "day.talk", "day.move"
NEVER_REMIND, REMIND = "day.never", "day.remind"
MY_LIST = "command.run.tasks"

_SHOWN_NEWS = 3
_DID = {Step.ACCEPT: "accepted", Step.NOTE: "noted something on", Step.FINISH: "finished"}
_SAYS = {
    Matter.YES: "Waits for your yes",
    Matter.TODAY: "Due today",
    Matter.SOON: "Due soon",
    Matter.OVERDUE: "Overdue",
    Matter.DECLINED: "Declined",
    Matter.REVIEW: "Done, and waits for your look",
    Matter.SILENT: "No yes or no yet",
    Matter.LATE: "Overdue",
}


@dataclass(frozen=True)
class Row:
    """A line as it is shown."""

    text: str
    """In one line, for a notification."""
    blocks: Sequence[Block]
    task: int = 0


def render(tx: Any, post: Post, now: datetime, *, message_of: Render) -> Rendered:  # noqa: ANN401  # the store's Tx
    """Return what is left of somebody's day; `message_of` renders what waited for them."""
    view = day_views.of_post(tx, post)
    if view is None:
        return Withdrawn()
    rows = rows_of(tx, view, now, message_of=message_of)
    if (not rows or view.day.is_over) and post.ts is None:
        return Withdrawn()
    if view.day.is_over or not rows:
        date = f"{view.day.date:%a} {view.day.date.day} {view.day.date:%b}"
        left = "what is still open is among your tasks." if rows else "everything is settled."
        name = "Your day" if view.day.place == 0 else "News for you"
        line = f"{name}, {date}: {left}"
        return _message(post, line, task_blocks.settled(line))
    text, blocks = shown(view, rows)
    return _message(post, text, blocks)


def shown(
    view: DayView, rows: Sequence[Row], *, is_preview: bool = False
) -> tuple[str, list[Block]]:
    """Return the text and the blocks of a day that holds something."""
    day = view.day
    more = len(rows) - 1 + day.rest
    name = "Your day" if day.place == 0 else "News for you"
    after = f" (and {more} more)" if more else ""
    text = "\n".join(
        [
            f"{name}: {cut(rows[0].text, HEADLINE - len(name) - len(after) - 2)}{after}",
            *(row.text for row in rows),
            *([f"and {day.rest} more: `/tasks`"] if day.rest else []),
        ]
    )
    heading = f"*{name}* · {day.date:%a} {day.date.day} {day.date:%b}"
    blocks: list[Block] = [section(heading, block_id="0")]
    for number, row in enumerate(rows):
        blocks += [
            block | {"block_id": f"{row.task}.{number}.{place}"}
            for place, block in enumerate(row.blocks)
        ]
    if day.rest:
        blocks.append(context(f"and {day.rest} more in *My list*"))
    if day.crowded:
        blocks.append(context(f"{day.crowded} tasks are due on one day. Some may be moved."))
    footer = [button("My list", MY_LIST, value="tasks mine")]
    footer += [] if is_preview else [button("Not today", NOT_TODAY, value=day.subject)]
    footer += [button("Ask to move…", MOVE, value=day.subject)] if day.crowded else []
    return text, [*blocks, actions(*footer), *offer(view.person)]


def rows_of(tx: Any, view: DayView, now: datetime, *, message_of: Render) -> list[Row]:  # noqa: ANN401  # likewise
    """Return those lines about which something is still to be done or to be read."""
    rows = [_row(tx, view, seen, now, message_of) for seen in view.seen]
    found = [row for row in rows if row is not None]
    # What happened is no reason to keep a day whose every other line is settled.
    left = {seen.line.matter for seen, row in zip(view.seen, rows, strict=True) if row}
    return [] if left == {Matter.NEWS} and len(rows) > 1 else found


def _row(
    tx: Any,  # noqa: ANN401  # likewise
    view: DayView,
    seen: Seen,
    now: datetime,
    message_of: Render,
) -> Row | None:
    line = seen.line
    match line.matter:
        case Matter.TOLD:
            return _told(tx, seen, now, message_of)
        case Matter.NEWS:
            return _news(view, seen.news)
        case Matter.HUDDLE:
            return _huddle(view, seen)
        case _:
            return (
                None if seen.is_settled or seen.task is None else _task(line, view.day, seen.task)
            )


def _told(tx: Any, seen: Seen, now: datetime, message_of: Render) -> Row | None:  # noqa: ANN401  # likewise
    """Return what a message says in its first line, with the first of its buttons."""
    message = None if seen.post is None else message_of(tx, seen.post, now)
    if not isinstance(message, Message):
        return None
    buttons = [
        element
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"].startswith("task.")
    ]
    if not buttons:
        # A grey line, unless it is news that takes no answer.
        return None if seen.is_settled else Row(_first(message), [section(_first(message))])
    text = _first(message)
    words = [block["text"]["text"] for block in message.blocks if block["type"] == "section"]
    quoted = [word for word in words[1:2] if word.startswith(("&gt;", ">"))]
    said = "\n".join([words[0] if words else text, *(cut(word, 300) for word in quoted)])
    return Row(text, [section(said) | {"accessory": buttons[0]}], seen.line.task or 0)


def _first(message: Message) -> str:
    return message.text.partition("\n")[0]


def _task(line: Line, day: Day, view: TaskView) -> Row:
    task, number = view.task, view.task.number
    zone = view.person.zone if view.person else task.due.zone
    about = f"due {clock_words(task.due.at, zone)}"
    who = name_of(view.people.get(task.delegator))
    if line.matter is Matter.ANSWER:
        return _answer(view, about)
    if line.matter in {Matter.DECLINED, Matter.SILENT, Matter.LATE, Matter.REVIEW}:
        who = ", ".join(name_of(view.people.get(user)) for user in task.people)
    says = _SAYS[line.matter]
    text = headline(f"{says}: ", task.title, f", {about}")
    when = moment(task.due.at, zone)
    words = f"{says}: *{escape(cut(task.title, 300))}*\n{who} · due {when} · task {number}"
    match line.matter:
        case Matter.YES:
            accept = button("Accept", "task.accept", value=str(number), style="primary")
            return Row(text, [section(words) | {"accessory": accept}], number)
        case Matter.DECLINED | Matter.SILENT:
            return Row(text, [section(words), _offers(day, view)], number)
        case Matter.LATE | Matter.REVIEW:
            opened = button("Open", "task.show", value=str(number))
            return Row(text, [section(words) | {"accessory": opened}], number)
        case _:
            done = button("Done", "task.done", value=str(number))
            return Row(text, [section(words) | {"accessory": done}], number)


def _offers(day: Day, view: TaskView) -> Block:
    number = str(view.task.number)
    return actions(
        button("Give to somebody else", "task.change", value=number),
        button("Wait", WAIT, value=f"{number} {day.subject}"),
        button("Talk", TALK, value=number),
    )


def _answer(view: TaskView, about: str) -> Row:
    task = view.task
    asked = view.latest(Step.ASK, Step.BLOCK)
    who = name_of(view.people.get(asked.by)) if asked else "Somebody"
    verb = "is blocked on" if asked and asked.step is Step.BLOCK else "asks about"
    text = headline(f"{who} {verb} ", task.title, f", {about}")
    said = task.question or (asked.text if asked else "")
    quoted = f"\n>{cut(escape(' '.join(said.split())), 300)}" if said else ""
    words = f"{who} {verb} *{escape(cut(task.title, 300))}* · task {task.number}{quoted}"
    answer = button("Answer", "task.answer", value=str(task.number), style="primary")
    return Row(text, [section(words) | {"accessory": answer}], task.number)


def _huddle(view: DayView, seen: Seen) -> Row | None:
    if seen.huddle is None or seen.team is None or seen.is_settled:
        return None
    huddle, team = seen.huddle, seen.team
    zone = view.person.zone if view.person else team.schedule.zone
    text = f"Not answered yet: the written huddle of {escape(cut(team.name, 40))}"
    is_open = huddle.status is HuddleStatus.OPEN and huddle.closes_at is not None
    until = f", open until {moment(huddle.closes_at, zone)}" if is_open and huddle.closes_at else ""
    late = "" if is_open else ". A late answer still joins it"
    row = actions(
        button("Answer", ANSWER, value=huddle.subject, style="primary"),
        button("Not today", SKIP, value=huddle.subject),
        button("Never remind me", NEVER_REMIND, value=view.day.subject),
    )
    words = f"{text}{until}{late}."
    return Row(in_plain_words(words), [section(words), row])


def _news(view: DayView, news: Sequence[News]) -> Row | None:
    if not news:
        return None
    said = [_happened(view, each) for each in news[-_SHOWN_NEWS:]]
    rest = len(news) - len(said)
    text = "; ".join(said) + (f"; and {rest} more" if rest else "") + "."
    return Row(text, [context(text)])


def _happened(view: DayView, news: News) -> str:
    return (
        f"{name_of(view.people.get(news.by))} {_DID[news.step]} "
        f"{escape(cut(news.title, 60))} ({news.task})"
    )


def _message(post: Post, text: str, blocks: Sequence[Block]) -> Message:
    return Message(
        text=cut(in_plain_words(text), 3_900),
        blocks=_drawn_anew(blocks, post.wanted),
        event_type="baton_note",
        event_payload={"post": post.id, "kind": post.kind.value},
    )


def _drawn_anew(blocks: Sequence[Block], version: int) -> list[Block]:
    """Return blocks whose ids say which task they are of, and are new with every version."""
    return [
        block | {"block_id": f"{str(block.get('block_id', '0')).partition('.')[0]}.{version}.{n}"}
        for n, block in enumerate(blocks)
    ]
